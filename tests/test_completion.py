"""What a shell is told to complete."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHELLS = {
    "bash": lambda words: {
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    },
    "zsh": lambda words: {"_TYPER_COMPLETE_ARGS": " ".join(words)},
    "fish": lambda words: {
        "_TYPER_COMPLETE_ARGS": " ".join(words),
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}

_BY_NAME = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def completed(shell: str, *words: str) -> str:
    variables = SHELLS[shell](["cc-lb-selfcheck", *words])
    return run(_CC_LB_SELFCHECK_COMPLETE=f"complete_{shell}", **variables)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "told", "untold"),
    [
        (["ch"], ["check"], ["publish"]),
        (["check", "--comment-m"], ["--comment-mode"], ["--check-run"]),
        (["check", "--comment-mode", "on-"], ["on-change", "on-refusal"], ["always"]),
        (["check", "--unmarked", ""], ["skip", "check"], []),
        (["explain", "CCLB-MISSP"], ["CCLB-MISSPELT-EXPORT"], ["CCLB-CALL"]),
        (["doctor", "--format", "j"], ["json"], ["text"]),
    ],
    ids=lambda item: " ".join(item) if isinstance(item, list) else None,
)
def test_commands_options_and_choices(
    shell: str, words: list[str], told: list[str], untold: list[str]
) -> None:
    shown = completed(shell, *words)
    assert all(word in shown for word in told), shown
    assert not [word for word in untold if word in shown]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_itself(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    # Typer asks the processes above for their shell, of which tests may have none.
    script.write_text(run("--show-completion", "bash", **_BY_NAME), "utf-8")
    command = tmp_path / "cc-lb-selfcheck"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cc_lb_selfcheck "$@"\n')
    command.chmod(0o755)
    asked = """
source "$1"
COMP_WORDS=(cc-lb-selfcheck check --fail-on r) COMP_CWORD=3
$(complete -p cc-lb-selfcheck | sed -n 's/.*-F \\([^ ]*\\) .*/\\1/p') cc-lb-selfcheck r --fail-on
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "-c", asked, "bash", script],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["refused"]

"""`./dev`: the one entry, whose help names all that there is."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

DEV = Path(__file__).resolve().parents[2] / "dev"


@pytest.fixture(scope="module")
def dev() -> Any:
    """Return `./dev` as a module."""
    loader = SourceFileLoader("dev_of_tooling", str(DEV))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(("arguments", "status"), [([], 0), (["--help"], 0), (["nothing"], 2)])
def test_the_help_lists_every_command_in_its_group(
    dev: Any, arguments: list[str], status: int
) -> None:
    command = [sys.executable, str(DEV), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == status
    listed = re.findall(r"^  \./dev ([\w-]+) +(.+)$", done.stdout, re.MULTILINE)
    assert listed == [(name, command.__doc__) for name, command in dev.COMMANDS.items()]
    assert set(dev.GROUPS) <= set(done.stdout.splitlines())
    assert all(len(line) <= 110 for line in done.stdout.splitlines())


def test_a_program_that_is_missing_is_named(dev: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert dev.run("no-such-program", "--help") == 127
    assert capfd.readouterr().err == "no-such-program is not installed, or not on PATH.\n"


def test_the_worst_step_of_lint_counts(dev: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(program: str | Path, *_: str) -> int:
        asked.append(Path(program).name)
        return int(asked[-1] == "vulture")

    monkeypatch.setattr(dev, "run", run)

    assert dev.lint([]) == 1
    assert {"ruff", "lint-imports", "vulture", "deptry", "python"} == set(asked)

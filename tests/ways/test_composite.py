"""The composite action is the Action, where there is no Docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
COMPOSITE = yaml.safe_load((ROOT / "composite/action.yml").read_text("utf-8"))
SET_UP, CHECK = COMPOSITE["runs"]["steps"]


def test_inputs_and_outputs_are_the_actions() -> None:
    assert COMPOSITE["inputs"] == ACTION["inputs"]
    values = {name: output.pop("value") for name, output in _copied(COMPOSITE["outputs"]).items()}
    assert values == {name: f"${{{{ steps.check.outputs.{name} }}}}" for name in ACTION["outputs"]}
    told = {name: {"description": o["description"]} for name, o in COMPOSITE["outputs"].items()}
    assert told == ACTION["outputs"]


def _copied(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(output) for name, output in outputs.items()}


def test_every_input_gets_to_the_check_as_the_runner_would_give_it() -> None:
    given = {name: value for name, value in CHECK["env"].items() if name.startswith("INPUT_")}
    expected = {f"INPUT_{name.upper()}": name for name in ACTION["inputs"] if name != "command"}
    assert given == {name: f"${{{{ inputs.{of} }}}}" for name, of in expected.items()}
    assert CHECK["env"]["COMMAND"] == "${{ inputs.command }}"


def test_no_text_of_a_workflow_becomes_part_of_a_command() -> None:
    for step in COMPOSITE["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    assert "INPUT_" not in str(SET_UP)  # least of all the token


@pytest.mark.skipif(os.name != "posix", reason="the names are those of POSIX")
def test_bash_hands_on_names_with_hyphens() -> None:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-c", "exec env"],
        env={"INPUT_FAIL-ON": "never", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "INPUT_FAIL-ON=never" in done.stdout.splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a machine without any Python: the folders ``bin``, its PATH, and ``tools``."""
    if os.name != "posix":
        pytest.skip("makes programs as POSIX has them")
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def put(python: Path, *, usable: bool) -> None:
    """Put something there that says of itself whether it is a Python that can be used."""
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(
        f'#!/bin/sh\ntest "$2" != -c || exit {int(not usable)}\necho "$0 runs $2"\n', "utf-8"
    )
    python.chmod(0o755)


def find_python(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "bin/bash", ROOT / "composite/find-python.sh"],
        env={"PATH": str(machine / "bin"), "RUNNER_TOOL_CACHE": str(machine / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_runners_own_python_comes_first(machine: Path) -> None:
    put(machine / "bin/python3", usable=True)
    put(machine / "tools/Python/3.14.0/x64/bin/python3", usable=True)
    done = find_python(machine)
    assert done.stdout.startswith(f"{machine}/bin/python3 runs ")
    assert done.stdout.rstrip().endswith("composite/set_up.py")


def test_else_the_newest_of_those_kept_beside(machine: Path) -> None:
    put(machine / "bin/python3", usable=False)
    for version, usable in (
        ("3.9.13", True),
        ("3.11.9", True),
        ("3.13.1", True),
        ("3.14.0", False),
    ):
        put(machine / f"tools/Python/{version}/x64/bin/python3", usable=usable)
    done = find_python(machine)
    assert done.stdout.startswith(f"{machine}/tools/Python/3.13.1/x64/bin/python3 runs ")


def test_without_any_it_is_said_what_to_do(machine: Path) -> None:
    put(machine / "bin/python", usable=False)
    done = find_python(machine)
    assert done.returncode == 2
    assert re.fullmatch(
        r"::error title=cc-lb-selfcheck::This runner has no Python .*\n", done.stdout
    )
    assert "actions/setup-python" in done.stdout
    assert done.stderr == ""


def test_the_check_takes_no_module_from_the_workspace(tmp_path: Path) -> None:
    for name in ("cc_lb_selfcheck", "json", "typer"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the workspace')\n")
    done = subprocess.run(
        ["bash", "-e", "-c", CHECK["run"]],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "COMMAND": "check",
            "INPUT_PATHS": "missing.wasm",
            "PYTHONPATH": str(tmp_path),
            "GITHUB_ACTIONS": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "taken" not in done.stdout + done.stderr
    assert "missing.wasm" in done.stdout

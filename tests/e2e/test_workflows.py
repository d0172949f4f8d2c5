"""Workflows, examples too, action.yml and the Dockerfile, read by linters that know the rules."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = [
    *sorted((ROOT / ".github/workflows").glob("*.yml")),
    *sorted((ROOT / "examples/workflows").glob("*.yml")),
]
OURS = ("./", "org/cc-lb-selfcheck@v1")


def _lint(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint(tool: Callable[[str], str]) -> None:
    _lint(tool("actionlint"), *WORKFLOWS)


def test_zizmor(tool: Callable[[str], str]) -> None:
    _lint(tool("zizmor"), "--offline", "--persona=pedantic", "action.yml", *WORKFLOWS)


def test_hadolint(tool: Callable[[str], str]) -> None:
    _lint(tool("hadolint"), "Dockerfile")


@pytest.mark.parametrize(
    ("schema", "files"),
    [("github-actions", [ROOT / "action.yml"]), ("github-workflows", WORKFLOWS)],
    ids=["action", "workflows"],
)
def test_schema(tool: Callable[[str], str], schema: str, files: list[Path]) -> None:
    _lint(tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *files)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_other_peoples_actions_are_pinned(workflow: Path) -> None:
    pinned = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    for uses in re.findall(r"uses: (\S+.*)", workflow.read_text("utf-8")):
        assert uses in OURS or pinned.fullmatch(uses), uses

"""The pre-commit hook, tried as its users would try it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, commit, run

pytestmark = pytest.mark.ways


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a repository with two plugins and a text."""
    folder = tmp_path / "work"
    (folder / "dist").mkdir(parents=True)
    for name in ("shape", "misspelt-export"):
        shutil.copy(ROOT / f"tests/plugins/dist/{name}.wasm", folder / "dist")
    (folder / "notes.txt").write_text("No plugin.\n")
    commit(folder)
    return folder


def test_try_repo(
    work: Path, checkout: Path, program: Callable[[str], str], tmp_path: Path
) -> None:
    command = (program("pre-commit"), "try-repo", str(checkout), "cc-lb-selfcheck", "--verbose")
    home = str(tmp_path / "home")
    done = run(*command, "--files", "dist/shape.wasm", cwd=work, PRE_COMMIT_HOME=home)
    assert "Passed" in done.stdout
    done = run(*command, "--files", "notes.txt", cwd=work, PRE_COMMIT_HOME=home)
    assert "no files to check" in done.stdout
    done = run(*command, "--all-files", cwd=work, status=1, PRE_COMMIT_HOME=home)
    assert "Failed" in done.stdout
    assert "- exit code: 1" in done.stdout
    assert "Rename the function to `cc_lb_self_check`" in done.stdout


def test_the_hooks_are_well_formed(program: Callable[[str], str]) -> None:
    run(program("pre-commit"), "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)

"""The pre-commit hook, tried as its users would try it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, commit, git, run

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


def test_autoupdate_finds_the_tag_that_asked_for_the_release(
    checkout: Path, program: Callable[[str], str], tmp_path: Path
) -> None:
    """As the page on other CIs says: the release's own tag is on a commit beside ``main``."""
    released, work = tmp_path / "released", tmp_path / "work"
    git(tmp_path, "clone", "--quiet", str(checkout), str(released))
    git(released, "tag", "release/v1.1.0")
    git(released, "checkout", "--quiet", "--detach")
    (released / "action.yml").write_text("# the image by its digest\n", "utf-8")
    commit(released)
    git(released, "tag", "v1.1.0")
    git(released, "tag", "v1")
    git(released, "checkout", "--quiet", "main")
    commit(released)
    example = (ROOT / "examples/pre-commit-config.yaml").read_text("utf-8")
    work.mkdir()
    config = work / ".pre-commit-config.yaml"
    config.write_text(re.sub(r"https://\S+", str(released), example), "utf-8")
    commit(work)
    home = str(tmp_path / "home")
    run(program("pre-commit"), "autoupdate", cwd=work, PRE_COMMIT_HOME=home)
    assert "rev: release/v1.1.0\n" in config.read_text("utf-8")

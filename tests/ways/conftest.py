"""What the ways of installing stand on: the packages as they are built, and programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {
    "pipx": "pip install pipx",
    "pre-commit": "pip install pre-commit",
    "uvx": "pip install uv",
}


class Built(NamedTuple):
    """The packages as they are published, in a folder of their own."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Return the path of a program, or fail with where to get it."""

    def path_of(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.fail(f"{name} is not installed: {PROGRAMS[name]}")
        return found

    return path_of


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with the working tree as its one commit."""
    copy = tmp_path_factory.mktemp("checkout") / "cc-lb-selfcheck"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    commit(copy)
    return copy


@pytest.fixture(scope="session")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return the sdist, and the wheel that is built of it."""
    folder = tmp_path_factory.mktemp("dist")
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", code, folder, cwd=checkout)
    (sdist,) = folder.glob("*.tar.gz")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet")
    run(*pip, "--wheel-dir", folder, sdist, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return Built(wheel, sdist)


def run(
    *command: str | Path, cwd: Path, status: int = 0, **environment: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, outside of GitHub Actions; it must end with the status.

    ``environment`` is what it has in its environment besides.
    """
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**outside, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


def git(where: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    return run("git", *arguments, cwd=where).stdout


def commit(folder: Path) -> None:
    """Commit everything in a folder, which becomes a repository."""
    author = ("-c", "user.name=ways", "-c", "user.email=ways@example.invalid")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all", "--force")
    git(folder, *author, "commit", "--quiet", "--allow-empty", "--message=ways")

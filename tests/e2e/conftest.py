"""What the end-to-end tests stand on: programs, the image, and repositories for act to run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tools.action_image import image_of

from tests.support.github import FakeGitHub
from tests.support.image import base_here

from .author import Author
from .git import commit, git
from .tls import TlsFront, make_authority

ROOT = Path(__file__).resolve().parent.parent.parent


SOURCES = {
    "act": "go install github.com/nektos/act@v0.2.89",
    "docker": "the package of your system",
    "openssl": "the package of your system",
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
    base = f"--build-arg=BASE={base_here()}"
    command = [tool("docker"), "build", "--network=host", base, "--tag", name, str(ROOT)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return name


@pytest.fixture
def action(tmp_path: Path, image: str, tool: Callable[[str], str]) -> Path:
    """Return a folder with the action, which runs the built image.

    act would build a Dockerfile in a network of Docker's own, which not every machine has.
    """
    tool("act")
    text = (ROOT / "action.yml").read_text("utf-8")
    folder = tmp_path / "action"
    folder.mkdir()
    changed = text.replace(f"  image: {image_of(text)}\n", f"  image: docker://{image}\n")
    twins = folder / ".github/workflows"
    twins.mkdir(parents=True)
    shutil.copy(ROOT / ".github/workflows/check-plugins.yml", twins)
    (folder / "action.yml").write_text(changed, "utf-8")
    return folder


@pytest.fixture
def repository(tmp_path: Path, action: Path) -> Path:
    """Return a clone of the working tree, whose action is that of ``action``."""
    clone = tmp_path / "repository"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    shutil.copy(action / "action.yml", clone)
    commit(clone)
    return clone


@pytest.fixture
def author(tmp_path: Path, action: Path) -> Iterator[Author]:
    """Return a plugin author, with a fake of GitHub."""
    with FakeGitHub() as fake:
        yield Author(fake, tmp_path / "author", action)


@pytest.fixture
def corporate_author(
    tmp_path: Path, action: Path, tool: Callable[[str], str]
) -> Iterator[tuple[Author, str]]:
    """Return an author at an Enterprise server, and the certificates that it takes to trust it."""
    tool("openssl")
    authority = make_authority(tmp_path / "authority")
    with TlsFront(authority.with_name("server.pem")) as front:
        server = f"https://127.0.0.1:{front.port}"
        with FakeGitHub(prefix="/api/v3") as fake:
            author = Author(fake, tmp_path / "author", action, {"GITHUB_SERVER_URL": server})
            front.behind = urlsplit(fake.url).port
            fake.url = f"{server}/api/v3"
            yield author, authority.read_text("utf-8")

"""The pages' commands for Docker, as a reader types them in a clone."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import ROOT, Block
from tests.docs.session import Session
from tests.docs.suites import claimed_by
from tests.docs.test_sessions import a_repository_with_plugins
from tests.support.image import base_here

pytestmark = pytest.mark.container

_DOCKER = """\
#!/bin/sh
# docker, which builds in the host's network: not every machine has one of Docker's own. Nor does
# a registry answer every machine.
PATH=${PATH#*:}
test "$1" != build || { shift; set -- build --network=host --build-arg="BASE=$BASE" "$@"; }
exec docker "$@"
"""


IN_A_CLONE: Final = "README.md"
RELEASED: Final = "ghcr.io/org/cc-lb-selfcheck:1"
"""What readers without a clone take, and what is built here stands in for."""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with docker; the image stands until the last block has run."""
    folder = tmp_path_factory.mktemp("tools")
    docker = folder / "docker"
    docker.write_text(_DOCKER, "utf-8")
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    build = [docker, "build", "-q", "-t", "cc-lb-selfcheck", "."]
    path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "DOCKER_BUILDKIT": "0"}
    environment = {**os.environ, **path, "BASE": base_here()}
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    names = ("cc-lb-selfcheck", RELEASED)
    subprocess.run(["docker", "tag", *names], check=True)
    yield folder
    subprocess.run(["docker", "image", "rm", *names], capture_output=True, check=False)


@pytest.mark.parametrize("block", claimed_by("container"), ids=str)
def test_commands_for_docker(block: Block, tools: Path, tmp_path: Path) -> None:
    a_repository_with_plugins(tmp_path)
    directory = ROOT if block.page == IN_A_CLONE else tmp_path
    environment = {"DOCKER_BUILDKIT": "0", "BASE": base_here()}
    Session(directory, [tools], environment).follow(block)

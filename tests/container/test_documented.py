"""The pages' commands for Docker, as a reader types them in a clone."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block
from tests.docs.session import Session
from tests.docs.suites import claimed_by
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


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tools")
    docker = folder / "docker"
    docker.write_text(_DOCKER, "utf-8")
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    yield folder
    subprocess.run(["docker", "image", "rm", "cc-lb-selfcheck"], capture_output=True, check=False)


@pytest.mark.parametrize("block", claimed_by("container"), ids=str)
def test_commands_for_docker(block: Block, tools: Path) -> None:
    Session(ROOT, [tools], {"DOCKER_BUILDKIT": "0", "BASE": base_here()}).follow(block)

"""The pages' ways to install the command, from this tree instead of the published package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cc_lb_selfcheck.settings import VERSION_TEXT
from tests.docs.pages import Block
from tests.docs.session import Session
from tests.docs.suites import claimed_by, programs

from .conftest import Built, run

pytestmark = pytest.mark.ways


@pytest.mark.parametrize("block", claimed_by("install"), ids=str)
def test_the_pages_ways_to_install(
    block: Block, built: Built, tmp_path: Path, program: Callable[[str], str]
) -> None:
    tools = sorted({Path(program(name)).parent for name in programs(block.text)})
    programs_of_pipx = tmp_path / "bin"
    variables = {
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(programs_of_pipx),
        "PIP_FIND_LINKS": str(built.wheel.parent),
        "UV_FIND_LINKS": str(built.wheel.parent),
    }
    Session(tmp_path, tools, variables).follow(block)
    if block.text.startswith("pipx install"):
        done = run(programs_of_pipx / "cc-lb-selfcheck", "--version", cwd=tmp_path)
        assert done.stdout.strip() == VERSION_TEXT

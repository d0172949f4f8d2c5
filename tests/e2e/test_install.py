"""The pages' ways to install the command, from this tree instead of the published package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cc_lb_selfcheck.settings import VERSION_TEXT
from tests.docs.pages import ROOT, Block
from tests.docs.session import Session
from tests.docs.suites import claimed_by, programs

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package as it would be published."""
    folder = tmp_path_factory.mktemp("wheels")
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "--wheel-dir", folder, ROOT], check=True)
    return folder


@pytest.mark.parametrize("block", claimed_by("install"), ids=str)
def test_ways_to_install(
    block: Block, wheels: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    tools = sorted({Path(tool(name)).parent for name in programs(block.text)})
    home = tmp_path / "home"
    variables = {
        "PIPX_HOME": str(home / "pipx"),
        "PIPX_BIN_DIR": str(home / "bin"),
        "PIP_FIND_LINKS": str(wheels),
        "UV_FIND_LINKS": str(wheels),
    }

    Session(tmp_path, tools, variables).follow(block)

    installed = home / "bin" / "cc-lb-selfcheck"
    if "install" in block.text:
        done = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == VERSION_TEXT

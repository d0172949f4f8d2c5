"""The programs that the pages show are run, where a build has left plugins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .pages import Block
from .suites import claimed_by
from .test_sessions import a_repository_with_plugins


@pytest.mark.parametrize("block", claimed_by("program"), ids=str)
def test_a_program_does_what_it_is_shown_for(block: Block, tmp_path: Path) -> None:
    a_repository_with_plugins(tmp_path)
    command = [sys.executable, "-c", block.text]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "MissingSelfCheckExport - plugin does not export cc_lb_self_check\n"

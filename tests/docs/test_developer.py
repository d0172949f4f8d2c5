"""What the pages say to those who work on the tool: CI runs the same commands."""

from __future__ import annotations

import re
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Final

import pytest

from .pages import ROOT, Block
from .suites import claimed_by

_LOADER: Final = SourceFileLoader("dev", str(ROOT / "dev"))
_SPEC: Final = spec_from_loader("dev", _LOADER)
assert _SPEC is not None
_DEV: Final = module_from_spec(_SPEC)
_LOADER.exec_module(_DEV)
COMMANDS: Final[dict[str, object]] = _DEV.COMMANDS
RUN_BY_CI: Final = {
    name
    for path in (ROOT / ".ci/run", *(ROOT / ".github/workflows").glob("*.yml"))
    for name in re.findall(r"\./dev (\w+)", path.read_text("utf-8"))
}


@pytest.mark.parametrize("block", claimed_by("developer"), ids=str)
def test_what_developers_are_told_to_run_is_run(block: Block) -> None:
    for command in block.text.splitlines():
        words = command.split()
        assert words[0] == ".ci/run" or words[1] in RUN_BY_CI | {"try"}, command


def test_a_plugin_is_tried() -> None:
    done = subprocess.run(
        [ROOT / "dev", "try", "tests/plugins/dist/misspelt-export.wasm"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.endswith("1 artifact: 1 refused\n")

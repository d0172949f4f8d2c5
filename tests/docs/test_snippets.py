"""What the findings' pages show, and data in the other pages, is well-formed."""

from __future__ import annotations

import json
import shlex
import subprocess
import tomllib
from typing import Final

import pytest
from typer.main import get_command

from cc_lb_selfcheck.cli import whole_app

from .pages import Block
from .suites import claimed_by

# Typer tells its type as that of any command; it is a group.
COMMANDS: Final = get_command(whole_app()).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("block", [*claimed_by("data"), *claimed_by("catalogue")], ids=str)
def test_a_snippet_is_well_formed(block: Block) -> None:
    match block.language:
        case "json":
            json.loads(block.text)
        case "toml":
            tomllib.loads(block.text)
        case "sh":
            script = ["bash", "-n", "-c", block.text]
            done = subprocess.run(script, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            _parse(block.text)
        case language:
            assert language in ("c", "gitattributes", "rust", "text", "ts", "wat", "yaml"), language


def _parse(script: str) -> None:
    """Let the command read its arguments, and run nothing."""
    for line in script.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["cc-lb-selfcheck"]:
            COMMANDS[words[1]].make_context(words[1], words[2:])

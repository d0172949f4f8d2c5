"""Code run inside the sandbox of a worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

Layers: TypeAlias = dict[str, tuple[bool, str]]
"""Whether each layer holds, and what is told of it."""

TRIED: Final = """
def tried(act, *arguments):
    try:
        act(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"
"""
"""What a program says of a call: the error's class, or that it was done."""

ENTER = f"""
import json, os, sys
from cc_lb_selfcheck.host import landlock, linux, sandbox, seccomp
{TRIED}def enter(config=""):
    return {{name: (holds, detail) for name, holds, detail
            in sandbox.enter(parent=os.getppid(), cache_config=config)}}
"""


def inside(code: str, *arguments: str | Path, status: int = 0, **options: Any) -> Any:
    """Run code in a process of its own and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ENTER + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def needs(here: Layers, *names: str) -> None:
    for name in names:
        if not here[name][0]:
            pytest.skip(f"{name}: {here[name][1]}")

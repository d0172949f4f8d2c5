"""The command run in a directory of its own, with a place for temporary files beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .modules import output_module, success

GOOD = output_module(success())


def start(work: Path, *arguments: str) -> subprocess.Popen[str]:
    # Unbuffered, Python itself loses what a closed pipe does not take, and says nothing.
    foreign = ("GITHUB_", "PYTHONUNBUFFERED")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return subprocess.Popen(
        [sys.executable, "-m", "cc_lb_selfcheck", "check", *arguments],
        cwd=work,
        env={**clean, "TMPDIR": str(work.parent / "temporary")},
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def run(work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(work, *arguments)
    stdout, stderr = process.communicate(timeout=120)
    assert "Traceback" not in stderr
    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

"""How a process of our own is started: with nothing of ours but what Python needs to start."""

from __future__ import annotations

import os
import sys
from typing import Final

_NEEDED: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_NEEDED_ON_WINDOWS: Final = ("TEMP",)
"""Elsewhere the engine's log has no name, or lies in ``/tmp``."""


def command(module: str) -> list[str]:
    """Return what starts a module of this package in isolation."""
    return [sys.executable, "-I", "-m", f"cc_lb_selfcheck.{module}"]


def environment() -> dict[str, str]:
    """Return all that is handed on of the environment; a worker forgets even that."""
    needed = (*_NEEDED, *(_NEEDED_ON_WINDOWS if os.name == "nt" else ()))
    return {name: os.environ[name] for name in needed if name in os.environ}


def directory() -> str | None:
    """Return a directory that is nobody's work; None, for our own, where there is none."""
    return "/" if os.name == "posix" else os.environ.get("SYSTEMROOT")

"""What a release's image is built from: a base that is named by digest.

A machine that no registry answers may have the same base by its tag alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

_BASE: Final = Path(__file__).resolve().parents[2] / "requirements" / "base-image.txt"


def named_base() -> str:
    """Return the base as a release names it."""
    return _BASE.read_text("utf-8").strip()


def base_here() -> str:
    """Return the base that this machine's engine is to build from."""
    named = named_base()
    tagged = named.partition("@")[0]
    return tagged if not _is_here(named) and _is_here(tagged) else named


def _is_here(image: str) -> bool:
    done = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    return done.returncode == 0

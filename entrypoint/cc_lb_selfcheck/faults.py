"""Faults of this program itself, told in a sentence: the runner would obey a traceback's lines."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from cc_lb_selfcheck import HOMEPAGE
from cc_lb_selfcheck.surfaces.visible import shorten

_FRAMES_TOLD: Final = 5
_WORDS_MAX_CHARS: Final = 500


def told_fault(error: Exception) -> str:
    """Return a sentence on a fault of ours, with all that a report of it needs."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_TOLD:]
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    words = shorten(f"{type(error).__name__}: {error}", _WORDS_MAX_CHARS)
    return (
        f"This program failed where it should not have ({words}; in {places})."
        f" Please report it at {HOMEPAGE}/issues."
    )

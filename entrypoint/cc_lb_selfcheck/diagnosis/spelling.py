"""Words that were meant: the closest right spelling, and the style in which names are written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

_NEARNESS: Final = 0.72
_WORD_MAX_CHARS: Final = 64


def closest(word: str, right: Iterable[str], nearness: float = _NEARNESS) -> str | None:
    """Return the right word that a misspelt one comes closest to, if any comes close."""
    if len(word) > _WORD_MAX_CHARS:
        return None
    plain = {_plain(candidate): candidate for candidate in right}
    near = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=nearness)
    return plain[near[0]] if near else None


def same_but_for_style(word: str, right: Iterable[str]) -> str | None:
    """Return the right word that differs in case and underscores alone (``completedAt``)."""
    plain = {_plain(candidate): candidate for candidate in right}
    return plain.get(_plain(word[:_WORD_MAX_CHARS]))


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.casefold())

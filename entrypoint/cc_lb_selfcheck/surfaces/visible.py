"""Characters that would act instead of show, made visible. Every surface builds on this."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_ACTING: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return ``text`` with control, format, bidirectional and unassigned characters as ``\u{…}``.

    ``lines`` keeps line feeds and tabs, for surfaces that show blocks of text.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(char if char in kept else _shown(char) for char in text)


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if short:
        return short
    return f"\\u{{{ord(char):x}}}" if unicodedata.category(char) in _ACTING else char


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` characters, and say how much was left out."""
    if len(text) <= limit:
        return text
    note = f" … ({len(text):,} characters in all)"
    return text[: max(limit - len(note), 0)] + note

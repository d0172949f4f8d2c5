"""Characters that would act or hide instead of show, made visible. Every surface builds on this."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final

_ACTING: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
_HIDDEN: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F),
            *(0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
        ),
    )
)
"""Letters and marks that show as nothing, and which comparing may leave out.

Source: Unicode, ``DerivedCoreProperties.txt``, Default_Ignorable_Code_Point.
"""
_AS_EMOJI: Final = "\ufe0f"


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return ``text`` with control, format, bidirectional, unassigned and hidden characters as
    ``\u{…}``.

    ``lines`` keeps line feeds and tabs, for surfaces that show blocks of text.
    """
    if text.isprintable() and _HIDDEN.isdisjoint(text):  # as nearly all is
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        char if char in kept else _shown(char, before) for before, char in pairwise(f" {text}")
    )


@lru_cache(maxsize=4096)
def _shown(char: str, before: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if short:
        return short
    if char in _HIDDEN:
        # The one behind a symbol shows: it makes an emoji of it.
        shows = char == _AS_EMOJI and unicodedata.category(before) == "So"
    else:
        shows = unicodedata.category(char) not in _ACTING
    return char if shows else f"\\u{{{ord(char):x}}}"


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` characters, and say how much was left out."""
    if len(text) <= limit:
        return text
    note = f" … ({len(text):,} characters in all)"
    return text[: max(limit - len(note), 0)] + note

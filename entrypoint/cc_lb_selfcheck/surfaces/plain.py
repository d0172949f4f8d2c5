"""Plain text that GitHub shows as it is: an annotation of a check run, a check run's name."""

from __future__ import annotations

from typing import NewType

from .visible import shorten, visible

PlainText = NewType("PlainText", str)


def plain(text: str, limit: int, *, lines: bool = False) -> PlainText:
    """Return text that hides nothing, within ``limit`` characters; ``lines`` keeps line feeds."""
    return PlainText(shorten(visible(text, lines=lines), limit))

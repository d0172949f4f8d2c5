"""Patches, which are applied as they stand: what might act on a terminal or in a log makes none."""

from __future__ import annotations

from typing import NewType

from .visible import visible

Diff = NewType("Diff", str)
"""A unified diff without a line that GitHub's runner or a terminal would obey, or that hides."""

NO_CHANGE = Diff("")


def diff(text: str) -> Diff | None:
    """Return a patch, if every line of it may be shown as it is; None otherwise.

    The runner reads commands in a log: after white space, or anywhere in a line.
    """
    for line in text.split("\n"):
        shown = line.removesuffix("\r").replace("\t", " ")
        if visible(shown) != shown or shown.lstrip().startswith("::") or "##[" in shown:
            return None
    return Diff(text)

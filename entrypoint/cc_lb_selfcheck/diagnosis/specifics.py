"""What one refusal says of itself: the parts of a finding that are not the catalogue's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from .finding import Cause, Confidence, Excerpt

_QUOTE_MAX: Final = 160
_LISTED_MAX: Final = 6
_SPACES_PER_CHAR: Final = 4
_NO_TICK: Final = "\u02cb"  # looks like a backtick and ends no quotation


class Specifics(NamedTuple):
    """A cause and, where it is more precise than the catalogue's, a fix.

    ``id`` names the near miss that the evidence shows; without one the variant's own entry stands.
    ``seen`` is what speaks for the cause, ``others`` what else is or may be wrong.
    """

    cause: str | None = None
    fix: str | None = None
    id: str | None = None
    confidence: Confidence = "certain"
    seen: tuple[str, ...] = ()
    excerpt: Excerpt | None = None
    others: tuple[Cause, ...] = ()


def quote(text: str, limit: int = _QUOTE_MAX) -> str:
    """Quote text from outside in a sentence: on one line, and no longer than helps."""
    start = text[: limit * _SPACES_PER_CHAR]
    flat = " ".join(start.split())
    is_whole = len(flat) <= limit and len(start) == len(text)
    cut = flat if is_whole else f"{flat[: limit - 1]}…"
    if "`" not in cut:
        return f"`{cut}`"
    if '"' in cut:  # neither mark may end the quotation: what follows would be words of ours
        return f"`{cut.replace('`', _NO_TICK)}`"
    # What quotes something itself is quoted otherwise; an unpaired mark would open a quotation.
    return f'"{cut}"' if cut.count("`") % 2 == 0 else f'"{cut.replace("`", _NO_TICK)}"'


def listed(items: Iterable[str], limit: int = _LISTED_MAX, *, is_cut: bool = False) -> str:
    """Return items in a row, and how many more there are than are shown; at least, if cut."""
    every = list(items)
    more = len(every) - limit
    count = f"at least {more:,}" if is_cut else f"{more:,}"
    return ", ".join(every[:limit]) + (f" and {count} more" if more > 0 else "")


def in_a_row(items: Iterable[str]) -> str:
    """Return a few items as a sentence has them: ``a, b and c``."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def by_code(char: str) -> str:
    """Name a character that is easily overlooked: ``U+00A0 NO-BREAK SPACE``."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def odd_characters(name: str) -> str:
    """Name the characters that are easily overlooked, and that no name of the host's has."""
    odd = dict.fromkeys(char for char in name if not (char.isascii() and char.isidentifier()))
    return listed(by_code(char) for char in odd if not char.isascii() or not char.isdigit())

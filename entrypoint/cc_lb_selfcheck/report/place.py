"""A place in the author's sources, as compilers show one: the line, and a caret under it."""

from __future__ import annotations

import unicodedata
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.surfaces.visible import visible

_WIDTH_MAX: Final = 100
_BEFORE_CARET_MAX: Final = 60
_TAB: Final = "    "
NOT_HERE: Final = " (not in this repository)"


def place_of(location: Location) -> str:
    """Return ``path:line:column``, as far as it is known."""
    numbers = [location.line, location.column if location.line else None]
    return ":".join([location.path, *(str(number) for number in numbers if number)])


def place_words(location: Location) -> str:
    """Return the place in words, for a line of text."""
    quoted = location.function and location.function.replace("`", "'")
    function = f", in `{quoted}`" if quoted else ""
    return f"{place_of(location)}{'' if location.in_repository else NOT_HERE}{function}"


def source_lines(location: Location) -> list[str]:
    """Return the source line behind its number, and a caret under the column; both may lack."""
    if location.source is None or location.line is None:
        return []
    number = str(location.line)
    if location.column is None:
        return [f"{number} │ {_shown(location.source)[:_WIDTH_MAX]}".rstrip()]
    before = _shown(location.source[: location.column - 1])
    after = _shown(location.source[location.column - 1 :])
    if len(before) > _BEFORE_CARET_MAX:
        before = f"…{before[-_BEFORE_CARET_MAX:]}"
    line = f"{before}{after}"[:_WIDTH_MAX]
    caret = " " * cells(before) + "^"
    return [f"{number} │ {line}".rstrip(), f"{'':{len(number)}} │ {caret}"]


def _shown(source: str) -> str:
    return visible(source.replace("\t", _TAB))


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

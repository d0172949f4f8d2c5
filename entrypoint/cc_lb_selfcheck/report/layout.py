"""Lines for the terminal: paragraphs with a margin, and printing many lines at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

Part: TypeAlias = tuple[str, str]
"""Text and its style."""
Line: TypeAlias = tuple[Part, ...]

_NARROWEST: Final = 20
_LINES_AT_A_TIME: Final = 500


def paragraph(text: str, width: int, first: Part, rest: Part) -> Iterator[Line]:
    """Yield text in lines of ``width`` columns, the first behind one margin, others behind another.

    Nothing is cut, and no line ends in padding.
    """
    room = max(width - len(first[0]), _NARROWEST)
    margin = first
    for line in text.split("\n"):
        for piece in _wrapped(line, room):
            yield (margin, (piece, "")) if piece else ((margin[0].rstrip(), margin[1]),)
            margin = rest


@lru_cache(maxsize=1024)
def _wrapped(line: str, width: int) -> tuple[str, ...]:
    """Break a line between words. Thousands of plugins may be told the same sentence."""
    if "\t" in line or not line.isascii():
        # How many columns these take is known to the terminal's library.
        from rich.console import Console
        from rich.text import Text

        wrapped = Text(line).wrap(Console(width=width), width)
        return tuple(piece.plain.rstrip() for piece in wrapped)
    pieces: list[str] = []
    start = 0
    while len(line) - start > width:
        end = line.rfind(" ", start, start + width + 1)
        if end < 0 or not line[start:end].strip():  # a word that is longer than the line
            end = start + width
        pieces.append(line[start:end].rstrip())
        while line.startswith(" ", end):
            end += 1
        start = end
    return (*pieces, line[start:].rstrip())


def plain(line: Line) -> str:
    """Return a line as text that ends in a line feed."""
    return "".join([*(text for text, _ in line), "\n"])


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """Print lines as they are, however long. Each call to the console costs more than a line."""
    if not console.is_terminal:
        console.file.writelines(map(plain, lines))
        return
    from rich.text import Text

    remaining = iter(lines)
    while some := [Text.assemble(*line) for line in islice(remaining, _LINES_AT_A_TIME)]:
        console.print(Text("\n").join(some), soft_wrap=True)

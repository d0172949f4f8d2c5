"""Lines for the terminal: paragraphs with a margin, and printing many lines at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

from rich.console import Console
from rich.text import Text

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


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """Print lines as they are, however long. Each call to the console costs more than a line."""
    remaining = iter(lines)
    while some := list(islice(remaining, _LINES_AT_A_TIME)):
        if console.is_terminal:
            styled = [Text.assemble(*line) for line in some]
            console.print(Text("\n").join(styled), soft_wrap=True)
        else:
            plain = ("".join(text for text, _ in line) for line in some)
            console.file.write("".join(f"{line}\n" for line in plain))

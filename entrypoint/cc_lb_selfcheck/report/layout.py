"""Lines for the terminal: every piece of text is made safe, then styled; and printing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from cc_lb_selfcheck.surfaces.terminal import TerminalText, log_safe, terminal

from .place import cells

if TYPE_CHECKING:
    from rich.console import Console

Line: TypeAlias = tuple[tuple[TerminalText, str], ...]
"""The pieces of a line, each with its style."""

_NARROWEST: Final = 20
_LINES_AT_A_TIME: Final = 500


def styled(text: str, style: str = "") -> Line:
    """Return text for one line, whatever it quotes."""
    return ((terminal(text), style),)


def paragraph(text: str, width: int, first: Line, rest: Line) -> Iterator[Line]:
    """Yield text in lines of ``width`` columns, the first behind one margin, others behind another.

    Nothing is cut, and no line ends in padding.
    """
    room = max(width - len(plain(first)), _NARROWEST)
    margin = first
    for line in terminal(text, lines=True).split("\n"):
        for piece in _wrapped(line, room):
            yield margin + styled(piece) if piece else _stripped(margin)
            margin = rest


def _stripped(margin: Line) -> Line:
    return styled(plain(margin).rstrip(), margin[-1][1])


@lru_cache(maxsize=1024)
def _wrapped(line: str, width: int) -> tuple[str, ...]:
    """Break a line between words. Thousands of plugins may be told the same sentence."""
    if "\t" in line or cells(line) != len(line):
        # Where to break these is known to the terminal's library.
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


def plain(line: Line) -> TerminalText:
    """Return a line without its styles."""
    return log_safe("".join([text for text, _ in line]))


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """Print lines as they are, however long. Each call to the console costs more than a line."""
    if not console.is_terminal:
        console.file.writelines(f"{plain(line)}\n" for line in lines)
        return
    from rich.text import Text

    remaining = iter(lines)
    while some := [Text.assemble(*line) for line in islice(remaining, _LINES_AT_A_TIME)]:
        console.print(Text("\n").join(some), soft_wrap=True)

"""Lines for the terminal: every piece of text is made safe, then styled; and printing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from rich.console import Console
from rich.text import Text

from cc_lb_selfcheck.surfaces.terminal import log_safe, terminal

_NARROWEST: Final = 20
_LINES_AT_A_TIME: Final = 500


def styled(text: str, style: str = "") -> Text:
    """Return text for one line, whatever it quotes."""
    # Not the style of the whole, which would spread to what is added to it.
    return Text.assemble((terminal(text), style))


def paragraph(console: Console, text: str, first: Text, rest: Text) -> Iterator[Text]:
    """Yield text in lines that fit, with one margin before its first line and one before others.

    Nothing is cut, and no line ends in padding.
    """
    width = max(console.width - len(first), _NARROWEST)
    margin = first
    for line in terminal(text, lines=True).split("\n"):
        fits = len(line) <= width and line.isascii()
        for piece in [Text(line)] if fits else Text(line).wrap(console, width):
            with_margin = margin + piece
            with_margin.rstrip()
            yield with_margin
            margin = rest


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print lines as they are, however long. Each call to the console costs more than a line."""
    remaining = iter(lines)
    while some := list(islice(remaining, _LINES_AT_A_TIME)):
        if console.is_terminal:
            console.print(Text("\n").join(some), soft_wrap=True)
        else:
            console.file.write(log_safe("".join(f"{line.plain}\n" for line in some)))

"""Paragraphs with a margin, for the terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

_NARROWEST: Final = 20


def print_paragraph(console: Console, text: str, first: Text, rest: Text) -> None:
    """Print text in lines that fit, with one margin before its first line and one before others.

    Nothing is cut, and no line ends in padding.
    """
    margin = first
    for line in text.split("\n"):
        width = max(console.width - len(first), _NARROWEST)
        for piece in Text(line).wrap(console, width) or [Text()]:
            line_of_text = margin + piece
            line_of_text.rstrip()
            console.print(line_of_text, soft_wrap=True)
            margin = rest

"""The catalogue for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from cc_lb_selfcheck.diagnosis.catalogue import Entry

from .layout import paragraph, print_lines


def print_list(entries: Iterable[Entry], console: Console) -> None:
    """Print a line for each entry."""
    for entry in entries:
        console.print(Text(f"{entry.name:<30} ", style="bold") + Text(entry.title), soft_wrap=True)


def print_entry(entry: Entry, console: Console) -> None:
    """Print all of an entry's words."""
    _heading(console, entry.title)
    console.print(Text(f"{entry.id} · {', '.join(entry.told_with)}\n", style="dim"))
    _paragraph(console, entry.meaning, "")
    if not entry.provoked_by_artifact:
        _paragraph(console, "An artifact cannot cause this.", "")
    _heading(console, "\nLikely causes")
    for cause in entry.causes:
        _paragraph(console, cause, "  - ")
    _heading(console, "\nHow to mend it")
    _paragraph(console, entry.fix, "  ")
    if entry.code:
        console.print()
        for line in entry.code.rstrip().split("\n"):
            console.print(Text(f"      {line}".rstrip(), style="cyan"), soft_wrap=True)
    if entry.example:
        _heading(console, "\nWhat you see")
        _paragraph(console, entry.example.rstrip(), "  ")
    console.print(Text(f"\n{entry.link}\n", style="dim"), soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.print(Text(text, style="bold"), soft_wrap=True)


def _paragraph(console: Console, text: str, first: str) -> None:
    margin = " " * len(first)
    print_lines(console, paragraph(text, console.width, (first, ""), (margin, "")))

"""The catalogue for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from cc_lb_selfcheck.diagnosis.catalogue import Entry

from .layout import paragraph, print_lines, styled


def print_list(entries: Iterable[Entry], console: Console) -> None:
    """Print a line for each entry."""
    lines = (styled(f"{entry.name:<30} ", "bold") + styled(entry.title) for entry in entries)
    print_lines(console, lines)


def print_entry(entry: Entry, console: Console) -> None:
    """Print all of an entry's words."""
    _heading(console, entry.title)
    told_with = f"{entry.id} · {', '.join(entry.told_with)}"
    print_lines(console, [styled(told_with, "dim"), styled("")])
    _paragraph(console, entry.meaning, "")
    if not entry.provoked_by_artifact:
        _paragraph(console, "An artifact cannot cause this.", "")
    _heading(console, "", "Likely causes")
    for cause in entry.causes:
        _paragraph(console, cause, "  - ")
    _heading(console, "", "How to mend it")
    _paragraph(console, entry.fix, "  ")
    if entry.code:
        shown = (
            styled(f"      {line}".rstrip(), "cyan") for line in entry.code.rstrip().split("\n")
        )
        print_lines(console, [styled(""), *shown])
    if entry.example:
        _heading(console, "", "What you see")
        _paragraph(console, entry.example.rstrip(), "  ")
    print_lines(console, [styled(""), styled(entry.link, "dim"), styled("")])


def _heading(console: Console, *lines: str) -> None:
    print_lines(console, [styled(line, "bold") for line in lines])


def _paragraph(console: Console, text: str, first: str) -> None:
    margin = styled(" " * len(first))
    print_lines(console, paragraph(text, console.width, styled(first), margin))

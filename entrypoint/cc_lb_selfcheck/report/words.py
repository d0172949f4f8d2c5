"""The catalogue for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from cc_lb_selfcheck.diagnosis.catalogue import Entry


def print_list(entries: Iterable[Entry], console: Console) -> None:
    """Print a line for each entry."""
    for entry in entries:
        console.print(Text(f"{entry.name:<30} ", style="bold") + Text(entry.title), soft_wrap=True)


def print_entry(entry: Entry, console: Console) -> None:
    """Print all of an entry's words."""
    console.print(Text(entry.title, style="bold"))
    console.print(Text(f"{entry.name} · {entry.id}\n", style="dim"))
    console.print(Text(f"{entry.meaning}\n"))
    if not entry.provoked_by_artifact:
        console.print(Text("An artifact cannot cause this.\n"))
    console.print(Text("Likely causes", style="bold"))
    for cause in entry.causes:
        console.print(Padding(Text(f"- {cause}"), (0, 0, 0, 2)))
    console.print(Text("\nHow to mend it", style="bold"))
    console.print(Padding(Text(entry.fix), (0, 0, 0, 2)))
    if entry.code:
        code = Syntax(entry.code.rstrip(), entry.code_language, background_color="default")
        console.print(Padding(code, (1, 0, 0, 4)))
    if entry.example:
        console.print(Text("\nWhat the host prints", style="bold"))
        console.print(Padding(Text(entry.example.rstrip()), (0, 0, 0, 2)))
    console.print(Text(f"\n{entry.link}\n", style="dim"))

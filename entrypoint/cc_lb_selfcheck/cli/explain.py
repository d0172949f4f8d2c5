"""`explain`: the catalogue of findings."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing
from cc_lb_selfcheck.surfaces.visible import shorten

from .app import NAME, app
from .flags import Command, one_of
from .running import ending


def _findings(incomplete: str) -> list[str]:
    from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses

    names = [name for entry in entries() for name in (entry.id, entry.name)]
    return one_of([*names, *(entry.id for entry in near_misses())])(incomplete)


@app.command(cls=Command, name="explain")
def explain_variant(
    variant: Annotated[
        str | None,
        typer.Argument(
            metavar="VARIANT",
            help="A finding's id, a variant, or a kind of Validation.",
            autocompletion=_findings,
        ),
    ] = None,
) -> None:
    """Explain a finding: what it means, its likely causes, how to mend it. Alone: list all."""
    from rich.console import Console

    from cc_lb_selfcheck.diagnosis.catalogue import entries, like, near_misses, search
    from cc_lb_selfcheck.report.words import print_entry, print_list

    console = Console(highlight=False)
    with ending(os.environ), printing():
        if variant is None:
            print_list((*entries(), *near_misses()), console)
            return
        found = search(variant)
        if not found:
            near = f": did you mean {' or '.join(close)}?" if (close := like(variant)) else "."
            words = f"There is no finding {shorten(repr(variant), 80)}{near}"
            raise SettingsError([f"{words} `{NAME} explain` lists them."])
        for entry in found:
            print_entry(entry, console)

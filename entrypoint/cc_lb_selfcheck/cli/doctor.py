"""`doctor`: what holds a plugin on this machine."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing
from cc_lb_selfcheck.surfaces.json import json_text
from cc_lb_selfcheck.surfaces.visible import shorten

from .app import app
from .flags import Command, one_of
from .running import ending

_FORMATS: Final = ("text", "json")


@app.command(cls=Command)
def doctor(
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(_FORMATS),
            help="What to print. (default: text)",
            show_default=False,
            autocompletion=one_of(_FORMATS),
        ),
    ] = "text",
) -> None:
    """Tell what holds a plugin on this machine, and what is missing."""
    from cc_lb_selfcheck.doctor import examine, lines_of

    with ending(os.environ), printing() as stdout:
        if form not in _FORMATS:
            given = f"--format is {shorten(repr(form), 80)}"
            raise SettingsError([f"{given}: use one of {', '.join(_FORMATS)}."])
        found = examine()
        if form == "json":
            stdout.json([json_text(f"{found.model_dump_json(indent=2)}\n")])
        else:
            for line in lines_of(found):
                stdout.say(line)

"""`schema`: the JSON Schemas of what is written."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing
from cc_lb_selfcheck.surfaces.json import json_text
from cc_lb_selfcheck.surfaces.visible import shorten

from .app import app
from .flags import Command, one_of
from .running import ending


@app.command(cls=Command)
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="report|diff",
            help="Whose schema. (default: report)",
            show_default=False,
            autocompletion=one_of(("report", "diff")),
        ),
    ] = "report",
) -> None:
    """Print the JSON Schema of the report, or of what `diff --format json` prints."""
    from cc_lb_selfcheck.report.schema import SCHEMAS

    with ending(os.environ), printing() as stdout:
        if name not in SCHEMAS:
            words = f"There is no schema of {shorten(repr(name), 80)}: use one of"
            raise SettingsError([f"{words} {', '.join(SCHEMAS)}."])
        stdout.json([json_text(f"{json.dumps(SCHEMAS[name](), indent=2)}\n")])

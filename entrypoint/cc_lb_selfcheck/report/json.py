"""The report as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.json import Json, json_text

from .model import Report
from .surroundings import Surroundings

_NONE: Final = '"artifacts": []'


def write(report: Report, _around: Surroundings, printer: Printer) -> None:
    """Write the report."""
    printer.json(json_pieces(report))


def render_json(report: Report) -> str:
    """Return the report as indented JSON, ending in a line feed."""
    return "".join(json_pieces(report))


def json_pieces(report: Report) -> Iterator[Json]:
    """Yield the report as indented JSON, an artifact at a time."""
    frame = report.model_copy(update={"artifacts": []}).model_dump_json(indent=2)
    before, _, after = frame.partition(_NONE)
    yield json_text(f"{before}{_NONE[:-1]}")
    separator = ""
    for artifact in report.artifacts:
        # No string in JSON holds a line feed, so that each begins a line to be indented.
        lines = artifact.model_dump_json(indent=2).replace("\n", "\n    ")
        yield json_text(f"{separator}\n    {lines}")
        separator = ","
    end = "\n  ]" if separator else "]"
    yield json_text(f"{end}{after}\n")

"""The report as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TextIO

from cc_lb_selfcheck.surfaces.json import json_for_log

from .model import Report
from .surroundings import Surroundings

_NONE: Final = '"artifacts": []'


def write(report: Report, _around: Surroundings, stream: TextIO) -> None:
    """Write the report."""
    stream.writelines(json_pieces(report))


def render_json(report: Report) -> str:
    """Return the report as indented JSON, ending in a line feed; see ``json_pieces``."""
    return "".join(json_pieces(report))


def json_pieces(report: Report) -> Iterator[str]:
    """Yield the report as indented JSON, an artifact at a time, safe to print in a log."""
    frame = report.model_copy(update={"artifacts": []}).model_dump_json(indent=2)
    before, _, after = frame.partition(_NONE)
    yield f"{json_for_log(before)}{_NONE[:-1]}"
    separator = ""
    for artifact in report.artifacts:
        # No string in JSON holds a line feed, so that each begins a line to be indented.
        lines = artifact.model_dump_json(indent=2).replace("\n", "\n    ")
        yield f"{separator}\n    {json_for_log(lines)}"
        separator = ","
    end = "\n  ]" if separator else "]"
    yield f"{end}{json_for_log(after)}\n"

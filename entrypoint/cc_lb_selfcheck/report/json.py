"""The report as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .model import Report

_NONE: Final = '"artifacts": []'


def render_json(report: Report) -> str:
    """Return the report as indented JSON, ending in a line feed; see ``json_pieces``."""
    return "".join(json_pieces(report))


def json_pieces(report: Report) -> Iterator[str]:
    """Yield the report as indented JSON, an artifact at a time.

    In Actions whatever is printed is a log that the runner reads for ``##[commands]``; an escape
    of the bracket means the same to JSON and nothing to the runner.
    """
    frame = report.model_copy(update={"artifacts": []}).model_dump_json(indent=2)
    before, _, after = frame.partition(_NONE)
    yield f"{_unread(before)}{_NONE[:-1]}"
    separator = ""
    for artifact in report.artifacts:
        # No string in JSON holds a line feed, so that each begins a line to be indented.
        lines = artifact.model_dump_json(indent=2).replace("\n", "\n    ")
        yield f"{separator}\n    {_unread(lines)}"
        separator = ","
    end = "\n  ]" if separator else "]"
    yield f"{end}{_unread(after)}\n"


def _unread(text: str) -> str:
    return text.replace("##[", "##\\u005b")

"""The report as JSON."""

from __future__ import annotations

from .model import Report


def render_json(report: Report) -> str:
    """Return the report as indented JSON, ending in a line feed.

    In Actions whatever is printed is a log that the runner reads for ``##[commands]``; an escape
    of the bracket means the same to JSON and nothing to the runner.
    """
    return report.model_dump_json(indent=2).replace("##[", "##\\u005b") + "\n"

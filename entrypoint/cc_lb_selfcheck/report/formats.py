"""The formats of a report: a module here for each name in ``settings.Format``.

A format's module has one function to begin with, ``write``; whatever it needs is imported when it
is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, TextIO

from cc_lb_selfcheck.settings import Format

from .model import Report
from .surroundings import Surroundings


class Writer(Protocol):
    """Writes a report as text; what it holds from outside is made safe for the format."""

    def __call__(self, report: Report, around: Surroundings, stream: TextIO, /) -> None:
        """Write to a stream that takes UTF-8 text."""


def writer_of(name: Format) -> Writer:
    """Return what writes a report in a format."""
    writer: Writer = import_module(f"{__package__}.{name}").write
    return writer

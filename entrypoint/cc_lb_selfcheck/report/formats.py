"""The formats of a report: a module here for each name in ``settings.Format``.

A format's module has one function to begin with, ``write``; whatever it needs is imported when it
is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.settings import Format

from .model import Report
from .surroundings import Surroundings

Writer: TypeAlias = Callable[[Report, Surroundings, Printer], None]
"""Writes the whole of a report, to stdout or to a file."""


def writer_of(name: Format) -> Writer:
    """Return what writes a report in a format."""
    writer: Writer = import_module(f"{__package__}.{name}").write
    return writer

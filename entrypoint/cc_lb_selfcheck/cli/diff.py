"""`diff`: what changed between two reports."""

from __future__ import annotations

from typing import Any

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing
from cc_lb_selfcheck.report.settings import DiffSettings

from .app import app, epilog
from .flags import Command, with_options
from .running import run_command, working_directory

EXIT_CODES = {
    0: "nothing is refused that was not refused before",
    1: "something is newly refused, or a new plugin is",
    2: "wrong usage: a report that is none, or a setting",
}


@app.command(cls=Command, epilog=epilog(EXIT_CODES))
@with_options(DiffSettings, "old", "new")
def diff(**flags: Any) -> None:
    """Tell what changed between two reports of check: verdicts, and budgets that moved."""
    run_command(DiffSettings, flags, _diff_reports)


def _diff_reports(settings: DiffSettings) -> int:
    """Compare two reports. Raises ``SettingsError`` where one of them is none."""
    from cc_lb_selfcheck.collect import gather
    from cc_lb_selfcheck.report.diff import compare
    from cc_lb_selfcheck.report.diff_formats import write

    if not (settings.old and settings.new):
        raise SettingsError(["Two reports are needed: an earlier one and a later one."])
    sides = [gather((path,), working_directory()) for path in (settings.old, settings.new)]
    faults = [fault for side in sides for fault in side.faults]
    old, new = (side.report for side in sides)
    if faults or old is None or new is None:
        raise SettingsError(faults)
    found = compare(old, new, settings.threshold)
    with printing() as stdout:
        write(found, settings.format, stdout)
    return int(found.regressed)

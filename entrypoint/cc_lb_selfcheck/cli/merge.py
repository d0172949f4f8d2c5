"""`merge`: reports of `check` as one."""

from __future__ import annotations

import os
from typing import Any

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.report.settings import MergeSettings

from .app import EPILOG, app
from .flags import Command, with_options
from .running import NO_REPORT, run_command, working_directory


@app.command(cls=Command, epilog=EPILOG)
@with_options(MergeSettings, "reports")
def merge(**flags: Any) -> None:
    """Put reports of check together, as those of a matrix: print them as one, or write it.

    Exits as check would for all of them. Needs no network and runs no plugin.
    """
    run_command(MergeSettings, flags, _merge_reports)


def _merge_reports(settings: MergeSettings) -> int:
    """Merge reports and print them. Raises ``SettingsError`` where none is named."""
    from cc_lb_selfcheck.collect import gather
    from cc_lb_selfcheck.output import tell_merged

    if not settings.reports:
        raise SettingsError([NO_REPORT])
    collected = gather(settings.reports, working_directory(), settings.outputs)
    return tell_merged(collected, settings, os.environ)

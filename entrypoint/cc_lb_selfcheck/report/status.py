"""What a report means for whoever asked: the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.settings import ReportSettings

if TYPE_CHECKING:  # what is wrong before there is a report ends with one of these, too
    from .model import Report

EXIT_USAGE: Final = 2
EXIT_UNDETERMINED: Final = 3
EXIT_PUBLISHING: Final = 4
CONCLUSIONS: Final = {
    0: "success",
    1: "failure",
    EXIT_USAGE: "usage-error",
    EXIT_UNDETERMINED: "undetermined",
    EXIT_PUBLISHING: "publishing-failed",
}


def check_status(report: Report, settings: ReportSettings) -> int:
    """Return the exit status of a check: 2 wrong usage, 1 refused, 3 undetermined, else 0.

    Wrong usage comes first: then something was not checked that should have been.
    """
    if any(problem.is_usage_error for problem in report.problems):
        return EXIT_USAGE
    return verdict_status(report, settings)


def verdict_status(report: Report, settings: ReportSettings) -> int:
    """Return 1 where something was refused, 3 where something is undetermined, else 0."""
    summary = report.summary
    if summary.refused and settings.fail_on != "never" and not settings.continue_on_refusal:
        return 1
    if summary.undetermined and settings.fail_on == "any":
        return EXIT_UNDETERMINED
    return 0

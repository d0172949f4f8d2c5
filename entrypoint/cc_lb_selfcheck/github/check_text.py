"""What a check run says: a title, a summary, annotations, and a conclusion that is true.

Source: GitHub Docs, "REST API endpoints for check runs".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from cc_lb_selfcheck.report.markdown import headline, render_markdown
from cc_lb_selfcheck.report.merge import is_whole
from cc_lb_selfcheck.report.model import Artifact, Report, shared_blocks
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.surfaces.markdown import Markdown
from cc_lb_selfcheck.surfaces.plain import PlainText, plain

BATCH_MAX: Final = 50
SUMMARY_MAX_BYTES: Final = 65_000
"""GitHub refuses an output's summary above 65,535 bytes."""
_TITLE_MAX_CHARS: Final = 255
_NAME_MAX_CHARS: Final = 2_000
_MESSAGE_MAX_CHARS: Final = 16_000
"""GitHub takes 64 KiB; a character has four bytes at most."""


class CheckRunText(NamedTuple):
    """What a check run says."""

    name: PlainText
    conclusion: str
    title: PlainText
    summary: Markdown
    annotations: list[dict[str, Any]]

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the annotations, at most ``BATCH_MAX`` at a time; an empty batch without any."""
        for start in range(0, max(len(self.annotations), 1), BATCH_MAX):
            yield self.annotations[start : start + BATCH_MAX]


def conclusion_of(report: Report, status: int) -> str:
    """Return the conclusion: success only where every plugin of every leg was accepted."""
    if status != 0:
        return "failure"
    summary = report.summary
    all_passed = summary.passed > 0 and summary.passed + summary.skipped == summary.artifacts
    return "success" if all_passed and is_whole(report) else "neutral"


def check_run_text(report: Report, status: int, comment_id: str, links: Links) -> CheckRunText:
    """Return what the check run of a report says, which stands for an exit status."""
    name = f"cc-lb-selfcheck ({comment_id})" if comment_id else "cc-lb-selfcheck"
    return CheckRunText(
        name=plain(name, _NAME_MAX_CHARS),
        conclusion=conclusion_of(report, status),
        title=plain(headline(report), _TITLE_MAX_CHARS),
        summary=render_markdown(report, SUMMARY_MAX_BYTES, links=links),
        annotations=list(annotations_of(report)),
    )


def annotations_of(report: Report) -> Iterator[dict[str, Any]]:
    """Yield an annotation for each finding with a place in a file of the repository."""
    for artifact, paths in shared_blocks(report.worst_first()):
        annotation = _annotation(artifact, paths)
        if annotation is not None:
            yield annotation


def _annotation(artifact: Artifact, paths: list[str]) -> dict[str, Any] | None:
    finding = artifact.finding
    if finding is None or finding.location is None or not finding.location.in_repository:
        return None
    place = finding.location
    line = place.line or 1
    lines = [f"{', '.join(paths[:5])}: {finding.title}.", finding.cause, finding.fix]
    words = "\n".join(filter(None, [*lines, finding.hint]))
    column = {"start_column": place.column, "end_column": place.column} if place.column else {}
    return {
        "path": place.path,
        "start_line": line,
        "end_line": line,
        **column,
        "annotation_level": "failure" if artifact.status == "refused" else "warning",
        "title": plain(f"{finding.title} ({finding.id})", _TITLE_MAX_CHARS),
        "message": plain(words, _MESSAGE_MAX_CHARS, lines=True),
    }

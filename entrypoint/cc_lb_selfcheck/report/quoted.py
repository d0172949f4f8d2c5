"""The sentences of a report that whoever made it may have written: told as quotations."""

from __future__ import annotations

from collections.abc import Collection

from cc_lb_selfcheck.diagnosis.specifics import quote

from .model import Artifact, Problem, Report

_QUOTED_MAX_CHARS = 300


def quoted(report: Report, own: Collection[str] = ()) -> Report:
    """Return a report of a run that is not trusted, as we may tell of it in our own name.

    What findings say is made anew from the evidence when a report is read. Two kinds of sentences
    are not: on the run as a whole, but for ``own``, and why there is no verdict.
    """
    problems = [item if item.message in own else _problem(item) for item in report.problems]
    artifacts = [_artifact(item) if item.reason else item for item in report.artifacts]
    return report.model_copy(update={"problems": problems, "artifacts": artifacts})


def _problem(problem: Problem) -> Problem:
    return problem.model_copy(update={"path": "", "message": _words(str(problem))})


def _artifact(artifact: Artifact) -> Artifact:
    reason = _words(artifact.reason or "")
    finding = artifact.finding
    if finding is not None and finding.cause == artifact.reason:
        finding = finding.model_copy(update={"cause": reason})
    return artifact.model_copy(update={"reason": reason, "finding": finding})


def _words(text: str) -> str:
    return f"The run says: {quote(text, _QUOTED_MAX_CHARS)}"

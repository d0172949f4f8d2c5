"""Explains an outcome: the catalogue's words and what is special about this artifact."""

from __future__ import annotations

from cc_lb_selfcheck.host.outcome import Outcome

from .catalogue import entry_of
from .causes import Specifics, specifics
from .finding import Finding


def explain(outcome: Outcome) -> Finding | None:
    """Return the finding on an outcome; None where there is nothing to say."""
    if outcome.status in ("passed", "skipped"):
        return None
    verdict = outcome.verdict
    if verdict is None or verdict.variant is None:
        entry = entry_of("")
        told = Specifics(cause=outcome.reason)
    else:
        entry = entry_of(verdict.variant, verdict.kind)
        told = specifics(verdict, outcome.evidence)
    return Finding(
        id=entry.id,
        severity=entry.severity,
        title=entry.title,
        meaning=entry.meaning,
        cause=told.cause or f"The evidence does not tell. Most often: {entry.causes[0]}",
        fix=told.fix or entry.fix,
        location=None,
        link=entry.link,
    )

"""Makes findings: the catalogue's words and what is special about an artifact."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, cast

from cc_lb_selfcheck.host.evidence import Runs
from cc_lb_selfcheck.host.outcome import Outcome, StoppedFor

from .calls import told_bulk
from .catalogue import Entry, entry_of, near_miss
from .causes import specifics
from .finding import Cause, Confidence, Finding, Severity
from .lines import how_to_get_lines
from .remarks import remarks
from .specifics import Specifics, listed

_WORST_FIRST: Final[tuple[Severity, ...]] = ("error", "warning", "note")
_STOPPED_FOR: Final[dict[StoppedFor | None, str]] = {
    "deadline": "CCLB-DEADLINE",
    "memory": "CCLB-ENGINE-MEMORY",
    "crash": "CCLB-ENGINE-CRASH",
}
_HUGE_BULK_BYTES: Final = 256 << 20
_EXPLAINS_MISSING_IDENTITY: Final = frozenset(
    ("CCLB-NEWER-LINE", "CCLB-NOT-A-PLUGIN", "CCLB-CRATE-TYPE")
)
"""What leaves nothing more to be said of the identity section."""


def finding_on(outcome: Outcome) -> Finding:
    """Return the finding on an outcome that is not ``passed``, nor ``skipped``."""
    verdict, general = outcome.verdict, _general(outcome)
    told = specifics(verdict, outcome.evidence) if verdict else _without_verdict(outcome)
    entry = near_miss(told.id) if told.id else general
    others = _others(told, outcome)
    runs = outcome.evidence.runs
    if runs is not None and not runs.agree:
        others.insert(0, _as_cause(entry, told))
        entry, told = near_miss("CCLB-FLAKY"), _changing(told, runs)
    finding = _finding(entry, told, general.severity, others)
    if verdict is None:
        return finding
    hint = how_to_get_lines(verdict, outcome.evidence, entry.id)
    return finding.model_copy(update={"hint": hint})


def writable(finding: Finding) -> Finding:
    """Return the finding. Raises for one that cannot be written down: it would cost the report."""
    finding.model_dump_json()
    return finding


def unexplained(outcome: Outcome) -> Finding | None:
    """Return the finding on an outcome without anything special about this artifact."""
    if outcome.status in ("skipped", "passed"):
        return None
    entry = _general(outcome)
    return _finding(entry, Specifics(cause=outcome.reason), entry.severity, [])


def _general(outcome: Outcome) -> Entry:
    verdict = outcome.verdict
    if verdict is None or verdict.variant is None:
        return entry_of("")
    return entry_of(verdict.variant, verdict.kind)


def _without_verdict(outcome: Outcome) -> Specifics:
    stopped_for, bulk = outcome.evidence.stopped_for, outcome.evidence.largest_bulk or 0
    is_huge = stopped_for in ("deadline", "memory") and bulk >= _HUGE_BULK_BYTES
    return Specifics(
        outcome.reason,
        id=_STOPPED_FOR.get(stopped_for),
        seen=(told_bulk(bulk),) if is_huge else (),
    )


def _as_cause(entry: Entry, told: Specifics) -> Cause:
    return Cause(id=entry.id, text=told.cause or entry.meaning, confidence=told.confidence)


def _changing(told: Specifics, runs: Runs) -> Specifics:
    """Tell of a verdict that is not that of all runs, beside what speaks for the verdict."""
    spread = listed(
        f"`{tally.verdict}` {tally.runs:,} times" if tally.runs > 1 else f"`{tally.verdict}` once"
        for tally in runs.verdicts
    )
    passed = f"passes {runs.passed:,} of {runs.total:,} runs" if runs.passed else "never passes"
    return Specifics(
        f"The plugin {passed}: {spread}. The verdict told here is that of a run whose request"
        f" said `initiated_at` {runs.initiated_at}.",
        seen=(
            f"The calls took {runs.wall_ms_least:.1f} to {runs.wall_ms_most:.1f} ms, half of them"
            f" {runs.wall_ms_median:.1f} ms or less.",
            *told.seen,
        ),
        excerpt=told.excerpt,
    )


def _finding(entry: Entry, told: Specifics, severity: Severity, others: list[Cause]) -> Finding:
    return Finding(
        id=entry.id,
        severity=severity,
        title=entry.title,
        meaning=entry.meaning,
        cause=told.cause or f"The evidence does not tell. Most often: {entry.causes[0]}",
        fix=told.fix or entry.fix,
        location=None,
        link=entry.link,
        confidence=told.confidence if told.cause else "possible",
        seen=list(told.seen),
        excerpt=told.excerpt,
        others=others,
    )


def _others(told: Specifics, outcome: Outcome) -> list[Cause]:
    also = [] if told.id in _EXPLAINS_MISSING_IDENTITY else remarks(outcome)
    return [*told.others, *also]


def remark_on(found: list[Cause]) -> Finding:
    """Return a finding on a plugin that passed: its worst remark, and the others."""
    return _remark_on(
        tuple((cause.id, cause.text, cause.confidence, *cause.seen) for cause in found)
    )


@lru_cache(maxsize=1024)
def _remark_on(causes: tuple[tuple[str, ...], ...]) -> Finding:
    """Thousands of plugins may be told the same, and share it."""
    found = [
        Cause(id=name, text=text, confidence=cast("Confidence", confidence), seen=seen)
        for name, text, confidence, *seen in causes
    ]
    worst, *others = sorted(
        found, key=lambda cause: _WORST_FIRST.index(near_miss(cause.id).severity)
    )
    entry = near_miss(worst.id)
    told = Specifics(worst.text, confidence=worst.confidence, seen=tuple(worst.seen))
    return writable(_finding(entry, told, entry.severity, others))

"""Reports of several legs for tests, with verdicts that need no engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import Call, MissingSelfCheckExport, SelfCheckExecutionError
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.report.model import Artifact, Engine, Leg, Problem, Report, Summary

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def accepted(**evidence: Any) -> Outcome:
    """Return the outcome of a plugin that is accepted."""
    response = SelfCheckResponse(status="success", failures=[], completed_at=1)
    return Outcome(
        status="passed",
        verdict=Verdict.accepted(response),
        reason=None,
        evidence=Evidence(**evidence),
    )


def refused(error: SelfCheckExecutionError | None = None, **evidence: Any) -> Outcome:
    """Return the outcome of a refusal."""
    return Outcome(
        status="refused",
        verdict=Verdict.refused(error or MissingSelfCheckExport()),
        reason=None,
        evidence=Evidence(**evidence),
    )


def untold(reason: str = "The engine's process ended.", *, skipped: bool = False) -> Outcome:
    """Return the outcome of what has no verdict."""
    status = "skipped" if skipped else "undetermined"
    return Outcome.model_validate(
        {"status": status, "verdict": None, "reason": reason, "evidence": Evidence()}
    )


def artifact(path: str, outcome: Outcome, content: str = "", legs: Sequence[str] = ()) -> Artifact:
    """Return a path's entry; ``content`` stands for the file's, by default the path."""
    return Artifact(
        path=path,
        sha256=hashlib.sha256((content or path).encode()).hexdigest(),
        size=100,
        status=outcome.status,
        verdict=outcome.verdict,
        reason=outcome.reason,
        finding=explain(outcome),
        evidence=outcome.evidence,
        legs=list(legs),
    )


def report(
    *artifacts: Artifact,
    legs: Sequence[Leg] = (),
    problems: Sequence[Problem] = (),
    seconds: int = 0,
) -> Report:
    """Put a report together, begun so many seconds after noon."""
    begun = NOON + timedelta(seconds=seconds)
    return Report(
        engine=Engine(extism="1.41.0", wasmtime="49.0.2"),
        started_at=begun,
        finished_at=begun + timedelta(seconds=1),
        summary=Summary.of(item.status for item in artifacts),
        artifacts=list(artifacts),
        problems=list(problems),
        legs=list(legs),
    )


def leg_report(
    leg: Leg | None, outcomes: dict[tuple[str, str], Outcome], *, seconds: int = 0
) -> Report:
    """Return a leg's report of outcomes by path and content."""
    names = [leg.name] if leg else []
    found = [artifact(path, told, content, names) for (path, content), told in outcomes.items()]
    found.sort(key=lambda item: item.path)
    return report(*found, legs=[leg] if leg else [], seconds=seconds)


_LEGS = st.sampled_from(
    [
        None,
        Leg(name="build", job="build"),
        *(Leg(name=f"test ({n})", job="test", number=n, total=3) for n in (1, 2, 3)),
        *(
            Leg(name=f"share ({n})", job="share", number=n, total=2, shares=True, part=n, parts=3)
            for n in (1, 2)
        ),
    ]
)
_OUTCOMES = st.sampled_from(
    [
        accepted(wall_ms=0.5),
        accepted(wall_ms=0.25),
        refused(),
        refused(Call(reason="one")),
        refused(Call(reason="two"), engine_message="more"),
        untold(),
        untold("It is no regular file.", skipped=True),
    ]
)
_SEEN = st.dictionaries(
    st.tuples(st.sampled_from(["a.wasm", "b.wasm", "c/d.wasm"]), st.sampled_from(["x", "y"])),
    _OUTCOMES,
    max_size=4,
)


def _one_content_a_path(seen: dict[tuple[str, str], Outcome]) -> dict[tuple[str, str], Outcome]:
    return {key: seen[key] for key in {path: (path, content) for path, content in seen}.values()}


leg_reports = st.builds(
    leg_report, _LEGS, _SEEN.map(_one_content_a_path), seconds=st.integers(0, 3)
)
"""Reports as ``check`` writes them: of a few paths, seen alike or not."""

"""Reports for tests: real findings on verdicts that need no engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import (
    Call,
    DecodeResponse,
    FailureStatus,
    Instantiate,
    MissingSelfCheckExport,
    OutputTooLarge,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.report.model import Artifact, Engine, Problem, Report, Summary

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def outcome_passed() -> Outcome:
    """Return the outcome of a plugin that is accepted."""
    response = SelfCheckResponse(status="success", failures=[], completed_at=1)
    evidence = Evidence(wall_ms=0.2)
    return Outcome(
        status="passed", verdict=Verdict.accepted(response), reason=None, evidence=evidence
    )


def outcome_refused(error: SelfCheckExecutionError, evidence: Evidence | None = None) -> Outcome:
    """Return the outcome of a refusal."""
    return Outcome(
        status="refused",
        verdict=Verdict.refused(error),
        reason=None,
        evidence=evidence or Evidence(),
    )


def outcome_untold(reason: str, *, skipped: bool = False) -> Outcome:
    """Return the outcome of what has no verdict."""
    return Outcome(
        status="skipped" if skipped else "undetermined",
        verdict=None,
        reason=reason,
        evidence=Evidence(),
    )


def artifact(path: str, outcome: Outcome, content: str | None = None) -> Artifact:
    """Return a path's entry; ``content`` stands for the file's, by default its own."""
    return Artifact(
        path=path,
        sha256=hashlib.sha256((content or path).encode("utf-8", "replace")).hexdigest(),
        size=100,
        status=outcome.status,
        verdict=outcome.verdict,
        reason=outcome.reason,
        finding=explain(outcome),
        evidence=outcome.evidence,
    )


def report(artifacts: Sequence[Artifact], problems: Iterable[Problem] = ()) -> Report:
    """Put a report together."""
    return Report(
        engine=Engine(extism="1.41.0", wasmtime="49.0.2"),
        started_at=NOW,
        finished_at=NOW,
        summary=Summary.of(item.status for item in artifacts),
        artifacts=list(artifacts),
        problems=list(problems),
    )


def refusals(count: int, first: int = 0) -> list[Artifact]:
    """Return refused artifacts, each of another content."""
    outcome = outcome_refused(MissingSelfCheckExport())
    return [artifact(f"dist/refused-{n:05}.wasm", outcome) for n in range(first, first + count)]


def untold(count: int) -> list[Artifact]:
    """Return undetermined artifacts, each of another content."""
    outcome = outcome_untold("The engine's process ended.")
    return [artifact(f"dist/untold-{n:05}.wasm", outcome) for n in range(count)]


def passes(count: int) -> list[Artifact]:
    """Return accepted artifacts, each of another content."""
    return [artifact(f"dist/passed-{n:05}.wasm", outcome_passed()) for n in range(count)]


def hostile_report(texts: Iterable[str]) -> Report:
    """Return a report in which everything from outside is hostile: names, messages, exports."""
    artifacts: list[Artifact] = []
    problems: list[Problem] = []
    for number, text in enumerate(texts):
        kind = number % 8
        path = f"{text}{number}"
        if kind == 0:
            outcome = outcome_refused(Instantiate(reason=text))
        elif kind == 1:
            outcome = outcome_refused(Call(reason=text))
        elif kind == 2:
            evidence = Evidence(output_preview=text)
            error = DecodeResponse(reason="expected value at line 1 column 4")
            outcome = outcome_refused(error, evidence)
        elif kind == 3:
            exports = [{"name": text, "kind": "function", "type": text}]
            evidence = Evidence.model_validate({"exports": exports})
            outcome = outcome_refused(MissingSelfCheckExport(), evidence)
        elif kind == 4:
            outcome = outcome_untold(f"Somebody says {text}.")
        elif kind == 5:
            outcome = outcome_untold(f"Somebody says {text}.", skipped=True)
        elif kind == 6:
            imports = [{"module": text, "name": text, "kind": "function", "type": None}]
            evidence = Evidence.model_validate({"imports": imports, "engine_message": text})
            outcome = outcome_refused(Instantiate(reason="unknown import"), evidence)
        else:
            outcome = outcome_passed()
        artifacts.append(artifact(path, outcome))
        if number % 50 == 0:
            problems.append(Problem(path=path, message="does not exist.", is_usage_error=True))
    return report(artifacts, problems)


def every_kind() -> list[Artifact]:
    """Return an artifact of each status, and some variants with fields."""
    return [
        *passes(1),
        *untold(1),
        *refusals(1),
        artifact("a.wasm", outcome_refused(OutputTooLarge(bytes=9000, max=8192))),
        artifact("b.wasm", outcome_refused(FailureStatus(failures=2))),
        artifact("c.wasm", outcome_untold("It is a zip archive.", skipped=True)),
        artifact("huge.wasm", outcome_untold("It is large.")).model_copy(
            update={"sha256": None, "size": None}
        ),
    ]

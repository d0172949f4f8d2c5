"""Reads reports that somebody else made: nothing in them is believed beyond the verdicts.

A report that a pull request's own workflow wrote is a stranger's. It must have the published
shape, its verdicts must be ones that the host can give, with the host's own texts, and its counts
and every word of its findings are made anew from the verdicts and the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Finding, Location
from cc_lb_selfcheck.host.outcome import Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError, ValidationKind

from .model import SCHEMA_VERSION, Artifact, Report, Summary

REPORT_MAX_BYTES: Final = 64 << 20
_ARTIFACTS_MAX: Final = 100_000
_LEGS_MAX: Final = 1_000
_PROBLEMS_MAX: Final = 10_000
_TEXT_MAX_CHARS: Final = 512 * 1024
_NAME_MAX_CHARS: Final = 4_096
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ERRORS: Final[TypeAdapter[Any]] = TypeAdapter(SelfCheckExecutionError)
_KINDS: Final = frozenset(
    kind.model_fields["kind"].default for kind in get_args(get_args(ValidationKind)[0])
)


class UnusableReport(Exception):
    """A report that cannot be used; the message is a clause that follows its name."""


def load_report(data: bytes) -> Report:
    """Return a report of which every word but names and the host's texts is ours.

    Raises ``UnusableReport``.
    """
    if len(data) > REPORT_MAX_BYTES:
        raise UnusableReport(
            f"has {len(data):,} bytes; a report may have {REPORT_MAX_BYTES >> 20} MiB."
        )
    try:
        raw = from_json(data)
    except ValueError as error:
        raise UnusableReport(f"is no JSON: {error}.") from error
    if not isinstance(raw, dict) or "schema_version" not in raw:
        raise UnusableReport("is no report of cc-lb-selfcheck: it has no `schema_version`.")
    if raw["schema_version"] != SCHEMA_VERSION:
        version = str(raw["schema_version"])[:20]
        raise UnusableReport(
            f"is a report of version {version}; this program reads version {SCHEMA_VERSION}."
        )
    try:
        report = Report.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise UnusableReport(f"is no whole report: {_first(error)}.") from error
    for fault in _faults(report):
        raise UnusableReport(f"cannot be trusted: {fault}.")
    artifacts = [_renewed(artifact) for artifact in report.artifacts]
    summary = Summary.of(artifact.status for artifact in artifacts)
    return report.model_copy(update={"artifacts": artifacts, "summary": summary})


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:40] for part in first["loc"][:8])
    more = f", and {error.error_count() - 1:,} more faults" if error.error_count() > 1 else ""
    return f"`{where}`: {first['msg'].lower()}{more}"


def _faults(report: Report) -> Iterator[str]:
    """Yield what is beyond bounds, or what the host cannot have said."""
    for noun, items, limit in (
        ("artifacts", report.artifacts, _ARTIFACTS_MAX),
        ("legs", report.legs, _LEGS_MAX),
        ("problems", report.problems, _PROBLEMS_MAX),
    ):
        if len(items) > limit:
            yield f"it lists {len(items):,} {noun}, and {limit:,} are the most"
    for leg in report.legs:
        if max(len(leg.name), len(leg.job)) > _NAME_MAX_CHARS or leg.number > leg.total:
            yield "a leg's name or number is beyond bounds"
        if leg.total > _LEGS_MAX:
            yield f"a job has {leg.total:,} legs, and {_LEGS_MAX:,} are the most"
    for problem in report.problems:
        if max(len(problem.path), len(problem.message)) > _NAME_MAX_CHARS:
            yield "a problem's text is longer than bounds allow"
    for number, artifact in enumerate(report.artifacts):
        for fault in _artifact_faults(artifact):
            yield f"artifact {number} {fault}"


def _artifact_faults(artifact: Artifact) -> Iterator[str]:
    if len(artifact.path) > _NAME_MAX_CHARS:
        yield "has a path that is too long"
    if artifact.sha256 is not None and not _SHA256.fullmatch(artifact.sha256):
        yield "has a sha256 that is none"
    if (artifact.size or 0) < 0:
        yield "has a size below zero"
    if len(artifact.legs) > _LEGS_MAX:
        yield "names too many legs"
    verdict, reason = artifact.verdict, artifact.reason
    if artifact.status in ("undetermined", "skipped"):
        if verdict is not None or reason is None:
            yield f"is {artifact.status}, which has a reason and no verdict"
        elif len(reason) > _NAME_MAX_CHARS:
            yield "has a reason that is too long"
    elif verdict is None or (verdict.variant is None) != (artifact.status == "passed"):
        yield f"is {artifact.status}, and its verdict says otherwise"
    elif verdict.variant is None:
        if (verdict.kind, verdict.message, verdict.fields) != (None, None, {}):
            yield "passed, and its verdict says more"
    elif not _is_the_hosts(verdict):
        yield "has a verdict that the host cannot give"


def _is_the_hosts(verdict: Verdict) -> bool:
    message = verdict.message or ""
    if len(message) > _TEXT_MAX_CHARS or verdict.response is not None:
        return False
    if verdict.variant == "Validation":
        told = verdict.fields.get("kind")
        return (
            verdict.kind in _KINDS
            and set(verdict.fields) == {"kind"}
            and isinstance(told, str)
            and told.startswith(str(verdict.kind))
            and message.startswith("self-check validation failed: ")
        )
    try:
        error = _ERRORS.validate_python({"variant": verdict.variant, **verdict.fields}, strict=True)
    except ValidationError:
        return False
    return verdict.kind is None and message == str(error)


def _renewed(artifact: Artifact) -> Artifact:
    outcome = Outcome(
        status=artifact.status,
        verdict=artifact.verdict,
        reason=artifact.reason,
        evidence=artifact.evidence,
    )
    finding = explain(outcome)
    if finding is not None and artifact.finding is not None and artifact.finding.id == finding.id:
        finding = finding.model_copy(update={"location": _location(artifact.finding)})
    return artifact.model_copy(update={"finding": finding})


def _location(finding: Finding) -> Location | None:
    """Return the place that a finding names, if it can be one in a repository."""
    place = finding.location
    if place is None:
        return None
    path = PurePosixPath(place.path)
    sound = (
        len(place.path) <= _NAME_MAX_CHARS
        and not path.is_absolute()
        and ".." not in path.parts
        and all(number is None or 1 <= number < 2**31 for number in (place.line, place.column))
        and all(len(text or "") <= _NAME_MAX_CHARS for text in (place.function, place.source))
    )
    return place if sound else None

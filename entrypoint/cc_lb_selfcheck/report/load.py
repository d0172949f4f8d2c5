"""Reads reports that somebody else made: nothing in them is believed beyond the verdicts.

A report that a pull request's own workflow wrote is a stranger's. It must have the published
shape, its verdicts must be ones that the host can give, with the host's own texts, and its counts
and every word of its findings are made anew from the verdicts and the evidence. What is left of
its words are names, the reasons of what has no verdict, problems, what plugins said, and patches
that change nothing but what our own do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Finding, Location, Suggestion
from cc_lb_selfcheck.diagnosis.patch import is_ours
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import (
    FailureStatus,
    OutputTooLarge,
    SelfCheckExecutionError,
    SuccessWithFailures,
)
from cc_lb_selfcheck.protocol.limits import IMPLEMENTED_FUNCTIONS_MAX, SELF_CHECK_OUTPUT_MAX_BYTES
from cc_lb_selfcheck.surfaces.visible import shorten, visible

from .model import SCHEMA_VERSION, Artifact, Report, Summary

T = TypeVar("T", bound=BaseModel)
REPORT_MAX_BYTES: Final = 64 << 20
_VALUES_MAX: Final = 4_000_000
"""In the whole file; each costs some hundred bytes of memory."""
_VALUES_AT_ONCE_MAX: Final = 50_000
"""In an artifact, and in all that is around them; each may be a fault to be told."""
_ARTIFACTS_MAX: Final = 100_000
_LEGS_MAX: Final = 10_000
_PROBLEMS_MAX: Final = 10_000
_NAME_MAX_CHARS: Final = 1 << 19
"""What a command line can name (128 KiB, Linux), with each byte written out as four characters."""
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}", re.ASCII)
_TOLD_MAX_CHARS: Final = 200
_NUMBER_MAX: Final = 2**63
_YEARS: Final = range(2000, 9000)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_FILE: Final = re.compile(r"[^\\:\0-\x1f\x7f]+")
_ERRORS: Final[TypeAdapter[SelfCheckExecutionError]] = TypeAdapter(SelfCheckExecutionError)


class UnusableReport(Exception):
    """A report that cannot be used; the message is a clause that follows its name."""


def load_report(data: bytes) -> Report:
    """Return a report that is believed no more than a stranger's may be.

    Raises ``UnusableReport``.
    """
    raw = _object(data)
    listed = raw.pop("artifacts", None)
    if not isinstance(listed, list):
        raise UnusableReport("is no whole report: it has no list of `artifacts`.")
    if len(listed) > _ARTIFACTS_MAX:
        raise UnusableReport(
            f"lists {len(listed):,} artifacts, and {_ARTIFACTS_MAX:,} are the most."
        )
    report = _validated(Report, {**raw, "artifacts": []}, "")
    for fault in _faults(report):
        raise UnusableReport(f"cannot be trusted: {fault}.")
    legs = {leg.name for leg in report.legs}
    artifacts = [_artifact(item, number, legs) for number, item in enumerate(listed)]
    summary = Summary.of(artifact.status for artifact in artifacts)
    known = {"artifacts": artifacts, "summary": summary, "patch": None}
    return report.model_copy(update=known)


def _object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a report is, if it is one of this version."""
    if len(data) > REPORT_MAX_BYTES:
        raise UnusableReport(
            f"has {len(data):,} bytes; a report may have {REPORT_MAX_BYTES >> 20} MiB."
        )
    if sum(map(data.count, (b",", b"[", b"{"))) > _VALUES_MAX:
        raise UnusableReport(f"has more than {_VALUES_MAX:,} values, which are the most.")
    try:
        raw = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise UnusableReport(f"is no JSON: {error}.") from error
    if not isinstance(raw, dict) or "schema_version" not in raw:
        raise UnusableReport("is no report of cc-lb-selfcheck: it has no `schema_version`.")
    version = raw["schema_version"]
    if type(version) is not int or version != SCHEMA_VERSION:
        is_told = isinstance(version, int | str)
        shown = shorten(visible(str(version)), _TOLD_MAX_CHARS) if is_told else "that is no number"
        raise UnusableReport(
            f"is a report of version {shown}; this program reads version {SCHEMA_VERSION}."
        )
    return raw


def _validated(model: type[T], raw: object, where: str) -> T:
    """Validate a part of the report, found at ``where`` in it."""
    if _is_large(raw):
        raise UnusableReport(
            f"cannot be trusted: {f'`{where}` has' if where else 'around its artifacts are'} more"
            f" than {_VALUES_AT_ONCE_MAX:,} values."
        )
    try:
        return model.model_validate_json(to_json(raw), strict=True)
    except ValidationError as error:
        raise UnusableReport(f"is no whole report: {_first(error, where)}.") from error


def _is_large(raw: object) -> bool:
    waiting, count = [raw], 0
    while waiting and count <= _VALUES_AT_ONCE_MAX:
        value = waiting.pop()
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
            count += len(value)
    return count > _VALUES_AT_ONCE_MAX


def _first(error: ValidationError, where: str) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(filter(None, (where, *(shorten(str(part), 40) for part in first["loc"][:8]))))
    more = f", and {error.error_count() - 1:,} more faults" if error.error_count() > 1 else ""
    words = shorten(first["msg"], _TOLD_MAX_CHARS)
    return f"`{visible(place)}`: {words[:1].lower()}{words[1:]}{more}"


def _faults(report: Report) -> Iterator[str]:
    """Yield what is beyond bounds around the artifacts."""
    versions = (report.engine.extism, report.engine.wasmtime, report.tool.version)
    for text in (*versions, report.protocol.crate, report.protocol.version):
        if text is not None and not _VERSION.fullmatch(text):
            yield "a version, or the crate's name, is none"
    if not all(map(_is_sound, (report.started_at, report.finished_at))):
        yield "its times make no sense"
    for noun, count, limit in (
        ("legs", len(report.legs), _LEGS_MAX),
        ("problems", len(report.problems), _PROBLEMS_MAX),
    ):
        if count > limit:
            yield f"it lists {count:,} {noun}, and {limit:,} are the most"
    for leg in report.legs:
        if max(len(leg.name), len(leg.job)) > _NAME_MAX_CHARS or leg.number > leg.total:
            yield "a leg's name or number is beyond bounds"
        if leg.total > _LEGS_MAX:
            yield f"a job has {leg.total:,} legs, and {_LEGS_MAX:,} are the most"
        part, parts = leg.part or 0, leg.parts or 0
        if bool(part) != bool(parts) or not part <= parts <= _LEGS_MAX:
            yield "a leg's part is beyond bounds"
    for problem in report.problems:
        if max(len(problem.path), len(problem.message)) > _NAME_MAX_CHARS:
            yield "a problem's text is longer than bounds allow"


def _is_sound(time: datetime) -> bool:
    """Tell whether a time can be compared with others, wherever they are from."""
    return time.tzinfo is not None and time.year in _YEARS


def _artifact(raw: object, number: int, legs: set[str]) -> Artifact:
    artifact = _validated(Artifact, raw, f"artifacts.{number}")
    for fault in _artifact_faults(artifact, legs):
        raise UnusableReport(f"cannot be trusted: artifact {number} {fault}.")
    outcome = Outcome(
        status=artifact.status,
        verdict=artifact.verdict,
        reason=artifact.reason,
        evidence=artifact.evidence,
    )
    try:
        finding = explain(outcome)
    except Exception:  # noqa: BLE001 - the evidence of a real check always goes with its verdict
        raise UnusableReport(
            f"cannot be trusted: artifact {number} has evidence that is not of its verdict."
        ) from None
    if finding is not None and artifact.finding is not None and artifact.finding.id == finding.id:
        told = {
            "location": _location(artifact.finding),
            "suggestion": _suggestion(artifact.finding),
        }
        finding = finding.model_copy(update=told)
    return artifact.model_copy(update={"finding": finding})


def _artifact_faults(artifact: Artifact, legs: set[str]) -> Iterator[str]:
    """Yield what is beyond bounds, or what the host cannot have said."""
    if len(artifact.path) > _NAME_MAX_CHARS:
        yield "has a path that is too long"
    if artifact.sha256 is not None and not _SHA256.fullmatch(artifact.sha256):
        yield "has a sha256 that is none"
    if not 0 <= (artifact.size or 0) < _NUMBER_MAX:
        yield "has a size that is none"
    if not _has_sound_numbers(artifact.evidence):
        yield "has a number that is none in its evidence"
    runs = artifact.evidence.runs
    if runs is not None and artifact.status == "passed" and runs.passed != runs.total:
        yield "is passed, and not all of its runs are"
    if not legs.issuperset(artifact.legs):
        yield "names a leg that the report has not"
    verdict, reason = artifact.verdict, artifact.reason
    if artifact.status in ("undetermined", "skipped"):
        if verdict is not None or reason is None:
            yield f"is {artifact.status}, which has a reason and no verdict"
        elif len(reason) > _NAME_MAX_CHARS:
            yield "has a reason that is too long"
    elif reason is not None or verdict is None:
        yield f"is {artifact.status}, which has a verdict and no reason"
    elif (verdict.variant is None) != (artifact.status == "passed"):
        yield f"is {artifact.status}, and its verdict says otherwise"
    elif not (_accepts(verdict) if artifact.status == "passed" else _refuses(verdict)):
        yield "has a verdict that the host cannot give"


def _has_sound_numbers(evidence: Evidence) -> bool:
    numbers = (value for _, value in evidence if isinstance(value, int | float))
    sizes = (section.size for section in evidence.custom_sections)
    return all(0 <= number < _NUMBER_MAX for number in (*numbers, *sizes))


def _accepts(verdict: Verdict) -> bool:
    response = verdict.response
    return (
        response is not None
        and (response.status, response.failures) == ("success", [])
        and 0 < response.completed_at < _NUMBER_MAX
        and verdict == Verdict.accepted(response)
    )


def _refuses(verdict: Verdict) -> bool:
    """Tell whether a verdict is what a variant of the crate's comes to, to the letter."""
    try:
        error = _ERRORS.validate_python(_told(verdict), strict=True)
    except ValidationError:
        return False
    return _is_within_limits(error) and verdict == Verdict.refused(error)


def _told(verdict: Verdict) -> dict[str, Any]:
    """Return a variant with the fields that a verdict tells of it."""
    if verdict.variant != "Validation":
        return {**verdict.fields, "variant": verdict.variant}
    kind: dict[str, Any] = {"kind": verdict.kind}
    if verdict.kind in ("InvalidTimestamp", "SerializationFailed"):
        blank = _ERRORS.validate_python(
            {"variant": "Validation", "error": {**kind, "reason": ""}}, strict=True
        )
        kind["reason"] = (verdict.message or "").removeprefix(str(blank))
    return {"variant": "Validation", "error": kind}


def _is_within_limits(error: SelfCheckExecutionError) -> bool:
    match error:
        case OutputTooLarge():
            return (
                error.max == SELF_CHECK_OUTPUT_MAX_BYTES and error.max < error.bytes < _NUMBER_MAX
            )
        case SuccessWithFailures(count=count) | FailureStatus(failures=count):
            return 1 <= count <= IMPLEMENTED_FUNCTIONS_MAX
        case _:
            return True


def _location(finding: Finding) -> Location | None:
    """Return the place that a finding names, if it can be one in a repository."""
    place = finding.location
    if place is None:
        return None
    # What is not in the repository is shown, and no file is ever annotated by it.
    sound = (
        len(place.path) <= _NAME_MAX_CHARS
        and (_is_relative(place.path) or not place.in_repository)
        and all(number is None or 1 <= number < 2**31 for number in (place.line, place.column))
        and all(len(text or "") <= _NAME_MAX_CHARS for text in (place.function, place.source))
    )
    return place if sound else None


def _suggestion(finding: Finding) -> Suggestion | None:
    """Return the patch that a finding suggests, if it does nothing but what ours ever do."""
    told = finding.suggestion
    return told if told is not None and is_ours(told.patch) else None


def _is_relative(name: str) -> bool:
    """Tell whether a name can be that of a file in a repository."""
    path = PurePosixPath(name)
    return (
        str(path) == name
        and _FILE.fullmatch(name) is not None
        and not path.is_absolute()
        and ".." not in path.parts
        and name != "."
    )

"""The report as JUnit's XML: a test case for each artifact, as CI systems show them.

There is no one schema. Written is what Jenkins, GitLab and GitHub's actions read alike: a failure
is a refusal, an error is what has no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Final

from cc_lb_selfcheck.printing import PLAIN_WIDTH, Printer
from cc_lb_selfcheck.surfaces.xml import (
    DECLARATION,
    Xml,
    close_tags,
    element,
    open_tag,
    xml_text,
)

from .brief import brief
from .merge import disagreements, missing_legs
from .model import Artifact, Report, first_sentence, verdict_name
from .seen import name_of, shared_paths
from .surroundings import Surroundings
from .text import artifact_text

_SUITE: Final = "cc-lb self-check"
_CLASS: Final = "cc-lb.self-check"
"""Jenkins takes what stands before the last dot for a package."""
_RUN: Final = "the run"
"""The name of a test case for what is wrong with no path of its own."""


def write(report: Report, around: Surroundings, printer: Printer) -> None:
    """Write one suite: a case for each artifact, each wrong usage, and what is missing."""
    printer.xml(_pieces(report, around.missing))


def _pieces(report: Report, missing: Sequence[str]) -> Iterator[Xml]:
    usage = [problem for problem in report.problems if problem.is_usage_error]
    faults = [(problem.path or _RUN, str(problem), "usage") for problem in usage]
    faults += [(_RUN, sentence, "missing") for sentence in missing]
    summary = report.summary
    counts = {
        "tests": summary.artifacts + len(faults),
        "failures": summary.refused,
        "errors": summary.undetermined + len(faults),
        "skipped": summary.skipped,
        "time": f"{(report.finished_at - report.started_at).total_seconds():.3f}",
    }
    yield DECLARATION
    yield open_tag("testsuites", {"name": report.tool.name, **counts})
    began = report.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    yield open_tag("testsuite", {"name": _SUITE, **counts, "timestamp": began})
    yield _properties(_of_report(report))
    shared = shared_paths(report.artifacts)
    for artifact in report.artifacts:
        yield _case(artifact, name_of(artifact, shared))
    for name, words, kind in faults:
        fault = element("error", {"message": words, "type": kind}, xml_text(words))
        yield element("testcase", {"name": name, "classname": _CLASS}, fault)
    notes = [str(problem) for problem in report.problems if not problem.is_usage_error]
    notes += [*([] if missing else missing_legs(report)), *disagreements(report)]
    if notes:
        yield element("system-err", {}, xml_text("\n".join(notes)))
    yield close_tags("testsuite", "testsuites")


def _case(artifact: Artifact, name: str) -> Xml:
    finding, evidence = artifact.finding, artifact.evidence
    place = finding.location if finding and finding.location else None
    if place is not None and not place.in_repository:
        place = None
    attributes = {
        "name": name,
        "classname": _CLASS,
        "time": f"{(evidence.wall_ms or 0) / 1000:.6f}",
        "file": place.path if place else artifact.path,
        "line": place.line if place else None,
    }
    return element(
        "testcase",
        attributes,
        _properties(_of_artifact(artifact)),
        *_outcome(artifact),
        element("system-out", {}, xml_text(artifact_text(artifact, PLAIN_WIDTH))),
    )


def _outcome(artifact: Artifact) -> Iterator[Xml]:
    finding = artifact.finding
    if artifact.status == "skipped":
        reason = artifact.reason or ""
        yield element("skipped", {"message": first_sentence(reason)}, xml_text(reason))
    elif artifact.status != "passed" and finding is not None:
        kind, name = "failure", verdict_name(artifact)
        if artifact.status == "undetermined":
            kind, name = "error", "undetermined"
        words = xml_text("\n\n".join(brief(artifact, finding)))
        yield element(kind, {"message": finding.title, "type": name}, words)


def _of_report(report: Report) -> Iterator[tuple[str, str]]:
    yield "tool", f"{report.tool.name} {report.tool.version}"
    yield "protocol", f"{report.protocol.crate} {report.protocol.version}"
    if report.engine.extism:
        yield "engine", f"extism {report.engine.extism}"
    for leg in report.legs:
        yield "leg", leg.name


def _of_artifact(artifact: Artifact) -> Iterator[tuple[str, str]]:
    """Yield what a table of test cases may show, and every number of the evidence."""
    if artifact.sha256 is not None:
        yield "sha256", artifact.sha256
    if artifact.finding is not None:
        yield "finding", artifact.finding.id
        yield "confidence", artifact.finding.confidence
    for name, value in artifact.evidence:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, f"{value:g}" if isinstance(value, float) else str(value)
    for leg in artifact.legs:
        yield "leg", leg


def _properties(told: Iterator[tuple[str, str]]) -> Xml:
    each = (element("property", {"name": name, "value": value}) for name, value in told)
    return element("properties", {}, *each)

"""The report, version 1. Every output is a rendering of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field

from cc_lb_selfcheck import __version__
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.evidence import Model
from cc_lb_selfcheck.host.outcome import Evidence, Status, Verdict
from cc_lb_selfcheck.protocol.limits import CRATE, CRATE_VERSION

SCHEMA_VERSION: Final = 1
_WASMTIME_OF: Final = {"1.41.0": "49.0.2"}
"""The wasmtime in each release of extism-sys, which its C API does not tell."""


class _Part(Model):
    """Built when it is imported, which happens while plugins compile, rather than at first use."""

    # Values that are read are not kept for the next reading: there are as many paths as artifacts.
    model_config = ConfigDict(defer_build=False, cache_strings="keys")


class Tool(_Part):
    """The program that made the report."""

    name: Literal["cc-lb-selfcheck"] = Field(default="cc-lb-selfcheck", description="Always this")
    version: str = Field(default=__version__, description="Its version")


class Engine(_Part):
    """The engine that ran the plugins; null where it was never started."""

    extism: str | None = Field(description="Version of Extism")
    wasmtime: str | None = Field(description="Version of the wasmtime in it, where known")

    @classmethod
    def of(cls, extism: str | None) -> Self:
        """Describe that version of Extism."""
        return cls(extism=extism, wasmtime=_WASMTIME_OF.get(extism or ""))


class Protocol(_Part):
    """The crate whose verdicts the report holds."""

    crate: str = Field(default=CRATE, description="Its name")
    version: str = Field(default=CRATE_VERSION, description="Its version")


class Summary(_Part):
    """How many artifacts (paths), by status."""

    artifacts: int = Field(description="How many there are")
    passed: int = Field(description="How many the host accepts")
    refused: int = Field(description="How many the host refuses")
    undetermined: int = Field(description="How many have no verdict")
    skipped: int = Field(description="How many files were not checked")

    @classmethod
    def of(cls, statuses: Iterable[Status]) -> Self:
        """Count."""
        counts = Counter(statuses)
        return cls(
            artifacts=counts.total(),
            passed=counts["passed"],
            refused=counts["refused"],
            undetermined=counts["undetermined"],
            skipped=counts["skipped"],
        )


class Leg(_Part):
    """One run of ``check`` among those that share a workflow: a job, or a leg of its matrix."""

    name: str = Field(description="As GitHub names a job: its id, and its values of the matrix")
    job: str = Field(description="The job's id in the workflow")
    number: int = Field(default=1, ge=1, description="Which leg of the job, counted from 1")
    total: int = Field(default=1, ge=1, description="How many legs the job has")
    shares: bool = Field(
        default=False, description="Whether the legs share the artifacts: one of them checks each"
    )
    part: int | None = Field(
        default=None,
        ge=1,
        description="Which part of the artifacts it checked, counted from 1; null: all of them",
    )
    parts: int | None = Field(
        default=None, ge=1, description="How many parts the artifacts have; null: they have none"
    )
    check_run: int | None = Field(
        default=None,
        ge=1,
        le=10**15,
        description="The number of GitHub's own check run of it, which leads to its log",
    )


class SandboxLayer(_Part):
    """One of the layers between the plugins and the machine; see docs/security.md."""

    name: str = Field(max_length=40, description="As in docs/security.md")
    holds: bool = Field(description="Whether this machine has it")
    detail: str = Field(default="", max_length=300, description="Why not, or by what")


class Artifact(_Part):
    """One path. Paths with the same content share a verdict."""

    path: str = Field(description="As given or found, relative to the working directory")
    sha256: str | None = Field(description="Of the content; null where it could not be read")
    size: int | None = Field(description="In bytes; null where it is not known")
    status: Status = Field(description="What came of it")
    verdict: Verdict | None = Field(description="Null when undetermined or skipped")
    reason: str | None = Field(description="A sentence, when undetermined or skipped")
    finding: Finding | None = Field(description="Null where there is nothing to say")
    evidence: Evidence = Field(description="What was seen, whatever came of it")
    legs: list[str] = Field(
        default=[], description="Names of the legs that saw it; empty outside of a workflow"
    )


class Problem(_Part):
    """Something wrong with a path or pattern that was given, or (``path`` empty) with all."""

    path: str = Field(description="As given; empty where it is about the whole run")
    message: str = Field(description="A clause that follows the path, or a sentence")
    is_usage_error: bool = Field(description="Whether `check` exits with 2 for it")

    def __str__(self) -> str:
        return f"`{self.path}` {self.message}" if self.path else self.message


class Report(_Part):
    """Everything about one run of ``check``."""

    schema_version: Literal[1] = Field(
        default=SCHEMA_VERSION, description="Version of this shape; see docs/report.md"
    )
    tool: Tool = Field(default=Tool(), description="What made the report")
    engine: Engine = Field(description="What ran the plugins")
    protocol: Protocol = Field(default=Protocol(), description="Whose verdicts these are")
    started_at: datetime = Field(description="When the run began")
    finished_at: datetime = Field(description="When it ended")
    summary: Summary = Field(description="Counts of the artifacts")
    artifacts: Sequence[Artifact] = Field(description="An entry a path, in the order of paths")
    problems: list[Problem] = Field(description="What is wrong besides the artifacts themselves")
    patch: str | None = Field(
        default=None,
        description="All suggestions as one unified diff, from the repository's root; null without"
        " any, and in reports that were merged or read",
    )
    legs: list[Leg] = Field(default=[], description="Empty outside of a workflow")
    sandbox: list[SandboxLayer] = Field(
        default=[],
        max_length=1000,
        description="What held the plugins; empty where none was run",
    )

    def worst_first(self) -> list[Artifact]:
        """Return what is not passed or skipped: refused first, then undetermined, by path."""
        order = {"refused": 0, "undetermined": 1}
        told = [artifact for artifact in self.artifacts if artifact.status in order]
        return sorted(told, key=lambda artifact: (order[artifact.status], artifact.path))

    def worth_telling(self) -> list[Artifact]:
        """Return what has a finding, the worst first: what passed comes last, warnings first."""
        order = {"error": 0, "warning": 1, "note": 2}
        passed = [
            (order[item.finding.severity], item)
            for item in self.artifacts
            if item.status == "passed" and item.finding is not None
        ]
        remarks = [item for _, item in sorted(passed, key=lambda told: (told[0], told[1].path))]
        return [*(item for item in self.worst_first() if item.finding is not None), *remarks]


def first_sentence(text: str) -> str:
    """Return a text's first sentence; in our own words it stands alone."""
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def shared_blocks(artifacts: Iterable[Artifact]) -> list[tuple[Artifact, list[str]]]:
    """Group artifacts of one content, which share a finding, with all of their paths."""
    groups: dict[tuple[object, ...], tuple[Artifact, list[str]]] = {}
    for artifact in artifacts:
        key = (artifact.sha256 or artifact.path, artifact.status, verdict_name(artifact))
        groups.setdefault(key, (artifact, []))[1].append(artifact.path)
    return list(groups.values())


def verdict_name(artifact: Artifact) -> str:
    """Return the variant, and its kind, of a refusal; empty where nothing is refused."""
    return artifact.verdict.name if artifact.verdict else ""

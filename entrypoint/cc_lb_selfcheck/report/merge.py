"""Several reports as one: the legs of a matrix, the parts of a sharded check.

The merged report depends on the set of reports alone: merging is associative and commutative, and
a report merged with itself is itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from cc_lb_selfcheck.host.evidence import Model

from .model import Artifact, Engine, Leg, Problem, Report, Summary, verdict_name

Part = TypeVar("Part", bound=Model)
_NAMED_MAX: Final = 10


def merge(reports: Sequence[Report]) -> Report:
    """Return one report for all. Raises ``ValueError`` without any.

    An artifact that several legs saw alike (its path, content and verdict) is one entry with all
    of their names; of what may differ even so, times above all, the least is kept.
    """
    if not reports:
        raise ValueError("there is no report to merge")
    groups: defaultdict[tuple[str, ...], list[Artifact]] = defaultdict(list)
    for artifact in chain.from_iterable(report.artifacts for report in reports):
        groups[_identity(artifact)].append(artifact)
    artifacts = [_merged(group) for _, group in sorted(groups.items())]
    return Report(
        tool=max((report.tool for report in reports), key=lambda tool: tool.version),
        engine=max((report.engine for report in reports), key=str),
        protocol=max((report.protocol for report in reports), key=str),
        started_at=min((report.started_at for report in reports), key=_moment),
        finished_at=max((report.finished_at for report in reports), key=_moment),
        summary=Summary.of(artifact.status for artifact in artifacts),
        artifacts=artifacts,
        problems=_union(report.problems for report in reports),
        legs=_union(report.legs for report in reports),
        sandbox=_union(report.sandbox for report in reports),
    )


def _moment(time: datetime) -> tuple[datetime, str]:
    """Order times; of one moment in several time zones, always the same comes first."""
    return time, time.isoformat()


def _identity(artifact: Artifact) -> tuple[str, ...]:
    message = artifact.verdict.message if artifact.verdict else None
    parts = (artifact.sha256, artifact.status, verdict_name(artifact), message, artifact.reason)
    return (artifact.path, *(part or "" for part in parts))


def _merged(group: list[Artifact]) -> Artifact:
    least = min(group, key=lambda artifact: artifact.model_dump_json(exclude={"legs"}))
    legs = sorted({name for artifact in group for name in artifact.legs})
    return least.model_copy(update={"legs": legs})


def _union(lists: Iterable[Iterable[Part]]) -> list[Part]:
    return sorted(set(chain.from_iterable(lists)), key=lambda item: item.model_dump_json())


def alone(report: Report) -> Report:
    """Return a leg's report as the leg itself tells of it, which knows nothing of the others."""
    whole = {"number": 1, "total": 1, "part": None, "parts": None}
    legs = [leg.model_copy(update=whole) for leg in report.legs]
    return report.model_copy(update={"legs": legs})


class Gap(NamedTuple):
    """The legs of a job, or the parts that its legs share, that sent no report."""

    noun: str
    job: str
    total: int
    missing: list[int]

    def sentence(self) -> str:
        """Tell what is missing."""
        many = len(self.missing) > 1
        numbers = _listed(list(map(str, self.missing)))
        where = f" of the job `{self.job}`" if self.job else ""
        return (
            f"{self.noun}{'s' * many} {numbers} of {self.total}{where} sent no report:"
            f" {'their' if many else 'its'} plugins are not here."
        )


def sharers(leg: Leg) -> str | None:
    """Return the job whose legs share the artifacts with a leg; None where it has all to itself.

    Jobs that are no matrix share among them.
    """
    if not leg.shares:
        return None
    return leg.job if leg.total > 1 else ""


def gaps(report: Report) -> list[Gap]:
    """Return what the legs that are there say there is besides.

    How many legs a job has, GitHub tells, and how many parts, the workflow. Where a leg is missing,
    so is its part.
    """
    legs = _gaps("Leg", ((leg.job, leg.total, leg.number) for leg in report.legs))
    shared = (
        (sharers(leg) or "", leg.parts, leg.part) for leg in report.legs if leg.parts and leg.part
    )
    lacking = {gap.job for gap in legs}
    return [*legs, *(gap for gap in _gaps("Part", shared) if gap.job not in lacking)]


def _gaps(noun: str, told: Iterable[tuple[str, int, int]]) -> list[Gap]:
    seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for job, total, number in told:
        seen[job, total].add(number)
    return [
        Gap(noun, job, total, missing)
        for (job, total), numbers in sorted(seen.items())
        if (missing := [number for number in range(1, total + 1) if number not in numbers])
    ]


def missing_legs(report: Report) -> list[str]:
    """Tell, a sentence a job, the legs and parts that there should be, and that sent no report."""
    return [gap.sentence() for gap in gaps(report)]


def is_whole(report: Report) -> bool:
    """Tell whether all that should have been checked was looked at, whatever came of it."""
    blamed = any(problem.is_usage_error for problem in report.problems)
    return not blamed and not missing_legs(report)


def with_problems(report: Report, sentences: Iterable[str]) -> Report:
    """Return a report that tells as well what kept parts of it from being there."""
    found = [Problem(path="", message=text, is_usage_error=True) for text in sentences]
    return report.model_copy(update={"problems": _union([report.problems, found])})


def nothing(sentences: Iterable[str]) -> Report:
    """Return what stands for a report where there is none, and why there is none."""
    never = datetime.fromtimestamp(0, UTC)
    blank = Report(
        engine=Engine(extism=None, wasmtime=None),
        started_at=never,
        finished_at=never,
        summary=Summary.of([]),
        artifacts=[],
        problems=[],
    )
    return with_problems(blank, sentences)


def badness(report: Report) -> int:
    """Return 2 where something is refused, 1 where something is not known, 0 where all is well."""
    summary = report.summary
    if summary.refused:
        return 2
    is_known = summary.passed > 0 and not summary.undetermined and is_whole(report)
    return 0 if is_known else 1


def is_empty(report: Report) -> bool:
    """Tell whether nothing was looked at because something kept it from being found."""
    return not report.artifacts and any(problem.is_usage_error for problem in report.problems)


def _listed(items: list[str]) -> str:
    """Return ``a, b and c``, and no more than helps."""
    named = items if len(items) <= _NAMED_MAX else items[: _NAMED_MAX - 1]
    more = [f"{len(items) - len(named):,} more"] if len(named) < len(items) else []
    *first, last = [*named, *more]
    return f"{', '.join(first)} and {last}" if first else last


def disagreements(report: Report) -> list[str]:
    """Tell, a sentence each, the contents on which legs have unlike verdicts."""
    contents: defaultdict[str, list[Artifact]] = defaultdict(list)
    for artifact in report.artifacts:
        if artifact.sha256 is not None and artifact.status != "skipped":
            contents[artifact.sha256].append(artifact)
    return [
        sentence
        for _, group in sorted(contents.items(), key=lambda item: item[1][0].path)
        if (sentence := _disagreement(group)) is not None
    ]


def _disagreement(group: list[Artifact]) -> str | None:
    told: defaultdict[str, set[str]] = defaultdict(set)
    for artifact in group:
        name = verdict_name(artifact)
        told[f"{artifact.status} ({name})" if name else artifact.status] |= set(artifact.legs)
    if len(told) < 2:
        return None
    each = ", but ".join(
        f"{words} in {_listed([f'`{leg}`' for leg in sorted(legs)] or ['a run without a name'])}"
        for words, legs in sorted(told.items())
    )
    return f"`{group[0].path}` is {each}, although its content is the same."

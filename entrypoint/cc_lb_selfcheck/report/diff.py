"""Two reports compared: which plugins are judged otherwise, and which budgets moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from pydantic import Field

from cc_lb_selfcheck.diagnosis.budgets import Budget, budgets_of
from cc_lb_selfcheck.host.outcome import Evidence, Model, Status

from .changes import Changes, Memory, Seen, worst_by_path
from .merge import missing_legs
from .model import Artifact, Report, verdict_name

DIFF_VERSION: Final = 1
_LEAST_PART: Final = 20
"""A budget that moved by less than a twentieth of its limit did not move: times vary so much."""


class Judged(Model):
    """What one report says of a plugin."""

    status: Status = Field(description="What came of it")
    verdict: str | None = Field(description="The variant and its kind, where it is refused")
    finding: str | None = Field(description="The finding's id; null where there is nothing to say")
    title: str | None = Field(description="The finding's title")

    @classmethod
    def of(cls, artifact: Artifact) -> Judged:
        """Return what a report's entry says."""
        finding = artifact.finding
        return cls(
            status=artifact.status,
            verdict=verdict_name(artifact) or None,
            finding=finding.id if finding else None,
            title=finding.title if finding else None,
        )


class Change(Model):
    """A plugin in both reports, or in one of them."""

    name: str = Field(description="Its path; where legs disagree, the worst of them counts")
    before: Judged | None = Field(description="Null where the earlier report has it not")
    now: Judged | None = Field(description="Null where the later report has it not")


class Used(Model):
    """What was taken of a budget: two numbers that are the same where it was measured."""

    least: float | None = Field(description="So much or more; null: not known")
    most: float | None = Field(description="So much at most; null: not known")


class Move(Model):
    """A budget that a plugin takes much more of than before, or much less."""

    name: str = Field(description="The plugin, as in a change")
    budget: str = Field(description="`time`, `fuel` or `output`")
    unit: str = Field(description="Of all numbers here")
    limit: int = Field(description="The most that the host allows")
    before: Used = Field(description="What the earlier report tells")
    now: Used = Field(description="What the later one tells")


class Diff(Model):
    """What changed between two reports. Each plugin is in one of the lists at most."""

    diff_version: Literal[1] = Field(default=DIFF_VERSION, description="Version of this shape")
    regressed: bool = Field(
        description="Whether something is refused that was not refused before, new plugins included"
    )
    newly_refused: list[Change] = Field(description="In both reports; refused in the later alone")
    mended: list[Change] = Field(description="Accepted now, and not before")
    verdict_changed: list[Change] = Field(
        description="Refused in both, for another reason; or accepted in both, with another remark"
    )
    still_refused: list[Change] = Field(description="Refused in both, for the same reason")
    no_longer_determined: list[Change] = Field(description="Without a verdict now, and not before")
    new: list[Change] = Field(description="In the later report alone, whatever its verdict")
    gone: list[Change] = Field(description="In the earlier report alone")
    skipped: list[Change] = Field(default=[], description="Skipped now, and not before")
    not_known: list[Change] = Field(
        default=[],
        description="In the earlier report, and not in the later, or better there: but that one"
        " lacks something",
    )
    missing: list[str] = Field(
        default=[], description="What either report lacks (legs, reports, paths), a sentence each"
    )
    budgets: list[Move] = Field(description="Budgets that moved, of plugins in both reports")

    def told(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield each list of changes in words, what matters most first."""
        yield "newly refused", self.newly_refused
        yield "mended", self.mended
        yield "with another verdict", self.verdict_changed
        yield "no longer determined", self.no_longer_determined
        yield "new", self.new
        yield "skipped", self.skipped
        yield "gone", self.gone
        yield "not known this time", self.not_known
        yield "still refused", self.still_refused


def compare(old: Report, new: Report, threshold: int) -> Diff:
    """Compare two reports. A budget moved if it did by ``threshold`` percent of what it was."""
    before, now = worst_by_path(old), worst_by_path(new)
    changes = Changes.between(Memory(Seen.of(old).statuses), Seen.of(new))
    listed = {item.path: item for item in new.artifacts if item.status == "skipped"} | now

    def changed(names: Iterable[str]) -> list[Change]:
        return [
            Change(name=name, before=_judged(before, name), now=_judged(listed, name))
            for name in names
        ]

    alike = sorted(
        name for name in before.keys() & now.keys() if before[name].status == now[name].status
    )
    other = {name for name in alike if _reason(before[name]) != _reason(now[name])}
    newly_refused, came = changed(changes.newly_refused), changed(changes.new)
    return Diff(
        regressed=bool(newly_refused) or any(_is_refused(change.now) for change in came),
        newly_refused=newly_refused,
        mended=changed(changes.mended),
        verdict_changed=changed(sorted(other)),
        still_refused=changed(name for name in changes.still_refused if name not in other),
        no_longer_determined=changed(changes.undetermined),
        new=came,
        gone=changed(changes.gone),
        skipped=changed(changes.skipped),
        not_known=changed(changes.unknown),
        missing=[*_missing("earlier", old), *_missing("later", new)],
        budgets=[
            move
            for name in sorted(before.keys() & now.keys())
            for move in _moves(name, before[name].evidence, now[name].evidence, threshold)
        ],
    )


def _missing(which: str, report: Report) -> Iterator[str]:
    faults = [str(problem) for problem in report.problems if problem.is_usage_error]
    for sentence in (*missing_legs(report), *faults):
        yield f"In the {which} report: {sentence}"


def _judged(artifacts: Mapping[str, Artifact], name: str) -> Judged | None:
    return Judged.of(artifacts[name]) if name in artifacts else None


def _is_refused(judged: Judged | None) -> bool:
    return judged is not None and judged.status == "refused"


def _reason(artifact: Artifact) -> tuple[str, str | None]:
    return verdict_name(artifact), artifact.finding.id if artifact.finding else None


def _moves(name: str, before: Evidence, now: Evidence, threshold: int) -> Iterator[Move]:
    earlier = {budget.name: budget for budget in budgets_of(before)}
    for budget in budgets_of(now):
        was = earlier.get(budget.name)
        if was is None:
            continue
        moved, base = _moved(was, budget)
        if moved > 0 and moved * 100 >= threshold * base and moved * _LEAST_PART >= budget.limit:
            yield Move(
                name=name,
                budget=budget.name,
                unit=budget.unit,
                limit=budget.limit,
                before=Used(least=was.least, most=was.most),
                now=Used(least=budget.least, most=budget.most),
            )


def _moved(was: Budget, is_: Budget) -> tuple[float, float]:
    """Return how much a budget moved at least, and from where; nothing where little is known."""
    if is_.least is not None and was.most is not None and is_.least > was.most:
        return is_.least - was.most, was.most
    if is_.most is not None and was.least is not None and is_.most < was.least:
        return was.least - is_.most, was.least
    return 0, 0

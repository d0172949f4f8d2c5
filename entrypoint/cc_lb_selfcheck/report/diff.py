"""Two reports compared: which plugins are judged otherwise, and which budgets moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from pydantic import Field

from cc_lb_selfcheck.diagnosis.budgets import Budget, budgets_of
from cc_lb_selfcheck.host.evidence import Model
from cc_lb_selfcheck.host.outcome import Evidence, Status

from .changes import Changes, Named, Pairing
from .memory import Spot
from .merge import missing_legs
from .model import Artifact, Report, verdict_name
from .seen import ORDER, Seen, artifacts_by_spot

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

    name: str = Field(description="Its path; and its legs, where others saw something else there")
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
        description="In one report, and not in the other: but that one lacks something",
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
        yield "not known this time", [change for change in self.not_known if change.before]
        yield "not known before", [change for change in self.not_known if not change.before]
        yield "still refused", self.still_refused


def compare(old: Report, new: Report, threshold: int) -> Diff:
    """Compare two reports. A budget moved if it did by ``threshold`` percent of what it was."""
    seen, see = Seen.of(old), Seen.of(new)
    pairing = Pairing(seen, see)
    changes = Changes.of(pairing, seen, see)
    before, now = artifacts_by_spot(old), artifacts_by_spot(new)
    origins = {spot: pairing.origins.get(spot, spot) for spot in pairing.old}
    earlier = {spot: before[origin] for spot, origin in origins.items()}

    def changed(found: Iterable[Named]) -> list[Change]:
        return [
            Change(
                name=item.name,
                before=_worst(earlier, item.spots),
                now=_worst(now, item.spots),
            )
            for item in found
        ]

    common = sorted(pairing.old.keys() & pairing.new.keys())
    both = [(spot, earlier[spot], now[spot]) for spot in common]
    other = {spot for spot, was, is_now in both if _is_for_another_reason(was, is_now)}
    still_refused = (spot for item in changes.still_refused for spot in item.spots)
    newly_refused, came = changed(changes.newly_refused), changed(changes.new)
    return Diff(
        regressed=bool(newly_refused) or any(_is_refused(change.now) for change in came),
        newly_refused=newly_refused,
        mended=changed(changes.mended),
        verdict_changed=changed(pairing.named(other)),
        still_refused=changed(pairing.named(spot for spot in still_refused if spot not in other)),
        no_longer_determined=changed(changes.undetermined),
        new=came,
        gone=changed(changes.gone),
        skipped=changed(changes.skipped),
        not_known=changed((*changes.unknown, *changes.unseen)),
        missing=[*_missing("earlier", old), *_missing("later", new)],
        budgets=list(_budgets(pairing, both, threshold)),
    )


def _budgets(
    pairing: Pairing, both: Iterable[tuple[Spot, Artifact, Artifact]], threshold: int
) -> Iterator[Move]:
    """Yield the budgets that moved; what several legs saw alike is one entry in both reports."""
    alike: dict[tuple[int, int], list[tuple[Spot, Artifact, Artifact]]] = {}
    for entry in both:
        alike.setdefault((id(entry[1]), id(entry[2])), []).append(entry)
    for entries in alike.values():
        _, was, is_now = entries[0]
        for item in pairing.named(spot for spot, _, _ in entries):
            yield from _moves(item.name, was.evidence, is_now.evidence, threshold)


def _missing(which: str, report: Report) -> Iterator[str]:
    faults = [str(problem) for problem in report.problems if problem.is_usage_error]
    for sentence in (*missing_legs(report), *faults):
        yield f"In the {which} report: {sentence}"


def _worst(artifacts: Mapping[Spot, Artifact], spots: Iterable[Spot]) -> Judged | None:
    """Return what is said of a plugin; where legs disagree, the worst."""
    found = [artifacts[spot] for spot in spots if spot in artifacts]
    worst = max(found, key=lambda item: ORDER.get(item.status, -1), default=None)
    return Judged.of(worst) if worst else None


def _is_refused(judged: Judged | None) -> bool:
    return judged is not None and judged.status == "refused"


def _is_for_another_reason(was: Artifact, now: Artifact) -> bool:
    return was.status == now.status and _reason(was) != _reason(now)


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

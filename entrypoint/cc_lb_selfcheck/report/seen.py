"""What a report tells of each plugin, by its path and the leg that saw it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from cc_lb_selfcheck.host.outcome import Status

from .memory import NAME_MAX_CHARS, Memory, Spot
from .merge import gaps, is_whole, missing_legs, sharers
from .model import Artifact, Leg, Report, verdict_name

ORDER: Final[dict[Status, int]] = {"passed": 0, "undetermined": 1, "refused": 2}
"""The worse, the more."""
_DIGEST_CHARS: Final = 16


class Seen(NamedTuple):
    """What a report tells of each plugin, by path and leg; the worst first.

    Legs that share the work are one here: a plugin may be in another part each time.
    ``skipped`` is what nobody checked. ``complete`` are the legs that told all that they have, None
    where nothing is missing: of other legs, what is not here may be there all the same.
    """

    statuses: Mapping[Spot, Status]
    skipped: frozenset[Spot] = frozenset()
    complete: frozenset[str] | None = None

    @classmethod
    def of(cls, report: Report) -> Seen:
        """Look at a report."""
        found = {spot: artifact.status for spot, artifact in artifacts_by_spot(report).items()}
        statuses = {spot: status for spot, status in found.items() if status != "skipped"}
        skipped = frozenset(found.keys() - statuses.keys())
        return cls(statuses, skipped, None if is_whole(report) else _complete(report))

    def lacks(self, spot: Spot) -> bool:
        """Tell whether something may have been there without being known."""
        return self.complete is not None and spot.leg not in self.complete

    def of_a_part(self) -> Seen:
        """Return what is seen where others tell of other legs."""
        if self.complete is not None:
            return self
        return self._replace(complete=frozenset(s.leg for s in (*self.statuses, *self.skipped)))

    def remembered(self, earlier: Memory | None) -> Memory:
        """Return what is known now: of what was not seen, that is what was known before."""
        if self.complete is None:
            return Memory(self.statuses)
        before = earlier or Memory(cut=True)
        seen = self.statuses.keys() | self.skipped
        kept = {
            spot: status
            for spot, status in before.statuses.items()
            if spot not in seen and self.lacks(spot)
        }
        known = {**self.statuses, **kept}
        # What is cut is cut at the end.
        ordered = sorted(known.items(), key=lambda item: (-ORDER[item[1]], item[0]))
        return Memory(dict(ordered), before.cut)


def _complete(report: Report) -> frozenset[str]:
    """Return the legs of a report to which nothing can be missing."""
    if any(problem.is_usage_error for problem in report.problems):
        return frozenset()  # it is not known whose
    lacking = {gap.job for gap in gaps(report)}
    # Of what a leg has to itself, it tells all.
    told = (
        leg for leg in report.legs if not leg.shares or lacking.isdisjoint((leg.job, sharers(leg)))
    )
    return frozenset(map(_key, told))


def _key(leg: Leg) -> str:
    shared = sharers(leg)
    return leg.name if shared is None else shared


def digest_of(report: Report) -> str:
    """Return a short digest of what a report tells, by which to know whether another tells more.

    That is what came of each path and why, and what is wrong besides.
    """
    told = {
        (item.path, item.status, verdict_name(item), item.finding.id if item.finding else "")
        for item in report.artifacts
    }
    problems = sorted(map(str, report.problems))
    text = json.dumps([sorted(told), problems, missing_legs(report)])
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]


def worst_by_path(report: Report) -> dict[str, Artifact]:
    """Return what was not skipped by its path, the worst first; of several legs the worst."""
    worst: dict[str, Artifact] = {}
    for spot, artifact in artifacts_by_spot(report).items():
        if artifact.status != "skipped":
            worst.setdefault(spot.path, artifact)
    return worst


def artifacts_by_spot(report: Report) -> dict[Spot, Artifact]:
    """Return what each leg saw, the worst first; where one saw several things, the worst."""
    keys = {leg.name: _key(leg) for leg in report.legs}
    rest: dict[str, list[Artifact]] = {"passed": [], "skipped": []}
    for artifact in report.artifacts:
        if artifact.status in rest:
            rest[artifact.status].append(artifact)
    found: dict[Spot, Artifact] = {}
    for artifact in (*report.worst_first(), *rest["passed"], *rest["skipped"]):
        for name in artifact.legs or ("",):
            spot = Spot(artifact.path[:NAME_MAX_CHARS], keys.get(name, name))
            found.setdefault(spot, artifact)
    return found


def shared_paths(artifacts: Iterable[Artifact]) -> set[str]:
    """Return the paths of several entries: legs saw unlike things under them."""
    counts = Counter(artifact.path for artifact in artifacts)
    return {path for path, count in counts.items() if count > 1}


def name_of(artifact: Artifact, shared: set[str]) -> str:
    """Return a path, and the legs that saw it where others saw another thing under it."""
    legs = f" ({', '.join(artifact.legs)})" if artifact.path in shared and artifact.legs else ""
    return f"{artifact.path}{legs}"[:NAME_MAX_CHARS]

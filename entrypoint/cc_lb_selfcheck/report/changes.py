"""What changed since an earlier run, of which a bounded memory is kept."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol

from cc_lb_selfcheck.host.outcome import Status

from .merge import gaps, is_whole, missing_legs, sharers
from .model import Artifact, Leg, Report, verdict_name

_LETTERS: Final[dict[Status, str]] = {"refused": "r", "undetermined": "u", "passed": "p"}
_STATUSES: Final[dict[str, Status]] = {letter: status for status, letter in _LETTERS.items()}
ORDER: Final[dict[Status, int]] = {"passed": 0, "undetermined": 1, "refused": 2}
_UNPACKED_MAX_BYTES: Final = 4 << 20
_NAME_MAX_CHARS: Final = 4096
_DIGEST_CHARS: Final = 16
_SIGHTINGS: Final = re.compile(r"(?:[0-9]{1,6}[rup])+")


class Spot(NamedTuple):
    """Where a plugin is seen: a path, and the leg of the workflow; empty where there is none."""

    path: str
    leg: str = ""


class Known(Protocol):
    """What is known of a run."""

    @property
    def statuses(self) -> Mapping[Spot, Status]:
        """The status of each plugin that was seen."""

    def lacks(self, spot: Spot) -> bool:
        """Tell whether something may have been there without being known."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a run. ``cut``: not all that it saw."""

    statuses: Mapping[Spot, Status] = field(default_factory=dict)
    cut: bool = False

    def lacks(self, _spot: Spot) -> bool:
        """Tell whether something may have been there without being known."""
        return self.cut

    def pack(self, max_chars: int) -> str:
        """Return text of base64's letters alone, of at most ``max_chars``; see ``unpack``."""
        legs = {leg: number for number, leg in enumerate(sorted({s.leg for s in self.statuses}))}
        seen: defaultdict[str, str] = defaultdict(str)
        for spot, status in self.statuses.items():
            seen[spot.path] += f"{legs[spot.leg]}{_LETTERS[status]}"
        paths = list(seen)
        keep = len(paths)
        while True:
            kept = {path: seen[path] for path in paths[:keep]}
            cut = self.cut or keep < len(paths)
            told = [int(cut), list(legs) if keep else [], kept]
            text = json.dumps(told, separators=(",", ":"))
            packed = b64encode(zlib.compress(text.encode(), 9)).decode()
            excess = max(len(packed) / max_chars, len(text) / _UNPACKED_MAX_BYTES)
            if excess <= 1 or not keep:
                return packed
            keep = min(keep - 1, int(keep / excess))

    @classmethod
    def unpack(cls, packed: str) -> Memory:
        """Return what ``pack`` packed. Raises ``ValueError`` for anything else."""
        try:
            expander = zlib.decompressobj()
            text = expander.decompress(b64decode(packed, validate=True), _UNPACKED_MAX_BYTES)
            if expander.unconsumed_tail or not expander.eof:
                raise ValueError("it is too long")
            cut, legs, kept = json.loads(text)
            if not isinstance(kept, dict) or any(len(name) > _NAME_MAX_CHARS for name in kept):
                raise ValueError("it is no memory")
            statuses = {
                Spot(path, str(legs[int(told[:-1])])): _STATUSES[told[-1]]
                for path, sightings in kept.items()
                for told in _sightings(sightings)
            }
            return cls(statuses, bool(cut))
        except (zlib.error, LookupError, TypeError, RecursionError) as error:
            raise ValueError("it is no memory of a run") from error


def _sightings(text: str) -> list[str]:
    """Return what legs saw under a path: each the leg's number, and a status's letter."""
    if not _SIGHTINGS.fullmatch(text):
        raise ValueError("it is no memory")
    return re.findall(r"[0-9]+[rup]", text)


@dataclass(frozen=True, slots=True)
class Seen:
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
        return replace(self, complete=frozenset(s.leg for s in (*self.statuses, *self.skipped)))

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


class Named(NamedTuple):
    """A plugin, by its path, and by the legs where others saw something else; where that is."""

    name: str
    spots: tuple[Spot, ...]


class Pairing:
    """What two runs know of the same plugins."""

    def __init__(self, before: Known, now: Seen) -> None:
        """Put spots together, and plugins that moved to another leg, as when a job was renamed."""
        self.old, self.new = dict(before.statuses), now.statuses
        self.origins: dict[Spot, Spot] = {}
        """Where a plugin was before, if not there."""
        self.doubtful: set[Spot] = set()
        """What may have been there before, in another leg."""
        self._follow(before, now)
        self._of_path = _by_path(self.old.keys() | self.new.keys())

    def _follow(self, before: Known, now: Seen) -> None:
        """Take for the same what went from one leg and came to another under the same path.

        Where the one may be there still, that is known of what became no better alone.
        """
        left = _by_path(self.old.keys() - self.new.keys() - now.skipped)
        came = _by_path((self.new.keys() | now.skipped) - self.old.keys())
        for path in left.keys() & came.keys():
            if any(map(before.lacks, came[path])):
                continue
            origin = max(sorted(left[path]), key=lambda spot: ORDER[self.old[spot]])
            status = self.old[origin]
            if any(map(now.lacks, left[path])):
                same = {s for s in came[path] & self.new.keys() if not self._betters(s, status)}
                self.doubtful |= came[path] - same
            else:
                same = came[path]
            if same:
                for spot in left[path]:
                    del self.old[spot]
            for spot in same:
                self.old[spot], self.origins[spot] = status, origin

    def _betters(self, spot: Spot, status: Status) -> bool:
        return ORDER[self.new[spot]] < ORDER[status]

    def named(self, spots: Iterable[Spot]) -> tuple[Named, ...]:
        """Name plugins, a path at a time."""
        found = _by_path(spots)
        return tuple(self._named(path, sorted(found[path])) for path in sorted(found))

    def _named(self, path: str, spots: list[Spot]) -> Named:
        legs = [spot.leg for spot in spots if spot.leg]
        is_all = len(spots) == len(self._of_path.get(path, spots))
        name = path if is_all or not legs else f"{path} ({', '.join(legs)})"
        return Named(name[:_NAME_MAX_CHARS], tuple(spots))


def _by_path(spots: Iterable[Spot]) -> dict[str, set[Spot]]:
    found: defaultdict[str, set[Spot]] = defaultdict(set)
    for spot in spots:
        found[spot.path].add(spot)
    return dict(found)


@dataclass(frozen=True, slots=True)
class Changes:
    """Plugins, by what became of them since an earlier run.

    ``unknown`` were there, and may be still; ``unseen`` are there, and may have been before.
    """

    newly_refused: tuple[Named, ...] = ()
    mended: tuple[Named, ...] = ()
    still_refused: tuple[Named, ...] = ()
    new: tuple[Named, ...] = ()
    gone: tuple[Named, ...] = ()
    undetermined: tuple[Named, ...] = ()
    skipped: tuple[Named, ...] = ()
    unknown: tuple[Named, ...] = ()
    unseen: tuple[Named, ...] = ()
    incomplete: bool = False

    @classmethod
    def between(cls, before: Memory, now: Seen) -> Changes:
        """Compare two runs; where one does not know all, only what can be told is told."""
        return cls.of(Pairing(before, now), before, now)

    @classmethod
    def of(cls, pairing: Pairing, before: Known, now: Seen) -> Changes:
        """Compare two runs whose plugins were put together."""
        old, new = pairing.old, pairing.new
        absent, came = old.keys() - new.keys() - now.skipped, new.keys() - old.keys()

        unseen = {spot for spot in came if before.lacks(spot)} | (came & pairing.doubtful)

        def changed(holds: Callable[[Status, Status], bool]) -> tuple[Named, ...]:
            both = old.keys() & new.keys()
            return pairing.named(spot for spot in both if holds(old[spot], new[spot]))

        return cls(
            newly_refused=changed(lambda was, now: now == "refused" != was),
            mended=changed(lambda was, now: now == "passed" != was),
            still_refused=changed(lambda was, now: was == now == "refused"),
            new=pairing.named(came - unseen),
            gone=pairing.named(spot for spot in absent if not now.lacks(spot)),
            undetermined=changed(lambda was, now: now == "undetermined" != was),
            skipped=pairing.named(old.keys() & now.skipped),
            unknown=pairing.named(filter(now.lacks, absent)),
            unseen=pairing.named(unseen),
            incomplete=isinstance(before, Memory) and before.cut,
        )

    def told(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each group in words, with its names."""
        for words, group in (
            ("newly refused", self.newly_refused),
            ("mended", self.mended),
            ("still refused", self.still_refused),
            ("no longer determined", self.undetermined),
            ("new", self.new),
            ("skipped", self.skipped),
            ("gone", self.gone),
            ("not known this time", self.unknown),
        ):
            yield words, tuple(item.name for item in group)

    @property
    def any(self) -> bool:
        """Whether a plugin is told otherwise than before."""
        told = (self.newly_refused, self.mended, self.undetermined, self.new)
        return any((*told, self.skipped, self.gone, self.unknown))


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
            spot = Spot(artifact.path[:_NAME_MAX_CHARS], keys.get(name, name))
            found.setdefault(spot, artifact)
    return found


def shared_paths(artifacts: Iterable[Artifact]) -> set[str]:
    """Return the paths of several entries: legs saw unlike things under them."""
    counts = Counter(artifact.path for artifact in artifacts)
    return {path for path, count in counts.items() if count > 1}


def name_of(artifact: Artifact, shared: set[str]) -> str:
    """Return a path, and the legs that saw it where others saw another thing under it."""
    legs = f" ({', '.join(artifact.legs)})" if artifact.path in shared and artifact.legs else ""
    return f"{artifact.path}{legs}"[:_NAME_MAX_CHARS]

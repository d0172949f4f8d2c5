"""What changed since an earlier run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cc_lb_selfcheck.host.outcome import Status

from .memory import NAME_MAX_CHARS, Known, Memory, Spot
from .seen import ORDER, Seen


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
        return Named(name[:NAME_MAX_CHARS], tuple(spots))


def _by_path(spots: Iterable[Spot]) -> dict[str, set[Spot]]:
    found: defaultdict[str, set[Spot]] = defaultdict(set)
    for spot in spots:
        found[spot.path].add(spot)
    return dict(found)


class Changes(NamedTuple):
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

"""What changed since an earlier run, of which a bounded memory is kept."""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cc_lb_selfcheck.host.outcome import Status

from .merge import is_whole, missing_legs
from .model import Artifact, Report, verdict_name

_LETTERS: Final[dict[Status, str]] = {"refused": "r", "undetermined": "u", "passed": "p"}
_STATUSES: Final[dict[str, Status]] = {letter: status for status, letter in _LETTERS.items()}
_ORDER: Final[dict[Status, int]] = {"passed": 0, "undetermined": 1, "refused": 2}
_UNPACKED_MAX_BYTES: Final = 4 << 20
_NAME_MAX_CHARS: Final = 4096
_DIGEST_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Memory:
    """The status of each plugin of a run, by path. ``cut``: not all of them are known."""

    statuses: Mapping[str, Status] = field(default_factory=dict)
    cut: bool = False

    def pack(self, max_chars: int) -> str:
        """Return text of base64's letters alone, of at most ``max_chars``; see ``unpack``."""
        names = list(self.statuses)
        keep = len(names)
        while True:
            kept = {name: _LETTERS[self.statuses[name]] for name in names[:keep]}
            cut = self.cut or keep < len(names)
            text = json.dumps([int(cut), kept], separators=(",", ":"))
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
            cut, kept = json.loads(text)
            if not isinstance(kept, dict) or any(len(name) > _NAME_MAX_CHARS for name in kept):
                raise ValueError("it is no memory")
            return cls({name: _STATUSES[letter] for name, letter in kept.items()}, bool(cut))
        except (zlib.error, KeyError, TypeError, RecursionError) as error:
            raise ValueError("it is no memory of a run") from error


@dataclass(frozen=True, slots=True)
class Seen:
    """What a report tells of each path: the worst that any leg saw there, the worst paths first.

    ``skipped`` are paths that nobody checked. Where the report is not ``is_whole``, what is not in
    it may be there all the same; where it has not ``has_all_legs``, another may have seen worse.
    """

    statuses: Mapping[str, Status]
    skipped: frozenset[str] = frozenset()
    is_whole: bool = True
    has_all_legs: bool = True

    @classmethod
    def of(cls, report: Report) -> Seen:
        """Look at a report."""
        skipped = {item.path[:_NAME_MAX_CHARS] for item in report.artifacts}
        statuses = {path: artifact.status for path, artifact in worst_by_path(report).items()}
        is_cut = any(problem.is_usage_error and not problem.path for problem in report.problems)
        return cls(
            statuses,
            frozenset(skipped - statuses.keys()),
            is_whole(report),
            not (is_cut or missing_legs(report)),
        )

    def betters(self, path: str, before: Status) -> bool:
        """Tell whether a path looks better than before, which a leg that is missing may not say."""
        return _ORDER[self.statuses[path]] < _ORDER[before] and not self.has_all_legs

    def remembered(self, earlier: Memory | None) -> Memory:
        """Return what is known now: of what was not seen, that is what was known before."""
        if self.is_whole:
            return Memory(self.statuses)
        before = earlier or Memory(cut=True)
        kept = {
            path: status
            for path, status in before.statuses.items()
            if path not in self.statuses or self.betters(path, status)
        }
        known = {**self.statuses, **kept}
        # What is cut is cut at the end.
        ordered = sorted(known.items(), key=lambda item: (-_ORDER[item[1]], item[0]))
        return Memory(dict(ordered), before.cut)


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths of plugins, by what became of them since an earlier run."""

    newly_refused: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    still_refused: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    incomplete: bool = False

    @classmethod
    def between(cls, before: Memory, now: Seen) -> Changes:
        """Compare two runs; where one does not know all, only what can be told is told."""
        old, new = before.statuses, now.statuses
        doubtful = {path for path in old.keys() & new.keys() if now.betters(path, old[path])}
        both = sorted(old.keys() & new.keys() - doubtful)
        absent = old.keys() - new.keys() - now.skipped
        unknown = doubtful if now.is_whole else doubtful | absent
        return cls(
            newly_refused=_where(both, lambda n: new[n] == "refused" != old[n]),
            mended=_where(both, lambda n: new[n] == "passed" != old[n]),
            still_refused=_where(both, lambda n: new[n] == old[n] == "refused"),
            new=() if before.cut else tuple(sorted(new.keys() - old.keys())),
            gone=tuple(sorted(absent - unknown)),
            undetermined=_where(both, lambda n: new[n] == "undetermined" != old[n]),
            skipped=tuple(sorted(old.keys() & now.skipped)),
            unknown=tuple(sorted(unknown)),
            incomplete=before.cut,
        )

    def told(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each group in words, with its names."""
        yield "newly refused", self.newly_refused
        yield "mended", self.mended
        yield "still refused", self.still_refused
        yield "no longer determined", self.undetermined
        yield "new", self.new
        yield "skipped", self.skipped
        yield "gone", self.gone
        yield "not known this time", self.unknown

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
    told = [*report.worst_first(), *(a for a in report.artifacts if a.status == "passed")]
    worst: dict[str, Artifact] = {}
    for artifact in told:
        worst.setdefault(artifact.path[:_NAME_MAX_CHARS], artifact)
    return worst


def _where(names: list[str], holds: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(name for name in names if holds(name))


def shared_paths(artifacts: Iterable[Artifact]) -> set[str]:
    """Return the paths of several entries: legs saw unlike things under them."""
    counts = Counter(artifact.path for artifact in artifacts)
    return {path for path, count in counts.items() if count > 1}


def name_of(artifact: Artifact, shared: set[str]) -> str:
    """Return a path, and the legs that saw it where others saw another thing under it."""
    legs = f" ({', '.join(artifact.legs)})" if artifact.path in shared and artifact.legs else ""
    return f"{artifact.path}{legs}"[:_NAME_MAX_CHARS]

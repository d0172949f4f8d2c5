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

from .merge import missing_legs
from .model import Artifact, Report, verdict_name

_LETTERS: Final[dict[Status, str]] = {"refused": "r", "undetermined": "u", "passed": "p"}
_STATUSES: Final[dict[str, Status]] = {letter: status for status, letter in _LETTERS.items()}
_UNPACKED_MAX_BYTES: Final = 4 << 20
_NAME_MAX_CHARS: Final = 4096
_DIGEST_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Memory:
    """The status of each plugin of a run, by name. ``cut``: not all of them are kept."""

    statuses: Mapping[str, Status] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def of(cls, report: Report) -> Memory:
        """Remember a report: its worst first, because what is cut is cut at the end."""
        return cls({name: artifact.status for name, artifact in named(report).items()})

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
class Changes:
    """Names of plugins, by what became of them since an earlier run."""

    newly_refused: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    still_refused: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    incomplete: bool = False

    @classmethod
    def between(cls, before: Memory, now: Memory) -> Changes:
        """Compare two runs; where one was cut, only what can be told is told."""
        old, new = before.statuses, now.statuses
        both = sorted(old.keys() & new.keys())
        came = () if before.cut else tuple(sorted(new.keys() - old.keys()))
        return cls(
            newly_refused=_where(both, lambda n: new[n] == "refused" != old[n]),
            mended=_where(both, lambda n: new[n] == "passed" != old[n]),
            still_refused=_where(both, lambda n: new[n] == old[n] == "refused"),
            new=came,
            gone=() if now.cut else tuple(sorted(old.keys() - new.keys())),
            undetermined=_where(both, lambda n: new[n] == "undetermined" != old[n]),
            incomplete=before.cut or now.cut,
        )

    def told(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each group in words, with its names."""
        yield "newly refused", self.newly_refused
        yield "mended", self.mended
        yield "still refused", self.still_refused
        yield "no longer determined", self.undetermined
        yield "new", self.new
        yield "gone", self.gone

    @property
    def any(self) -> bool:
        """Whether anything is different from before."""
        groups = (self.newly_refused, self.mended, self.new, self.gone, self.undetermined)
        return any(groups) or self.incomplete


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


def named(report: Report) -> dict[str, Artifact]:
    """Return what was not skipped by a name that is its own, the worst first."""
    told = [*report.worst_first(), *(a for a in report.artifacts if a.status == "passed")]
    shared = shared_paths(told)
    by_name: dict[str, Artifact] = {}
    for artifact in told:
        # Where a name stands for several all the same, the worst of them counts.
        by_name.setdefault(name_of(artifact, shared), artifact)
    return by_name


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

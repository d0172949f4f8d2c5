"""What is remembered of a run, within bounds."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from cc_lb_selfcheck.host.outcome import Status

_LETTERS: Final[dict[Status, str]] = {"refused": "r", "undetermined": "u", "passed": "p"}
_STATUSES: Final[dict[str, Status]] = {letter: status for status, letter in _LETTERS.items()}
NAME_MAX_CHARS: Final = 4096
"""Of a path; what is longer is cut."""
_UNPACKED_MAX_BYTES: Final = 4 << 20
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


class Memory(NamedTuple):
    """What is remembered of a run. ``cut``: not all that it saw."""

    statuses: Mapping[Spot, Status] = {}
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
            if not isinstance(kept, dict) or any(len(name) > NAME_MAX_CHARS for name in kept):
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

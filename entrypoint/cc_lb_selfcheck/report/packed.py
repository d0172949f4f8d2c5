"""Many artifacts in little memory: packed some at a time, and unpacked while one looks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, overload

from pydantic import TypeAdapter

from cc_lb_selfcheck.host.outcome import Outcome

from .model import Artifact

PACKED_FROM: Final = 2_000
"""So many artifacts, and more, are kept packed, which takes time: unpacked, one has some 4 KB."""
_AT_A_TIME: Final = 100
_ARTIFACTS: Final = TypeAdapter(list[Artifact])


class Outcomes:
    """Outcomes by the sha256 of their contents; packed where there will be many."""

    def __init__(self, *, packed: bool) -> None:
        self._packed = packed
        self._outcomes: dict[str, Outcome | bytes] = {}
        self._alike = b""
        """The first that was packed, which the others resemble."""

    def keep(self, sha256: str, outcome: Outcome) -> None:
        """Keep the outcome of a content."""
        if not self._packed:
            self._outcomes[sha256] = outcome
            return
        text = outcome.model_dump_json().encode()
        self._alike = self._alike or text
        packer = zlib.compressobj(1, zdict=self._alike)
        self._outcomes[sha256] = packer.compress(text) + packer.flush()

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._outcomes

    def __getitem__(self, sha256: str) -> Outcome:
        """Return the outcome of a content."""
        kept = self._outcomes[sha256]
        if isinstance(kept, Outcome):
            return kept
        unpacker = zlib.decompressobj(zdict=self._alike)
        return Outcome.model_validate_json(unpacker.decompress(kept))


class PackedArtifacts(Sequence[Artifact]):
    """A sequence to be walked from end to end; looking at one place unpacks its neighbours too."""

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        self._chunks: list[bytes] = []
        self._count = 0
        remaining = iter(artifacts)
        while some := list(islice(remaining, _AT_A_TIME)):
            self._chunks.append(zlib.compress(_ARTIFACTS.dump_json(some), 1))
            self._count += len(some)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Artifact]:
        for chunk in self._chunks:
            yield from _unpacked(chunk)

    @overload
    def __getitem__(self, index: int) -> Artifact: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Artifact]: ...

    def __getitem__(self, index: int | slice) -> Artifact | Sequence[Artifact]:
        """Return one artifact, or a list of several."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self._count))]
        place = range(self._count)[index]
        return _unpacked(self._chunks[place // _AT_A_TIME])[place % _AT_A_TIME]


def _unpacked(chunk: bytes) -> list[Artifact]:
    return _ARTIFACTS.validate_json(zlib.decompress(chunk))

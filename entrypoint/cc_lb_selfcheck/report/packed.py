"""Many artifacts in little memory: packed some at a time, and unpacked while one looks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, overload

from .model import Artifact

_AT_A_TIME: Final = 50


class PackedArtifacts(Sequence[Artifact]):
    """A sequence to be walked from end to end; looking at one place unpacks its neighbours too."""

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        self._chunks: list[bytes] = []
        self._count = 0
        remaining = iter(artifacts)
        while some := list(islice(remaining, _AT_A_TIME)):
            lines = "\n".join(artifact.model_dump_json() for artifact in some)
            self._chunks.append(zlib.compress(lines.encode(), 1))
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
    return list(map(Artifact.model_validate_json, zlib.decompress(chunk).split(b"\n")))

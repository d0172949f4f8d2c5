"""Outcomes by content, in little memory where there are many."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .outcome import Outcome

PACKED_FROM: Final = 2_000
"""So many artifacts, and more, are kept packed, which takes time: unpacked, one has some 4 KB."""


class Outcomes:
    """Outcomes by the SHA-256 of their contents; packed where there will be many."""

    def __init__(self, *, packed: bool) -> None:
        self._packed = packed
        self._outcomes: dict[bytes, Outcome | bytes] = {}
        self._alike = b""
        """The first that was packed, which the others resemble."""

    def keep(self, digest: bytes, outcome: Outcome) -> None:
        """Keep the outcome of a content."""
        if not self._packed:
            self._outcomes[digest] = outcome
            return
        text = outcome.model_dump_json().encode()
        self._alike = self._alike or text
        packer = zlib.compressobj(1, zdict=self._alike)
        self._outcomes[digest] = packer.compress(text) + packer.flush()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._outcomes

    def __getitem__(self, digest: bytes) -> Outcome:
        """Return the outcome of a content."""
        kept = self._outcomes[digest]
        if not isinstance(kept, bytes):
            return kept
        from .outcome import Outcome

        unpacker = zlib.decompressobj(zdict=self._alike)
        return Outcome.model_validate_json(unpacker.decompress(kept))

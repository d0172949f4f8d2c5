"""The names that a module's custom section ``name`` gives its functions.

Source: WebAssembly core specification, appendix on custom sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .binary import MAX_ITEMS, Reader

_MAX_SUBSECTIONS: Final = 100
_OF_FUNCTIONS: Final = 1


def function_names(payload: bytes) -> Iterator[tuple[int, str]]:
    """Yield functions' indices and names from the section's payload. Raises ``Damaged``."""
    reader = Reader(payload)
    for _ in range(_MAX_SUBSECTIONS):
        if reader.at >= reader.end:
            return
        subsection, size = reader.byte(), reader.unsigned()
        end = reader.at + size
        if end > reader.end:
            return
        if subsection == _OF_FUNCTIONS:
            names = Reader(payload, reader.at, min(end, reader.end))
            for _ in range(min(names.unsigned(), MAX_ITEMS)):
                yield names.unsigned(), names.name()[0]
        reader.at = end

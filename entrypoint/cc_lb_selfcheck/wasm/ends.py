"""Where a file ends before its module does, or goes on after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from .binary import Damaged, frames
from .outline import Outline

_SECTIONS: Final = bytes((1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11))
"""The ids of sections in the order that they have to stand in, custom ones aside."""
_ZEROS_FROM_BYTES: Final = 16
_TEXT_FROM_BYTES: Final = 1_000
_PADDING: Final = b"\0 \t\r\n\x1a"


def missing_bytes(outline: Outline) -> int | None:
    """Return how many bytes the file's last section lacks at least; None if it lacks none."""
    if outline.damage is None or surplus(outline):
        return None
    data = outline.data
    try:
        end = max(_section_ends(data), default=0)
    except Damaged as damage:
        return 1 if damage.offset >= len(data) else None
    return end - len(data) if end > len(data) else None


def surplus(outline: Outline) -> bytes:
    """Return the padding that follows a whole module: zeros, blanks and line ends, as may be."""
    if outline.damage is None or outline.code_section is None:
        return b""
    data, last = outline.data, 8
    with suppress(Damaged):
        for end in _section_ends(data):
            # What reads as a section of zeros and line ends is none that a tool has written.
            if end > len(data) or not data[last:end].strip(_PADDING):
                break
            last = end
    rest = data[last:]
    return b"" if rest.strip(_PADDING) else rest


def zeros_from(outline: Outline) -> int | None:
    """Return the offset from which on there are zeros alone where code should be; None elsewhere.

    So is a file whose room was taken beforehand, and which was not written to its end.
    """
    if outline.damage is None or outline.code_section is None:
        return None
    data, (start, end) = outline.data, outline.code_section
    tail = data[max(start, end - _ZEROS_FROM_BYTES) : end]  # the last function's end is no zero
    written = len(data.rstrip(b"\0"))
    return written if tail and written <= end - len(tail) else None


def reads_as_text(outline: Outline) -> bool:
    """Tell whether a damaged module is UTF-8 throughout, as one of its size cannot be.

    The length of a section of 128 bytes or more is written in bytes that are none.
    """
    data = outline.data
    if outline.damage is None or len(data) < _TEXT_FROM_BYTES or data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _section_ends(data: bytes) -> Iterator[int]:
    """Yield where each section ends. Raises ``Damaged`` for what cannot be one, or is cut."""
    last = -1
    for section_id, start, end in frames(data):
        rank = _SECTIONS.find(section_id)
        if not (end > start if section_id == 0 else rank > last):
            raise Damaged(8)
        last = max(rank, last)
        yield end

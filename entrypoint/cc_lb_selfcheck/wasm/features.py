"""What in a module's code decides otherwise on another version of the engine.

Looking at every instruction would take longer than the engine takes to compile them. So bytes that
may be the instruction are searched for, which is quick, and only the functions that hold some are
read. Nothing is told that was not read as an instruction.
Source: WebAssembly core specification 3.0, chapter 5.4 (instructions); wide-arithmetic proposal.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple

from .binary import Damaged, Reader, Span, code_bodies
from .outline import Outline

EXCEPTIONS: Final = "exceptions"
WIDE_ARITHMETIC: Final = "wide-arithmetic"

_CANDIDATES_MAX: Final = 16
_LENGTHS_MAX: Final = 100_000
_BODY_MAX_BYTES: Final = 256 * 1024
"""A longer function is not read: it is no compiler's, or would take too long."""
_TRY_TABLE: Final = re.compile(rb"\x1f[\x40\x6f-\x7f\x00-\x3f][\x01-\x04][\x02\x03][\x00-\x3f]")
"""try_table with a clause for all exceptions, which is all that can stand in one without tags."""
_WIDE: Final = re.compile(rb"\xfc[\x13-\x16]")
_BULK: Final = re.compile(rb"\xfc(?:\x0a\x00\x00|\x0b\x00)")
"""memory.copy and memory.fill, of the first memory."""
_LARGE_CONSTANT: Final = re.compile(rb"\x41([\x80-\xff]{2,4}[\x00-\x7f])\Z")
"""The instruction before it, if that is what tells the length: from 8 KiB on."""
_CONSTANT_MAX_BYTES: Final = 6


def newer_features(outline: Outline) -> list[str]:
    """Name what the module uses that engines before wasmtime 49 refuse, of what is known."""
    found = []
    if outline.tags or _holds(outline, _TRY_TABLE):
        found.append(EXCEPTIONS)
    if _holds(outline, _WIDE):
        found.append(WIDE_ARITHMETIC)
    return found


class Bulk(NamedTuple):
    """A memory.fill or memory.copy: its length in bytes, and the index of its function."""

    size: int
    function: int


def largest_bulk(outline: Outline) -> Bulk | None:
    """Return the memory.fill or memory.copy of the largest constant length, if any."""
    sizes: dict[int, int] = {}
    for at in islice(_candidates(outline, _BULK), _LENGTHS_MAX):
        constant = _LARGE_CONSTANT.search(outline.data, max(at - _CONSTANT_MAX_BYTES, 0), at)
        if constant:
            sizes[at] = Reader(constant[1]).signed() & 0xFFFF_FFFF
    # Often none is left to be confirmed: the length is seldom a constant.
    largest = sorted(sizes, key=lambda at: -sizes[at])[:_CANDIDATES_MAX]
    first = outline.imported_functions
    return max(
        (Bulk(sizes[at], first + number) for at, number in _confirmed(outline, largest)),
        default=None,
    )


def _holds(outline: Outline, pattern: re.Pattern[bytes]) -> bool:
    candidates = list(islice(_candidates(outline, pattern), _CANDIDATES_MAX))
    return any(True for _ in _confirmed(outline, candidates))


def _candidates(outline: Outline, pattern: re.Pattern[bytes]) -> Iterator[int]:
    if outline.code_section is not None:
        for match in pattern.finditer(outline.data, *outline.code_section):
            yield match.start()


def _confirmed(outline: Outline, candidates: list[int]) -> Iterator[tuple[int, int]]:
    """Yield those places in the code at which an instruction begins, and in which body."""
    if not candidates or outline.code_section is None:
        return
    bodies: list[Span] = []
    with suppress(Damaged):
        bodies.extend(code_bodies(outline.data, *outline.code_section))
    starts: dict[int, frozenset[int]] = {}
    for at in candidates:
        number = bisect_right(bodies, (at, len(outline.data))) - 1
        if number >= 0:
            if number not in starts:
                starts[number] = frozenset(_instructions(outline.data, bodies[number]))
            if at in starts[number]:
                yield at, number


def _instructions(data: bytes, body: Span) -> Iterator[int]:
    """Yield where each instruction begins, up to the first that this reader does not know."""
    reader = Reader(data, *body)
    if reader.end - reader.at > _BODY_MAX_BYTES:
        return
    with suppress(Damaged):
        for _ in reader.count():
            reader.unsigned()
            reader.signed()
        while reader.at < reader.end:
            start = reader.at
            _skip(reader)
            yield start


def _skip(reader: Reader) -> None:
    code = reader.byte()
    if code in _IMMEDIATES:
        for read in _IMMEDIATES[code]:
            read(reader)
    elif code == 0xFC:
        sub = reader.unsigned()
        for _ in range(_NUMBERS_AFTER_FC[sub] if sub < len(_NUMBERS_AFTER_FC) else 0):
            reader.unsigned()
    elif code == 0xFD:
        _skip_vector(reader)
    elif code == 0xFE:
        if reader.unsigned() == 3:
            reader.byte()
        else:
            _memory_argument(reader)
    elif code == 0xFB:
        raise Damaged(reader.at)  # garbage collection: of no interest here


_NUMBERS_AFTER_FC: Final = (0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1)


def _skip_vector(reader: Reader) -> None:
    sub = reader.unsigned()
    if sub <= 11 or 84 <= sub <= 93:
        _memory_argument(reader)
    if sub in (12, 13):
        reader.take(16)
    elif 21 <= sub <= 34 or 84 <= sub <= 91:
        reader.byte()


def _number(reader: Reader) -> None:
    reader.unsigned()


def _signed(reader: Reader) -> None:
    reader.signed()


def _numbers(reader: Reader) -> None:
    for _ in reader.count():
        reader.signed()


def _memory_argument(reader: Reader) -> None:
    if reader.unsigned() & 0x40:
        reader.unsigned()
    reader.unsigned(64)


def _catches(reader: Reader) -> None:
    for _ in reader.count():
        if reader.byte() < 2:
            reader.unsigned()
        reader.unsigned()


def _four_bytes(reader: Reader) -> None:
    reader.take(4)


def _eight_bytes(reader: Reader) -> None:
    reader.take(8)


_IMMEDIATES: Final[dict[int, tuple[Callable[[Reader], None], ...]]] = {
    **dict.fromkeys((0x02, 0x03, 0x04, 0x06, 0x41, 0x42, 0xD0), (_signed,)),
    **dict.fromkeys(
        (0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x14, 0x15, 0x18, *range(0x20, 0x27)),
        (_number,),
    ),
    **dict.fromkeys((0x3F, 0x40, 0xD2, 0xD5, 0xD6), (_number,)),
    **dict.fromkeys((0x11, 0x13), (_number, _number)),
    **dict.fromkeys(range(0x28, 0x3F), (_memory_argument,)),
    0x0E: (_numbers, _number),
    0x1C: (_numbers,),
    0x1F: (_signed, _catches),
    0x43: (_four_bytes,),
    0x44: (_eight_bytes,),
}
"""What follows an instruction's byte, where something does."""

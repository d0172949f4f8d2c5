"""The binary format's smallest parts: numbers, names, counted lists, and where sections stand.

Readers bound their own work, since artifacts are hostile.
Source: WebAssembly core specification, binary format, chapters on conventions and values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

MAGIC: Final = b"\0asm"
PAGE_BYTES: Final = 65536

Span: TypeAlias = tuple[int, int]
"""Where some bytes of the file begin and end."""

MAX_ITEMS: Final = 1_000_000
"""The most items read of one section, nested ones included; the engine's own limit is the same."""
MAX_CUSTOM_SECTIONS: Final = 100_000
_MAX_NAME_BYTES: Final = 100_000
"""The engine takes no longer name (wasmparser, ``MAX_WASM_STRING_SIZE``)."""


class Damaged(Exception):
    """A byte that makes no sense where it stands; ``offset`` says where."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


class Enough(Exception):
    """So much was read of the file that the rest of a section is passed over."""


class Work:
    """What may still be read of a file: of items that take long."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_ITEMS) -> None:
        self.left = left


class Reader:
    """Reads the format's numbers, names and lists from a part of a file. Raises ``Damaged``."""

    __slots__ = ("at", "data", "end", "items_left", "work")

    def __init__(
        self, data: bytes, at: int = 0, end: int | None = None, work: Work | None = None
    ) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end
        self.items_left = MAX_ITEMS
        self.work = work or Work()

    def byte(self) -> int:
        """Read one byte."""
        if self.at >= self.end:
            raise Damaged(self.at)
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self, bits: int = 32) -> int:
        """Read an unsigned LEB128 of so many bits."""
        start = self.at
        if start < self.end and self.data[start] < 0x80:  # most are a single byte
            self.at = start + 1
            return self.data[start]
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                raise Damaged(start)
        if value >= 1 << bits:
            raise Damaged(start)
        return value

    def signed(self) -> int:
        """Read a signed LEB128 of up to 64 bits."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if byte & 0x40 else value
            if shift >= 70:
                raise Damaged(self.at)

    def take(self, size: int) -> bytes:
        """Read so many bytes."""
        if size > self.end - self.at:
            raise Damaged(self.at)
        self.at += size
        return self.data[self.at - size : self.at]

    def name(self) -> tuple[str, Span]:
        """Read a name, and say where it stands."""
        start = self.at
        try:
            size = self.unsigned()
            if size > _MAX_NAME_BYTES:
                raise Damaged(start)
            encoded = self.take(size)
            return encoded.decode(), (self.at - len(encoded), self.at)
        except UnicodeDecodeError:
            raise Damaged(start) from None

    def count(self) -> Iterator[int]:
        """Read how many items follow, and count them off."""
        wanted = self.unsigned()
        self.spend(wanted)
        return iter(range(wanted))

    def long_count(self) -> Iterator[int]:
        """Do the same for items that take long to read. Raises ``Enough`` on the way."""
        for number in self.count():
            self.works()
            yield number

    def spend(self, items: int) -> None:
        """Bound the work: count items that are about to be read."""
        self.items_left -= items
        if self.items_left < 0:
            raise Damaged(self.at)

    def works(self) -> None:
        """Count an item that takes long to read. Raises ``Enough``."""
        self.work.left -= 1
        if self.work.left < 0:
            raise Enough


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each section's id, and where its content begins and ends, whatever is in it.

    The last one may end behind the end of the file. Raises ``Damaged`` where a header is cut.
    """
    reader = Reader(data, 8)
    for _ in range(MAX_CUSTOM_SECTIONS):
        if reader.at >= reader.end:
            return
        section_id, size = reader.byte(), reader.unsigned()
        yield section_id, reader.at, reader.at + size
        reader.at += size
    raise Damaged(reader.at)


def code_bodies(data: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield where each function's body begins and ends, locals included. Raises ``Damaged``."""
    reader = Reader(data, start, end)
    for _ in reader.count():
        size = reader.unsigned()
        body = reader.at
        reader.at += size
        yield body, min(reader.at, end)

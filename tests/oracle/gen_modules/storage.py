"""Modules by their memories, tables and segments: sizes, limits, offsets, forms."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import Named, passing
from tests.support.builder import (
    DROP,
    END,
    EXTERNREF,
    FUNCREF,
    I32,
    I32_ADD,
    MEMORY_GROW,
    MEMORY_SIZE,
    UNREACHABLE,
    Module,
    global_get,
    i32_const,
    i64_const,
    limits,
    name,
    uleb,
)
from tests.support.modules import EXPORT


def memories() -> Iterator[Named]:
    for minimum, maximum, flags in [
        (0, None, 0),
        (1, 0, 0),
        (1, 1, 0),
        (2, 1, 0),
        (65535, None, 0),
        (65536, None, 0),
        (65537, None, 0),
        (1, 65536, 0),
        (1, 65537, 0),
        (2**32 - 1, None, 0),
        (1, 2, 2),
        (1, 2, 3),
        (1, None, 2),
        (1, None, 4),
        (2**17, None, 4),
        (2**33, None, 4),
        (2**48, None, 4),
        (2**48 - 1, None, 4),
        (2**48 - 2**15 - 1, None, 4),
        (2**48 - 2**16, None, 4),
        (2**49, None, 4),
        (2**31, None, 4),
        (1, 2**50, 4),
        (1, None, 16),
        (1, None, 64),
        (1, None, 128),
    ]:
        module = Module()
        module.memory(minimum, maximum, flags)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-limits", f"{minimum} {maximum} {flags}", module.build()
    for sizes in ([2**31, 2**30], [2**30, 2**30, 2**30], [1, 2**33], [2**33, 1]):
        module = Module()
        for size in sizes:
            module.memory(size, flags=4)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-limits", f"{sizes}", module.build()
    for log in (0, 1, 15, 16, 17, 32, 64):
        module = Module()
        module.memories.append(limits(1, None, 8) + uleb(log))
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-page-size", f"{log}", module.build()
    for number in (2, 3, 100, 101):
        module = Module()
        for _ in range(number):
            module.memory(0)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-count", f"{number}", module.build()
    for pages in (0, 1, 100, 1000, 65535, 65536, -1):
        code = i32_const(pages) + MEMORY_GROW + DROP + MEMORY_SIZE + DROP
        yield "memory-grow", f"{pages}", passing(code)
    for number in (1, 64, 2**20, 2**24):
        code = i32_const(300) + MEMORY_GROW + DROP
        code += i32_const(70_000) + i32_const(1) + i32_const(number) + b"\xfc\x0b\0"
        yield "memory-fill", f"{number}", passing(code)


def tables() -> Iterator[Named]:
    for minimum, maximum, element in [
        (0, None, FUNCREF),
        (1, 0, FUNCREF),
        (10, 10, EXTERNREF),
        (1_000_000, None, FUNCREF),
        (10_000_000, None, FUNCREF),
        (10_000_001, None, FUNCREF),
        (1, 2**32 - 1, FUNCREF),
        (1, None, I32),
        (1, None, b"\x64\x70"),
        (1, None, b"\x6e"),
        (1, None, b"\x6d"),
        (1, None, b"\x6c"),
        (1, None, b"\x71"),
        (1, None, b"\x69"),
    ]:
        module = Module()
        module.table(minimum, maximum, element)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "table-limits", f"{minimum} {maximum} {element.hex()}", module.build()
    for number in (2, 100, 101):
        module = Module()
        for _ in range(number):
            module.table(0)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "table-count", f"{number}", module.build()


def segments() -> Iterator[Named]:
    for pages in (0, 1):
        for offset, length in [
            (0, 0),
            (0, 1),
            (65535, 1),
            (65536, 0),
            (65536, 1),
            (65537, 0),
            (-1, 0),
            (-1, 1),
            (2**31 - 1, 5),
            (-65536, 65536),
        ]:
            module = Module()
            module.memory(pages)
            module.data(b"d" * length, offset)
            module.function(i32_const(0), results=[I32], export=EXPORT)
            yield "data-segment", f"{pages} {offset} {length}", module.build()
            module.function(b"", export="_initialize")
            module.start = module.function(UNREACHABLE)
            yield "data-segment", f"{pages} {offset} {length} and a start trap", module.build()
    for size, offset, count in [(0, 0, 0), (0, 0, 1), (2, 1, 1), (2, 2, 1), (2, -1, 1), (2, 3, 0)]:
        module = Module()
        module.table(size)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        module.element([0] * count, offset)
        yield "element-segment", f"{size} {offset} {count}", module.build()
        module.memory(1)
        module.data(b"x", 99_999)
        yield "element-segment", f"{size} {offset} {count} and data out of bounds", module.build()
    raw = {
        "passive": b"\x01" + name("passive"),
        "of memory 1": b"\x02" + uleb(1) + i32_const(0) + END + name("x"),
        "of kind 3": b"\x03" + i32_const(0) + END + name("x"),
        "64-bit offset": b"\0" + i64_const(0) + END + name("x"),
        "two values": b"\0" + i32_const(0) + i32_const(0) + END + name("x"),
        "no value": b"\0" + END + name("x"),
        "by addition": b"\0" + i32_const(4) + i32_const(4) + I32_ADD + END + name("x"),
        "by addition, out": b"\0" + i32_const(70_000) + i32_const(4) + I32_ADD + END + name("x"),
        "by division": b"\0" + i32_const(4) + i32_const(0) + b"\x6d" + END + name("x"),
        "by global": b"\0" + global_get(0) + END + name("x"),
        "by a global too large": b"\0" + global_get(1) + END + name("x"),
        "by a mutable global": b"\0" + global_get(2) + END + name("x"),
    }
    for label, segment in raw.items():
        module = Module()
        module.memory(1)
        module.global_(I32, i32_const(8))
        module.global_(I32, i32_const(80_000))
        module.global_(I32, i32_const(8), mutable=True)
        module.datas.append(segment)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "data-segment-form", label, module.build()

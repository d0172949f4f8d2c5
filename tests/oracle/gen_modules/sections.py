"""Modules by how they are framed: custom sections, their order and lengths, headers, tails."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import Named
from tests.support.builder import (
    END,
    HEADER,
    I32,
    I32_ADD,
    NOP,
    Module,
    custom_section,
    i32_const,
    name,
    section,
    uleb,
)
from tests.support.modules import (
    ENV,
    EXPORT,
    IDENTITY_SECTION,
    Plugin,
    identity_payload,
    identity_section,
    output_module,
    success,
)


def custom_sections() -> Iterator[Named]:
    base = output_module(success())
    identity = identity_payload("name", "1.0.0")
    sections = {
        "identity": identity_section("name", "1.0.0"),
        "identity, bad name": identity_section("Bad Name!", ""),
        "identity, other abi": custom_section(IDENTITY_SECTION, identity_payload("n", "1", 99)),
        "identity, nonsense": custom_section(IDENTITY_SECTION, b"\xff{"),
        "identity, huge": custom_section(IDENTITY_SECTION, b" " * 70_000),
        "identity, twice": custom_section(IDENTITY_SECTION, identity) * 2,
        "producers": custom_section("producers", b"\x01\x08language\x01\x04Rust\x041.96"),
        "producers, nonsense": custom_section("producers", b"\xff\xff"),
        "dylink": custom_section("dylink.0", b"\x01\x04\0\0\0\0"),
        "linking": custom_section("linking", b"\x02"),
        "target_features": custom_section("target_features", b"\x01+\x04simd"),
        "branch hints": custom_section("metadata.code.branch_hint", b"\xff"),
        "DWARF nonsense": b"".join(
            custom_section(title, b"\xff" * 40)
            for title in (
                ".debug_info",
                ".debug_abbrev",
                ".debug_line",
                ".debug_str",
                ".debug_ranges",
            )
        ),
        "source map": custom_section("sourceMappingURL", name("http://a.b/c.map")),
        "empty name": custom_section(""),
        "name with a NUL": custom_section("a\0b", b"x"),
        "name not UTF-8": custom_section(b"\xff"),
        "name too long": section(0, uleb(50) + b"x"),
        "no name": section(0, b""),
        "a hundred": custom_section("x", b"y") * 100,
        "large": custom_section("large", bytes(300_000)),
    }
    for label, extra in sections.items():
        yield "custom-section", f"{label}, last", base + extra
        yield "custom-section", f"{label}, first", HEADER + extra + base[8:]


def framing() -> Iterator[Named]:
    plugin = Plugin()
    plugin.self_check(plugin.set_output(success()))
    plugin.memory(1)
    framed = plugin.sections()
    whole = HEADER + b"".join(framed)
    for index in range(len(framed)):
        rest = framed[:index] + framed[index + 1 :]
        yield "section-missing", f"{framed[index][0]}", HEADER + b"".join(rest)
        twice = [*framed[: index + 1], framed[index], *framed[index + 1 :]]
        yield "section-twice", f"{framed[index][0]}", HEADER + b"".join(twice)
        yield "section-last", f"{framed[index][0]}", HEADER + b"".join([*rest, framed[index]])
        emptied = [*framed[:index], section(framed[index][0], b""), *framed[index + 1 :]]
        yield "section-empty", f"{framed[index][0]}", HEADER + b"".join(emptied)
        zero = [*framed[:index], section(framed[index][0], b"\0"), *framed[index + 1 :]]
        yield "section-of-none", f"{framed[index][0]}", HEADER + b"".join(zero)
        payload = framed[index][2:] if framed[index][1] < 0x80 else framed[index][3:]
        longer = [*framed[:index], section(framed[index][0], payload + b"\0"), *framed[index + 1 :]]
        yield "section-longer", f"{framed[index][0]}", HEADER + b"".join(longer)
        padded = bytes([framed[index][0]]) + uleb(len(payload), 5) + payload
        yield (
            "section-padded",
            f"{framed[index][0]}",
            HEADER + b"".join([*framed[:index], padded, *framed[index + 1 :]]),
        )
    for identifier in (*range(12, 20), 127, 128, 200, 255):
        yield "section-unknown", f"{identifier}", whole + section(identifier, b"\0")
    for number in (0, 1, 2, 3, 99, 2**32 - 1):
        yield (
            "data-count",
            f"{number}",
            HEADER + b"".join([*framed[:-2], section(12, uleb(number)), *framed[-2:]]),
        )
    headers = [b"\0asm\x02\0\0\0", b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\x01\0", b"\0ASM\x01\0\0\0"]
    headers += [b"\0asm\0\0\0\0", b"\0asm\x01\0\0\x01", b"\0asm\x0d\0\0\0", b"\0asm", b"\0asm\x01"]
    headers += [
        b"\0as",
        b"\0",
        b"asm\x01\0\0\0\0",
        b"\xef\xbb\xbf\0asm\x01\0\0\0",
        b"\n\0asm\x01\0\0\0",
    ]
    for header in headers:
        yield "header", header.hex(), header
        yield "header", f"{header.hex()} and sections", header + whole[8:]
    for tail in (b"\0", b"\0\0", b"\xff", b"\n", b"trailing", whole, b"\x0b", b"\0" * 100):
        yield "trailing", tail[:9].hex(), whole + tail
    for number in (1, 1000, 49_999, 50_000, 50_001, 2**32 - 1):
        module = Module()
        module.function(i32_const(0), results=[I32], export=EXPORT)
        code = uleb(1) + uleb(number) + I32 + i32_const(0) + END
        module.bodies = [uleb(len(code)) + code]
        yield "local-count", f"{number}", module.build()
    for number in (100, 5000):
        module = Module()
        module.function(i32_const(0), results=[I32], export=EXPORT)
        for index in range(number):
            module.function(NOP, export=f"f{index}")
        yield "function-count", f"{number}", module.build()


def two_bad_bodies() -> Iterator[Named]:
    for first, second in ((1, 2), (1, 9), (5, 6), (2, 8)):
        module = Module()
        module.import_function(ENV, "reset")
        for index in range(10):
            bad = I32_ADD if index in (first, second) else b""
            module.function(bad + i32_const(0), results=[I32], title=f"function {index}")
        yield "two-bad-bodies", f"{first} {second}", module.build()

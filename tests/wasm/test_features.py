"""What a module's code uses, found without reading all of it; and where the file breaks off."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_lb_selfcheck.wasm.binary import Damaged
from cc_lb_selfcheck.wasm.ends import missing_bytes
from cc_lb_selfcheck.wasm.features import largest_bulk, newer_features
from cc_lb_selfcheck.wasm.origin import has_debug_checks, languages
from cc_lb_selfcheck.wasm.outline import custom_payloads, read_outline
from tests.support.builder import DROP, HEADER, I32, I64, NOP, Module, i32_const, i64_const
from tests.support.modules import (
    IDENTITY_SECTION,
    identity_payload,
    identity_section,
    output_module,
    success,
)

DIST = Path(__file__).parents[1] / "plugins" / "dist"
FILL = b"\xfc\x0b\0"
COPY = b"\xfc\x0a\0\0"
WIDE = b"\xfc\x16"
CATCH_ALL = b"\x02\x40\x1f\x40\x01\x02\0\x0b\x0b"


def module(body: bytes, *, memory: bool = True) -> bytes:
    built = Module()
    if memory:
        built.memory(1)
    built.function(body)
    return built.build()


def fill(size: int, operation: bytes = FILL) -> bytes:
    return i32_const(0) + i32_const(0) + i32_const(size) + operation


@pytest.mark.parametrize(
    ("body", "features"),
    [
        (b"", []),
        (i64_const(1) + i64_const(2) + WIDE + DROP + DROP, ["wide-arithmetic"]),
        (CATCH_ALL, ["exceptions"]),
        # The same bytes as a constant, not as an instruction.
        (i64_const(0x16FC) + DROP, []),
        (b"\x44" + WIDE * 4 + DROP, []),
        (b"\x44" + CATCH_ALL[2:10].ljust(8, b"\0") + DROP, []),
    ],
)
def test_features(body: bytes, features: list[str]) -> None:
    assert newer_features(read_outline(module(body))) == features


def test_a_tag_is_an_exceptions() -> None:
    built = Module()
    built.tag([I32])
    assert newer_features(read_outline(built.build())) == ["exceptions"]
    imported = Module()
    imported.import_raw("env", "tag", "tag", b"\0" + bytes([imported.type([I64])]))
    assert newer_features(read_outline(imported.build())) == ["exceptions"]


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (b"", None),
        (fill(100), None),
        (fill(1 << 20), 1 << 20),
        (fill(3 << 30), 3 << 30),
        (fill(1 << 20) + fill(5 << 20, COPY) + fill(2 << 20), 5 << 20),
        (b"\x42\x41\x80\x80\x80\x02\xfc\x0b\0"[:1] + b"\x80" * 4 + b"\x01" + DROP, None),
    ],
)
def test_the_largest_piece_of_memory_that_is_moved(body: bytes, size: int | None) -> None:
    bulk = largest_bulk(read_outline(module(body)))
    assert (bulk and bulk.size) == size


def test_the_function_that_moves_most_memory_is_told() -> None:
    built = Module()
    built.import_function("env", "f")
    built.memory(1)
    for body in (fill(1 << 20), b"", fill(5 << 20), fill(2 << 20)):
        built.function(body)
    assert largest_bulk(read_outline(built.build())) == (5 << 20, 3)


def test_bytes_of_data_are_no_instructions() -> None:
    built = Module()
    built.memory(1)
    built.data(fill(1 << 20) + WIDE + CATCH_ALL)
    outline = read_outline(built.build())
    assert (newer_features(outline), largest_bulk(outline)) == ([], None)


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("shape", ["Rust"]),
        ("zero-timestamp", ["Rust"]),
        ("filter-assemblyscript", ["AssemblyScript"]),
        ("wasi-build", ["C99"]),
        ("observe-wat", []),
    ],
)
def test_languages_of_real_plugins(stem: str, told: list[str]) -> None:
    outline = read_outline((DIST / f"{stem}.wasm").read_bytes())
    assert [
        name for name in languages(outline) if name in ("Rust", "AssemblyScript", "C99")
    ] == told


HEADER_OF_STRING = b"\x3c" + bytes(11) + b"\2\0\0\0\x1e\0\0\0"
STRING = HEADER_OF_STRING + "not json at all".encode("utf-16-le")


@pytest.mark.parametrize(
    ("segments", "is_it"),
    [
        ([(12, STRING)], True),
        ([(1036, b"\x3c"), (1048, STRING[12:-1])], True),  # as Binaryen's optimiser writes it
        ([(1036, b"\x3c"), (1047, STRING[12:-1])], False),
        ([(12, b"\x4c" + STRING[1:])], False),
        ([(12, STRING[:-2] + b"\0\1")], False),
        ([(12, STRING[:-4])], False),
        ([(12, bytes(60))], False),
    ],
)
def test_assemblyscript_is_known_by_how_its_strings_lie(
    segments: list[tuple[int, bytes]], *, is_it: bool
) -> None:
    built = Module()
    built.memory(1)
    for at, data in segments:
        built.data(data, at)
    assert languages(read_outline(built.build())) == ["AssemblyScript"] * is_it


def test_assemblyscript_is_known_by_the_runtime_that_it_exports() -> None:
    built = Module()
    names = ("__new", "__pin", "__unpin", "__collect", "__rtti_base")
    for name in names[:-1]:
        built.function(NOP, export=name)
    assert languages(read_outline(built.build())) == []
    built.function(NOP, export=names[-1])
    assert languages(read_outline(built.build())) == ["AssemblyScript"]


def test_a_debug_build_is_told_from_others() -> None:
    told = {
        path.stem
        for path in DIST.glob("*.wasm")
        if has_debug_checks(read_outline(path.read_bytes()))
    }
    assert told == {"debug-build"}


def test_where_a_file_breaks_off() -> None:
    whole = output_module(success()) + identity_section("p", "1")
    assert missing_bytes(read_outline(whole)) is None
    assert missing_bytes(read_outline(whole[:-3])) == 3
    assert missing_bytes(read_outline(HEADER)) is None
    assert list(custom_payloads(read_outline(whole), IDENTITY_SECTION)) == [
        identity_payload("p", "1")
    ]
    with pytest.raises(Damaged):
        list(custom_payloads(read_outline(whole[:-3]), IDENTITY_SECTION))


@given(st.binary(max_size=300))
def test_any_file_is_read_without_an_error(data: bytes) -> None:
    for content in (data, HEADER + data):
        outline = read_outline(content)
        assert set(newer_features(outline)) <= {"exceptions", "wide-arithmetic"}
        bulk = largest_bulk(outline)
        assert bulk is None or bulk.size > 0
        assert (missing_bytes(read_outline(content)) or 1) > 0
        assert len(languages(outline)) <= 8

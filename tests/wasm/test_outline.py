"""What a module says of itself, read from whole, damaged and hostile files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.wasm.items import Segment
from cc_lb_selfcheck.wasm.kind import describe_foreign
from cc_lb_selfcheck.wasm.outline import Outline, read_outline
from tests.support.builder import (
    HEADER,
    I32,
    I64,
    NOP,
    Module,
    custom_section,
    i32_const,
    name,
    name_payload,
    section,
    uleb,
    vector,
)
from tests.support.modules import EXPORT, IDENTITY_SECTION, identity_section, output_module, success

ALL = range(1 << 32)
DIST = Path(__file__).parents[1] / "plugins" / "dist"
REAL = {path.stem: path.read_bytes() for path in sorted(DIST.glob("*.wasm"))}
SMALL = {stem: data for stem, data in REAL.items() if len(data) < 8_000}


def look_everywhere(data: bytes) -> Outline:
    """Ask everything that can be asked of a file, and assert what always holds."""
    outline = read_outline(data)
    size = len(data)
    assert outline.damage is None or 0 <= outline.damage <= size
    for item in outline.imports:
        said = tuple(data[start:end].decode() for start, end in item.spans)
        assert said == (item.module, item.name)
        assert len(str(item.signature)) < 500
    for export in outline.exports:
        [(start, end)] = export.spans
        assert data[start:end].decode() == export.name
        assert len(str(export.signature)) < 500
    for custom in outline.custom_sections:
        assert custom.offset <= size
        assert len(outline.payload(custom)) <= custom.size
    for index, told in outline.names_of(ALL).items():
        assert index >= 0
        assert isinstance(told, str)
    for offset in (0, 8, size // 2, size, 2 * size):
        function = outline.function_at(offset)
        assert function is None or function >= outline.imported_functions
    outline.export(EXPORT)
    assert is_marked(outline) or why_unmarked(outline).endswith(".")
    foreign = describe_foreign(data)
    assert foreign is None or not outline.is_module
    return outline


def names_of(outline: Outline) -> tuple[list[str], list[str]]:
    return (
        [f"{item.module}::{item.name} {item.signature}" for item in outline.imports],
        [f"{item.name} {item.signature or item.kind}" for item in outline.exports],
    )


# Real plugins --------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", REAL)
def test_real_artifacts_are_read_to_their_end(stem: str) -> None:
    outline = look_everywhere(REAL[stem])
    told = describe_foreign(REAL[stem])
    if told is None and stem not in ("truncated", "line-ends-changed"):
        assert outline.damage is None
        assert outline.code_section is not None


def test_facts_of_a_plugin_in_text_format() -> None:
    outline = read_outline(REAL["observe-wat"])
    assert names_of(outline) == (
        [
            "extism:host/env::alloc (i64) -> (i64)",
            "extism:host/env::store_u8 (i64, i32) -> ()",
            "extism:host/env::output_set (i64, i64) -> ()",
        ],
        ["cc_lb_handshake () -> (i32)", "observe () -> (i32)", "cc_lb_self_check () -> (i32)"],
    )
    assert (outline.memories, outline.tables, outline.start_function) == ([1], [], None)
    assert outline.data_segments == [Segment(0, 0, 181), Segment(0, 256, 8), Segment(0, 512, 51)]
    assert outline.imported_functions == 3
    assert outline.names_of([3])[3] == "send"


def test_facts_of_a_plugin_for_wasi() -> None:
    imports, exports = names_of(read_outline(REAL["wasi-build"]))
    assert imports[4:6] == [
        "wasi_snapshot_preview1::fd_write (i32, i32, i32, i32) -> (i32)",
        "extism:host/env::alloc (i64) -> (i64)",
    ]
    assert exports[:2] == ["memory memory", "_initialize () -> ()"]


def test_facts_of_a_plugin_in_rust() -> None:
    outline = read_outline(REAL["shape"])
    assert [(item.name, item.kind) for item in outline.exports] == [
        ("memory", "memory"),
        ("cc_lb_handshake", "function"),
        ("cc_lb_self_check", "function"),
        ("shape", "function"),
        ("__data_end", "global"),
        ("__heap_base", "global"),
    ]
    sections = {item.name: item for item in outline.custom_sections}
    assert json.loads(outline.payload(sections[IDENTITY_SECTION]))["abi_envelope"] == 1
    assert b"rustc" in outline.payload(sections["producers"])
    # The linker puts the stack below the data: 16 pages, then what the program holds.
    assert (outline.memories, outline.data_segments[0].offset) == ([17], 16 * 65536)


def test_facts_of_a_plugin_that_starts_by_itself() -> None:
    outline = read_outline(REAL["throws-at-start"])
    assert outline.start_function == 35
    assert outline.imported_functions == 7


def test_a_wrong_signature_is_told() -> None:
    export = read_outline(REAL["wrong-signature"]).export(EXPORT)
    assert export is not None
    assert (export.number, str(export.signature)) == (4, "(i32, i32) -> (i64)")


# Modules of ours: what was written is what is read ------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    imports=st.lists(st.tuples(TEXT, TEXT), max_size=4),
    exports=st.lists(TEXT, max_size=4),
    customs=st.lists(st.tuples(TEXT.filter(lambda text: text != "name"), st.binary()), max_size=3),
    pages=st.integers(0, 60_000),
    titles=st.lists(TEXT, max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read(
    imports: list[tuple[str, str]],
    exports: list[str],
    customs: list[tuple[str, bytes]],
    pages: int,
    titles: list[str],
) -> None:
    module = Module()
    for origin, item in imports:
        module.import_function(origin, item, [I64, I32], [I32])
    module.memory(pages)
    for item in exports:
        module.function(i32_const(1), results=[I32], export=item)
    for number, title in enumerate(titles):
        module.function(NOP * number, title=title)
    for title, payload in customs:
        module.custom(title, payload)
    outline = look_everywhere(module.build())
    assert outline.damage is None
    assert names_of(outline) == (
        [f"{origin}::{item} (i64, i32) -> (i32)" for origin, item in imports],
        [f"{item} () -> (i32)" for item in exports],
    )
    assert outline.memories == [pages]
    first = len(imports) + len(exports)
    assert outline.names_of(ALL) == {first + n: title for n, title in enumerate(titles)}
    ours = [custom for custom in outline.custom_sections if custom.name != "name"]
    assert [(item.name, outline.payload(item)) for item in ours] == customs


def test_a_place_in_the_code_is_led_to_its_function() -> None:
    module = Module()
    module.import_function("a", "b")
    for length in (1, 10, 300):
        module.function(NOP * length)
    data = module.build()
    outline = read_outline(data)
    offsets = [data.index(NOP * 300) + at for at in (0, 150, 299)]
    assert {outline.function_at(offset) for offset in offsets} == {3}
    assert outline.function_at(data.index(NOP * 10 + b"\x0b")) == 2
    assert outline.function_at(4) is None


def test_constant_expressions_are_evaluated() -> None:
    module = Module()
    module.memory(1)
    module.global_(I32, i32_const(40))
    at = i32_const(2) + b"\x23\0" + b"\x6a"  # 2 + global 0
    module.datas.append(b"\0" + at + b"\x0b" + uleb(3) + b"abc")
    module.datas.append(b"\0" + i32_const(-1) + b"\x0b" + uleb(0))
    module.datas.append(b"\x01" + uleb(1) + b"x")
    outline = read_outline(module.build())
    assert outline.data_segments == [Segment(0, 42, 3), Segment(0, 2**32 - 1, 0)]


@pytest.mark.parametrize(
    "value",
    [
        i32_const(1) + b"\xfb\x1c",
        b"\xfb\x01\0",
        i32_const(1) + i32_const(1) + b"\xfb\x08\0\x02",
        b"\xd0\x6f\xfb\x1a",
        b"\xfd\x0c" + bytes(16),
    ],
)
def test_constants_of_newer_kinds_are_passed(value: bytes) -> None:
    module = Module()
    module.global_(b"\x6e", value)
    module.data(b"x", 7)
    outline = look_everywhere(module.build())
    assert outline.damage is None
    assert outline.data_segments == [Segment(0, 7, 1)]


FUNCTION = b"\x60\x01\x7e\0"


@pytest.mark.parametrize(
    ("encoded", "told"),
    [
        (b"\x5e\x78\x01", [None]),
        (b"\x5f\x02\x7f\0\x63\x05\x01", [None]),
        (b"\x4e\x01" + FUNCTION, ["(i64) -> ()"]),
        (b"\x4f\0" + FUNCTION, ["(i64) -> ()"]),
        (b"\x50\0" + FUNCTION, [None]),
        (b"\x4f\x01\x00" + FUNCTION, [None]),
        (b"\x4e\x02" + FUNCTION + b"\x5f\0", [None, None]),
    ],
)
def test_types_of_functions_are_read_behind_others(encoded: bytes, told: list[str | None]) -> None:
    types = [name("m") + name("f") + b"\0" + uleb(index) for index in range(len(told) + 1)]
    after = b"\x60\0\x01\x7f"
    data = HEADER + section(1, vector([encoded, after])) + section(2, vector(types))
    signatures = [item.signature for item in look_everywhere(data).imports]
    assert [each and str(each) for each in signatures] == [*told, "() -> (i32)"]


def test_a_wide_type_is_shown_short_and_a_wider_one_not_at_all() -> None:
    for width, told in ((16, ", i32)"), (17, ", i32, 1 more)"), (1000, "984 more)"), (1001, None)):
        module = Module()
        module.function(b"", [I32] * width, export=EXPORT)
        export = look_everywhere(module.build()).export(EXPORT)
        assert export is not None
        if told is None:
            assert export.signature is None
        else:
            assert str(export.signature).removesuffix(" -> ()").endswith(told)


# Damage --------------------------------------------------------------------------------------


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_noise_is_no_module(data: bytes) -> None:
    look_everywhere(data)


@given(st.lists(st.tuples(st.integers(0, 14), st.binary(max_size=40)), max_size=8))
@settings(max_examples=500, deadline=None)
def test_sections_of_noise_are_survived(sections: list[tuple[int, bytes]]) -> None:
    look_everywhere(HEADER + b"".join(section(kind, payload) for kind, payload in sections))


@given(
    stem=st.sampled_from(sorted(SMALL)),
    edits=st.lists(st.tuples(st.integers(0, 8_000), st.binary(max_size=6)), max_size=6),
    cut=st.integers(0, 8_000),
)
@settings(max_examples=400, deadline=None)
def test_damaged_plugins_are_survived(stem: str, edits: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(SMALL[stem])
    for at, patch in edits:
        data[at : at + len(patch)] = patch
    look_everywhere(bytes(data[: max(cut, 8)]))


def section_ends(data: bytes) -> list[int]:
    """Return the offsets at which a whole module could end."""
    at, found = 8, [8]
    while at < len(data):
        at, size, shift = at + 1, 0, 0
        while True:
            size |= (data[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 0x80:
                break
        at += size
        found.append(at)
    return found


@pytest.mark.parametrize("stem", ["observe-wat", "wasi-build"])
def test_a_truncated_plugin_says_what_came_before_the_cut(stem: str) -> None:
    whole = read_outline(SMALL[stem])
    data = SMALL[stem]
    for size in (*range(0, len(data), 7), *section_ends(data)):
        cut = look_everywhere(data[:size])
        assert cut.imports == whole.imports[: len(cut.imports)]
        assert cut.exports == whole.exports[: len(cut.exports)]
        for custom, wanted in zip(cut.custom_sections, whole.custom_sections, strict=False):
            assert (custom.name, custom.offset) == (wanted.name, wanted.offset)
            assert custom.size == min(wanted.size, size - wanted.offset)
        assert (cut.damage is None) == (size in section_ends(data))


@pytest.mark.parametrize(
    ("data", "damage"),
    [
        (b"", 0),
        (b"\0asm", 0),
        (b"\0asm\2\0\0\0", 0),
        (HEADER + b"\1", 9),
        (HEADER + b"\0\x80\x80\x80\x80\x80\x00", 9),
        (HEADER + b"\0\2\5ab", 11),
        (HEADER + b"\0\2\1\xff", 10),
        (HEADER + section(3, b"\0") + section(3, b"\0"), 11),
        (HEADER + section(2, b"\1\0\0\x09"), 13),
        (HEADER + section(1, uleb(2_000_000)), 13),
    ],
)
def test_says_where_it_stopped(data: bytes, damage: int) -> None:
    assert look_everywhere(data).damage == damage


def test_names_that_come_before_the_functions_name_nothing() -> None:
    module = Module()
    module.function(b"")
    names = custom_section("name", name_payload({0: "early"}))
    early = HEADER + names + module.build()[8:]
    assert read_outline(early).names_of(ALL) == {}
    assert read_outline(module.build() + names).names_of(ALL) == {0: "early"}


def test_an_identity_section_behind_a_plugin_is_read() -> None:
    outline = read_outline(output_module(success()) + identity_section("näme", "1.0"))
    [custom] = outline.custom_sections
    assert json.loads(outline.payload(custom))["plugin_name"] == "näme"

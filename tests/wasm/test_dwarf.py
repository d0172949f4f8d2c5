"""Lines and functions out of debug information: of real plugins, of damaged and hostile ones."""

from __future__ import annotations

import random
import struct
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.host.reader import read_declaration, read_places
from cc_lb_selfcheck.wasm.binary import code_bodies
from cc_lb_selfcheck.wasm.coredump import Stopped, stack_of
from cc_lb_selfcheck.wasm.dwarf import DebugInfo, Place
from cc_lb_selfcheck.wasm.outline import Outline, read_outline
from tests.support.builder import Module, custom_section, uleb
from tests.support.modules import output_module, success

ROOT = Path(__file__).parents[2]
DIST = ROOT / "tests/plugins/dist"


def plugin(name: str) -> bytes:
    return (DIST / f"{name}.wasm").read_bytes()


def body_of(outline: Outline, export: str) -> tuple[int, int]:
    found = outline.export(export)
    assert found is not None
    assert outline.code_section is not None
    bodies = list(code_bodies(outline.data, *outline.code_section))
    return bodies[found.number - outline.imported_functions]


def declaration(name: str, export: str) -> Place | None:
    outline = read_outline(plugin(name))
    return DebugInfo(outline).declaration(*body_of(outline, export))


def source(place: Place | None) -> str:
    assert place is not None
    assert place.file is not None
    assert place.line is not None
    return (ROOT / place.file).read_text().split("\n")[place.line - 1]


# Real plugins --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["panics", "panic-with-debuginfo", "zero-timestamp"])
def test_an_export_is_found_at_its_declaration(name: str) -> None:
    place = declaration(name, "cc_lb_self_check")
    assert source(place) == 'pub extern "C" fn cc_lb_self_check() -> i32 {'
    assert place is not None
    assert place.function == f"{name.replace('-', '_')}::cc_lb_self_check"


def test_an_export_in_c_is_found_although_its_function_has_another_name() -> None:
    place = declaration("average-with-debuginfo", "cc_lb_self_check")
    assert source(place) == "EXPORT(cc_lb_self_check) int self_check(void) {"
    assert place is not None
    assert place.function == "self_check"


def test_with_line_tables_only_it_is_the_first_line_of_its_code() -> None:
    place = declaration("misspelt-export", "cc_lb_selfcheck")
    assert source(place) == 'pub extern "C" fn cc_lb_selfcheck() -> i32 {'


def test_it_is_not_the_first_line_of_what_is_inlined_there() -> None:
    """With line tables only, as well: there the function has the call, and that is its line."""
    outline = read_outline(plugin("expensive-self-check"))
    assert outline.code_section is not None
    info = DebugInfo(outline)
    begins_inlined = 0
    for start, end in code_bodies(outline.data, *outline.code_section):
        told = info.declaration(start, end)
        around = next(filter(None, (info.places(at) for at in range(start, end))), [])
        if told is not None and len(around) > 1:
            begins_inlined += 1
            assert (told.function, told.file, told.line) == around[-1][:3]
    assert begins_inlined > 5


@pytest.mark.parametrize(
    ("name", "export", "line"),
    [
        ("panics", "loops", "    loops => orbit(black_box(27)),"),
        ("average-with-debuginfo", "cc_lb_self_check", "    struct text response = {.length = 0};"),
    ],
)
def test_a_loop_before_the_first_statement_is_told_at_that_statement(
    name: str, export: str, line: str
) -> None:
    """Compilers leave what comes before, a loop's own instruction as well, at the declaration."""
    outline = read_outline(plugin(name))
    start, _ = body_of(outline, export)
    info = DebugInfo(outline)
    assert source(info.places(start)[-1]) != line
    assert source(info.places(start + 3)[-1]) == line


def test_an_instruction_is_in_all_functions_that_were_inlined_around_it() -> None:
    outline = read_outline(plugin("panics"))
    start, end = body_of(outline, "loops")
    info = DebugInfo(outline)
    loop = next(at for at in range(start, end) if outline.data[at : at + 2] == b"\x03\x7f")
    *_, inner, outer = info.places(loop)
    assert inner.function == "panics::ways::orbit"
    assert outer.function == "panics::ways::loops"
    assert "orbit(black_box(27))" in source(outer)
    assert "number" in source(inner)


def test_what_has_no_debug_information_has_no_place() -> None:
    outline = read_outline(plugin("panics"))
    info = DebugInfo(outline)
    assert info.places(0) == []
    assert info.places(len(outline.data)) == []
    assert info.declaration(0, 10) is None


# Damaged and hostile -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_damaged_sections_yield_a_place_or_nothing(seed: int) -> None:
    data = plugin("panics")
    outline = read_outline(data)
    chosen = random.Random(seed)
    damaged = bytearray(data)
    for section in outline.custom_sections:
        if section.name.startswith(".debug_"):
            for _ in range(chosen.choice((1, 20, 400))):
                at = section.offset + chosen.randrange(section.size)
                damaged[at] = chosen.randrange(256)
    start, end = body_of(outline, "loops")
    places = read_places(bytes(damaged), [start + 1, end - 1], timeout_s=20)
    assert len(places) == 2
    told = read_declaration(bytes(damaged), (start, end), timeout_s=20)
    assert told is None or len(told) == 4


C_PLUGIN = plugin("average-with-debuginfo")
C_OUTLINE = read_outline(C_PLUGIN)
DEBUG_SECTIONS = [item for item in C_OUTLINE.custom_sections if item.name.startswith(".debug_")]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The plugin in C, with some bytes of its debug information changed, or a part of it lost."""
    data = bytearray(C_PLUGIN)
    for _ in range(draw(st.integers(1, 4))):
        section = draw(st.sampled_from(DEBUG_SECTIONS))
        start = section.offset + draw(st.integers(0, section.size - 1))
        end = min(start + draw(st.integers(1, 64)), section.offset + section.size)
        byte = draw(st.sampled_from((0x00, 0x7F, 0x80, 0xFF)) | st.integers(0, 255))
        data[start:end] = bytes([byte]) * (end - start)
    return bytes(data)


@given(damaged())
@settings(max_examples=20, deadline=None)
def test_any_damage_yields_places_or_none(data: bytes) -> None:
    """What cannot be read in time is not told: the time is the reader's own bound."""
    start, end = body_of(C_OUTLINE, "cc_lb_self_check")
    places = read_places(data, [start + 1, end - 1], timeout_s=5)
    assert len(places) == 2
    for function, file, line, column in chain.from_iterable(places):
        assert function is None or isinstance(function, str)
        assert file is None or isinstance(file, str)
        assert all(number is None or isinstance(number, int) for number in (line, column))


def with_sections(sections: dict[str, bytes]) -> bytes:
    return output_module(success()) + b"".join(
        custom_section(name, payload) for name, payload in sections.items()
    )


def unit(abbreviations: bytes, entries: bytes, lines: bytes = b"") -> dict[str, bytes]:
    """Return sections with one unit of DWARF 5."""
    content = struct.pack("<HBBI", 5, 1, 4, 0) + entries
    return {
        ".debug_abbrev": abbreviations,
        ".debug_info": struct.pack("<I", len(content)) + content,
        ".debug_line": lines,
    }


LOW_HIGH_LINES = bytes((1, 0x11, 1, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0))
"""An abbreviation with children: a unit with low_pc, high_pc and stmt_list."""
ALL_CODE = b"\x01" + struct.pack("<III", 1, 1 << 20, 0)


def table(folders: int) -> bytes:
    """Return a line table without rows that claims so many folders, of no bytes each."""
    lengths = bytes(12)
    formats = b"\0" + uleb(folders) + b"\0\0"
    header = struct.pack("<BBBbBB", 1, 1, 1, -5, 14, 13) + lengths + formats
    content = struct.pack("<HBBI", 5, 4, 0, len(header)) + header
    return struct.pack("<I", len(content)) + content


def endless_table() -> dict[str, bytes]:
    """Return a table that takes for ever to read, and all memory."""
    return unit(LOW_HIGH_LINES + b"\0", ALL_CODE, table(0xFFFF_FFFF))


def deep_scopes() -> dict[str, bytes]:
    """Return entries that lie in each other, ten thousand deep."""
    scope = bytes((2, 0x39, 1, 0, 0))
    return unit(LOW_HIGH_LINES + scope + b"\0", ALL_CODE + b"\x02" * 10_000, table(0))


def own_origin() -> dict[str, bytes]:
    """Return a function that is its own origin."""
    function = bytes((2, 0x2E, 0, 0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0, 0))
    at = 12 + len(ALL_CODE)
    entry = b"\x02" + struct.pack("<III", 1, 1 << 20, at)
    return unit(LOW_HIGH_LINES + function + b"\0", ALL_CODE + entry, table(0))


@pytest.mark.parametrize("sections", [endless_table(), deep_scopes(), own_origin()])
def test_hostile_sections_end_in_time_and_hurt_nobody(sections: dict[str, bytes]) -> None:
    data = with_sections(sections)
    code = read_outline(data).code_section
    assert code is not None
    [places] = read_places(data, [code[0] + 2], timeout_s=1)
    assert all(place == (None, None, None, None) for place in places)


@pytest.mark.parametrize("name", [".debug_info", ".debug_line", ".debug_abbrev", ".debug_str"])
def test_a_section_cut_short_or_empty_hurts_nobody(name: str) -> None:
    data = plugin("panics")
    place = next(s for s in read_outline(data).custom_sections if s.name == name)
    half = place.offset + place.size // 2
    cut = data[:half] + bytes(place.size - place.size // 2) + data[place.offset + place.size :]
    start, end = body_of(read_outline(data), "loops")
    told = read_declaration(cut, (start, end), timeout_s=20)
    assert told is None or len(told) == 4


# Core dumps ----------------------------------------------------------------------------------


def dumped(stack: bytes, instances: bytes = b"\2\0\0\0\0\0\1\0\0") -> bytes:
    """Return what follows the name of ``coremodules``: two modules, an instance of each."""
    modules = b"\2\0\6kernel\0\6plugin"
    return modules + custom_section("coreinstances", instances) + custom_section("corestack", stack)


def test_a_stack_holds_the_plugins_own_functions() -> None:
    module = Module()
    module.function(b"", export="run")
    outline = read_outline(module.build())
    assert outline.code_section is not None
    first, _ = next(code_bodies(outline.data, *outline.code_section))
    index = outline.imported_functions
    calls = [bytes((0, 0, 9, 9, 0, 0)), bytes((0, 1, index, 1, 0, 0)), bytes((0, 1, 99, 1, 0, 0))]
    stack = b"\0\4main" + b"\3" + b"".join(calls)
    assert stack_of(dumped(stack), outline) == [Stopped(index, first + 1)]


@pytest.mark.parametrize(
    "dump",
    [
        b"",
        b"\xff" * 100,
        b"\2\0\6kernel",
        dumped(b""),
        dumped(b"\0\4main\x05"),
        dumped(b"\0\4main\1\0\7\0\0\0\0"),
        dumped(b"\0\4main\1\0\1\0\0\1\x7f"),
        dumped(b"\0\4main\xff\xff\xff\xff\x0f"),
    ],
)
def test_a_dump_that_makes_no_sense_has_no_stack(dump: bytes) -> None:
    assert stack_of(dump, read_outline(output_module(success()))) == []

"""Debug information: which line of which source an instruction comes from.

The sections are a stranger's and may be nonsense: what cannot be read is left out, every walk has
a bound, and ``host.reader`` reads them in a process of its own.
Source: DWARF 5 standard; WebAssembly ``tool-conventions/Debugging.md`` (addresses are offsets in
the code section).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry

from .outline import Outline

Range = tuple[int, int]

_UNITS_MAX: Final = 20_000
_ENTRIES_MAX: Final = 60_000
"""Entries of one unit that are read for a function's name; beyond, lines alone are told."""
_ROWS_MAX: Final = 400_000
_RANGES_MAX: Final = 10_000
_NEAR_BYTES: Final = 64
_HOPS_MAX: Final = 8
_DEPTH_MAX: Final = 200
_TEXT_MAX_CHARS: Final = 1000
_ADDRESS_BYTES: Final = 4
_FUNCTIONS: Final = ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine")
_SCOPES: Final = (
    "DW_TAG_namespace",
    "DW_TAG_structure_type",
    "DW_TAG_class_type",
    "DW_TAG_enumeration_type",
    "DW_TAG_union_type",
)


class Place(NamedTuple):
    """A line in a function; what is not known is None. ``column`` is in bytes, from 1."""

    function: str | None
    file: str | None
    line: int | None
    column: int | None


class DebugInfo:
    """A module's debug information. Anything may be raised on nonsense."""

    def __init__(self, outline: Outline) -> None:
        sections = {s.name: outline.payload(s) for s in outline.custom_sections}
        self._code_start = outline.code_section[0] if outline.code_section else 0
        self._dwarf = DWARFInfo(
            DwarfConfig(
                little_endian=True, machine_arch="wasm", default_address_size=_ADDRESS_BYTES
            ),
            *(_section(f".{name}", sections) for name in _SECTIONS),
        )
        self._unread = islice(self._dwarf.iter_CUs(), _UNITS_MAX)
        self._units: list[_Unit] = []

    def places(self, offset: int) -> list[Place]:
        """Return the functions around an instruction, innermost first: inlined ones, then it.

        ``offset`` is the instruction's in the file.
        """
        address = offset - self._code_start
        unit = self._unit(address)
        if unit is None:
            return []
        around = unit.functions_around(address)
        at = unit.lines.at(address)
        if at is None:
            # What the compiler made up, as where a loop begins, has no line; what follows has.
            after, line = unit.lines.after(address)
            within = unit.functions_around(after)
            if within[:1] == around[:1]:
                at, around = line, within
        if not around:
            return [Place(None, *at)] if at else []
        places = []
        for function in reversed(around):
            places.append(Place(function.name, *(at or (None, None, None))))
            at = unit.lines.named(function.called_from)
        return places

    def declaration(self, start: int, end: int) -> Place | None:
        """Return where the function with that body is declared, or where its code begins."""
        first, last = start - self._code_start, end - self._code_start
        unit = self._unit(first)
        if unit is None:
            return None
        around = unit.functions_around(first)
        name = around[0].name if around else None
        declared = unit.lines.named(around[0].declared_at) if around else None
        if declared is not None and declared[1]:
            return Place(name, *declared)
        beginning = unit.lines.first(first, last)
        return Place(name, *beginning) if beginning else None

    def _unit(self, address: int) -> _Unit | None:
        """Return the compilation unit that has code there."""
        for known in self._units:
            if known.holds(address):
                return known
        for unit in self._unread:
            known = _Unit(self._dwarf, unit)
            self._units.append(known)
            if known.holds(address):
                return known
        return None


_SECTIONS: Final = (
    "debug_info",
    "debug_aranges",
    "debug_abbrev",
    "debug_frame",
    "eh_frame",
    "debug_str",
    "debug_loc",
    "debug_ranges",
    "debug_line",
    "debug_pubtypes",
    "debug_pubnames",
    "debug_addr",
    "debug_str_offsets",
    "debug_line_str",
    "debug_loclists",
    "debug_rnglists",
    "debug_sup",
    "gnu_debugaltlink",
    "debug_types",
)
"""In the order of ``DWARFInfo``'s parameters."""


def _section(name: str, sections: dict[str, bytes]) -> DebugSectionDescriptor | None:
    data = sections.get(name)
    if data is None:
        return None
    return DebugSectionDescriptor(
        stream=io.BytesIO(data), name=name, global_offset=0, size=len(data), address=0
    )


def _ranges(die: DIE) -> Iterator[Range]:
    """Yield the addresses that an entry covers; those of code that the linker dropped begin at 0.

    A unit without any is taken to cover nothing.
    """
    attributes = die.attributes
    if "DW_AT_ranges" in attributes:
        yield from _listed_ranges(die)
    elif "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        end = high.value if high.form == "DW_FORM_addr" else low + high.value
        if low:
            yield low, end


def _listed_ranges(die: DIE) -> Iterator[Range]:
    unit: Any = die.cu
    top = unit.get_top_DIE().attributes
    base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    lists = unit.dwarfinfo.range_lists()
    offset = die.attributes["DW_AT_ranges"].value
    if lists is None:
        return
    for entry in islice(lists.get_range_list_at_offset(offset, cu=unit), _RANGES_MAX):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
            continue
        add = 0 if getattr(entry, "is_absolute", False) else base
        if entry.begin_offset + add:
            yield entry.begin_offset + add, entry.end_offset + add


# Functions -----------------------------------------------------------------------------------


class _Named(NamedTuple):
    """A line as an entry names it: a file's number in the unit, line and column."""

    file: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class _Function:
    name: str | None
    called_from: _Named
    declared_at: _Named


class _Unit:
    """A compilation unit; its functions and lines are read when first asked for."""

    def __init__(self, dwarf: DWARFInfo, unit: Any) -> None:
        self._dwarf = dwarf
        self._unit = unit
        self._ranges = list(_ranges(unit.get_top_DIE()))
        self._paths: dict[int, str] = {}

    def holds(self, address: int) -> bool:
        """Tell whether it has code there."""
        return any(begin <= address < end for begin, end in self._ranges)

    @cached_property
    def lines(self) -> _Lines:
        """Its line table."""
        return _Lines(self._dwarf, self._unit)

    @cached_property
    def _functions(self) -> list[tuple[DIE, list[Range]]]:
        functions = []
        for die, scope in _entries(self._unit):
            if die.tag in _FUNCTIONS:
                functions.append((die, list(_ranges(die))))
                name = _text(die, "DW_AT_name")
                if name:
                    self._paths[die.offset] = f"{scope}{name}"
        return functions

    def functions_around(self, address: int) -> list[_Function]:
        """Return the function that an address lies in, and those inlined, outermost first."""
        return [
            _function(die, self._paths)
            for die, ranges in self._functions
            if any(begin <= address < end for begin, end in ranges)
        ]


def _entries(unit: Any) -> Iterator[tuple[DIE, str]]:
    """Yield a unit's entries in their order, and the path of the names around each."""
    stream = unit.dwarfinfo.debug_info_sec.stream
    offset, end = unit.cu_die_offset, unit.cu_offset + unit.size
    scopes = [""]
    for _ in range(_ENTRIES_MAX):
        if offset >= end:
            return
        die = DIE(cu=unit, stream=stream, offset=offset)
        if die.size <= 0:
            return
        offset += die.size
        if die.is_null():
            if len(scopes) > 1:
                scopes.pop()
            continue
        yield die, scopes[-1]
        if die.has_children:
            if len(scopes) > _DEPTH_MAX:
                return
            name = _text(die, "DW_AT_name") if die.tag in _SCOPES else None
            path = f"{scopes[-1]}{name}::" if name else scopes[-1]
            scopes.append(path[:_TEXT_MAX_CHARS])


def _function(die: DIE, paths: dict[int, str]) -> _Function:
    name = declared = None
    called_from = _named(die, "DW_AT_call_")
    hop: DIE | None = die
    for _ in range(_HOPS_MAX):
        if hop is None:
            break
        name = name or paths.get(hop.offset) or _text(hop, "DW_AT_name")
        if declared is None and "DW_AT_decl_line" in hop.attributes:
            declared = _named(hop, "DW_AT_decl_")
        hop = _origin(hop)
    return _Function(name, called_from, declared or _Named(0, 0, 0))


def _origin(die: DIE) -> DIE | None:
    for attribute in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if attribute in die.attributes:
            return die.get_DIE_from_attribute(attribute)
    return None


def _named(die: DIE, prefix: str) -> _Named:
    values = (die.attributes.get(f"{prefix}{what}") for what in ("file", "line", "column"))
    file, line, column = (
        item.value if item is not None and isinstance(item.value, int) else 0 for item in values
    )
    return _Named(file, line, column)


def _text(die: DIE, attribute: str) -> str | None:
    item = die.attributes.get(attribute)
    if item is None or not isinstance(item.value, bytes):
        return None
    return item.value[:_TEXT_MAX_CHARS].decode(errors="replace")


# Lines ---------------------------------------------------------------------------------------

_Line = tuple[str | None, int | None, int | None]


class _Lines:
    """A unit's line table."""

    def __init__(self, dwarf: DWARFInfo, unit: Any) -> None:
        self._program = dwarf.line_program_for_CU(unit)
        self._folder = _text(unit.get_top_DIE(), "DW_AT_comp_dir") or ""

    def at(self, address: int) -> _Line | None:
        """Return the line of the row that holds an address."""
        held = (state for begin, end, state in self._spans if begin <= address < end)
        return self._line(next(held, None))

    def after(self, address: int) -> tuple[int, _Line | None]:
        """Return the next address that has a line, and that line, if it is near."""
        end = address + _NEAR_BYTES
        near = [row for row in self._spans if address <= row[0] < end and row[2].line]
        begin, _, state = min(near, key=itemgetter(0), default=(address, address, None))
        return begin, self._line(state)

    def first(self, start: int, end: int) -> _Line | None:
        """Return the first line between two addresses."""
        inside = [
            (begin, state) for begin, _, state in self._spans if start <= begin < end and state.line
        ]
        return self._line(min(inside, key=lambda row: row[0])[1]) if inside else None

    def named(self, place: _Named) -> _Line | None:
        """Return the line that an entry names."""
        if not place.line:
            return None
        return self._file(place.file), place.line, place.column or None

    def _line(self, state: Any) -> _Line | None:
        if state is None or not state.line:
            return None
        return self._file(state.file), state.line, state.column or None

    @cached_property
    def _spans(self) -> list[tuple[int, int, Any]]:
        """From where to where each row holds.

        A run of rows that begins at 0 is of a function that the linker dropped.
        """
        if self._program is None:
            return []
        states = (entry.state for entry in self._program.get_entries())
        spans = []
        before, begin = None, 0
        for state in islice(filter(None, states), _ROWS_MAX):
            if before is None:
                begin = state.address
            elif begin:
                spans.append((before.address, state.address, before))
            before = None if state.end_sequence else state
        return spans

    def _file(self, number: int) -> str | None:
        if self._program is None:
            return None
        header = self._program.header
        first = 0 if header["version"] >= 5 else 1
        files, folders = header["file_entry"], header["include_directory"]
        if not 0 <= number - first < len(files):
            return None
        file = files[number - first]
        folder = _folder(folders, file.dir_index, first)
        return _joined((self._folder, folder, _decoded(file.name)))


def _folder(folders: Any, number: int, first: int) -> str:
    if number == 0:
        return ""  # the unit's own
    return _decoded(folders[number - first]) if 0 <= number - first < len(folders) else ""


def _decoded(name: bytes | str) -> str:
    text = name if isinstance(name, str) else name.decode(errors="replace")
    return text[:_TEXT_MAX_CHARS]


def _joined(parts: Iterable[str]) -> str:
    """Join folders and a file's name as a compiler means them: an absolute one begins anew."""
    path = ""
    for part in parts:
        is_absolute = part.startswith(("/", "\\")) or part[1:3] in (":\\", ":/")
        path = part if is_absolute or not path else f"{path.rstrip('/')}/{part}" if part else path
    return path[:_TEXT_MAX_CHARS]

"""Debug information: which line of which source an instruction comes from.

The sections are a stranger's and may be nonsense: what cannot be read is left out, every walk has
a bound, and ``host.reader`` reads them in a process of its own.
Source: DWARF 5 standard; WebAssembly ``tool-conventions/Debugging.md`` (addresses are offsets in
the code section).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry

from .dwarf_lines import TEXT_MAX_CHARS, Lines, Named, text_of
from .outline import Outline

Range = tuple[int, int]

_UNITS_MAX: Final = 20_000
_ENTRIES_MAX: Final = 60_000
"""Entries of one unit that are read for a function's name; beyond, lines alone are told."""
_RANGES_MAX: Final = 10_000
_HOPS_MAX: Final = 8
_DEPTH_MAX: Final = 200
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
        if at is None or unit.is_prologue(address):
            # What the compiler made up, as where a loop begins, has no line, or that of the
            # function's begin; what follows has one.
            after, line = unit.lines.after(address)
            within = unit.functions_around(after)
            if within[:1] == around[:1] and (line or at is None):
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
        begin, line = unit.lines.first(first, last)
        inlined = unit.functions_around(begin)[1:]
        if inlined:  # then the line is another function's; this one has the call
            line = unit.lines.named(inlined[0].called_from) or line
        return Place(name, *line) if line else None

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


class _Function(NamedTuple):
    name: str | None
    called_from: Named
    declared_at: Named


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
    def lines(self) -> Lines:
        """Its line table."""
        return Lines(self._dwarf, self._unit)

    @cached_property
    def _functions(self) -> list[tuple[DIE, list[Range]]]:
        functions = []
        for die, scope in _entries(self._unit):
            if die.tag in _FUNCTIONS:
                functions.append((die, list(_ranges(die))))
                name = text_of(die, "DW_AT_name")
                if name:
                    self._paths[die.offset] = f"{scope}{name}"
        return functions

    def is_prologue(self, address: int) -> bool:
        """Tell whether it has the line of its function's begin, and comes after it."""
        around = (
            begin
            for _, ranges in self._functions
            for begin, end in ranges
            if begin <= address < end
        )
        begin = next(around, address)
        return begin < address and begin == self.lines.begin(address)

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
            name = text_of(die, "DW_AT_name") if die.tag in _SCOPES else None
            path = f"{scopes[-1]}{name}::" if name else scopes[-1]
            scopes.append(path[:TEXT_MAX_CHARS])


def _function(die: DIE, paths: dict[int, str]) -> _Function:
    name = declared = None
    called_from = _named(die, "DW_AT_call_")
    hop: DIE | None = die
    for _ in range(_HOPS_MAX):
        if hop is None:
            break
        name = name or paths.get(hop.offset) or text_of(hop, "DW_AT_name")
        if declared is None and "DW_AT_decl_line" in hop.attributes:
            declared = _named(hop, "DW_AT_decl_")
        hop = _origin(hop)
    return _Function(name, called_from, declared or Named(0, 0, 0))


def _origin(die: DIE) -> DIE | None:
    for attribute in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if attribute in die.attributes:
            return die.get_DIE_from_attribute(attribute)
    return None


def _named(die: DIE, prefix: str) -> Named:
    values = (die.attributes.get(f"{prefix}{what}") for what in ("file", "line", "column"))
    file, line, column = (
        item.value if item is not None and isinstance(item.value, int) else 0 for item in values
    )
    return Named(file, line, column)

"""What a module says about itself: its sections, imports, exports, start function and names.

The reader never fails: it stops at the first byte that makes no sense and keeps what it has read
(``damage`` says where). It bounds its own work, since artifacts are hostile.
Source: WebAssembly core specification, binary format.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from .binary import (
    MAGIC,
    MAX_CUSTOM_SECTIONS,
    MAX_ITEMS,
    Damaged,
    Enough,
    Reader,
    Work,
    code_bodies,
    frames,
)
from .function_names import function_names
from .items import CustomSection, Export, Import, Segment
from .sections import (
    IndexSpaces,
    function_types,
    limits,
    read_data,
    read_elements,
    read_exports,
    read_globals,
    read_imports,
    read_tables,
    read_types,
)

_MAX_WORK: Final = 200_000
"""The most items read of one file that take long to read; what is behind them is passed over."""
_MAX_SECTION_NAME: Final = 1000
"""Of a longer name of a custom section, in characters, no more is kept."""


@dataclass
class Outline:
    """The readable part of a binary module. Sizes and offsets are in bytes of the file."""

    data: bytes = field(repr=False)
    imports: list[Import] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    custom_sections: list[CustomSection] = field(default_factory=list)
    start_function: int | None = None
    memories: list[int] = field(default_factory=list)
    """Initial size of each defined memory, in pages of 64 KiB."""
    tables: list[int] = field(default_factory=list)
    """Initial size of each defined table, in elements."""
    code_section: tuple[int, int] | None = None
    functions_end: int = 0
    """Where the function section ends; 0 without one."""
    damage: int | None = None
    """Offset of the first byte that could not be read; None for a module read to its end."""
    data_segments: list[Segment] = field(default_factory=list)
    element_segments: list[Segment] = field(default_factory=list)
    tags: int = 0
    """How many exception tags are imported or defined."""
    is_cut: bool = False
    """Whether more is there than was kept; what decides a verdict is looked for even then."""
    imports_passed_over: int = 0
    """How many functions are imported that ``imports`` does not list."""

    @property
    def is_module(self) -> bool:
        """Whether the file starts as a core module does (components have another version)."""
        return self.data[:8] == MAGIC + b"\1\0\0\0"

    def payload(self, section: CustomSection) -> bytes:
        """Return a custom section's payload."""
        return self.data[section.offset : section.offset + section.size]

    def export(self, name: str) -> Export | None:
        """Return the first export of that name."""
        return next((export for export in self.exports if export.name == name), None)

    @property
    def imported_functions(self) -> int:
        """The number of imported functions: the index of the first one defined here."""
        kept = sum(1 for item in self.imports if item.kind == "function")
        return kept + self.imports_passed_over

    def names_of(self, functions: Container[int]) -> dict[int, str]:
        """Return names by index, from the ``name`` section as far as it can be read."""
        return {index: name for index, name in self._named() if index in functions}

    def function_named(self, name: str) -> int | None:
        """Return the index of the first function of that name in the ``name`` section."""
        return next((index for index, each in self._named() if each == name), None)

    def _named(self) -> Iterator[tuple[int, str]]:
        return islice(self._named_functions(), MAX_ITEMS)

    def _named_functions(self) -> Iterator[tuple[int, str]]:
        for section in self.custom_sections:
            # Names that come before the functions name nothing, to the engine as well.
            if section.name == "name" and section.offset > self.functions_end:
                with suppress(Damaged):
                    yield from function_names(self.payload(section))

    def function_at(self, offset: int) -> int | None:
        """Return the index of the defined function whose body holds this offset of the file."""
        return self.functions_at((offset,)).get(offset)

    def functions_at(self, offsets: Collection[int]) -> dict[int, int]:
        """Return the indices of the defined functions whose bodies hold offsets of the file."""
        left, found = deque(sorted(offsets)), {}
        if self.code_section is None:
            return {}
        with suppress(Damaged):
            bodies = code_bodies(self.data, *self.code_section)
            for index, (start, end) in enumerate(bodies, self.imported_functions):
                while left and left[0] < start:
                    left.popleft()
                while left and left[0] <= end:
                    found[left.popleft()] = index
                if not left:
                    break
        return found


def custom_payloads(outline: Outline, name: str) -> Iterator[bytes]:
    """Yield the payload of each custom section of that name. Raises ``Damaged``."""
    if outline.damage is None:
        yield from (outline.payload(each) for each in outline.custom_sections if each.name == name)
        return
    data = outline.data
    if not data.startswith(MAGIC):
        raise Damaged(0)
    for section_id, start, end in frames(data):
        if end > len(data):
            raise Damaged(start)
        if section_id == 0:
            reader = Reader(data, start, end)
            if reader.name()[0] == name:
                yield data[reader.at : end]


def read_outline(data: bytes) -> Outline:
    """Read as much of a binary module as makes sense. Never raises."""
    outline = Outline(data)
    if not outline.is_module:
        outline.damage = 0
        return outline
    spaces = IndexSpaces()
    try:
        _read_sections(outline, spaces)
    except Damaged as damage:
        outline.damage = damage.offset
    outline.is_cut |= spaces.is_cut
    outline.imports_passed_over = spaces.imports_passed_over
    return outline


def _read_sections(outline: Outline, spaces: IndexSpaces) -> None:
    reader = Reader(outline.data, 8)
    seen: set[int] = set()
    work = Work(_MAX_WORK)
    while reader.at < reader.end:
        section_id = reader.byte()
        too_many = len(outline.custom_sections) >= MAX_CUSTOM_SECTIONS
        if section_id in seen or too_many:
            raise Damaged(reader.at - 1)
        if section_id != 0:
            seen.add(section_id)
        size = reader.unsigned()
        start = reader.at
        if size > reader.end - start:
            _read_section(outline, spaces, section_id, Reader(outline.data, start, work=work))
            raise Damaged(start)
        reader.at = start + size
        content = Reader(outline.data, start, start + size, work)
        try:
            _read_section(outline, spaces, section_id, content)
        except Enough:
            outline.is_cut = True


def _read_section(outline: Outline, spaces: IndexSpaces, section_id: int, reader: Reader) -> None:
    match section_id:
        case 0:
            name, _ = reader.name()
            size = reader.end - reader.at
            shown = name[:_MAX_SECTION_NAME]
            outline.custom_sections.append(CustomSection(shown, reader.at, size))
        case 1:
            read_types(spaces, reader)
        case 2:
            outline.imports.extend(read_imports(spaces, reader))
            outline.tags += sum(1 for item in outline.imports if item.kind == "tag")
        case 3:
            spaces.functions.extend(function_types(reader))
            outline.functions_end = reader.end
        case 4:
            outline.tables.extend(read_tables(spaces, reader))
        case 5:
            outline.memories.extend(limits(reader) for _ in reader.long_count())
        case 6:
            spaces.globals.extend(read_globals(spaces, reader))
        case 7:
            outline.exports.extend(read_exports(spaces, reader))
        case 8:
            outline.start_function = reader.unsigned()
        case 9:
            outline.element_segments.extend(read_elements(spaces, reader))
        case 10:
            outline.code_section = (reader.at, reader.end)
        case 11:
            outline.data_segments.extend(read_data(spaces, reader))
        case 13:
            outline.tags += reader.unsigned()

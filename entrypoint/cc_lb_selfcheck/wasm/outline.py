"""What a module says about itself: its sections, imports, exports, start function and names.

The reader never fails: it stops at the first byte that makes no sense and keeps what it has read
(``damage`` says where). It bounds its own work, since artifacts are hostile.
Source: WebAssembly core specification, binary format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from operator import add, mul, sub
from typing import Any, Final, TypeAlias

MAGIC: Final = b"\0asm"
PAGE_BYTES: Final = 65536

Span: TypeAlias = tuple[int, int]
"""Where some bytes of the file begin and end."""

_MAX_ITEMS: Final = 1_000_000
"""The most items read of one section, nested ones included; the engine's own limit is the same."""
_MAX_WORK: Final = 200_000
"""The most items read of one file that take long to read; what is behind them is passed over."""
_MAX_KEPT: Final = 20_000
"""The most imports, and exports, that are kept whatever their names."""
_MAX_KEPT_NAMES_BYTES: Final = 4 << 20
_MAX_NAME_BYTES: Final = 100_000
"""The engine takes no longer name (wasmparser, ``MAX_WASM_STRING_SIZE``)."""
_MAX_SECTION_NAME: Final = 1000
"""Of a longer name of a custom section, in characters, no more is kept."""
_MAX_VALUES: Final = 1000
"""The most parameters or results that the engine takes; a longer type is not kept."""
_SHOWN_TYPES: Final = 16
_SECTIONS: Final = bytes((1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11))
"""The ids of sections in the order that they have to stand in, custom ones aside."""
_MAX_CUSTOM_SECTIONS: Final = 100_000
_MAX_NAME_SUBSECTIONS: Final = 100
_KINDS: Final = ("function", "table", "memory", "global", "tag")
_VALUE_TYPES: Final = {
    0x7F: "i32",
    0x7E: "i64",
    0x7D: "f32",
    0x7C: "f64",
    0x7B: "v128",
    0x70: "funcref",
    0x6F: "externref",
}
_PLAIN_TYPES: Final = bytes(_VALUE_TYPES)


@dataclass(frozen=True, slots=True)
class Signature:
    """A function type; None stands for a type that this reader does not decode."""

    params: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        return f"{_tuple_text(self.params)} -> {_tuple_text(self.results)}"


def _tuple_text(types: tuple[str, ...]) -> str:
    # A thousand exports may share one type of a thousand parameters.
    shown = list(types[:_SHOWN_TYPES])
    if len(types) > len(shown):
        shown.append(f"{len(types) - len(shown)} more")
    return f"({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Import:
    """One import. ``signature`` is set for functions of a plain type; ``spans`` place its names."""

    module: str
    name: str
    kind: str
    signature: Signature | None
    spans: tuple[Span, Span]


@dataclass(frozen=True, slots=True)
class Export:
    """One export. ``index`` counts in the index space of its kind, imports first."""

    name: str
    kind: str
    index: int
    signature: Signature | None
    spans: tuple[Span]


@dataclass(frozen=True, slots=True)
class CustomSection:
    """A custom section's name and its payload's place in the file, in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Segment:
    """An active data or element segment: where in which memory or table, in bytes or elements."""

    target: int
    offset: int
    length: int


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

    def _named(self) -> Iterator[tuple[int, str]]:
        return islice(self._named_functions(), _MAX_ITEMS)

    def _named_functions(self) -> Iterator[tuple[int, str]]:
        for section in self.custom_sections:
            # Names that come before the functions name nothing, to the engine as well.
            if section.name == "name" and section.offset > self.functions_end:
                with suppress(Damaged):
                    yield from _read_function_names(self.payload(section))

    def function_at(self, offset: int) -> int | None:
        """Return the index of the defined function whose body holds this offset of the file."""
        if self.code_section is None:
            return None
        index = self.imported_functions
        with suppress(Damaged):
            for start, end in code_bodies(self.data, *self.code_section):
                if start <= offset <= end:
                    return index
                index += 1
        return None


class Damaged(Exception):
    """A byte that makes no sense where it stands; ``offset`` says where."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


class _Enough(Exception):
    """So much was read of the file that the rest of a section is passed over."""


class _Work:
    """What may still be read of a file: of items that take long."""

    __slots__ = ("left",)

    def __init__(self, left: int = _MAX_ITEMS) -> None:
        self.left = left


class Reader:
    """Reads the format's numbers, names and lists from a part of a file. Raises ``Damaged``."""

    __slots__ = ("at", "data", "end", "items_left", "work")

    def __init__(
        self, data: bytes, at: int = 0, end: int | None = None, work: _Work | None = None
    ) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end
        self.items_left = _MAX_ITEMS
        self.work = work or _Work()

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
        """Do the same for items that take long to read. Raises ``_Enough`` on the way."""
        for number in self.count():
            self.works()
            yield number

    def spend(self, items: int) -> None:
        """Bound the work: count items that are about to be read."""
        self.items_left -= items
        if self.items_left < 0:
            raise Damaged(self.at)

    def works(self) -> None:
        """Count an item that takes long to read. Raises ``_Enough``."""
        self.work.left -= 1
        if self.work.left < 0:
            raise _Enough


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each section's id, and where its content begins and ends, whatever is in it.

    The last one may end behind the end of the file. Raises ``Damaged`` where a header is cut.
    """
    reader = Reader(data, 8)
    for _ in range(_MAX_CUSTOM_SECTIONS):
        if reader.at >= reader.end:
            return
        section_id, size = reader.byte(), reader.unsigned()
        yield section_id, reader.at, reader.at + size
        reader.at += size
    raise Damaged(reader.at)


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


def missing_bytes(outline: Outline) -> int | None:
    """Return how many bytes the file's last section lacks at least; None if it lacks none."""
    if outline.damage is None or surplus(outline):
        return None
    data = outline.data
    try:
        end = max(_section_ends(data), default=0)
    except Damaged as damage:
        return 1 if damage.offset >= len(data) else None
    return end - len(data) if end > len(data) else None


def surplus(outline: Outline) -> bytes:
    """Return the padding that follows a whole module: zeros, blanks and line ends, as may be."""
    if outline.damage is None or outline.code_section is None:
        return b""
    data, last = outline.data, 8
    with suppress(Damaged):
        for end in _section_ends(data):
            # What reads as a section of zeros and line ends is none that a tool has written.
            if end > len(data) or not data[last:end].strip(_PADDING):
                break
            last = end
    rest = data[last:]
    return b"" if rest.strip(_PADDING) else rest


_PADDING: Final = b"\0 \t\r\n\x1a"


def _section_ends(data: bytes) -> Iterator[int]:
    """Yield where each section ends. Raises ``Damaged`` for what cannot be one, or is cut."""
    last = -1
    for section_id, start, end in frames(data):
        rank = _SECTIONS.find(section_id)
        if not (end > start if section_id == 0 else rank > last):
            raise Damaged(8)
        last = max(rank, last)
        yield end


def read_outline(data: bytes) -> Outline:
    """Read as much of a binary module as makes sense. Never raises."""
    outline = Outline(data)
    if not outline.is_module:
        outline.damage = 0
        return outline
    try:
        _read_sections(outline)
    except Damaged as damage:
        outline.damage = damage.offset
    return outline


class _Types:
    """Index spaces that later sections refer to."""

    def __init__(self) -> None:
        self.signatures: list[Signature | None] = []
        self.functions: list[int] = []
        self.globals: list[int | None] = []

    def signature(self, type_index: int) -> Signature | None:
        known = type_index < len(self.signatures)
        return self.signatures[type_index] if known else None


def _read_sections(outline: Outline) -> None:
    types = _Types()
    reader = Reader(outline.data, 8)
    seen: set[int] = set()
    work = _Work(_MAX_WORK)
    while reader.at < reader.end:
        section_id = reader.byte()
        too_many = len(outline.custom_sections) >= _MAX_CUSTOM_SECTIONS
        if section_id in seen or too_many:
            raise Damaged(reader.at - 1)
        if section_id != 0:
            seen.add(section_id)
        size = reader.unsigned()
        start = reader.at
        if size > reader.end - start:
            _read_section(outline, types, section_id, Reader(outline.data, start, work=work))
            raise Damaged(start)
        reader.at = start + size
        content = Reader(outline.data, start, start + size, work)
        try:
            _read_section(outline, types, section_id, content)
        except _Enough:
            outline.is_cut = True


def _read_section(outline: Outline, types: _Types, section_id: int, reader: Reader) -> None:
    match section_id:
        case 0:
            name, _ = reader.name()
            size = reader.end - reader.at
            shown = name[:_MAX_SECTION_NAME]
            outline.custom_sections.append(CustomSection(shown, reader.at, size))
        case 1:
            _read_types(types, reader)
        case 2:
            outline.imports.extend(_read_imports(outline, types, reader))
            outline.tags += sum(1 for item in outline.imports if item.kind == "tag")
        case 3:
            types.functions.extend(_indices(reader))
            outline.functions_end = reader.end
        case 4:
            outline.tables.extend(_read_tables(types, reader))
        case 5:
            outline.memories.extend(_limits(reader) for _ in reader.long_count())
        case 6:
            types.globals.extend(_read_globals(types, reader))
        case 7:
            outline.exports.extend(_read_exports(outline, types, reader))
        case 8:
            outline.start_function = reader.unsigned()
        case 9:
            outline.element_segments.extend(_read_elements(types, reader))
        case 10:
            outline.code_section = (reader.at, reader.end)
        case 11:
            outline.data_segments.extend(_read_data(types, reader))
        case 13:
            outline.tags += reader.unsigned()


def _read_types(types: _Types, reader: Reader) -> None:
    for _ in reader.long_count():
        plain = _pass_plain_type(reader)
        if plain is not None:
            types.signatures.append(plain)
            continue
        if reader.byte() != 0x60:
            return  # a type of the GC proposal: it and those after it stay unknown
        params = tuple(_value_type(reader) for _ in reader.count())
        results = tuple(_value_type(reader) for _ in reader.count())
        is_known = max(len(params), len(results)) <= _MAX_VALUES
        types.signatures.append(Signature(params, results) if is_known else None)


def _pass_plain_type(reader: Reader) -> Signature | None:
    """Pass a function's type whose numbers are a byte each; else stay, and return None."""
    data, at = reader.data, reader.at
    middle = at + 2 + data[at + 1] if at + 1 < reader.end else reader.end
    end = middle + 1 + data[middle] if middle < reader.end else reader.end + 1
    signature = _plain_type(data[at:end]) if end <= reader.end else None
    if signature is not None:
        reader.spend(end - at - 3)
        reader.at = end
    return signature


@lru_cache(maxsize=4096)
def _plain_type(encoded: bytes) -> Signature | None:
    """Decode such a type. Modules have few different ones."""
    params, results = encoded[1], len(encoded) - 3 - encoded[1]
    values = encoded[2 : 2 + params] + encoded[3 + params :]
    if encoded[0] != 0x60 or max(params, results) >= 0x80:
        return None
    if values.translate(None, _PLAIN_TYPES):
        return None
    names = tuple(map(_VALUE_TYPES.__getitem__, values))
    return Signature(names[:params], names[params:])


def _indices(reader: Reader) -> Iterable[int]:
    count = reader.unsigned()
    reader.spend(count)
    rest = reader.data[reader.at : reader.end]
    if len(rest) == count and rest.isascii():  # a byte each, as in most modules
        reader.at = reader.end
        return rest
    return (reader.unsigned() for _ in range(count))


def _value_type(reader: Reader) -> str:
    code = reader.byte()
    if code in (0x63, 0x64):
        return f"ref {'null ' if code == 0x63 else ''}{reader.signed()}"
    return _VALUE_TYPES.get(code, f"type 0x{code:02x}")


def _limits(reader: Reader) -> int:
    flags = reader.byte()
    minimum = reader.unsigned(64)
    if flags & 1:
        reader.unsigned(64)
    if flags & 8:
        reader.unsigned()
    return minimum


def _read_tables(types: _Types, reader: Reader) -> Iterator[int]:
    for _ in reader.long_count():
        code = reader.byte()
        has_initial_value = code == 0x40
        if has_initial_value:
            reader.byte()
        else:
            reader.at -= 1
        _value_type(reader)
        yield _limits(reader)
        if has_initial_value:
            _constant(types, reader)


def _read_globals(types: _Types, reader: Reader) -> Iterator[int | None]:
    for _ in reader.long_count():
        _value_type(reader)
        reader.byte()
        yield _constant(types, reader)


def _read_imports(outline: Outline, types: _Types, reader: Reader) -> Iterator[Import]:
    kept_bytes = 0
    for number in reader.count():
        if number >= _MAX_KEPT or kept_bytes > _MAX_KEPT_NAMES_BYTES:
            outline.is_cut = True
            index = _pass_import(reader)
            if index is not None:
                types.functions.append(index)
                outline.imports_passed_over += 1
                continue
        item = _read_import(types, reader)
        kept_bytes += len(item.module) + len(item.name)
        yield item


def _read_import(types: _Types, reader: Reader) -> Import:
    reader.works()
    (module, module_span), (name, name_span) = reader.name(), reader.name()
    kind = reader.byte()
    signature = None
    if kind == 0:
        type_index = reader.unsigned()
        types.functions.append(type_index)
        signature = types.signature(type_index)
    elif kind == 1:
        _value_type(reader)
        _limits(reader)
    elif kind == 2:
        _limits(reader)
    elif kind == 3:
        _value_type(reader)
        reader.byte()
    elif kind == 4:
        reader.byte()
        reader.unsigned()
    else:
        raise Damaged(reader.at - 1)
    return Import(module, name, _KINDS[kind], signature, (module_span, name_span))


def _read_exports(outline: Outline, types: _Types, reader: Reader) -> Iterator[Export]:
    kept_bytes = 0
    for number in reader.count():
        if number >= _MAX_KEPT or kept_bytes > _MAX_KEPT_NAMES_BYTES:
            outline.is_cut = True
            if _pass_export(reader):
                continue
        export = _read_export(types, reader)
        kept_bytes += len(export.name)
        yield export


def _read_export(types: _Types, reader: Reader) -> Export:
    reader.works()
    name, span = reader.name()
    kind, index = reader.byte(), reader.unsigned()
    if kind >= len(_KINDS):
        raise Damaged(reader.at)
    is_known = kind == 0 and index < len(types.functions)
    signature = types.signature(types.functions[index]) if is_known else None
    return Export(name, _KINDS[kind], index, signature, (span,))


# A file may hold a million imports or exports. Those beyond what is kept are passed over in a
# quick way that makes out the plainest of them alone, and whose names are of no interest.
_OF_INTEREST: Final = re.compile(rb"\0|cc_?lb|_start|_initialize", re.IGNORECASE)
"""What is asked for by name, and what ``host.nul`` has to know of."""


def _pass_import(reader: Reader) -> int | None:
    """Pass a function's import and return its type's index; else stay, and return None."""
    data = reader.data
    middle = _pass_name(data, reader.at)
    end = _pass_name(data, middle)
    if end + 2 > reader.end or data[end] != 0 or data[end + 1] >= 0x80:
        return None
    if b"\0" in data[reader.at + 1 : middle] or b"\0" in data[middle + 1 : end]:
        return None
    reader.at = end + 2
    return data[end + 1]


def _pass_export(reader: Reader) -> bool:
    """Pass an export whose name is of no interest; else stay, and return False."""
    data = reader.data
    end = _pass_name(data, reader.at)
    if end + 2 > reader.end or data[end] >= len(_KINDS):
        return False
    if _OF_INTEREST.search(data, reader.at + 1, end):
        return False
    while data[end + 1] >= 0x80 and end + 2 < reader.end:
        end += 1
    reader.at = end + 2
    return True


def _pass_name(data: bytes, at: int) -> int:
    """Return where a name of less than 16 KiB ends; the file's end for what is none."""
    if at + 2 > len(data):
        return len(data)
    size = data[at]
    if size < 0x80:
        return at + 1 + size
    if data[at + 1] < 0x80:
        return at + 2 + (size & 0x7F | data[at + 1] << 7)
    return len(data)


def _constant(types: _Types, reader: Reader) -> int | None:
    """Evaluate a constant expression of integers; None where it is of another kind."""
    stack: list[int | None] = []
    while (code := reader.byte()) != 0x0B:
        reader.spend(1)
        reader.works()
        if code in (0x41, 0x42):
            stack.append(reader.signed() & (0xFFFF_FFFF if code == 0x41 else _U64_MASK))
        elif code == 0x23:
            index = reader.unsigned()
            stack.append(types.globals[index] if index < len(types.globals) else None)
        elif code in _CONSTANT_OPERATORS and len(stack) >= 2:
            right, left = stack.pop(), stack.pop()
            operator, mask = _CONSTANT_OPERATORS[code]
            known = left is not None and right is not None
            stack.append(operator(left, right) & mask if known else None)
        elif code == 0xD0:
            reader.signed()
            stack.append(None)
        elif code == 0xD2:
            reader.unsigned()
            stack.append(None)
        elif code in (0x43, 0x44):
            reader.take(4 if code == 0x43 else 8)
            stack.append(None)
        else:
            raise Damaged(reader.at - 1)
    return stack[-1] if stack else None


_U64_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_CONSTANT_OPERATORS: Final[dict[int, tuple[Callable[[Any, Any], int], int]]] = {
    0x6A: (add, 0xFFFF_FFFF),
    0x6B: (sub, 0xFFFF_FFFF),
    0x6C: (mul, 0xFFFF_FFFF),
    0x7C: (add, _U64_MASK),
    0x7D: (sub, _U64_MASK),
    0x7E: (mul, _U64_MASK),
}


def _read_data(types: _Types, reader: Reader) -> Iterator[Segment]:
    for _ in reader.long_count():
        mode = reader.unsigned()
        memory = reader.unsigned() if mode == 2 else 0
        offset = _constant(types, reader) if mode != 1 else None
        size = reader.unsigned()
        reader.take(size)
        if offset is not None:
            yield Segment(memory, offset, size)


def _read_elements(types: _Types, reader: Reader) -> Iterator[Segment]:
    for _ in reader.long_count():
        flags = reader.unsigned()
        is_active, names_table, of_expressions = not flags & 1, flags & 2, flags & 4
        table = reader.unsigned() if is_active and names_table else 0
        offset = _constant(types, reader) if is_active else None
        if flags & 3:
            _value_type(reader)  # or a kind of element, a byte as well
        size = 0
        for _ in reader.count():
            if of_expressions:
                _constant(types, reader)
            else:
                reader.unsigned()
            size += 1
        if offset is not None:
            yield Segment(table, offset, size)


def code_bodies(data: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield where each function's body begins and ends, locals included. Raises ``Damaged``."""
    reader = Reader(data, start, end)
    for _ in reader.count():
        size = reader.unsigned()
        body = reader.at
        reader.at += size
        yield body, min(reader.at, end)


def _read_function_names(payload: bytes) -> Iterator[tuple[int, str]]:
    reader = Reader(payload)
    for _ in range(_MAX_NAME_SUBSECTIONS):
        if reader.at >= reader.end:
            return
        subsection, size = reader.byte(), reader.unsigned()
        end = reader.at + size
        if end > reader.end:
            return
        if subsection == 1:
            names = Reader(payload, reader.at, min(end, reader.end))
            for _ in range(min(names.unsigned(), _MAX_ITEMS)):
                yield names.unsigned(), names.name()[0]
        reader.at = end

"""What stands in the sections of a binary module.

Each reader raises ``Damaged`` at the first byte that makes no sense, and ``Enough`` where a section
would take too long to read on.
Source: WebAssembly core specification, binary format, chapters on types and modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, get_args

from .binary import Damaged, Reader
from .constants import constant
from .items import Export, Import, Kind, Segment, Signature

_MAX_KEPT: Final = 20_000
"""The most imports, and exports, that are kept whatever their names."""
_MAX_KEPT_NAMES_BYTES: Final = 4 << 20
_MAX_VALUES: Final = 1000
"""The most parameters or results that the engine takes; a longer type is not kept."""
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
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


@dataclass
class IndexSpaces:
    """The index spaces that later sections refer to, and what was passed over of them."""

    signatures: list[Signature | None] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    globals: list[int | None] = field(default_factory=list)
    is_cut: bool = False
    """Whether more is there than was kept."""
    imports_passed_over: int = 0
    """How many functions are imported that were not kept."""

    def signature(self, type_index: int) -> Signature | None:
        """Return a type by its index; None where it is not known."""
        known = type_index < len(self.signatures)
        return self.signatures[type_index] if known else None


def read_types(spaces: IndexSpaces, reader: Reader) -> None:
    """Read the types: those of functions, as far as they are plain; each other one is None."""
    with suppress(_OtherType):  # it and those after it stay unknown
        for _ in reader.long_count():
            plain = _pass_plain_type(reader)
            if plain is not None:
                spaces.signatures.append(plain)
            elif reader.data[reader.at : reader.at + 1] == b"\x4e":
                reader.byte()
                group = [_read_type(reader) for _ in reader.long_count()]
                # What stands in a group with others is no type of what is outside of it.
                spaces.signatures += group if len(group) == 1 else [None] * len(group)
            else:
                spaces.signatures.append(_read_type(reader))


class _OtherType(Exception):
    """A type of a proposal that is not read here."""


def _read_type(reader: Reader) -> Signature | None:
    code, is_plain = reader.byte(), True
    if code in (0x4F, 0x50):
        above = [reader.unsigned() for _ in reader.count()]
        is_plain = code == 0x4F and not above
        code = reader.byte()
    if code == 0x60:
        params = tuple(_value_type(reader) for _ in reader.count())
        results = tuple(_value_type(reader) for _ in reader.count())
        is_known = is_plain and max(len(params), len(results)) <= _MAX_VALUES
        return Signature(params, results) if is_known else None
    if code not in (0x5E, 0x5F):
        raise _OtherType
    for _ in reader.count() if code == 0x5F else range(1):
        _value_type(reader)
        reader.byte()  # whether it can be written
    return None


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


def function_types(reader: Reader) -> Iterable[int]:
    """Read the types, by index, of the functions that are defined."""
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


def limits(reader: Reader) -> int:
    """Read the limits of a memory or table, and return the lower one."""
    flags = reader.byte()
    minimum = reader.unsigned(64)
    if flags & 1:
        reader.unsigned(64)
    if flags & 8:
        reader.unsigned()
    return minimum


def read_tables(spaces: IndexSpaces, reader: Reader) -> Iterator[int]:
    """Yield each table's initial size, in elements."""
    for _ in reader.long_count():
        code = reader.byte()
        has_initial_value = code == 0x40
        if has_initial_value:
            reader.byte()
        else:
            reader.at -= 1
        _value_type(reader)
        yield limits(reader)
        if has_initial_value:
            constant(reader, spaces.globals)


def read_globals(spaces: IndexSpaces, reader: Reader) -> Iterator[int | None]:
    """Yield each global's initial value; None where it is not known."""
    for _ in reader.long_count():
        _value_type(reader)
        reader.byte()
        yield constant(reader, spaces.globals)


def read_imports(spaces: IndexSpaces, reader: Reader) -> Iterator[Import]:
    """Yield the imports that are kept."""
    kept_bytes = 0
    for number in reader.count():
        if number >= _MAX_KEPT or kept_bytes > _MAX_KEPT_NAMES_BYTES:
            spaces.is_cut = True
            index = _pass_import(reader)
            if index is not None:
                spaces.functions.append(index)
                spaces.imports_passed_over += 1
                continue
        item = _read_import(spaces, reader)
        kept_bytes += len(item.module) + len(item.name)
        yield item


def _read_import(spaces: IndexSpaces, reader: Reader) -> Import:
    reader.works()
    (module, module_span), (name, name_span) = reader.name(), reader.name()
    kind = reader.byte()
    signature = None
    if kind == 0:
        type_index = reader.unsigned()
        spaces.functions.append(type_index)
        signature = spaces.signature(type_index)
    elif kind == 1:
        _value_type(reader)
        limits(reader)
    elif kind == 2:
        limits(reader)
    elif kind == 3:
        _value_type(reader)
        reader.byte()
    elif kind == 4:
        reader.byte()
        reader.unsigned()
    else:
        raise Damaged(reader.at - 1)
    return Import(module, name, _KINDS[kind], signature, (module_span, name_span))


def read_exports(spaces: IndexSpaces, reader: Reader) -> Iterator[Export]:
    """Yield the exports that are kept."""
    kept_bytes = 0
    for number in reader.count():
        if number >= _MAX_KEPT or kept_bytes > _MAX_KEPT_NAMES_BYTES:
            spaces.is_cut = True
            if _pass_export(reader):
                continue
        export = _read_export(spaces, reader)
        kept_bytes += len(export.name)
        yield export


def _read_export(spaces: IndexSpaces, reader: Reader) -> Export:
    reader.works()
    name, span = reader.name()
    kind, index = reader.byte(), reader.unsigned()
    if kind >= len(_KINDS):
        raise Damaged(reader.at)
    is_known = kind == 0 and index < len(spaces.functions)
    signature = spaces.signature(spaces.functions[index]) if is_known else None
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


def read_data(spaces: IndexSpaces, reader: Reader) -> Iterator[Segment]:
    """Yield the active data segments whose place is known."""
    for _ in reader.long_count():
        mode = reader.unsigned()
        memory = reader.unsigned() if mode == 2 else 0
        offset = constant(reader, spaces.globals) if mode != 1 else None
        size = reader.unsigned()
        reader.take(size)
        if offset is not None:
            yield Segment(memory, offset, size)


def read_elements(spaces: IndexSpaces, reader: Reader) -> Iterator[Segment]:
    """Yield the active element segments whose place is known."""
    for _ in reader.long_count():
        flags = reader.unsigned()
        is_active, names_table, of_expressions = not flags & 1, flags & 2, flags & 4
        table = reader.unsigned() if is_active and names_table else 0
        offset = constant(reader, spaces.globals) if is_active else None
        if flags & 3:
            _value_type(reader)  # or a kind of element, a byte as well
        size = 0
        for _ in reader.count():
            if of_expressions:
                constant(reader, spaces.globals)
            else:
                reader.unsigned()
            size += 1
        if offset is not None:
            yield Segment(table, offset, size)

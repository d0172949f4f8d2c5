"""A builder of WebAssembly modules, right and wrong, without any tool.

`Module` writes the binary format section by section, and lets a test write it wrongly. Instructions
are plain `bytes`, joined with `+`: `i32_const(1) + DROP`.

Source of the numbers: the WebAssembly core specification 3.0, chapter 5 (binary format).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

MAGIC: Final = b"\0asm"
HEADER: Final = MAGIC + b"\x01\0\0\0"
PAGE: Final = 65536
"""Bytes of a page of linear memory."""

# Value types.
I32: Final = b"\x7f"
I64: Final = b"\x7e"
F32: Final = b"\x7d"
F64: Final = b"\x7c"
V128: Final = b"\x7b"
FUNCREF: Final = b"\x70"
EXTERNREF: Final = b"\x6f"

# Instructions without an immediate; those with one are the functions below.
UNREACHABLE: Final = b"\x00"
NOP: Final = b"\x01"
ELSE: Final = b"\x05"
END: Final = b"\x0b"
RETURN: Final = b"\x0f"
DROP: Final = b"\x1a"
BLOCK: Final = b"\x02\x40"
"""A block with neither parameters nor results."""
LOOP: Final = b"\x03\x40"
IF: Final = b"\x04\x40"
I32_EQZ: Final = b"\x45"
I32_LT_U: Final = b"\x49"
I32_ADD: Final = b"\x6a"
I32_SUB: Final = b"\x6b"
I32_DIV_S: Final = b"\x6d"
I32_REM_U: Final = b"\x70"
I64_ADD: Final = b"\x7c"
I64_SUB: Final = b"\x7d"
I32_TRUNC_F64_S: Final = b"\xaa"
I64_EXTEND_I32_U: Final = b"\xad"
MEMORY_SIZE: Final = b"\x3f\0"
MEMORY_GROW: Final = b"\x40\0"

Kind = Literal["func", "table", "memory", "global", "tag"]
KINDS: Final[Mapping[Kind, int]] = {"func": 0, "table": 1, "memory": 2, "global": 3, "tag": 4}
"""The kinds of imports and exports, with their byte."""


def uleb(value: int, width: int = 0) -> bytes:
    """Encode `value` ≥ 0 as unsigned LEB128, padded to `width` bytes where that is longer."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(value: int) -> bytes:
    """Encode `value` as signed LEB128, as short as it gets."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def name(text: str | bytes) -> bytes:
    """Encode a name: its length, then its bytes (given as `bytes`, they may be no UTF-8)."""
    raw = text.encode() if isinstance(text, str) else text
    return uleb(len(raw)) + raw


def vector(items: Sequence[bytes]) -> bytes:
    """Encode a list: its count, then the items."""
    return uleb(len(items)) + b"".join(items)


def section(identifier: int, payload: bytes) -> bytes:
    """Frame one section."""
    return bytes([identifier]) + uleb(len(payload)) + payload


def custom_section(title: str | bytes, payload: bytes = b"") -> bytes:
    """Frame one custom section; it may be appended to any module."""
    return section(0, name(title) + payload)


def function_type(params: Iterable[bytes] = (), results: Iterable[bytes] = ()) -> bytes:
    """Encode a function type as the type section holds it."""
    return b"\x60" + vector(list(params)) + vector(list(results))


def limits(minimum: int, maximum: int | None = None, flags: int = 0) -> bytes:
    """Encode limits, in pages or elements.

    `flags`: 2 shared, 4 64-bit, 8 a page size of its own (append its logarithm).
    """
    if maximum is None:
        return uleb(flags) + uleb(minimum)
    return uleb(flags | 1) + uleb(minimum) + uleb(maximum)


def i32_const(value: int) -> bytes:
    """Push a 32-bit number."""
    return b"\x41" + sleb(value)


def i64_const(value: int) -> bytes:
    """Push a 64-bit number."""
    return b"\x42" + sleb(value)


def f64_const(raw: bytes) -> bytes:
    """Push a 64-bit float, given as its eight little-endian bytes."""
    return b"\x44" + raw


def local_get(index: int) -> bytes:
    """Push a local."""
    return b"\x20" + uleb(index)


def local_set(index: int) -> bytes:
    """Pop into a local."""
    return b"\x21" + uleb(index)


def local_tee(index: int) -> bytes:
    """Copy the top into a local."""
    return b"\x22" + uleb(index)


def global_get(index: int) -> bytes:
    """Push a global."""
    return b"\x23" + uleb(index)


def global_set(index: int) -> bytes:
    """Pop into a global."""
    return b"\x24" + uleb(index)


def call(index: int) -> bytes:
    """Call a function; imports count first."""
    return b"\x10" + uleb(index)


def call_indirect(type_index: int, table: int = 0) -> bytes:
    """Call through a table."""
    return b"\x11" + uleb(type_index) + uleb(table)


def br(depth: int) -> bytes:
    """Branch always."""
    return b"\x0c" + uleb(depth)


def br_if(depth: int) -> bytes:
    """Branch if the top is not 0."""
    return b"\x0d" + uleb(depth)


def i32_load8_u(offset: int = 0) -> bytes:
    """Load one byte."""
    return b"\x2d\0" + uleb(offset)


def i32_load(offset: int = 0) -> bytes:
    """Load four bytes."""
    return b"\x28\x02" + uleb(offset)


def i32_store(offset: int = 0) -> bytes:
    """Store four bytes."""
    return b"\x36\x02" + uleb(offset)


def name_payload(
    functions: Mapping[int, str | bytes],
    module: str | bytes | None = None,
) -> bytes:
    """Encode the payload of a `name` section: the module's name and its functions', by index."""
    entries = [uleb(index) + name(text) for index, text in sorted(functions.items())]
    own = b"" if module is None else section(0, name(module))
    return own + (section(1, vector(entries)) if entries else b"")


@dataclass
class Module:
    """A module under construction. Methods return the index of what they add.

    Nothing is validated, so that a test can build what the engine must refuse; only the order
    "imports before definitions" is asserted, for otherwise indices would silently move.
    """

    types: list[bytes] = field(default_factory=list)
    imports: list[bytes] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    tables: list[bytes] = field(default_factory=list)
    memories: list[bytes] = field(default_factory=list)
    tags: list[bytes] = field(default_factory=list)
    globals: list[bytes] = field(default_factory=list)
    exports: list[bytes] = field(default_factory=list)
    start: int | None = None
    elements: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    datas: list[bytes] = field(default_factory=list)
    customs: list[bytes] = field(default_factory=list)
    names: dict[int, str | bytes] = field(default_factory=dict)
    imported: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def type(self, params: Iterable[bytes] = (), results: Iterable[bytes] = ()) -> int:
        """Add a function type; an equal one is shared."""
        return self.raw_type(function_type(params, results))

    def raw_type(self, encoded: bytes) -> int:
        """Add a type given in its binary form (struct, array, recursive group…)."""
        if encoded not in self.types:
            self.types.append(encoded)
        return self.types.index(encoded)

    def import_raw(
        self, module: str | bytes, item: str | bytes, kind: Kind, descriptor: bytes
    ) -> int:
        """Import anything; `descriptor` is what follows the kind's byte."""
        assert not self.functions, "imports come before definitions: indices would move"
        self.imports.append(name(module) + name(item) + bytes([KINDS[kind]]) + descriptor)
        self.imported[kind] += 1
        return self.imported[kind] - 1

    def import_function(
        self,
        module: str | bytes,
        item: str | bytes,
        params: Iterable[bytes] = (),
        results: Iterable[bytes] = (),
    ) -> int:
        """Import a function."""
        return self.import_raw(module, item, "func", uleb(self.type(params, results)))

    def function(
        self,
        body: bytes,
        params: Iterable[bytes] = (),
        results: Iterable[bytes] = (),
        *,
        variables: Sequence[bytes] = (),
        export: str | bytes | None = None,
        title: str | bytes | None = None,
    ) -> int:
        """Define a function; `body` lacks its last END. `title` goes into the name section."""
        index = self.imported["func"] + len(self.functions)
        self.functions.append(self.type(params, results))
        code = vector([uleb(1) + kind for kind in variables]) + body + END
        self.bodies.append(uleb(len(code)) + code)
        if export is not None:
            self.export(export, "func", index)
        if title is not None:
            self.names[index] = title
        return index

    def memory(self, minimum: int = 1, maximum: int | None = None, flags: int = 0) -> int:
        """Define a memory, in pages."""
        self.memories.append(limits(minimum, maximum, flags))
        return self.imported["memory"] + len(self.memories) - 1

    def table(self, minimum: int, maximum: int | None = None, element: bytes = FUNCREF) -> int:
        """Define a table."""
        self.tables.append(element + limits(minimum, maximum))
        return self.imported["table"] + len(self.tables) - 1

    def global_(self, kind: bytes, initial: bytes, *, mutable: bool = False) -> int:
        """Define a global; `initial` is a constant expression without its END."""
        self.globals.append(kind + bytes([mutable]) + initial + END)
        return self.imported["global"] + len(self.globals) - 1

    def tag(self, params: Iterable[bytes] = (), results: Iterable[bytes] = ()) -> int:
        """Define an exception's tag."""
        self.tags.append(b"\0" + uleb(self.type(params, results)))
        return self.imported["tag"] + len(self.tags) - 1

    def export(self, item: str | bytes, kind: Kind, index: int) -> None:
        """Export anything."""
        self.exports.append(name(item) + bytes([KINDS[kind]]) + uleb(index))

    def element(self, functions: Sequence[int], offset: int = 0) -> None:
        """Fill table 0 from `offset` on when the module is instantiated."""
        items = vector([uleb(index) for index in functions])
        self.elements.append(b"\0" + i32_const(offset) + END + items)

    def data(self, content: bytes, offset: int = 0) -> None:
        """Fill memory 0 from `offset` on when the module is instantiated."""
        self.datas.append(b"\0" + i32_const(offset) + END + uleb(len(content)) + content)

    def custom(self, title: str | bytes, payload: bytes = b"") -> None:
        """Add a custom section at the module's end."""
        self.customs.append(custom_section(title, payload))

    def sections(self) -> list[bytes]:
        """Frame the sections in the order that the format asks for; empty ones are left out."""
        plain: tuple[tuple[int, list[bytes]], ...] = (
            (1, self.types),
            (2, self.imports),
            (3, [uleb(index) for index in self.functions]),
            (4, self.tables),
            (5, self.memories),
            (13, self.tags),
            (6, self.globals),
            (7, self.exports),
            (8, []),
            (9, self.elements),
            (10, self.bodies),
            (11, self.datas),
        )
        framed = []
        for identifier, items in plain:
            if identifier == 8 and self.start is not None:
                framed.append(section(8, uleb(self.start)))
            elif items:
                framed.append(section(identifier, vector(items)))
        framed += self.customs
        if self.names:
            framed.append(custom_section("name", name_payload(self.names)))
        return framed

    def build(self) -> bytes:
        """Write the module."""
        return HEADER + b"".join(self.sections())

"""The stack in a core dump: which functions were on it, and at which of their bytes.

Source: WebAssembly/tool-conventions ``Coredump.md``; the engine writes the sections in the order
``coremodules``, ``coreinstances``, ``corestack``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .binary import Damaged, Reader, code_bodies
from .outline import Outline

_FRAMES_MAX: Final = 64


class Stopped(NamedTuple):
    """A function on the stack: its index, and the offset in the file that it has come to."""

    function: int
    offset: int


def stack_of(dump: bytes, outline: Outline) -> list[Stopped]:
    """Return the stack of the plugin's own functions, innermost first; empty for no dump.

    ``dump`` begins with the content of ``coremodules``. Of the modules, which the engine lists in
    the order of their instantiation, the plugin is the last.
    """
    try:
        calls = _calls(Reader(dump))
        starts = _body_starts(outline, {function for function, _ in calls})
    except (Damaged, IndexError):
        return []
    return [
        Stopped(function, starts[function] + offset)
        for function, offset in calls
        if function in starts
    ]


def stands_at_loop(stack: list[Stopped], data: bytes) -> bool:
    """Tell whether the innermost function was stopped where one of its loops begins."""
    return bool(stack) and data[stack[0].offset : stack[0].offset + 1] == b"\x03"


def _calls(reader: Reader) -> list[tuple[int, int]]:
    modules = 0
    for _ in reader.count():
        reader.byte()
        reader.name()
        modules += 1
    _enter(reader, "coreinstances")
    modules_of = []
    for _ in reader.count():
        reader.byte()
        modules_of.append(reader.unsigned())
        for _lists in ("memories", "globals"):
            for _ in reader.count():
                reader.unsigned()
    _enter(reader, "corestack")
    reader.byte()
    reader.name()
    calls: list[tuple[int, int]] = []
    for _ in reader.count():
        reader.byte()
        instance, function, offset = (reader.unsigned() for _ in range(3))
        for _values in ("locals", "operands"):
            if reader.unsigned():
                raise Damaged(reader.at)  # this engine writes none, and their sizes vary
        if modules_of[instance] == modules - 1 and len(calls) < _FRAMES_MAX:
            calls.append((function, offset))
    return calls


def _enter(reader: Reader, name: str) -> None:
    section_id, _size = reader.byte(), reader.unsigned()
    if section_id != 0 or reader.name()[0] != name:
        raise Damaged(reader.at)


def _body_starts(outline: Outline, functions: set[int]) -> dict[int, int]:
    """Return where in the file the bodies of defined functions begin."""
    if outline.code_section is None or not functions:
        return {}
    first = outline.imported_functions
    bodies = enumerate(code_bodies(outline.data, *outline.code_section), first)
    return {index: start for index, (start, _end) in bodies if index in functions}

"""What made a module: its language, and whether it is a debug build, as far as it shows."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice
from typing import Final

from .binary import Damaged, Reader
from .outline import Outline, custom_payloads

_ASSEMBLYSCRIPT: Final = "~lib/rt".encode("utf-16-le")
"""Names of AssemblyScript's library files, which its error messages carry."""
_RUNTIME: Final = frozenset(("__new", "__pin", "__unpin", "__collect", "__rtti_base"))
"""What AssemblyScript exports with `--exportRuntime`."""
_STRING: Final = re.compile(rb"\x02\0\0\0([\x04-\xff]\0\0\0)")
"""Of the header of a string in AssemblyScript's memory: its kind, and its bytes.

Source: AssemblyScript's documentation, chapter on the runtime, memory layout.
"""
_BEFORE: Final = re.compile(
    rb"(?:(?P<block>.\0\0\0)\0{8}"
    # Binaryen leaves zeros out: two segments, each with a constant that says where it begins.
    rb"|\x41(?P<start>[\x80-\xff]{0,4}[\0-\x7f])\x0b\x01(?P<part>.)"
    rb"\0\x41(?P<rest>[\x80-\xff]{0,4}[\0-\x7f])\x0b[\x80-\xff]{0,4}[\0-\x7f])\Z",
    re.DOTALL,
)
"""What comes before it: the size of its block, and eight bytes for the collector."""
_BEFORE_MAX_BYTES: Final = 24
_STRINGS_MAX: Final = 1_000
_HEADER_BYTES: Final = 20
_BEFORE_KIND_BYTES: Final = 12
_PANICS_IN: Final = b"library/core/src/"
_PRECONDITION: Final = b"unsafe precondition(s) violated"
"""Text of the checks that rustc compiles in where debug assertions are on, names or no names."""
_LANGUAGES_MAX: Final = 8
_LANGUAGE_MAX_CHARS: Final = 40


def languages(outline: Outline) -> list[str]:
    """Return the languages that the module was written in, as its producers section tells."""
    found: list[str] = []
    with suppress(Damaged):
        for payload in custom_payloads(outline, "producers"):
            found += _languages(Reader(payload))
    if not found and _PANICS_IN in outline.data:
        found = ["Rust"]
    if not found and _is_assemblyscript(outline):
        found = ["AssemblyScript"]
    return found


def _is_assemblyscript(outline: Outline) -> bool:
    if _ASSEMBLYSCRIPT in outline.data or {item.name for item in outline.exports} >= _RUNTIME:
        return True
    return any(map(_is_string, islice(_STRING.finditer(outline.data), _STRINGS_MAX)))


def _is_string(kind: re.Match[bytes]) -> bool:
    """Tell whether it is a string with its header, by the numbers there and the text."""
    found = _BEFORE.search(kind.string, max(kind.start() - _BEFORE_MAX_BYTES, 0), kind.start())
    if found is None:
        return False
    size = int.from_bytes(kind[1], "little")
    block = int.from_bytes(found["block"] or found["part"], "little")
    text = kind.string[kind.end() : kind.end() + size - 1]  # its last zero may be left out
    if size % 2 or block != (size + _HEADER_BYTES + 15 & ~15) - 4 or len(text) < size - 1:
        return False
    if found["start"] is not None:
        start, rest = (Reader(found[name]).signed() for name in ("start", "rest"))
        if rest - start != _BEFORE_KIND_BYTES:
            return False
    return all(code >= 0x20 for code in text[0::2]) and not any(text[1::2])


def _languages(reader: Reader) -> list[str]:
    found: list[str] = []
    for _ in reader.count():
        kind = reader.name()[0]
        for _ in reader.count():
            name, _version = reader.name()[0], reader.name()
            if kind == "language" and len(found) < _LANGUAGES_MAX:
                found.append(name[:_LANGUAGE_MAX_CHARS])
    return found


def has_debug_checks(outline: Outline) -> bool:
    """Tell whether the module holds the checks of a Rust build with debug assertions."""
    return _PRECONDITION in outline.data

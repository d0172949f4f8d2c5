"""What made a module: its language, and whether it is a debug build, as far as it shows."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from .binary import Damaged, Reader
from .outline import Outline, custom_payloads

_ASSEMBLYSCRIPT: Final = "~lib/rt".encode("utf-16-le")
"""Names of AssemblyScript's library files, which its error messages carry."""
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
    if not found and _ASSEMBLYSCRIPT in outline.data:
        found = ["AssemblyScript"]
    return found


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

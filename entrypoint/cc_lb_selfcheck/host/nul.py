"""Keeps a NUL out of the engine's error texts, where it would abort the whole process.

The C API turns its error texts into C strings and panics at a NUL. Such a text can only quote the
artifact: the source of WebAssembly text, or the name of an import or export. Handing the engine
another control character in its place changes no verdict (neither is ever valid, or known, there)
and the host's text is had by putting the NUL back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cc_lb_selfcheck.wasm.outline import MAGIC, Outline, Span

_STAND_INS: Final = (*range(0x01, 0x09), *range(0x0E, 0x20))
_STRING: Final = rb'"(?:[^"\\]|\\.)*"'
_TEXT_NAMES: Final = re.compile(rb"\(\s*(?:import|export)(?:\s+" + _STRING + rb"){1,2}", re.DOTALL)
_ESCAPED_NUL: Final = re.compile(rb"\\(?:00|u\{[0_]+\})")


class NulGuard:
    """An artifact as it is handed to the engine, and the way back for the engine's texts."""

    def __init__(self, data: bytes, outline: Outline) -> None:
        if data.startswith(MAGIC):
            # Only the names themselves: a length encoded before one may hold a zero byte too.
            spans = [span for item in outline.imports for span in item.spans]
            spans += [span for item in outline.exports for span in item.spans]
        else:
            spans = [(0, len(data))]
        quoted = set().union(*(data[start:end] for start, end in spans))
        stand_in = next((code for code in _STAND_INS if code not in quoted), _STAND_INS[0])
        self._stand_in = chr(stand_in) if 0 in quoted else None
        self.data = _replace_nul(data, spans, bytes([stand_in])) if self._stand_in else data
        if not data.startswith(MAGIC) and _ESCAPED_NUL.search(data):
            self.data = _unescape_names(self.data)
            self._stand_in = self._stand_in or "\1"

    def restore(self, text: str) -> str:
        """Put the NUL back into a text of the engine."""
        if self._stand_in is None:
            return text
        escaped = f"'\\u{{{ord(self._stand_in):x}}}'"
        return text.replace(escaped, "'\\u{0}'").replace(self._stand_in, "\0")


def _unescape_names(data: bytes) -> bytes:
    """In WebAssembly text, write another character where a name escapes a NUL."""
    return _TEXT_NAMES.sub(lambda names: _ESCAPED_NUL.sub(rb"\\01", names[0]), data)


def _replace_nul(data: bytes, spans: Iterable[Span], stand_in: bytes) -> bytes:
    changed = bytearray(data)
    for start, end in spans:
        changed[start:end] = changed[start:end].replace(b"\0", stand_in)
    return bytes(changed)

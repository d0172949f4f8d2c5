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

from cc_lb_selfcheck.wasm.binary import MAGIC, Span
from cc_lb_selfcheck.wasm.outline import Outline, read_outline
from cc_lb_selfcheck.wasm.text import module_of_bytes

_STAND_INS: Final[tuple[int, ...]] = (*range(0x01, 0x09), 0x0E, 0x0F)
_STRING: Final = rb'"(?:[^"\\]|\\.)*"'
_TEXT_NAMES: Final = re.compile(rb"\(\s*(?:import|export)(?:\s+" + _STRING + rb"){1,2}", re.DOTALL)


def _escaped(code: int) -> str:
    """Return a pattern of the ways to escape a character below U+0010, up to its last digit."""
    return rf"\\0{code:x}|\\u\{{[0_]*{code:x}(?=\}})"


_ESCAPED_NUL: Final = re.compile(_escaped(0).encode())


def _names(outline: Outline) -> list[Span]:
    """Return where the names stand themselves: a length encoded before one may hold a zero too."""
    spans = [span for item in outline.imports for span in item.spans]
    return spans + [span for item in outline.exports for span in item.spans]


def _holds_nul(data: bytes, spans: list[Span]) -> bool:
    return any(b"\0" in data[start:end] for start, end in spans)


class NulGuard:
    """An artifact as it is handed to the engine, and the way back for the engine's texts.

    A module that a text writes out as bytes is handed over as those bytes, where a name needs it.
    """

    def __init__(self, data: bytes, outline: Outline) -> None:
        written = module_of_bytes(data)
        if written is not None and _holds_nul(written, _names(read_outline(written))):
            data, outline = written, read_outline(written)
        self._is_text = not data.startswith(MAGIC)
        if self._is_text:
            spans = [(0, len(data))]
            guarded = b"\0" in data or _ESCAPED_NUL.search(data) is not None
        else:
            spans = _names(outline)
            guarded = _holds_nul(data, spans)
        self.data = data
        self._stand_in: int | None = None
        if guarded:
            stand_in = self._free_stand_in([data[start:end] for start, end in spans])
            self.data = self._replace(data, spans, stand_in)
            # A NUL that is written elsewhere than in a name, as in data, stays where it is.
            if self.data != data:
                self._stand_in = stand_in

    def _free_stand_in(self, quoted: list[bytes]) -> int:
        for code in _STAND_INS:
            escape = re.compile(_escaped(code).encode())
            if not any(code in text or (self._is_text and escape.search(text)) for text in quoted):
                return code
        return _STAND_INS[0]

    def _replace(self, data: bytes, spans: Iterable[Span], stand_in: int) -> bytes:
        if self._is_text:
            return self._replace_in_text(data, stand_in)
        changed = bytearray(data)
        for start, end in spans:
            changed[start:end] = changed[start:end].replace(b"\0", bytes([stand_in]))
        return bytes(changed)

    def _replace_in_text(self, data: bytes, stand_in: int) -> bytes:
        changed = data.replace(b"\0", bytes([stand_in]))
        if _ESCAPED_NUL.search(changed) is None:
            return changed
        # A name of WebAssembly text may escape its NUL; another digit keeps every column.
        digit = b"%x" % stand_in
        return _TEXT_NAMES.sub(
            lambda names: _ESCAPED_NUL.sub(lambda escape: escape[0][:-1] + digit, names[0]),
            changed,
        )

    def restore(self, text: str) -> str:
        """Put the NUL back into a text of the engine."""
        if self._stand_in is None:
            return text
        if self._is_text:
            text = re.sub(_escaped(self._stand_in), lambda escape: f"{escape[0][:-1]}0", text)
        return text.replace(chr(self._stand_in), "\0")

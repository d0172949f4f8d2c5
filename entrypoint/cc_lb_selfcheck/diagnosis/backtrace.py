"""The engine's backtraces, and frames made of them: what they say is a stranger's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.messages import TRAP_CONTEXT

from .library import is_library, without_hashes

FRAMES_MAX: Final = 64
_FUNCTION_MAX_CHARS: Final = 300
_FILE_MAX_CHARS: Final = 1000
_LINE_END: Final = 1 << 31
_NUMBERED: Final = re.compile(r"\s*\d+:\s+(?:0x(?P<offset>[0-9a-f]{1,16}) - )?(?P<function>\S.*)")
_INLINED: Final = re.compile(r"\s+- (?P<function>\S.*)")
_PLACE: Final = re.compile(r"\s+at (?P<file>.+?)(?::(?P<line>\d{1,10}))?(?::(?P<column>\d{1,10}))?")
_OF_MODULE: Final = re.compile(r"(?:<unknown>|[^\s<>!]*)!(?=\S)")
_NAMELESS: Final = re.compile(r"<wasm function \d+>|<unknown>|")


_TYPE: Final = re.compile(
    r"(?:(?:un)?signed )?(?:char|short|int|long|long long|__int128)|long double|void|bool|float"
    r"|double|wchar_t|char\d+_t|__float128|auto|\.\.\.|decltype\(nullptr\)|.*(?:[*&]| const)"
)
"""What no function is called: the engine takes the name ``a`` for a C++ type, ``signed char``."""


def frames_of(
    message: str,
    names: Callable[[Collection[int]], Mapping[int, str]] = lambda _offsets: {},
    inlined: Callable[[Sequence[int]], Sequence[Sequence[str | None]]] = lambda _offsets: (),
) -> list[Frame]:
    """Return the frames of the engine's account of a trap, innermost first.

    ``names`` returns what functions are called that the engine may have misread, by the offsets in
    the file of their instructions. ``inlined`` returns it for what is inlined there and for the
    function itself, innermost first.
    """
    _, found, account = message.partition(TRAP_CONTEXT)
    account = account.partition("\n\nCaused by:")[0]
    if not found:
        return []
    symbols = _symbols_in(account.splitlines())
    known = names({symbol.offset for symbol in symbols if symbol.offset is not None})
    _mend_inlined(symbols, known, inlined)
    frames = []
    for symbol in symbols:
        place = symbol.file, symbol.line, symbol.column
        frame = make_frame(symbol.function, *place)
        name = None if symbol.offset is None else known.get(symbol.offset)
        if name is not None and (frame.file is None or _TYPE.fullmatch(frame.function or "")):
            frame = make_frame(name, *place)
        frames.append(frame)
    return frames


@dataclass(slots=True)
class _Symbol:
    """A function on the stack. What is inlined has no ``offset``: it is no function of its own."""

    function: str
    offset: int | None
    file: str | None = None
    line: int = 0
    column: int = 0

    @property
    def is_misread(self) -> bool:
        """Whether debug information names it, and the engine takes that for a type."""
        named = self.function.rpartition("!")[2]
        return self.file is not None and _TYPE.fullmatch(named) is not None


def _mend_inlined(
    symbols: Iterable[_Symbol],
    known: Collection[int],
    inlined: Callable[[Sequence[int]], Sequence[Sequence[str | None]]],
) -> None:
    """Give their names to inlined functions that the engine took for types."""
    misread: list[tuple[int, list[_Symbol]]] = []
    around: list[_Symbol] = []
    for symbol in symbols:
        around.append(symbol)
        if symbol.offset is not None:
            if any(each.is_misread and each.offset not in known for each in around):
                misread.append((symbol.offset, around))
            around = []
    if not misread:
        return
    # Each once: of recursion, the stack has one instruction again and again.
    offsets = [*dict.fromkeys(offset for offset, _ in misread)]
    names_at = dict(zip(offsets, inlined(offsets), strict=False))
    for offset, group in misread:
        names = names_at.get(offset, ())
        if len(group) == len(names):
            for symbol, name in zip(group, names, strict=True):
                symbol.function = name if name and symbol.is_misread else symbol.function


def _symbols_in(lines: Iterable[str]) -> list[_Symbol]:
    symbols: list[_Symbol] = []
    for line in map(str.rstrip, lines):
        if numbered := _NUMBERED.fullmatch(line):
            at = numbered["offset"]
            symbols.append(_Symbol(numbered["function"], int(at, 16) if at else None))
        elif around := _INLINED.fullmatch(line):
            offset = None
            if symbols:
                offset, symbols[-1].offset = symbols[-1].offset, None
            symbols.append(_Symbol(around["function"], offset))
        elif symbols and symbols[-1].file is None and (place := _PLACE.fullmatch(line)):
            last = symbols[-1]
            last.file = place["file"]
            last.line, last.column = (int(place[name] or 0) for name in ("line", "column"))
        if len(symbols) > FRAMES_MAX:
            break
    return symbols[:FRAMES_MAX]


def make_frame(
    function: str | None,
    file: str | None = None,
    line: int | None = None,
    column: int | None = None,
) -> Frame:
    """Make a frame of what is a stranger's text, within the bounds of one."""
    module = _OF_MODULE.match(function or "")
    named = without_hashes((function or "")[module.end() if module else 0 :])
    known = None if _NAMELESS.fullmatch(named) else _shortened(named, _FUNCTION_MAX_CHARS)
    return Frame(
        function=known,
        file=file and _shortened(file, _FILE_MAX_CHARS),
        line=line if line and line < _LINE_END else None,
        column=column if column and column < _LINE_END else None,
        library=is_library(known, file or None),
    )


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"

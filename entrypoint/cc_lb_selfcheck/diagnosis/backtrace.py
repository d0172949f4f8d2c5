"""The engine's backtraces, and frames made of them: what they say is a stranger's text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.messages import TRAP_CONTEXT

from .library import is_library, without_hashes

FRAMES_MAX: Final = 64
_FUNCTION_MAX_CHARS: Final = 300
_FILE_MAX_CHARS: Final = 1000
_LINE_END: Final = 1 << 31
_NUMBERED: Final = re.compile(r"\s*\d+:\s+(?:0x[0-9a-f]+ - )?(?P<function>\S.*)")
_INLINED: Final = re.compile(r"\s+- (?P<function>\S.*)")
_PLACE: Final = re.compile(r"\s+at (?P<file>.+?)(?::(?P<line>\d{1,10}))?(?::(?P<column>\d{1,10}))?")
_OF_MODULE: Final = re.compile(r"(?:<unknown>|[^\s<>!]*)!(?=\S)")
_NAMELESS: Final = re.compile(r"<wasm function \d+>|<unknown>|")


def frames_of(message: str) -> list[Frame]:
    """Return the frames of the engine's account of a trap, innermost first."""
    _, found, account = message.partition(TRAP_CONTEXT)
    account = account.partition("\n\nCaused by:")[0]
    return list(islice(_frames_in(account.splitlines()), FRAMES_MAX)) if found else []


def _frames_in(lines: Iterable[str]) -> Iterator[Frame]:
    function: str | None = None
    for line in map(str.rstrip, lines):
        begun = _NUMBERED.fullmatch(line) or _INLINED.fullmatch(line)
        place = _PLACE.fullmatch(line)
        if begun:
            if function is not None:
                yield make_frame(function)
            function = begun["function"]
        elif place and function is not None:
            numbers = (int(place[name] or 0) for name in ("line", "column"))
            yield make_frame(function, place["file"], *numbers)
            function = None
    if function is not None:
        yield make_frame(function)


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

"""Where a line of source declares a function, in the languages that plugins are written in.

The sources are a stranger's, and the work on a line grows no faster than the line.
"""

from __future__ import annotations

import re
from typing import Final

_NONE: Final = re.compile(r"\s*(?://|\*|#|return\b|else\b)")
"""How a line begins that declares nothing: a comment, a directive, a statement."""
_KEYWORD: Final = re.compile(r"(?<!\w)(?:fn|func|function)\s{1,40}$")
"""Before the name in Rust, Zig, TypeScript and Go."""
_KEYWORD_MAX_CHARS: Final = 60
_TYPE: Final = re.compile(r"\s*[\w*][\w*\s]*")
"""Before the name in C: words and stars, from the line's begin."""
_OPENS: Final = re.compile(r"\s{0,40}[(<]")


def declared_at(line: str, name: str) -> int | None:
    """Return where in a line a function of that name is declared; None where none is."""
    if name not in line or _NONE.match(line):
        return None
    at = line.find(name)
    while at >= 0:
        if _OPENS.match(line, at + len(name)) and _declares(line[:at]):
            return at
        at = line.find(name, at + 1)
    return None


def _declares(before: str) -> bool:
    if _KEYWORD.search(before[-_KEYWORD_MAX_CHARS:]):
        return True
    return _TYPE.fullmatch(before) is not None and before.rstrip("*")[-1:].isspace()

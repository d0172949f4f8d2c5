"""Where a line of source declares a function, in the languages that plugins are written in.

The sources are a stranger's, and the work on a line grows no faster than the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_NONE: Final = re.compile(r"\s*(?://|\*|#|return\b|else\b)")
"""How a line begins that declares nothing: a comment, a directive, a statement."""
_KEYWORD: Final = re.compile(r"(?<!\w)(?:fn|func|function)\s{1,40}$")
"""Before the name in Rust, Zig, TypeScript and Go."""
_KEYWORD_MAX_CHARS: Final = 60
_TYPE: Final = re.compile(r"\s*[\w*][\w*\s]*")
"""Before the name in C: words and stars, from the line's begin."""
_OPENS: Final = re.compile(r"\s{0,40}[(<]")

C_FAMILY: Final = frozenset((".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".inc"))
_HEAD: Final = re.compile(r"[^\W\d][^=;]*\(")
"""How a line begins a function in C, in the first column."""
_MADE: Final = re.compile(r"[A-Z][A-Z0-9_]*\s{0,40}\([^()]*\)\s*(?:\{|$)")
"""The same by a macro, which may give it any name: `HANDLER(observe) {`."""
_STATEMENT: Final = re.compile(r"\s*(?:return|if|else|while|for|switch|do)\b|\s*[#}/*]|.*;\s*$")
_C_NAME: Final = re.compile(r"([\w$]+)\W*$")
_NAME_MAX_CHARS: Final = 200


def declared_in_c(lines: Sequence[str], function: str) -> bool | None:
    """Tell whether lines of C or C++ declare a function; None where a macro may do so.

    Of ``lines``, the last is one in the function.
    ``function`` is its name as debug information has it: ``a::B<int>::f(int) const``.
    """
    plain = re.sub(r"<[^<>]*>", "", function.partition("(")[0][:_NAME_MAX_CHARS])
    named = _C_NAME.search(plain)
    if named is None or named[1] == "operator":  # a lambda's, too, which has no other name
        return None
    name = re.compile(rf"(?<![\w.>]){re.escape(named[1])}\s{{0,40}}\(")
    declaring = [text for text in lines if not _STATEMENT.match(text)]
    if any(map(name.search, declaring)):
        return True
    around = next((text for text in reversed(declaring) if _HEAD.match(text)), "")
    return None if _MADE.match(around) else False


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

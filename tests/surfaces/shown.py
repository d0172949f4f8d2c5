"""What a reader should see of a text: the rule, put in other words than the product's."""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SHOWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def shown(text: str, kept: str = "") -> str:
    r"""Write what is neither printable nor a space as ``\n``, ``\r``, ``\t`` or ``\u{…}``."""
    return "".join(
        char
        if char in kept or _shows(char, text[:at])
        else _SHORT.get(char, f"\\u{{{ord(char):x}}}")
        for at, char in enumerate(text)
    )


def _shows(char: str, before: str) -> bool:
    if _SHOWS_NOTHING.match(char):
        return char == "\ufe0f" and before != "" and unicodedata.category(before[-1]) == "So"
    return char.isprintable() or unicodedata.category(char) == "Zs"

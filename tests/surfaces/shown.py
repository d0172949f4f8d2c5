"""What a reader should see of a text: the rule, put in other words than the product's."""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str, kept: str = "") -> str:
    r"""Write what is neither printable nor a space as ``\n``, ``\r``, ``\t`` or ``\u{…}``."""
    return "".join(
        char
        if char in kept or char.isprintable() or unicodedata.category(char) == "Zs"
        else _SHORT.get(char, f"\\u{{{ord(char):x}}}")
        for char in text
    )

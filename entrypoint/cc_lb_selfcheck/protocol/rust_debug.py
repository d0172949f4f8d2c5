"""Rust's ``Debug`` form of a string, which serde_json's messages carry.

Which characters are escaped depends on the Unicode version of the Rust that built the host, not
on Python's, so the two sets stand in a table of their own.
Source: core ``fmt/mod.rs`` (``impl Debug for str``) and ``char/methods.rs`` of Rust 1.96.
"""

from bisect import bisect_right
from functools import cache
from importlib.resources import files

_SHORT = {"\0": "\\0", "\t": "\\t", "\r": "\\r", "\n": "\\n", '"': '\\"', "\\": "\\\\"}


def debug_string(text: str) -> str:
    """Return ``text`` quoted and escaped as ``format!("{text:?}")`` does."""
    return '"' + "".join(_escape(char) for char in text) + '"'


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if " " <= char <= "~":
        return char
    escaped = char < " " or _is_escaped(ord(char))
    return f"\\u{{{ord(char):x}}}" if escaped else char


def _is_escaped(code: int) -> bool:
    # Bounds alternate: the first begins a range of escaped code points, the second ends it.
    return bisect_right(_bounds(), code) % 2 == 1


@cache
def _bounds() -> tuple[int, ...]:
    table = files(__package__).joinpath("rust_escaped_chars.txt").read_text("ascii")
    gaps = (int(gap, 16) for line in table.splitlines() if line[:1] != "#" for gap in line.split())
    bounds, at = [], 0
    for gap in gaps:
        at += gap
        bounds.append(at)
    return tuple(bounds)

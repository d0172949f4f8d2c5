"""Edits of TOML by the line, so that comments and layout stay; each is proven by parsing.

What an edit comes to must parse to what was there, with the one value changed. Where the file is
written in a way that a line's edit does not fit, as with inline tables, there is none.
"""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from typing import Final

from .manifests import parsed_toml

_HEADER: Final = re.compile(r"\s*\[")
_VALUE: Final = r'(?:"[^"\\]*"|[\w.+-]+)'


def lines_of(text: str) -> list[str]:
    """Split text after each line feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def with_value(line: str, key: str, value: str) -> str | None:
    """Return the line of a key with another value; None where the line is not one of that key."""
    match = re.fullmatch(rf"(\s*{key}\s*=\s*){_VALUE}(\s*(?:#.*)?)", line, re.DOTALL)
    return f"{match[1]}{value}{match[2]}" if match else None


def with_first_element(line: str, key: str, element: str) -> str | None:
    """Return the line in which a key's array begins with another element before all others."""
    match = re.fullmatch(rf"(\s*{key}\s*=\s*\[)([ \t]*)(\S?.*)", line, re.DOTALL)
    if match is None:
        return None
    rest = match[3]
    if rest.startswith("]"):
        return f"{match[1]}{element}{rest}"
    return f"{match[1]}{element},{rest}" if not rest.strip() else f"{match[1]}{element}, {rest}"


def set_value(text: str, table: tuple[str, ...], key: str, value: str) -> str | None:
    """Return the text with a table's key set to a value, which is given as TOML writes it.

    A table that is not there is added at the end; None where the edit cannot be proven right.
    """
    lines = lines_of(text)
    header = _header(lines, table)
    if header is None:
        edited = [*_ended(lines), "\n", f"[{'.'.join(table)}]\n", f"{key} = {value}\n"]
    else:
        end = _end(lines, header)
        changed = [with_value(line, key, value) for line in lines[header + 1 : end]]
        at = next((number for number, line in enumerate(changed) if line is not None), None)
        if at is None:
            edited = [*_ended(lines[: header + 1]), f"{key} = {value}\n", *lines[header + 1 :]]
        else:
            edited = list(lines)
            edited[header + 1 + at] = changed[at] or ""
    return proven(text, edited, table, key, tomllib.loads(f"x = {value}")["x"])


def add_table(text: str, after: str, table: str, key: str, value: str) -> str | None:
    """Return the text with a new table of one key behind another; None as ``set_value``."""
    lines = lines_of(text)
    header = _header(lines, (after,))
    if header is None:
        return None
    end = _end(lines, header)
    while end > header + 1 and not lines[end - 1].strip():
        end -= 1
    added = ["\n", f"[{table}]\n", f"{key} = {value}\n"]
    edited = [*_ended(lines[:end]), *added, *lines[end:]]
    return proven(text, edited, (table,), key, tomllib.loads(f"x = {value}")["x"])


def proven(
    text: str, edited: list[str], table: tuple[str, ...], key: str, value: object
) -> str | None:
    """Return the edited text, in the line ends of the text before, if it says just that more."""
    ends = "\r\n" if "\r\n" in text else "\n"
    after = "".join(
        line if line.endswith("\r\n") else f"{line[:-1]}{ends}" if line[-1:] == "\n" else line
        for line in edited
    )
    wanted, told = deepcopy(parsed_toml(text)), parsed_toml(after)
    if wanted is None or told is None:
        return None
    place = wanted
    for name in table:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            return None
    place[key] = value
    return after if told == wanted else None


def _header(lines: list[str], table: tuple[str, ...]) -> int | None:
    name = r"\s*\.\s*".join(map(re.escape, table))
    header = re.compile(rf"\s*\[\s*{name}\s*\]\s*(?:#.*)?", re.DOTALL)
    return next((at for at, line in enumerate(lines) if header.fullmatch(line)), None)


def _end(lines: list[str], header: int) -> int:
    later = range(header + 1, len(lines))
    return next((at for at in later if _HEADER.match(lines[at])), len(lines))


def _ended(lines: list[str]) -> list[str]:
    """Return lines of which the last one ends in a line feed."""
    *others, last = lines or [""]
    return [*others, last if last.endswith("\n") or not last else f"{last}\n"]

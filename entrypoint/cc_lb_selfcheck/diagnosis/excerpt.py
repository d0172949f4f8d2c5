"""A caret under the byte of the response that serde_json names."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_OUTPUT_MAX_BYTES
from cc_lb_selfcheck.surfaces.visible import visible

from .finding import Excerpt
from .specifics import by_code

_LEFT_CELLS: Final = 48
_RIGHT_CELLS: Final = 24
_KEY_MAX_CHARS: Final = 40
_DEPTH_MAX: Final = 8
_LINE_DIGITS_MAX: Final = 6
_PLACE: Final = re.compile(
    rf" at line (\d{{1,{_LINE_DIGITS_MAX}}}) column (\d{{1,{_LINE_DIGITS_MAX}}})\Z"
)
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\]:,]', re.DOTALL)
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def split_place(reason: str) -> tuple[str, int, int] | None:
    """Split a decoder's message into what it says, its line and its column; None without a place.

    Lines count from 1, columns in bytes; column 0 is the line feed that ends the line before.
    """
    place = _PLACE.search(reason)
    return (reason[: place.start()], int(place[1]), int(place[2])) if place else None


def point_at(output: str, line: int, column: int) -> Excerpt | None:
    """Return the part of a response around a byte; None where it has no such byte."""
    if len(output) > SELF_CHECK_OUTPUT_MAX_BYTES:
        return None
    lines = output.split("\n")
    row_number, row_column = line, column
    if column == 0:
        row_number = line - 1
    if not 1 <= row_number <= len(lines):
        return None
    row = lines[row_number - 1]
    if column == 0:
        row += "\n"
        row_column = len(row.encode(errors="replace"))
    data = row.encode(errors="replace")
    if not 1 <= row_column <= len(data):
        return None
    # A byte amid a character stands for the whole of it.
    at = len(data[: row_column - 1].decode(errors="ignore"))
    before = sum(len(earlier) + 1 for earlier in lines[: row_number - 1])
    text, cells = _window(row, at)
    path = path_at(output[: before + at + 1])
    return Excerpt(
        text=text,
        caret=f"{' ' * cells}^",
        line=line,
        column=column,
        path=path,
        found=named(row[at]),
    )


def named(char: str) -> str:
    """Name a character that stands where another should."""
    known = _CHARACTERS.get(char)
    if known is not None:
        return known
    return by_code(char) if char.isspace() and not char.isascii() else f"`{visible(char)}`"


_CHARACTERS: Final = {
    " ": "a space",
    "`": "a backtick",
    "\t": "a tab",
    "\n": "a line feed",
    "\r": "a carriage return",
}


def _window(row: str, at: int) -> tuple[str, int]:
    """Return what surrounds a character, and how many cells of it come before that character."""
    left: list[str] = []
    room, start = _LEFT_CELLS, at
    while start > 0 and room > 0:
        start -= 1
        left.append(visible(row[start]))
        room -= cells_of(left[-1])
    head = "…" if start > 0 else ""
    before = head + "".join(reversed(left))
    right: list[str] = []
    room, end = _RIGHT_CELLS, at
    while end < len(row) and room > 0:
        right.append(visible(row[end]))
        room -= cells_of(right[-1])
        end += 1
    tail = "…" if end < len(row) else ""
    return f"{before}{''.join(right)}{tail}", cells_of(before)


def cells_of(text: str) -> int:
    """Return how many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def path_at(prefix: str) -> str:
    """Return the field in which JSON text that breaks off here is: ``failures[0].stage``."""
    open_keys: list[str | int | None] = []  # a step, a number of an array, or none yet
    for piece in _PIECE.findall(prefix):
        innermost = open_keys[-1] if open_keys else None
        match piece:
            case "{":
                open_keys.append(None)
            case "[":
                open_keys.append(0)
            case "}" | "]":
                del open_keys[-1:]
            case "," if isinstance(innermost, int):
                open_keys[-1] = innermost + 1
            case "," if open_keys:
                open_keys[-1] = None
            case _ if open_keys and innermost is None and _is_whole_string(piece):
                open_keys[-1] = _step(piece)
    return _joined([key for key in open_keys if key is not None])


def least_to_close(prefix: str) -> int:
    """Return how many bytes JSON text that breaks off lacks at least: quotation marks, brackets."""
    depth, is_open = 0, False
    for match in _PIECE.finditer(prefix):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        is_open = match[0][0] == '"' and not _is_whole_string(match[0])
    lacks_value = not is_open and prefix.rstrip().endswith((":", ","))
    return max(depth, 0) + is_open + lacks_value


def _is_whole_string(piece: str) -> bool:
    return len(piece) > 1 and piece.endswith('"')


def _step(piece: str) -> str:
    """Return the step of a path that a key means, as JSON writes it."""
    try:
        key = str(json.loads(piece, strict=False))
    except ValueError:  # what is no JSON is shown as it is written
        return f'["{piece[1:-1][:_KEY_MAX_CHARS]}"]'
    return step_of(key)


def step_of(key: str) -> str:
    """Return a key as a step of a path: ``.stage``, or ``["a key"]``."""
    if _PLAIN_KEY.fullmatch(key) and len(key) <= _KEY_MAX_CHARS:
        return f".{key}"
    shown = json.dumps(key[:_KEY_MAX_CHARS], ensure_ascii=False)
    # Half of a surrogate pair is no text.
    return f"[{shown.encode(errors='backslashreplace').decode()}]"


def _joined(steps: list[str | int]) -> str:
    shown = (f"[{step}]" if isinstance(step, int) else step for step in steps[:_DEPTH_MAX])
    path = "".join(shown).removeprefix(".")
    return path if len(steps) <= _DEPTH_MAX else f"{path}…"

"""What GitHub's runner makes of a step's log and of the files that a step writes.

Written anew from the runner's rules, so that a test can ask what would happen to hostile text.
Where the runner knows a fixed set of command names, this reader takes any name: stricter.
Source: actions/runner 2.336, ``ActionCommand.cs``, ``OutputManager.cs``,
``FileCommandManager.cs``, ``ExecutionContext.cs``; the texts of .NET's ``Split`` and ``TrimStart``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

SHOWN_PER_TYPE: Final = 10
"""Annotations of one type that the runner keeps of a step."""
MESSAGE_CHARS: Final = 4096
"""The runner cuts an annotation's message there."""
SUMMARY_BYTES: Final = 1 << 20
"""A larger job summary is dropped as a whole."""

_WHITE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_DATA: Final = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY: Final = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_LEGACY: Final = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))

_Escapes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that the runner would obey; ``is_legacy`` for the form in brackets."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    data: str = ""
    is_legacy: bool = False


class InvalidFile(ValueError):
    """The runner would fail the step over this file."""


def log_lines(text: str) -> list[str]:
    """Split what a step prints, on stdout or stderr, as the runner does: at a lone CR, too."""
    return _LINE_END.split(text)


def read_log(text: str) -> list[Command]:
    """Return every command in what a step printed."""
    found = (_modern(line) or _legacy(line) for line in log_lines(text))
    return [command for command in found if command is not None]


def read_env_file(text: str) -> dict[str, str]:
    """Return what a file such as ``GITHUB_OUTPUT`` sets, on Linux. Raises ``InvalidFile``."""
    values: dict[str, str] = {}
    lines = text.split("\n")
    whole = len(lines) - 1  # what follows the last line feed has no end of its own
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        name, delimiter, is_heredoc = _head(line)
        if not is_heredoc:
            values[name] = delimiter
            continue
        try:
            end = lines.index(delimiter, at)
        except ValueError:
            raise InvalidFile(f"no line {delimiter!r}") from None
        if end > whole:
            raise InvalidFile("the last line has no end")
        values[name] = "\n".join(lines[at:end])
        at = end + 1
    return values


def _head(line: str) -> tuple[str, str, bool]:
    equals, heredoc = line.find("="), line.find("<<")
    if heredoc >= 0 and (equals < 0 or heredoc < equals):
        name, _, delimiter = line.partition("<<")
        if name and delimiter:
            return name, delimiter, True
    elif equals > 0:
        name, _, value = line.partition("=")
        return name, value, False
    raise InvalidFile(f"invalid format: {line!r}")


def _modern(line: str) -> Command | None:
    trimmed = line.lstrip(_WHITE)
    if not trimmed.startswith("::"):
        return None
    end = trimmed.find("::", 2)
    if end < 0:
        return None
    name, properties = _command_info(trimmed[2:end], ",", _PROPERTY)
    return Command(name, properties, _unescape(trimmed[end + 2 :], _DATA))


def _legacy(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, properties = _command_info(line[start + 3 : end], ";", _LEGACY)
    return Command(name, properties, _unescape(line[end + 1 :], _LEGACY), is_legacy=True)


def _command_info(text: str, separator: str, escapes: _Escapes) -> tuple[str, dict[str, str]]:
    name, _, rest = text.partition(" ")
    properties = {}
    for pair in rest.strip(_WHITE).split(separator):
        key, _, value = pair.lstrip("=").partition("=")
        # .NET leaves out empty pieces, and with them further "=" before the value.
        value = value.lstrip("=")
        if key and value:
            properties[key.lower()] = _unescape(value, escapes)
    return name, properties


def _unescape(text: str, escapes: _Escapes) -> str:
    for escaped, plain in escapes:
        text = text.replace(escaped, plain)
    return text

"""One response that was refused: what the decoder says of it, and the place, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_OUTPUT_MAX_BYTES
from cc_lb_selfcheck.protocol.response import STAGES, STATUSES
from cc_lb_selfcheck.surfaces.visible import visible

from .excerpt import named, path_at, point_at, split_place
from .finding import Excerpt
from .specifics import quote
from .spelling import closest

FIELDS: Final = ("status", "failures", "completed_at")
FAILURE_FIELDS: Final = ("stage", "message")


@dataclass(frozen=True)
class Answer:
    """A response that was refused, and what the decoder said of it."""

    reason: str
    output: str

    @cached_property
    def place(self) -> tuple[str, int, int] | None:
        """What is wrong, the line and the column."""
        return split_place(self.reason)

    @property
    def said(self) -> str:
        """What is wrong, without the place."""
        return self.place[0] if self.place else self.reason

    @cached_property
    def value(self) -> Any:
        """The response as JSON; None where it is none."""
        return parsed(self.output)

    @cached_property
    def is_json(self) -> bool:
        """Whether the response is JSON at all, be it ``null``."""
        try:
            json.loads(self.output)
        except (ValueError, RecursionError):
            return False
        return True

    @cached_property
    def before(self) -> str:
        """What comes before the place at which the decoder stops."""
        if self.place is None:
            return ""
        _, line, column = self.place
        *above, row = self.output.split("\n", max(line, 1))[: max(line, 1)]
        left = row.encode(errors="replace")[: max(column - 1, 0)].decode(errors="ignore")
        return "\n".join([*above, left])

    @property
    def keys(self) -> tuple[str, ...]:
        """The outermost fields of a response that is an object."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    @cached_property
    def excerpt(self) -> Excerpt | None:
        """The place at which the decoder stops."""
        if self.place is None:
            return None
        said, line, column = self.place
        shown = point_at(self.output, line, column)
        if shown is None:
            return None
        expected, found = expected_and_found(said)
        told = {
            "expected": expected,
            "found": found or shown.found,
            "spelling": _spelling(said, shown.path),
        }
        path = path_at(self.before)
        if said == "expected value" and path:
            told |= {"found": _token_at(self.output[len(self.before) :])} | self._words_at(path)
        return shown.model_copy(update=told)

    def _words_at(self, path: str) -> dict[str, str]:
        """Tell of a field that takes nothing but its words, where another value may be there."""
        words = _words_of(path)
        if not words:
            return {}
        quoted = ", ".join(f"`{word}`" for word in words[:-1])
        found = _token_at(self.output[len(self.before) :])
        bare = " without its quotation marks" if found.strip("`") in words else ""
        return {
            "path": path,
            "expected": f"{quoted} or `{words[-1]}`",
            "found": f"{found}{bare}",
        }


def parsed(text: str) -> Any:
    """Return JSON as Python values; None where it is none, or holds what is no text."""
    if len(text) > SELF_CHECK_OUTPUT_MAX_BYTES:
        return None
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair
    except (ValueError, RecursionError):
        return None
    return value


def in_words(answer: Answer) -> str:
    """Tell where the decoder stops, what it wants there and what it finds."""
    if answer.place is None:
        return f"The decoder says: {quote(answer.reason)}."
    said, line, column = answer.place
    where = f"at line {line}, byte {column} of the response"
    if column == 0:
        where = f"at the end of line {line - 1} of the response"
    path = answer.excerpt.path if answer.excerpt else ""
    inside = f", in {quote(path)}" if path else ""
    expected, found = expected_and_found(said)
    if answer.excerpt is not None:
        expected, found = answer.excerpt.expected, answer.excerpt.found
    if expected and found:
        return f"The decoder stops {where}{inside}: it wants {expected} and finds {found}."
    return f"The decoder stops {where}{inside}: {quote(said)}."


# What serde_json's messages say ---------------------------------------------------------------

_TYPES: Final = {
    "struct SelfCheckResponse": "an object with `status`, `failures` and `completed_at`",
    "struct SelfCheckResponse with 3 elements": "three elements",
    "struct SelfCheckFailure": "an object with `stage` and `message`",
    "struct SelfCheckFailure with 2 elements": "two elements",
    "i64": "a whole number of seconds",
    "a sequence": "an array",
    "a string": "a string",
    "unit": "`null`",
    "sequence": "an array",
    "map": "an object",
}
_Words: TypeAlias = Callable[[re.Match[str]], tuple[str, str | None]]
_MESSAGES: Final[tuple[tuple[re.Pattern[str], _Words], ...]] = (
    (
        re.compile(r"unknown field `(.*)`, expected (.*)", re.DOTALL),
        lambda said: (
            _one_of(said[2]),
            f"a field {quote(visible(said[1]))}" if said[1] else "a field without a name",
        ),
    ),
    (
        re.compile(r"unknown variant `(.*)`, expected (.*)", re.DOTALL),
        lambda said: (
            _one_of(said[2]),
            quote(visible(said[1])) if said[1] else "an empty string",
        ),
    ),
    (
        re.compile(r"invalid (?:type|value): (.*), expected (.*)", re.DOTALL),
        lambda said: (_typed(said[2]), _typed(said[1])),
    ),
    (
        re.compile(r"invalid length (\d{1,4}), expected (.*)"),
        lambda said: (_typed(said[2]), f"{said[1]}"),
    ),
    (
        re.compile(r"missing field `(\w{1,40})`"),
        lambda said: (f"a field `{said[1]}`", "the object's end"),
    ),
    (
        re.compile(r"duplicate field `(\w{1,40})`"),
        lambda said: ("each field once", f"`{said[1]}` again"),
    ),
    (
        re.compile(r"EOF while parsing (an object|a list|a string|a value)"),
        lambda said: (f"the rest of {said[1]}", "the response's end"),
    ),
    (
        re.compile(r"trailing comma"),
        lambda _: ("another element after the comma", "the closing bracket"),
    ),
    (
        re.compile(r"control character .* found while parsing a string"),
        lambda _: ("control characters in a string written as escapes", None),
    ),
    (
        re.compile(r"invalid escape"),
        lambda _: ("an escape that JSON knows (a backslash is written `\\\\`)", None),
    ),
    (
        re.compile(r"unexpected end of hex escape|lone leading surrogate in hex escape"),
        lambda _: ("both halves of a surrogate pair", None),
    ),
    (re.compile(r"invalid number"), lambda _: ("a number as JSON writes it", None)),
    (re.compile(r"trailing characters"), lambda _: ("the response's end", None)),
    (
        re.compile(r"key must be a string"),
        lambda _: ("a field's name in double quotes", None),
    ),
    (re.compile(r"expected value"), lambda _: ("a JSON value", None)),
    (re.compile(r"expected (`.`(?: or `.`)?)"), lambda said: (said[1], None)),
)


def expected_and_found(said: str) -> tuple[str | None, str | None]:
    """Return what the decoder wants and what it finds, in words, as far as its message tells."""
    for pattern, words in _MESSAGES:
        match = pattern.fullmatch(said)
        if match:
            return words(match)
    return None, None


def _one_of(names: str) -> str:
    known = re.findall(r"`\w{1,40}`", names)[:6]
    if not known:
        return quote(names)
    return " or ".join(filter(None, [", ".join(known[:-1]), known[-1]]))


def _typed(told: str) -> str:
    if told in _TYPES:
        return _TYPES[told]
    kind, _, value = told.partition(" ")
    plain = value.strip('`"')
    if kind in ("integer", "boolean") and value:
        return quote(plain)
    if told.startswith("floating point "):
        return f"the fraction {quote(told.removeprefix('floating point ').strip('`'))}"
    if kind == "string" and value:
        return f"the string {quote(plain)}"
    return quote(told)


def _spelling(said: str, path: str) -> str | None:
    unknown = re.fullmatch(r"unknown (field|variant) `(.*)`, expected .*", said, re.DOTALL)
    if unknown is None:
        return None
    return closest(unknown[2], right_words(unknown[1], path))


def right_words(kind: str, path: str) -> tuple[str, ...]:
    """Return what the host knows at that place, of a ``kind`` of word: field or variant."""
    if kind == "field":
        return FAILURE_FIELDS if path.startswith(("failures[", "[1][")) else FIELDS
    return STAGES if path.startswith(("failures[", "[1][")) else STATUSES


_STATUS_AT: Final = re.compile(r"status|\[0\]")
_STAGE_AT: Final = re.compile(r"(?:failures|\[1\])\[\d+\](?:\.stage|\[0\])")
_TOKEN_MAX_CHARS: Final = 40


def _words_of(path: str) -> tuple[str, ...]:
    """Return the words that a field takes, if it is one of the two that take words alone."""
    if _STATUS_AT.fullmatch(path):
        return STATUSES
    return STAGES if _STAGE_AT.fullmatch(path) else ()


def _token_at(rest: str) -> str:
    """Tell the value that some JSON begins with."""
    if rest[:1] == "[":
        return "an array"
    token = re.match(r"[^\s,\]}]+", rest[: _TOKEN_MAX_CHARS + 1])
    return quote(visible(token[0]), _TOKEN_MAX_CHARS) if token else named(rest[:1])

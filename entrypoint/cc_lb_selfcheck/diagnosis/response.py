"""What the response really said: for outputs that the host's decoder does not take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_OUTPUT_MAX_BYTES
from cc_lb_selfcheck.protocol.response import STAGES, STATUSES
from cc_lb_selfcheck.surfaces.visible import visible

from .excerpt import point_at, split_place
from .finding import Excerpt
from .specifics import Specifics, listed, quote
from .spelling import closest, same_but_for_style

FIELDS: Final = ("status", "failures", "completed_at")
FAILURE_FIELDS: Final = ("stage", "message")
_START_MAX_CHARS: Final = 80
_OBJECT_START: Final = re.compile(r"[{]\s*\"")
_HTML_START: Final = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_NULS_MAX_SHARE: Final = 0.1


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
        return shown.model_copy(update=told)


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


def decode(reason: str, output: str) -> Specifics:
    """Return what is wrong with a response that is not decoded."""
    answer = Answer(reason, output)
    if not output:
        return Specifics(
            "The response is empty: the plugin returned 0 and set no output.",
            id="CCLB-EMPTY-OUTPUT",
        )
    for recognise in _SHAPES:
        told = recognise(answer)
        if told is not None:
            return told
    return Specifics(_in_words(answer), excerpt=answer.excerpt)


def _in_words(answer: Answer) -> str:
    """Tell where the decoder stops, what it wants there and what it finds."""
    if answer.place is None:
        return f"The decoder says: {quote(answer.reason)}."
    said, line, column = answer.place
    where = f"at line {line}, byte {column} of the response"
    path = answer.excerpt.path if answer.excerpt else ""
    inside = f", in {quote(path)}" if path else ""
    expected, found = expected_and_found(said)
    found = found or (answer.excerpt.found if answer.excerpt else None)
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
        lambda said: (_one_of(said[2]), f"a field {quote(said[1])}"),
    ),
    (
        re.compile(r"unknown variant `(.*)`, expected (.*)", re.DOTALL),
        lambda said: (_one_of(said[2]), quote(said[1])),
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
    return closest(unknown[2], _right_words(unknown[1], path))


def _right_words(kind: str, path: str) -> tuple[str, ...]:
    if kind == "field":
        return FAILURE_FIELDS if path.startswith(("failures[", "[1][")) else FIELDS
    return STAGES if path.startswith(("failures[", "[1][")) else STATUSES


# Shapes ---------------------------------------------------------------------------------------


def _byte_order_mark(answer: Answer) -> Specifics | None:
    if not answer.output.startswith("\ufeff"):
        return None
    return Specifics(
        "The response begins with a byte order mark (the bytes EF BB BF), which is no JSON.",
        id="CCLB-BYTE-ORDER-MARK",
        excerpt=answer.excerpt,
    )


def _utf16(answer: Answer) -> Specifics | None:
    output = answer.output
    if len(output) < 4:
        return None
    halves = (output[0::2], output[1::2])
    shares = sorted(half.count("\0") / len(half) for half in halves)
    if shares[1] < 1 - _NULS_MAX_SHARE or shares[0] > _NULS_MAX_SHARE:
        return None
    return Specifics(
        "Every second byte of the response is zero: the text is in UTF-16, and the host reads"
        " UTF-8.",
        id="CCLB-UTF16-OUTPUT",
        excerpt=answer.excerpt,
    )


def _web_page(answer: Answer) -> Specifics | None:
    if not _HTML_START.match(answer.output):
        return None
    return Specifics(
        f"The response is an HTML page; it begins with {_start(answer.output)}.",
        id="CCLB-HTML-OUTPUT",
        excerpt=answer.excerpt,
    )


def _text(answer: Answer) -> Specifics | None:
    output = answer.output
    if answer.value is not None or output.lstrip(" \t\r\n")[:1] in ("", "{", "[", '"'):
        return None
    inner = _OBJECT_START.search(output)
    if inner and parsed(output[inner.start() :].strip()) is not None:
        cause = f"Before its JSON, the response has the text {_start(output[: inner.start()])}."
    else:
        cause = f"The response is text, not JSON; it begins with {_start(output)}."
    return Specifics(cause, id="CCLB-TEXT-OUTPUT", excerpt=answer.excerpt)


def _start(output: str) -> str:
    return quote(visible(output.strip()[:_START_MAX_CHARS]), _START_MAX_CHARS)


def _encoded_twice(answer: Answer) -> Specifics | None:
    if not isinstance(answer.value, str) or parsed(answer.value) is None:
        return None
    return Specifics(
        "The response is one JSON string, and the JSON is inside that string.",
        id="CCLB-DOUBLE-ENCODED",
        excerpt=answer.excerpt,
    )


def _more_than_the_text(answer: Answer) -> Specifics | None:
    if answer.said != "trailing characters":
        return None
    output = answer.output
    try:
        _, end = json.JSONDecoder().raw_decode(output.lstrip())
    except (ValueError, RecursionError):
        return None
    rest = output.lstrip()[end:]
    if not rest.strip("\0"):
        noun = "a zero byte follows" if len(rest) == 1 else f"{len(rest):,} zero bytes follow"
        cause = f"The JSON is whole, and {noun} it."
    else:
        cause = f"The JSON is whole, and more text follows it: {_start(rest)}."
    return Specifics(cause, id="CCLB-TRAILING-BYTES", excerpt=answer.excerpt)


_UNFINISHED: Final = ("an object", "a list", "a string", "a value")


def _cut_off(answer: Answer) -> Specifics | None:
    if not answer.said.startswith("EOF while parsing"):
        return None
    output = answer.output
    # What a program counts that takes UTF-16 units, or characters, for bytes.
    units = len(output.encode("utf-16-le", errors="replace")) // 2
    lost = len(output.encode(errors="replace")) - units
    if not lost:
        what = answer.said.removeprefix("EOF while parsing ")
        return Specifics(
            f"The response breaks off after {units:,} bytes, in the middle of"
            f" {what if what in _UNFINISHED else 'its JSON'}.",
            id="CCLB-CUT-OFF",
            excerpt=answer.excerpt,
        )
    odd = next(char for char in output if ord(char) > 0x7F)
    return Specifics(
        f"The response breaks off. It holds {quote(visible(odd))}, which takes"
        f" {len(odd.encode(errors='replace'))} bytes: a length counted in characters is {lost:,} or"
        " more bytes too small.",
        id="CCLB-LENGTH-IN-CHARACTERS",
        confidence="likely",
        seen=(f"The response ends after {units + lost:,} bytes, which are {units:,} characters.",),
        excerpt=answer.excerpt,
    )


def _other_answer(answer: Answer) -> Specifics | None:
    keys = set(answer.keys)
    for names, what in _OTHER_ANSWERS:
        if names <= keys and not keys & set(FIELDS):
            return Specifics(
                f"The response has the fields {listed(quote(key) for key in answer.keys)}: {what}.",
                id="CCLB-ANSWER-TO-ANOTHER-CALL",
                excerpt=answer.excerpt,
            )
    return None


_OTHER_ANSWERS: Final = (
    ({"handshake_schema_version"}, "it is the answer to `cc_lb_handshake`"),
    ({"functions_to_test", "initiated_at"}, "it is the host's own request, sent back"),
    ({"magic", "plugin_name"}, "it is the plugin's identity"),
    ({"_v"}, "it is the answer of a wire function, which carries `_v`"),
    ({"url", "method", "headers", "body_base64"}, "it is the answer of a wire function"),
    ({"body_base64"}, "it is the answer of a wire function"),
    ({"signer_state"}, "it is the answer of a wire function"),
    ({"results"}, "it is the answer of the wire function `filter`"),
)


def _other_version(answer: Answer) -> Specifics | None:
    """Recognise the shapes of other versions of the protocol."""
    keys = set(answer.keys)
    if {"name", "version", "hooks"} <= keys:
        what = "that is how plugins of the newer line describe themselves"
    elif any({"function", "version", "reason"} <= set(item) for item in _failures(answer)):
        what = "its failures have `function`, `version` and `reason`, as a conformance report has"
    elif keys & {"protocol_version", "schema_version", "wire_version"}:
        what = "it names a version, and the response of this protocol has none"
    else:
        return None
    return Specifics(
        f"The response has the fields {listed(quote(key) for key in answer.keys)}: {what}.",
        id="CCLB-OTHER-PROTOCOL",
        confidence="likely",
        seen=(f"The decoder says: {quote(answer.said)}.",),
        excerpt=answer.excerpt,
    )


def _failures(answer: Answer) -> Iterator[dict[str, Any]]:
    failures = answer.value.get("failures") if isinstance(answer.value, dict) else None
    if isinstance(failures, list):
        yield from (item for item in failures if isinstance(item, dict))


def _key_style(answer: Answer) -> Specifics | None:
    unknown = re.fullmatch(r"unknown field `(.*)`, expected .*", answer.said, re.DOTALL)
    if unknown is None or answer.excerpt is None:
        return None
    right = _right_words("field", answer.excerpt.path)
    meant = same_but_for_style(unknown[1], right)
    if meant is not None:
        return Specifics(
            f"The response has a field {quote(unknown[1])}; the host reads `{meant}`.",
            id="CCLB-KEY-STYLE",
            excerpt=answer.excerpt,
        )
    meant = closest(unknown[1], right)
    if meant is not None and meant not in answer.keys:
        return Specifics(
            f"The response has a field {quote(unknown[1])}; the right spelling is `{meant}`.",
            f"Name the field `{meant}`.",
            id="CCLB-MISSPELT-FIELD",
            excerpt=answer.excerpt,
        )
    return None


def _value_style(answer: Answer) -> Specifics | None:
    unknown = re.fullmatch(r"unknown variant `(.*)`, expected .*", answer.said, re.DOTALL)
    if unknown is None or answer.excerpt is None:
        return None
    right = _right_words("variant", answer.excerpt.path)
    meant = closest(unknown[1], right) or _SYNONYMS.get(unknown[1][:20].casefold())
    field = quote(answer.excerpt.path or "status")
    if meant not in right:
        return None
    return Specifics(
        f"The field {field} says {quote(unknown[1])}; the host knows `{meant}`.",
        f"Write `{meant}`, letter for letter.",
        id="CCLB-MISSPELT-VALUE",
        excerpt=answer.excerpt,
    )


_SYNONYMS: Final = {
    **dict.fromkeys(("ok", "pass", "passed", "true", "healthy", "ready"), "success"),
    **dict.fromkeys(("error", "err", "fail", "false", "unhealthy"), "failure"),
}


def _time(answer: Answer) -> Specifics | None:
    if answer.excerpt is None or answer.excerpt.path != "completed_at":
        return None
    if not answer.said.startswith(("invalid", "expected value", "number out of range")):
        return None
    return Specifics(
        f"`completed_at` is {_value_at(answer)}, and the host takes a whole number of seconds.",
        id="CCLB-TIME-FORMAT",
        excerpt=answer.excerpt,
    )


def _value_at(answer: Answer) -> str:
    found = re.search(r'"completed_at"\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}\]]+)', answer.output)
    return quote(visible(found[1]), 40) if found else "something else"


def _fields(answer: Answer) -> Specifics | None:
    """Name all fields that are too many or missing, where the decoder names the first."""
    if not answer.said.startswith(("unknown field", "missing field")) or answer.excerpt is None:
        return None
    if not isinstance(answer.value, dict) or answer.excerpt.path.startswith("failures["):
        return None
    unknown = [quote(key, 40) for key in answer.keys if key not in FIELDS]
    lacking = [f"`{field}`" for field in FIELDS if field not in answer.keys]
    told = [f"has fields that the host does not know ({listed(unknown)})"] * bool(unknown)
    told += [f"lacks {listed(lacking)}"] * bool(lacking)
    return Specifics(f"The response {' and '.join(told)}.", excerpt=answer.excerpt)


_SHAPES: Final[tuple[Callable[[Answer], Specifics | None], ...]] = (
    _byte_order_mark,
    _utf16,
    _web_page,
    _encoded_twice,
    _text,
    _more_than_the_text,
    _cut_off,
    _time,
    _other_answer,
    _other_version,
    _key_style,
    _value_style,
    _fields,
)
"""The first that recognises a response tells it."""

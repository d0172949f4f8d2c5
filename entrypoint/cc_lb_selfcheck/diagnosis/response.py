"""What the response really said: for outputs that the host's decoder does not take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from cc_lb_selfcheck.surfaces.visible import visible

from .answer import FAILURE_FIELDS, FIELDS, Answer, in_words, parsed, right_words
from .excerpt import least_to_close, path_at
from .finding import Cause
from .specifics import Specifics, listed, quote
from .spelling import closest, same_but_for_style
from .unseen import begins_unseen, binary, blank, is_unseen, start_of, unseen_in_words, utf16

_OBJECT_STARTS: Final = ("{", '{"')
_OBJECT_START: Final = re.compile(r"[{]\s*\"")
_HTML_START: Final = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def decode(reason: str, output: str) -> Specifics:
    """Return what is wrong with a response that is not decoded."""
    answer = Answer(reason, output)
    if not output:
        return Specifics(
            "The response is empty: the plugin returned 0, and set no output, or one without a"
            " length or in no memory that Extism gave out.",
            id="CCLB-EMPTY-OUTPUT",
        )
    for recognise in _SHAPES:
        told = recognise(answer)
        if told is not None:
            return told
    return Specifics(in_words(answer), excerpt=answer.excerpt)


def _web_page(answer: Answer) -> Specifics | None:
    if not _HTML_START.match(answer.output):
        return None
    return Specifics(
        f"The response is an HTML page; it begins with {start_of(answer.output)}.",
        id="CCLB-HTML-OUTPUT",
        excerpt=answer.excerpt,
    )


def _headless(answer: Answer) -> Specifics | None:
    output = answer.output.rstrip("\0")
    if answer.is_json or all(parsed(start + output) is None for start in _OBJECT_STARTS):
        return None
    return Specifics(
        f"The beginning of the JSON is missing: the response begins with {start_of(output)}.",
        "Hand over the address at which the JSON begins, and its whole length.",
        excerpt=answer.excerpt,
    )


def _text(answer: Answer) -> Specifics | None:
    output = answer.output
    if answer.is_json or output.lstrip(" \t\r\n")[:1] in ("", "{", "[", '"'):
        return None
    inner = _OBJECT_START.search(output)
    if inner and parsed(output[inner.start() :].strip()) is not None:
        cause = f"Before its JSON, the response has the text {start_of(output[: inner.start()])}."
    else:
        cause = f"The response is text, not JSON; it begins with {start_of(output)}."
    return Specifics(cause, id="CCLB-TEXT-OUTPUT", excerpt=answer.excerpt)


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
    place = path_at(answer.before)
    if place:
        return _too_many_elements(answer, place)
    output = answer.output
    try:
        _, end = json.JSONDecoder().raw_decode(output.lstrip())
    except (ValueError, RecursionError):
        return None
    rest = output.lstrip()[end:]
    if is_unseen(rest):
        follow = "follows" if len(rest) == 1 else "follow"
        cause = f"The JSON is whole, and {unseen_in_words(rest)} {follow} it."
    else:
        cause = f"The JSON is whole, and more text follows it: {start_of(rest)}."
    return Specifics(cause, id="CCLB-TRAILING-BYTES", excerpt=answer.excerpt)


def _too_many_elements(answer: Answer, place: str) -> Specifics:
    """Tell of an array in place of an object that has more elements than that has fields."""
    container = place.rpartition("[")[0]
    fields = FAILURE_FIELDS if container else FIELDS
    return Specifics(
        f"The array {f'at {quote(container)}' if container else 'that the response is'} has more"
        f" than {len(fields)} elements; the host takes"
        f" {' and '.join(f'`{field}`' for field in fields[-2:]) if container else _NAMED_FIELDS}.",
        excerpt=answer.excerpt
        and answer.excerpt.model_copy(update={"expected": "the array's end", "path": place}),
    )


_NAMED_FIELDS: Final = ", ".join(f"`{field}`" for field in FIELDS[:-1]) + f" and `{FIELDS[-1]}`"
_UNFINISHED: Final = ("an object", "a list", "a string", "a value")


def _cut_off(answer: Answer) -> Specifics | None:
    if not answer.said.startswith("EOF while parsing"):
        return None
    output = answer.output
    # What a program counts that takes UTF-16 units, or characters, for bytes.
    units = len(output.encode("utf-16-le", errors="replace")) // 2
    lost = len(output.encode(errors="replace")) - units
    closing = least_to_close(output) + sum(
        len(f',"{field}":1') for field in FIELDS if f'"{field}"' not in output
    )
    if closing > lost:
        what = answer.said.removeprefix("EOF while parsing ")
        return Specifics(
            f"The response breaks off after {units + lost:,} bytes, in the middle of"
            f" {what if what in _UNFINISHED else 'its JSON'}.",
            id="CCLB-CUT-OFF",
            excerpt=answer.excerpt,
            others=(_LENGTH_PERHAPS,) if lost else (),
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


_LENGTH_PERHAPS: Final = Cause(
    id="CCLB-LENGTH-IN-CHARACTERS",
    text="A length counted in characters alone would have to lose more here than what is left"
    " shows; that may be so if the lost part has many characters of several bytes.",
    confidence="possible",
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
    right = right_words("field", answer.excerpt.path)
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
    right = right_words("variant", answer.excerpt.path)
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
    value = _value_at(answer)
    rule = "and the host takes a whole number of seconds"
    if re.fullmatch(r"`-?[1-9]\d*…?`", value):
        rule = "which is beyond what the host takes, a signed number of 64 bits"
    return Specifics(
        f"`completed_at` is {value}, {rule}.",
        id="CCLB-TIME-FORMAT",
        excerpt=answer.excerpt,
    )


def _value_at(answer: Answer) -> str:
    found = re.search(r'"completed_at"\s*:\s*(?=\S)', answer.output)
    if found is None:
        return "something else"
    try:
        _, end = json.JSONDecoder().raw_decode(answer.output, found.end())
        value = answer.output[found.end() : end]
    except (ValueError, RecursionError):
        value = re.split(r"[\s,}\]]", answer.output[found.end() :], maxsplit=1)[0]
    return quote(visible(value), 40)


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
    blank,
    utf16,
    begins_unseen,
    _web_page,
    _encoded_twice,
    binary,
    _headless,
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

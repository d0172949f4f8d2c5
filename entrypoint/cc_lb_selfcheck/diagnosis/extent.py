"""Responses that are less than one JSON text, or more: text, pages, what breaks off or goes on."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Final

from cc_lb_selfcheck.surfaces.visible import visible

from .answer import FAILURE_FIELDS, FIELDS, Answer, parsed
from .excerpt import least_to_close, path_at
from .finding import Cause
from .specifics import Specifics, quote
from .unseen import is_unseen, start_of, unseen_in_words

_LOST_STARTS: Final = ("{", '{"')
"""What JSON may lack at its beginning and still read as the rest of it."""
_OBJECT_START: Final = re.compile(r"[{]\s*\"")
_HTML_START: Final = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def web_page(answer: Answer) -> Specifics | None:
    """Recognise the page of a web server."""
    if not _HTML_START.match(answer.output):
        return None
    return Specifics(
        f"The response is an HTML page; it begins with {start_of(answer.output)}.",
        id="CCLB-HTML-OUTPUT",
        excerpt=answer.excerpt,
    )


def headless(answer: Answer) -> Specifics | None:
    """Recognise JSON whose beginning is missing."""
    output = answer.output.rstrip("\0")
    if answer.is_json or all(parsed(start + output) is None for start in _LOST_STARTS):
        return None
    return Specifics(
        f"The beginning of the JSON is missing: the response begins with {start_of(output)}.",
        "Hand over the address at which the JSON begins, and its whole length.",
        excerpt=answer.excerpt,
    )


def text(answer: Answer) -> Specifics | None:
    """Recognise words in place of JSON, or before it."""
    output = answer.output
    if answer.is_json or output.lstrip(" \t\r\n")[:1] in ("", "{", "[", '"'):
        return None
    inner = _OBJECT_START.search(output)
    if inner and parsed(output[inner.start() :].strip()) is not None:
        cause = f"Before its JSON, the response has the text {start_of(output[: inner.start()])}."
    else:
        cause = f"The response is text, not JSON; it begins with {start_of(output)}."
    return Specifics(cause, id="CCLB-TEXT-OUTPUT", excerpt=answer.excerpt)


def encoded_twice(answer: Answer) -> Specifics | None:
    """Recognise JSON inside of a JSON string."""
    if not isinstance(answer.value, str) or parsed(answer.value) is None:
        return None
    return Specifics(
        "The response is one JSON string, and the JSON is inside that string.",
        id="CCLB-DOUBLE-ENCODED",
        excerpt=answer.excerpt,
    )


def more_than_the_text(answer: Answer) -> Specifics | None:
    """Recognise JSON after which there is more, of bytes or of elements."""
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


def cut_off(answer: Answer) -> Specifics | None:
    """Recognise JSON that breaks off."""
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


def wrapped(answer: Answer) -> Specifics | None:
    """Recognise a response that is inside another value."""
    value = answer.value
    if isinstance(value, list) and len(value) == 1 and _is_response(value[0]):
        around, what = "an array", "its one element"
    elif isinstance(value, dict) and len(value) == 1 and _is_response(*value.values()):
        around, what = "another object", f"the value of {quote(answer.keys[0], 40)}"
    else:
        return None
    return Specifics(
        f"The response is inside {around}: it is {what}, and the host reads it bare.",
        f"Send {what} alone.",
        excerpt=answer.excerpt,
    )


def _is_response(value: object) -> bool:
    return isinstance(value, dict) and set(FIELDS) <= set(value)


def last_of_several(answer: Answer) -> Specifics | None:
    """Recognise a response before which other JSON stands, such as lines of a log."""
    output = answer.output.strip()
    if answer.is_json or output[:1] != "{":
        return None
    with suppress(ValueError, RecursionError):
        _, end = json.JSONDecoder().raw_decode(output)
        last = output.rpartition("\n")[2] if "\n" in output else output[end:]
        if (
            end < len(output)
            and not _is_response(parsed(output[:end]))
            and _is_response(parsed(last))
        ):
            return Specifics(
                f"Before the response stands other JSON: {start_of(output[:end])}.",
                "Answer with the response alone: what is to be logged goes through Extism's log.",
                excerpt=answer.excerpt,
            )
    return None

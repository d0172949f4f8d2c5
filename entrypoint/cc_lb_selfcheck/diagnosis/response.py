"""What the response really said: for outputs that the host's decoder does not take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from cc_lb_selfcheck.surfaces.visible import visible

from .answer import FIELDS, Answer, in_words, right_words
from .besides import besides
from .extent import (
    cut_off,
    encoded_twice,
    headless,
    last_of_several,
    more_than_the_text,
    text,
    web_page,
    wrapped,
)
from .misspelt import misspelt_field, misspelt_word
from .specifics import Specifics, listed, quote
from .unseen import JSON_STARTS, begins_unseen, binary, blank, wide


def decode(reason: str, output: str) -> Specifics:
    """Return what is wrong with a response that is not decoded."""
    answer = Answer(reason, output)
    if not output:
        return Specifics(
            "The response is empty: the call ended well, and set no output, or one without a length"
            " or in no memory that Extism gave out.",
            id="CCLB-EMPTY-OUTPUT",
        )
    told = next(filter(None, (recognise(answer) for recognise in _SHAPES)), None)
    if told is not None:
        return told
    names = _fields(answer)
    faults = (*(recognise(answer) for recognise in _FAULTS), names)
    told = next(filter(None, faults), None) or Specifics(in_words(answer), excerpt=answer.excerpt)
    also = besides(answer, tells_names=told is names)
    return told._replace(others=(*told.others, *also))


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
    told = misspelt_field(unknown[1], right, answer.keys)
    return told and told._replace(excerpt=answer.excerpt)


def _value_style(answer: Answer) -> Specifics | None:
    unknown = re.fullmatch(r"unknown variant `(.*)`, expected .*", answer.said, re.DOTALL)
    if unknown is None or answer.excerpt is None:
        return None
    right = right_words("variant", answer.excerpt.path)
    # Written as an object, as in `{"status":{"ok":1}}`, the word is a step of the path.
    field = answer.excerpt.path.removesuffix(f".{unknown[1]}") or "status"
    told = misspelt_word(field, unknown[1], right)
    return told and told._replace(excerpt=answer.excerpt)


def _time(answer: Answer) -> Specifics | None:
    if answer.excerpt is None or answer.excerpt.path != "completed_at":
        return None
    if not answer.said.startswith(("invalid", "expected value", "number out of range")):
        return None
    value = _value_at(answer)
    rule = next(words for pattern, words in _TIME_RULES if pattern.match(value))
    return Specifics(
        f"`completed_at` is {value}, {rule}.",
        id="CCLB-TIME-FORMAT",
        excerpt=answer.excerpt,
    )


def _value_at(answer: Answer) -> str:
    found = re.search(r'"completed_at"\s*:\s*(?=\S)', answer.output)
    if found is None:
        return (answer.excerpt and answer.excerpt.found) or "something else"
    rest = answer.output[found.end() :]
    value = re.split(r"[\s,}\]]", rest, maxsplit=1)[0]
    if rest[0] in JSON_STARTS:
        with suppress(ValueError, RecursionError):
            value = rest[: json.JSONDecoder().raw_decode(rest)[1]]
    return quote(visible(value), 40)


_TIME_RULES: Final = (
    (
        re.compile(r"`-?[1-9]\d*…?`\Z"),
        "which is beyond what the host takes, a signed number of 64 bits",
    ),
    (
        re.compile(r"`(?:\+|-?0)\d+`\Z"),
        "and JSON takes neither zeros nor a plus sign before a number",
    ),
    (
        re.compile(r"`-?\d+[.eE].*`\Z"),
        "and the host takes whole seconds alone, written without a point or an exponent",
    ),
    (re.compile(r"`-0`\Z"), "which the host's decoder takes for a fraction"),
    (re.compile(""), "and the host takes a whole number of seconds"),
)


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
    fix = f"Leave out {listed(unknown)}." if unknown and not lacking else None
    return Specifics(f"The response {' and '.join(told)}.", fix, excerpt=answer.excerpt)


_SHAPES: Final[tuple[Callable[[Answer], Specifics | None], ...]] = (
    blank,
    wide,
    begins_unseen,
    web_page,
    encoded_twice,
    binary,
    headless,
    text,
    wrapped,
    last_of_several,
    more_than_the_text,
    cut_off,
    _other_answer,
    _other_version,
)
"""What a response is as a whole: the first that recognises it tells it."""
_FAULTS: Final[tuple[Callable[[Answer], Specifics | None], ...]] = (
    _time,
    _key_style,
    _value_style,
)
"""What is wrong with one field, where the whole is what it should be."""

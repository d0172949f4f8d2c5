"""Responses with bytes that show as nothing: zeros, control characters, blanks, marks of encodings.

JSON takes four blanks between its parts (space, tab, line feed, carriage return), and none of the
others. Source: RFC 8259, section 2.
"""

from __future__ import annotations

import unicodedata
from itertools import takewhile
from typing import Final, NamedTuple

from cc_lb_selfcheck.surfaces.visible import visible

from .answer import Answer
from .specifics import Specifics, by_code, in_a_row, listed, quote

_JSON_BLANKS: Final = " \t\r\n"
JSON_STARTS: Final = ("{", "[", '"')
"""What a response begins with that is meant to be JSON, be it of a wrong shape."""
_BYTE_ORDER_MARK: Final = "\ufeff"
_UNSEEN: Final = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
_ESCAPE: Final = "\x1b"
_SHOWN_CODES: Final = 3
_START_MAX_CHARS: Final = 80
_NULS_MAX_SHARE: Final = 0.1
_NULS_LIKELY: Final = 0.6
"""From what share of zeros on a text may be so encoded: the others are no plain English letters."""
_WIDER: Final = (
    (2, "UTF-16", "CCLB-UTF16-OUTPUT", " second byte of the response is zero"),
    (4, "UTF-32", "CCLB-UTF32-OUTPUT", " byte of the response but each fourth is zero"),
)
_WRONG_PLACE: Final = (
    "Write the response into memory that Extism's `alloc` gave out, and hand over that address: in"
    " the plugin's own memory, it is another place."
)
_NOUNS: Final = {
    "\0": "zero byte",
    " ": "space",
    "\t": "tab",
    "\n": "line feed",
    "\r": "carriage return",
    _BYTE_ORDER_MARK: "byte order mark",
}


def start_of(output: str) -> str:
    """Quote how a response begins, or what is left of one."""
    return quote(visible(output.strip()[:_START_MAX_CHARS]), _START_MAX_CHARS)


def unseen_in_words(text: str) -> str:
    """Tell characters that show as nothing, by kind and number: ``2 zero bytes and a line feed``.

    There has to be one at least.
    """
    kinds: dict[str, list[str]] = {}
    for char in text:
        kinds.setdefault(_noun(char), []).append(char)
    return in_a_row(_counted(noun, chars) for noun, chars in kinds.items())


def _noun(char: str) -> str:
    known = _NOUNS.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if category == "Cc":
        return "control character"
    return "invisible character" if category == "Cf" else "blank that JSON does not take"


def _counted(noun: str, chars: list[str]) -> str:
    article = "an" if noun.startswith("i") else "a"
    plural = noun.replace("blank that", "blanks that") if " that " in noun else f"{noun}s"
    told = f"{article} {noun}" if len(chars) == 1 else f"{len(chars):,} {plural}"
    if noun in _NOUNS.values():
        return told
    return f"{told} ({listed(map(by_code, dict.fromkeys(chars)), _SHOWN_CODES)})"


def is_unseen(text: str) -> bool:
    """Tell whether all of a text shows as nothing."""
    return all(unicodedata.category(char) in _UNSEEN for char in text)


def blank(answer: Answer) -> Specifics | None:
    """Recognise a response of nothing that shows."""
    output = answer.output
    if not is_unseen(output):
        return None
    told = unseen_in_words(output)
    if not output.strip(_JSON_BLANKS):
        return Specifics(
            f"The response is blank: {told}, and no JSON.",
            id="CCLB-EMPTY-OUTPUT",
        )
    if not output.strip("\0"):
        return Specifics(
            f"The response is {told}, as if nothing had been written where it is read.",
            _WRONG_PLACE,
            excerpt=answer.excerpt,
        )
    has_controls = any(map(_is_control, output.strip(_JSON_BLANKS)))
    return Specifics(
        f"The response has nothing to read: it is {told}.",
        _WRONG_PLACE if has_controls else None,
        excerpt=answer.excerpt,
    )


def begins_unseen(answer: Answer) -> Specifics | None:
    """Recognise JSON before which there is something that shows as nothing."""
    lead = "".join(takewhile(is_unseen, answer.output))
    rest = answer.output[len(lead) :]
    if not lead.strip(_JSON_BLANKS) or rest[:1] not in JSON_STARTS or lead.endswith(_ESCAPE):
        return None
    if lead == _BYTE_ORDER_MARK:
        return Specifics(
            "The response begins with a byte order mark (the bytes EF BB BF), which is no JSON.",
            id="CCLB-BYTE-ORDER-MARK",
            excerpt=answer.excerpt,
        )
    has_zeros = "\0" in lead
    return Specifics(
        f"Before {_what_follows(rest)}, the response has {unseen_in_words(lead)}.",
        "Hand over the address at which the JSON begins, and its length."
        if has_zeros
        else "Leave that out: before its JSON, a response may have spaces, tabs and line ends.",
        excerpt=answer.excerpt,
    )


def _what_follows(rest: str) -> str:
    if Answer("", rest).is_json:
        return "its JSON"
    return f"what looks like JSON ({start_of(rest)})"


def wide(answer: Answer) -> Specifics | None:
    """Recognise text in UTF-16 or UTF-32 by the zeros that it has where it is read as UTF-8."""
    wider = wider_encoding(answer.output)
    if wider is None:
        return None
    is_sure = wider.share >= 1 - _NULS_MAX_SHARE
    verb = "is" if is_sure else "seems to be"
    return Specifics(
        f"{wider.zeros}: the text {verb} in {wider.name}, and the host reads UTF-8.",
        id=wider.id,
        confidence="certain" if is_sure else "likely",
        excerpt=answer.excerpt,
    )


class Wider(NamedTuple):
    """An encoding in which a plain character has zeros beside its one byte.

    ``share`` is that of the places for zeros that have one, and ``zeros`` tells it in words.
    """

    name: str
    id: str
    zeros: str
    share: float


def wider_encoding(output: str) -> Wider | None:
    """Return which encoding a text is in that was read as UTF-8, by its zeros."""
    for width, name, id_, zeros in _WIDER:
        places = [output[first::width] for first in range(width)]
        if len(output) < 2 * width:
            continue
        least, share, *_ = sorted(place.count("\0") / len(place) for place in places)
        if least <= _NULS_MAX_SHARE and share >= _NULS_LIKELY:
            how = "Every" if share == 1 else "Nearly every"
            return Wider(name, id_, how + zeros, share)
    return None


def binary(answer: Answer) -> Specifics | None:
    """Recognise what is mostly no text that somebody could read."""
    output = answer.output
    if answer.is_json or output.lstrip(_JSON_BLANKS)[:1] in JSON_STARTS:
        return None
    controls = sum(map(_is_control, output))
    if 2 * controls <= len(output):
        return None
    return Specifics(
        f"The response is binary data, not JSON: of its {len(output):,} characters, {controls:,}"
        f" are zero bytes or control characters. It begins with {start_of(output)}.",
        f"Answer with JSON in UTF-8. {_WRONG_PLACE}",
        excerpt=answer.excerpt,
    )


def _is_control(char: str) -> bool:
    return char not in _JSON_BLANKS and unicodedata.category(char) == "Cc"

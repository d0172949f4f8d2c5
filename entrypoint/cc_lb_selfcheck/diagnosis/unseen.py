"""Responses with bytes that show as nothing: zeros, control characters, blanks, marks of encodings.

JSON takes four blanks between its parts (space, tab, line feed, carriage return), and none of the
others. Source: RFC 8259, section 2.
"""

from __future__ import annotations

import unicodedata
from itertools import takewhile
from typing import Final

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
NULS_LIKELY: Final = 0.6
"""From what share of zeros on a text may be in UTF-16: the others are no plain English letters."""
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


def utf16(answer: Answer) -> Specifics | None:
    """Recognise text in UTF-16 by the zeros that it has where it is read as UTF-8."""
    share = share_of_utf16(answer.output)
    if share < NULS_LIKELY:
        return None
    is_sure = share >= 1 - _NULS_MAX_SHARE
    return Specifics(
        f"{'Every' if share == 1 else 'Nearly every'} second byte of the response is zero: the text"
        f" {'is' if is_sure else 'seems to be'} in UTF-16, and the host reads UTF-8.",
        id="CCLB-UTF16-OUTPUT",
        confidence="certain" if is_sure else "likely",
        excerpt=answer.excerpt,
    )


def share_of_utf16(output: str) -> float:
    """Return which share of every second byte is zero, where hardly any of the others is."""
    if len(output) < 4:
        return 0.0
    halves = (output[0::2], output[1::2])
    least, most = sorted(half.count("\0") / len(half) for half in halves)
    return most if least <= _NULS_MAX_SHARE else 0.0


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

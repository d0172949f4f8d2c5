"""Odd strings and numbers, as JSON writes them or must not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

from tests.oracle.gen_responses.words import BROKEN_ESCAPES, EDGE_FLOATS, FIELDS, NOT_NUMBERS


def odd_string(rng: Random, *, sound: bool = False) -> str:
    """Write a JSON string of odd characters and escapes; `sound` leaves out what JSON forbids."""
    sources: list[Callable[[Random], str]] = [_plain, _plain, _unicode, _escape, _debug_worthy]
    if not sound:
        sources += [_broken_escape, _control]
    parts = [rng.choice(sources)(rng) for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 9]))]
    return '"' + "".join(parts) + '"'


def _plain(rng: Random) -> str:
    words = ["success", "failure", "status", "x", "a b", "ok", "shape@1 ", "é", "`", "'", "/", "{}"]
    return rng.choice([*words, *FIELDS, " at line 3 column 4", "1", "null", "\x7f"])


def _unicode(rng: Random) -> str:
    high = rng.choice([0x80, 0x800, 0x3000, 0x10000, 0x20000, 0x10FFFF])
    point = rng.randint(0x80, max(0x80, high))
    return "" if 0xD800 <= point < 0xE000 else chr(point)


def _escape(rng: Random) -> str:
    if rng.random() < 0.5:
        return "\\" + rng.choice('"\\/bfnrt')
    point = rng.choice([rng.randrange(0x80), rng.randrange(0x10000), rng.randrange(0x110000)])
    if 0xD800 <= point < 0xE000:
        point = 0
    units = chr(point).encode("utf-16-be")
    hexes = [units[i : i + 2].hex() for i in range(0, len(units), 2)]
    return "".join("\\u" + (h.upper() if rng.random() < 0.5 else h) for h in hexes)


def _debug_worthy(rng: Random) -> str:
    """Choose characters that Rust's Debug writes as escapes, or nearly."""
    marks = "\u0300\u0301\u0488\u200b\u200d\u200e\u202e\u2028\u2060\ufeff\ufffd\ufffe\ufe0f\u00ad"
    others = "\u00a0\u3000\ue000\U000f0000\U000e0001\U0001f1e6\U0001f468\u0378\u061c\u180e'"
    return rng.choice(marks + others)


def _broken_escape(rng: Random) -> str:
    low, high = f"\\u{rng.randrange(0xDC00, 0xE000):04x}", f"\\u{rng.randrange(0xD800, 0xDC00):04x}"
    text = rng.choice([*BROKEN_ESCAPES, "\\\n", "\\u 123"])
    return text.replace("HIGH", high).replace("LOW", low)


def _control(rng: Random) -> str:
    return rng.choice([chr(rng.randrange(0x20)), "\n", "\t", "\0", "\x1f", "\r\n"])


def odd_number(rng: Random) -> str:
    """Write a number, or what somebody may take for one."""
    return rng.choice([_edge_integer, _not_a_number, _decimal, _from_bits, _long, _edge_float])(rng)


def _edge_integer(rng: Random) -> str:
    bits = rng.choice([0, 1, 8, 31, 32, 52, 53, 62, 63, 63, 63, 64, 64, 64, 65, 127, 1023, 1024])
    value = 2**bits + rng.randint(-2, 2)
    if rng.random() < 0.3:
        value = 10 ** rng.randrange(30) + rng.randint(-1, 1)
    return str(-value if rng.random() < 0.4 else value)


def _not_a_number(rng: Random) -> str:
    return rng.choice([*NOT_NUMBERS, "1 000", "1\u00a0", "1\0", "- 1"])


def _digits(rng: Random, lengths: list[int]) -> str:
    return "".join(rng.choices("0123456789", k=rng.choice(lengths)))


def _decimal(rng: Random) -> str:
    digits = _digits(rng, [1, 2, 5, 15, 16, 17, 18, 19, 20, 21, 25])
    whole = digits.lstrip("0") or "0"
    fraction = "." + _digits(rng, [1, 2, 3, 15, 17, 19, 20, 40])
    text = rng.choice(["", "-"]) + rng.choice([whole, "0"])
    if rng.random() < 0.7:
        text += fraction
    if rng.random() < 0.7:
        text += rng.choice(["e", "E", "e+", "e-", "E-"]) + _exponent(rng)
    return text


def _exponent(rng: Random) -> str:
    small = str(rng.choice([rng.randrange(30), rng.randrange(340), rng.randrange(290, 330)]))
    return small if rng.random() < 0.7 else _digits(rng, [1, 2, 2, 3, 3, 3, 4, 9, 10, 11, 20])


def _from_bits(rng: Random) -> str:
    (value,) = struct.unpack("<d", rng.randbytes(8))
    if value != value or value in (float("inf"), float("-inf")):
        return "1e308"
    return rng.choice([repr(value), f"{value:.17g}", f"{value:.3e}", f"{value:.15E}"])


def _long(rng: Random) -> str:
    digits = str(rng.randint(1, 9)) + _digits(rng, [30, 99, 307, 308, 309, 310, 700])
    zeros = "0" * rng.choice([1, 18, 20, 300, 307, 308, 323, 324, 400])
    forms = [digits, f"{digits}e-{len(digits)}", f"{digits}.{digits}", f"0.{zeros}{digits}"]
    forms += [f"1{zeros}e-{len(zeros)}", f"0.{zeros}1e{len(zeros)}", f"1{zeros}", f"1.{zeros}1"]
    forms += [f"1e{zeros}5", f"1e-{zeros}5", f"0.{zeros}", f"{digits}e{digits}", f"0e{digits}"]
    forms += [f"1e-{digits}", f"0.0e-{digits}", f"1{zeros}.{zeros}5e{len(zeros)}"]
    return rng.choice(["", "", "-"]) + rng.choice(forms)


def _edge_float(rng: Random) -> str:
    return rng.choice(EDGE_FLOATS)

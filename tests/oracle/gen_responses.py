"""Responses: what a self-check may output, right, wrong and absurd.

Every generator takes the random source and returns bytes. A response is held as a list of JSON
tokens for as long as possible, so that an edit hits tokens and not only characters.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from random import Random

MAX_OUTPUT = 8192
"""Bytes of response that the host accepts."""

STATUSES = ["success", "failure"]
STAGES = [
    "request_preparation",
    "wire_function_test",
    "capability_verification",
    "response_validation",
]
FIELDS = ["status", "failures", "completed_at", "stage", "message"]
I64_MAX = 2**63 - 1

Tokens = list[str]


def words_of(text: str) -> list[str]:
    return text.split()


BROKEN_ESCAPES = words_of(r"""
\x \u \u1 \u12 \u123 \u00zz \U0041 \' \0 \ \é \u{41} LOW HIGH HIGHHIGH LOWHIGH HIGH\u0041 HIGH\n
HIGHx HIGH\ HIGH\u HIGH\udc0 HIGH\udbff HIGH\ue000 HIGH\udc00 HIGH\udfff "
""")
"""Escapes that JSON forbids; HIGH and LOW stand for some surrogate."""

NOT_NUMBERS = words_of("""
- --1 +1 .5 -.5 1. -1. 1.e5 1e 1e+ 1E- 1e+-1 1.5e 01 -01 00 -00 0123 0. 0e -0. 0x10 1_000 1,000
NaN -NaN Infinity -Infinity inf 1f 1i64 1n 0b1 1..2 1.2.3 1e5e5 1e5.5 -a 1a 1- 1+1 -0x1 ٣ ½ 1é
""")

EDGE_FLOATS = words_of("""
-0 -0.0 0.0 0e0 -0e5 0E+9 1.0 1e0 1e1 1e2 1e15 1e16 1e17 1e18 1e19 1e20 1e21 1e22 1e23 123456789e11
1e-4 1e-5 1e-6 1e-7 0.1 0.3 2.5 9007199254740993.0 9007199254740992e0 1e307 1e308 1e309 1e400 -1e400
1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1.8e308 5e-324 1e-323 1e-324
2.4703282292062327e-324 2.5e-324 2.2250738585072014e-308 2.2250738585072011e-308 1e-400
18446744073709551615.0 18446744073709551616 184467440737095516150 1844674407370955161.5 1.7e9 17e8
9223372036854775807.0 9223372036854775808 -9223372036854775809 1700000000.5 1700000000000 0.1e1
4294967296.0 10e-1 100e-2 1.0e+0
""")


def quoted(text: str) -> str:
    """Write a JSON string, unescaped where JSON allows it."""
    return json.dumps(text, ensure_ascii=False)


# --- scalars ---------------------------------------------------------------------------------


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


def odd_value(rng: Random, depth: int = 0) -> Tokens:
    """Write any JSON value, as tokens."""
    roll = rng.random()
    if roll < 0.2:
        return [odd_number(rng)]
    if roll < 0.45:
        return [odd_string(rng, sound=rng.random() < 0.8)]
    if roll < 0.65 or depth > 2:
        return [rng.choice(["null", "true", "false", "1", '"success"', '""', "[]", "{}", "nul"])]
    items = [odd_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if roll < 0.82:
        return ["[", *_joined(items), "]"]
    pairs = [[quoted(rng.choice([*FIELDS, *STATUSES, "x"])), ":", *item] for item in items]
    return ["{", *_joined(pairs), "}"]


def _joined(items: list[Tokens]) -> Tokens:
    out: Tokens = []
    for item in items:
        out += [",", *item] if out else item
    return out


# --- whole responses ---------------------------------------------------------------------------


def response(rng: Random, failures: int | None = None) -> Tokens:
    """Write a well-formed response, as tokens; the host may still refuse it."""
    count = rng.choice([0, 0, 0, 1, 2, 3]) if failures is None else failures
    status = rng.choice(STATUSES) if rng.random() < 0.5 else STATUSES[count > 0]
    stamp = rng.choice([1, 1, 1_700_000_000, rng.randint(1, I64_MAX), I64_MAX, 0, -1])
    pairs = [
        (quoted("status"), enum(rng, status)),
        (quoted("failures"), ["[", *_joined([failure(rng) for _ in range(count)]), "]"]),
        (quoted("completed_at"), [str(stamp)]),
    ]
    return struct_of(rng, pairs)


def failure(rng: Random) -> Tokens:
    """Write one well-formed failure."""
    message = odd_string(rng, sound=True)
    stage = enum(rng, rng.choice(STAGES))
    return struct_of(rng, [(quoted("stage"), stage), (quoted("message"), [message])])


def enum(rng: Random, variant: str) -> Tokens:
    """Write a unit variant: nearly always as a string, else in its map form."""
    if rng.random() < 0.93:
        return [quoted(variant)]
    return ["{", quoted(variant), ":", "null", "}"]


def struct_of(rng: Random, pairs: list[tuple[str, Tokens]]) -> Tokens:
    """Write a struct: nearly always as an object in some order, else as an array."""
    if rng.random() < 0.06:
        return ["[", *_joined([value for _, value in pairs]), "]"]
    pairs = list(pairs)
    if rng.random() < 0.3:
        rng.shuffle(pairs)
    return ["{", *_joined([[key, ":", *value] for key, value in pairs]), "}"]


def rendered(rng: Random, tokens: Tokens) -> bytes:
    """Join tokens, sometimes with white space between them."""
    if rng.random() < 0.5:
        return "".join(tokens).encode()
    spaces = ["", "", " ", "\n", "\t", "\r", "\r\n", "  \n "]
    parts = [piece for token in tokens for piece in (rng.choice(spaces), token)]
    return ("".join(parts) + rng.choice(spaces)).encode()


def span_of_value(rng: Random, tokens: Tokens) -> tuple[int, int]:
    """Choose a value in the tokens: the bounds of a scalar or of a whole array or object."""
    start = rng.randrange(len(tokens))
    while tokens[start] in (",", ":", "]", "}"):
        start = rng.randrange(len(tokens))
    depth, end = 0, start
    while end < len(tokens):
        depth += (tokens[end] in ("[", "{")) - (tokens[end] in ("]", "}"))
        end += 1
        if depth == 0:
            break
    return start, end


def _valid(rng: Random) -> bytes:
    return rendered(rng, response(rng))


def _many_failures(rng: Random) -> bytes:
    return rendered(rng, response(rng, rng.choice([15, 16, 17, 18, 40])))


def _token_edit(rng: Random) -> bytes:
    tokens = response(rng)
    spare = ["{", "}", "[", "]", ",", ":", '"x"', "1", "null", "true", "nul", "'", "#", "//", "\0"]
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        edit = rng.randrange(5)
        if edit == 0 and len(tokens) > 1:
            del tokens[at]
        elif edit == 1:
            tokens.insert(at, tokens[other])
        elif edit == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif edit == 3:
            tokens[at] = rng.choice(spare)
        else:
            tokens.insert(at, rng.choice(spare))
    return rendered(rng, tokens)


def _value_edit(rng: Random) -> bytes:
    tokens = response(rng)
    start, end = span_of_value(rng, tokens)
    tokens[start:end] = odd_value(rng)
    return rendered(rng, tokens)


def _number(rng: Random) -> bytes:
    text = f'{{"status":"success","failures":[],"completed_at":{odd_number(rng)}}}'
    return text.encode()


def _number_elsewhere(rng: Random) -> bytes:
    number = odd_number(rng)
    places = [
        number,
        f" {number} ",
        f"[{number}]",
        f'["success",[],{number}]',
        f'{{"status":{number}}}',
        f'{{"failures":{number}}}',
        f'{{"failures":[{number}]}}',
        f'{{"failures":[["wire_function_test",{number}]]}}',
        f'{{"status":{{"success":{number}}}}}',
        f"{{{number}:1}}",
        f'{{"completed_at":{number},\n"x":1}}',
        f'{{"completed_at":{number}',
    ]
    return rng.choice(places).encode()


def _string(rng: Random) -> bytes:
    text = odd_string(rng)
    places = [
        text,
        f"{{{text}:1}}",
        f'{{"status":{text}}}',
        f'{{"status":{{{text}:null}}}}',
        f'{{"failures":{text}}}',
        f'{{"failures":[{text}]}}',
        f'{{"completed_at":{text}}}',
        f'{{"failures":[{{{text}:1}}]}}',
        f'{{"failures":[{{"stage":{text}}}]}}',
        f'["failure",[["wire_function_test",{text}]],1]',
        f'{{"status":"failure","failures":[{{"stage":"response_validation","message":{text}}}],"completed_at":1}}',
        f'{{"status":"success","failures":[],"completed_at":1,{text}:1}}',
    ]
    return rng.choice(places).encode()


def _fields(rng: Random) -> bytes:
    pairs = [
        [quoted("status"), ":", *enum(rng, "success")],
        [quoted("failures"), ":", "[", "]"],
        [quoted("completed_at"), ":", "1"],
    ]
    for _ in range(rng.choice([1, 1, 2])):
        edit = rng.randrange(4)
        if edit == 0 and pairs:
            del pairs[rng.randrange(len(pairs))]
        elif edit == 1 and pairs:
            pairs.insert(rng.randrange(len(pairs) + 1), rng.choice(pairs))
        elif edit == 2:
            strange = ["Status", "completedAt", "stage", "", "status ", "message", "\ufeffstatus"]
            key = quoted(rng.choice(strange))
            pairs.insert(rng.randrange(len(pairs) + 1), [key, ":", *odd_value(rng)])
        elif pairs:
            at = rng.randrange(len(pairs))
            key = pairs[at][0]
            if key == '""':
                continue
            place = rng.randrange(1, len(key) - 1)
            pairs[at] = [f"{key[:place]}\\u{ord(key[place]):04X}{key[place + 1 :]}", *pairs[at][1:]]
    return rendered(rng, ["{", *_joined(pairs), "}"])


def _array_form(rng: Random) -> bytes:
    items: list[Tokens] = [enum(rng, "success"), ["[", "]"], ["1"]]
    failures: list[Tokens] = [enum(rng, rng.choice(STAGES)), ['"m"']]
    for these in (items, failures):
        change = rng.choice([-2, -1, 0, 0, 1, 2])
        if change < 0:
            del these[change:]
        these += [odd_value(rng) for _ in range(change)]
    if len(items) > 1 and rng.random() < 0.6:
        items[1] = ["[", "[", *_joined(failures), "]", "]"]
    tail = rng.choice([[], [], [], [","], [",", ","], ["}"], [":"], ["1"]])
    return rendered(rng, ["[", *_joined(items), *tail, "]"])


def _enum_map(rng: Random) -> bytes:
    variant = rng.choice([*STATUSES, *STAGES, "x", ""])
    value = rng.choice([["null"], ["null"], ["null"], odd_value(rng), []])
    tail = rng.choice([[], [], [","], [",", '"x"', ":", "null"], ["1"], [":"]])
    form = ["{", quoted(variant), rng.choice([":", ":", ":", ":", ","]), *value, *tail, "}"]
    form = rng.choice([form, form, form, ["{", "}"], ["{", *odd_value(rng), ":", "null", "}"]])
    if rng.random() < 0.5:
        whole = [
            "{",
            '"status"',
            ":",
            *form,
            ",",
            '"failures"',
            ":",
            "[]",
            ",",
            '"completed_at":1}',
        ]
    else:
        one = ["{", '"stage"', ":", *form, ",", '"message"', ":", '""', "}"]
        whole = ["{", '"status"', ":", '"failure"', ",", '"failures"', ":", "[", *one, "]"]
        whole += [",", '"completed_at"', ":", "1", "}"]
    return rendered(rng, whole)


def _nesting(rng: Random) -> bytes:
    depth = rng.choice([2, 3, 5, 60, 125, 126, 127, 128, 129, 500, 4000])
    opening = rng.choice(["[", '{"status":', '{"success":', '{"a":', '[{"a":'])
    closing = {"[": "]", "{": "}"}[opening[0]] if len(opening) == 1 or opening[0] == "{" else "}]"
    depth = min(depth, 8000 // (len(opening) + len(closing)))
    deep = (
        opening * depth + rng.choice(["", "1", "null"]) + closing * rng.choice([depth, depth - 1])
    )
    places = ["%s", '{"completed_at":%s}', '{"failures":%s}', '{"status":%s}', '{"failures":[%s]}']
    places += ['{"status":{"success":%s}}', '{"failures":[{"message":%s}]}', '{"x":%s}']
    return (rng.choice(places) % deep).encode()


def _around(rng: Random) -> bytes:
    whole = "".join(response(rng))
    odd = ["\ufeff", "\x0b", "\x0c", "\u00a0", "\u2028", "\x85", "\0", "x", "1", "//", "/* */", "#"]
    odd += ["}", "]", ",", ";", "null", "{}", "[]", '"', "\n\n", " \r\n\t ", "\x1a", "\\", "\ufffe"]
    texts = [rng.choice(odd) + whole, whole + rng.choice(odd), whole + "\n" + rng.choice(odd)]
    texts += [whole + whole, whole + "\n" + whole, "\n\n " + whole + "\n" + rng.choice(odd)]
    return rng.choice(texts).encode()


def _inner_space(rng: Random) -> bytes:
    tokens = response(rng)
    strange = ["\x0b", "\x0c", "\u00a0", "\u2028", "\ufeff", "\0", "\x1f", "\x7f", "\u3000", "é"]
    tokens.insert(rng.randrange(len(tokens) + 1), rng.choice(strange))
    return rendered(rng, tokens)


def _cut(rng: Random) -> bytes:
    whole = rendered(rng, response(rng))
    return whole[: rng.randrange(len(whole) + 1)]


def _byte_flip(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(raw)


def _byte_insert(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(len(raw) + 1)
        raw[at:at] = bytes([rng.randrange(256)])
    return bytes(raw)


def _byte_delete(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    at = rng.randrange(len(raw))
    del raw[at : at + rng.choice([1, 1, 2, 5])]
    return bytes(raw)


def _not_utf8(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    bad = [
        b"\x80",
        b"\xbf",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xc3",
        b"\xe0\x80\x80",
        b"\xe0\xa0",
        b"\xe2\x82",
    ]
    bad += [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf0\x90\x80", b"\xf0\x9f"]
    bad += [
        b"\xf4\x90\x80\x80",
        b"\xf5",
        b"\xff",
        b"\xfe\xff",
        b"\xf0\x9f\x92",
        b"\xe1",
        b"\xf4\x8f",
    ]
    at = rng.choice([0, len(raw), rng.randrange(len(raw) + 1)])
    raw[at:at] = rng.choice(bad)
    return bytes(raw)


def _size(rng: Random) -> bytes:
    target = MAX_OUTPUT + rng.choice([-1, 0, 0, 1, 1, 2, 9, 500])
    filler = rng.choice(["x", "é", "🙂", " ", "\\n"])
    head, tail = '{"status":"success","failures":[],"completed_at":', "1}"
    if filler != " ":
        head = '{"status":"failure","failures":[{"stage":"response_validation","message":"'
        tail = '"}],"completed_at":1}'
    space = target - len(head) - len(tail)
    width = len(filler.encode())
    whole = (head + filler * (space // width) + tail).encode()
    if filler == " " and rng.random() < 0.5:
        whole = whole.strip() + b" " * (target - len(whole))
    if rng.random() < 0.3:
        whole = whole[:-9] + rng.choice([b"\xff", b"\xe2\x82"]) + whole[-9:]
    return whole


def _other_document(rng: Random) -> bytes:
    whole = "".join(response(rng))
    soup = "".join(rng.choices('{}[],:" \n\\"1-.eEtfn0u"a', k=rng.randrange(40)))
    texts: list[bytes] = [
        b"",
        b" ",
        b"\n",
        b"\0",
        b'"',
        b"{",
        b"[",
        b"-",
        b"t",
        b"tru",
        b"nulL",
        b"n",
    ]
    texts += [quoted(whole).encode(), whole.encode("utf-16-le"), whole.encode("utf-16")]
    texts += [whole.replace('"', "'").encode(), soup.encode(), soup.encode(), soup.encode()]
    texts += ["".join(odd_value(rng)).encode(), b"success", b"OK\n", b"<html>", b"\x1f\x8b\x08"]
    texts += [whole.replace(":", "=").encode(), whole.replace(",", ";").encode(), rng.randbytes(9)]
    texts += [b"\x83\xa6status\xa7success", whole.encode("utf-32-le"), b"status: success\n"]
    texts += [
        b'{"jsonrpc":"2.0"}',
        b'{"status":"ok"}',
        b'{"status":"Success"}',
        b"undefined",
    ]
    return rng.choice(texts)


def _many_edits(rng: Random) -> bytes:
    """Change several values and keys anywhere in a longer response; space stands everywhere.

    Which fault is told first, and where, then depends on the order of the parser's steps.
    """
    tokens = response(rng, rng.choice([0, 1, 2, 5, 12, 16, 17]))
    for _ in range(rng.choice([0, 1, 2, 3])):
        start, end = span_of_value(rng, tokens)
        tokens[start:end] = odd_value(rng)
    keys = [at for at, token in enumerate(tokens[:-1]) if tokens[at + 1] == ":"]
    for at in rng.sample(keys, min(len(keys), rng.choice([0, 0, 1, 2]))):
        tokens[at] = rng.choice([_escaped_whole(tokens[at]), _misspelt(rng, tokens[at]), '"x"'])
    spaces = ["", " ", "\n", "\t", "\r\n", "  "]
    raw = bytearray("".join(token + rng.choice(spaces) for token in tokens).encode())
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        at = rng.randrange(len(raw))
        edit = rng.randrange(4)
        if edit == 0:
            del raw[at]
        elif edit == 1:
            raw[at:at] = rng.choice([b" ", b",", b"}", b"]", b"{", b"[", b"0", b"x", b"\\", b'"'])
        elif edit == 2:
            raw[at] = rng.randrange(256)
        else:
            del raw[at + 1 :]
    return bytes(raw)


def _escaped_whole(token: str) -> str:
    inner = token.strip('"')
    units = inner.encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'


def _misspelt(rng: Random, token: str) -> str:
    at = rng.randrange(len(token))
    return rng.choice(
        [token[:at] + token[at + 1 :], token.title(), token[:-1] + ' "', token.upper()]
    )


def _lines(rng: Random) -> bytes:
    tokens = response(rng)
    start, end = span_of_value(rng, tokens)
    tokens[start:end] = odd_value(rng)
    ends = rng.choice(["\n", "\r\n", "\r", "\n\n\t"])
    return (ends + ends.join(tokens)).encode()


WEIGHTED: list[tuple[str, int, Callable[[Random], bytes]]] = [
    ("valid", 6, _valid),
    ("many-failures", 2, _many_failures),
    ("token-edit", 10, _token_edit),
    ("value-edit", 8, _value_edit),
    ("many-edits", 16, _many_edits),
    ("number", 14, _number),
    ("number-elsewhere", 8, _number_elsewhere),
    ("string", 12, _string),
    ("fields", 6, _fields),
    ("array-form", 5, _array_form),
    ("enum-map", 5, _enum_map),
    ("nesting", 3, _nesting),
    ("around", 3, _around),
    ("inner-space", 2, _inner_space),
    ("cut", 4, _cut),
    ("byte-flip", 5, _byte_flip),
    ("byte-insert", 4, _byte_insert),
    ("byte-delete", 3, _byte_delete),
    ("not-utf8", 3, _not_utf8),
    ("size", 2, _size),
    ("other-document", 4, _other_document),
    ("lines", 3, _lines),
]


def random_responses(rng: Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` pairs of kind and output."""
    weights = [weight for _, weight, _ in WEIGHTED]
    for kind, _, make in rng.choices(WEIGHTED, weights, k=count):
        yield kind, make(rng)


def every_cut() -> Iterator[tuple[str, bytes]]:
    """Yield every beginning of a few responses that hold all there is to cut."""
    wholes = [
        '{"status":"success","failures":[],"completed_at":-12.5e+3}',
        ' {"failures" : [{"stage":{"wire_function_test":null},"message":"é\\ud83d\\ude00\\n🙂"}],'
        '\n"status":"failure","completed_at":1700000000} ',
        '[ "failure" , [ ["response_validation" , "x"] ] , 1 ]',
        '{"status":true,"failures":false}',
    ]
    for whole in wholes:
        raw = whole.encode()
        for end in range(len(raw)):
            yield "every-cut", raw[:end]


def every_character(block: int = 2000) -> Iterator[tuple[str, bytes]]:
    """Yield all Unicode scalar values, `block` at a time, in a string that the host quotes.

    The quotation is Rust's Debug form, which escapes by the tables of Rust's own Unicode version.
    """
    points = [point for point in range(0x20, 0x110000) if not 0xD800 <= point < 0xE000]
    for start in range(0, len(points), block):
        text = "".join(chr(point) for point in points[start : start + block])
        yield "every-character", f'{{"completed_at":{quoted(text)}}}'.encode()

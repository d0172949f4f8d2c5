"""Sweeps: every small change of a few inputs, the same in each run. Thorough, so a group apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from tests.oracle.gen_responses.words import (
    BROKEN_ESCAPES,
    EDGE_FLOATS,
    NOT_NUMBERS,
    quoted,
    words_of,
)
from tests.support.modules import output_module, success

Output = tuple[str, bytes]
"""Kind, output."""

ACCEPTED = '{"status":"success","failures":[],"completed_at":1}'
WITH_FAILURE = (
    '{"status":"failure","failures":[{"stage":"wire_function_test","message":"m\\u00e9"}],\n'
    '"completed_at":17}'
)
EDITS = '{}[],:"\\ \n\t0-.en\0\x1f\x7f'
"""Characters that an edit puts in: all that mean something to JSON, and some that may not stand."""

PLACES = [
    "%s",
    "[%s",
    "{%s:1}",
    '{"status":%s}',
    '{"failures":%s}',
    '{"completed_at":%s}',
    '{"x":%s}',
    '{"status":{"success":%s}}',
    '{"status":{%s:null}}',
    '["success",[],%s]',
    '{"failures":[%s]}',
    '{"failures":[{"stage":%s}]}',
    '{"failures":[{"message":%s}]}',
    '{"failures":[["wire_function_test",%s]]}',
    '{"status":"success","completed_at":%s,"failures":[]}',
    '{"status":"success","failures":[],\n"completed_at" : %s ',
]
"""Where a value may stand."""


def _every_cut() -> Iterator[Output]:
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


def _every_character(block: int = 2000) -> Iterator[Output]:
    """Yield all Unicode scalar values, `block` at a time, in a string that the host quotes.

    The quotation is Rust's Debug form, which escapes by the tables of Rust's own Unicode version.
    """
    points = [point for point in range(0x20, 0x110000) if not 0xD800 <= point < 0xE000]
    for start in range(0, len(points), block):
        text = "".join(chr(point) for point in points[start : start + block])
        yield "every-character", f'{{"completed_at":{quoted(text)}}}'.encode()


def _values() -> list[str]:
    strings = ["", "success", "failure", "Success", "x", "é", "🙂", "wire_function_test", "status"]
    broken = [e.replace("HIGH", "\\ud800").replace("LOW", "\\udc00") for e in BROKEN_ESCAPES]
    strings += [*broken, "\\ud83d\\ude00", "\\u0000", "\\u001b[31m", "\t", "\n", "a'b`c", "\u200b"]
    words = words_of("null true false nul nulx tru trux fals falsx undefined None nan")
    shapes = ["", "[]", "{}", "[[]]", "[{}]", '[""]', '{"a":1}', '{"success":null}', "[1,2]", "'x'"]
    shapes += [
        "[",
        "{",
        "]",
        "}",
        ",",
        ":",
        '"',
        '"unclosed',
        "\u00a0",
        "\ufeff",
        "#",
        "//",
        "/**/",
    ]
    return [
        *words,
        *shapes,
        *NOT_NUMBERS,
        *EDGE_FLOATS,
        *(f'"{text}"' for text in strings),
    ]


def _every_value() -> Iterator[Output]:
    for value, place in product(_values(), PLACES):
        yield "every-value", (place % value).encode()


def _every_edit() -> Iterator[Output]:
    """Yield each response that one character more, less or another makes of two good ones."""
    for whole in (ACCEPTED, WITH_FAILURE):
        for at in range(len(whole) + 1):
            before, after = whole[:at], whole[at:]
            yield "every-edit", (before + after[1:]).encode()
            for char in EDITS:
                yield "every-edit", (before + char + after).encode()
                yield "every-edit", (before + char + after[1:]).encode()
        raw = whole.encode()
        for at, byte in product(range(len(raw) + 1), (0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF)):
            yield "every-edit", raw[:at] + bytes([byte]) + raw[at:]


def _every_field_list() -> Iterator[Output]:
    """Yield every short list of fields, with repeats, and every short array."""
    response = ['"status":"failure"', '"failures":[%s]', '"completed_at":1', '"Status":1']
    one = ['"stage":"request_preparation"', '"message":"m"', '"x":{}']
    good = "{" + ",".join(one[:2]) + "}"
    for number in range(5):
        for fields in product(response, repeat=number):
            yield "every-field-list", ("{" + ",".join(fields) + "}").replace("%s", good).encode()
    for number in range(4):
        for fields in product(one, repeat=number):
            failures = "{" + ",".join(fields) + "}"
            yield (
                "every-field-list",
                f'{{"status":"failure","completed_at":1,"failures":[{failures}]}}'.encode(),
            )
    for number in range(5):
        for items in product(['"success"', "[]", "1", "null"], repeat=number):
            yield "every-array", ("[" + ",".join(items) + "]").encode()
    for number in range(4):
        for items in product(['"wire_function_test"', '"m"', "1"], repeat=number):
            yield "every-array", ('["failure",[[' + ",".join(items) + "]],1]").encode()


def responses() -> Iterator[Output]:
    """Yield the sweeps over responses."""
    yield from _every_cut()
    yield from _every_character()
    yield from _every_value()
    yield from _every_edit()
    yield from _every_field_list()


def modules() -> Iterator[tuple[str, str, bytes]]:
    """Yield, of a small plugin, every beginning, and every byte with some other value."""
    base = output_module(success())
    for end in range(len(base)):
        yield "every-cut", f"{end}", base[:end]
    rng = Random(0)
    for at in range(len(base)):
        others = {base[at] ^ 1 << bit for bit in (0, 7)} | {rng.randrange(256), 0, 0x0B, 0x7F}
        for value in sorted(others - {base[at]}):
            yield "every-byte", f"{at} {value}", base[:at] + bytes([value]) + base[at + 1 :]

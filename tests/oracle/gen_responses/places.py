"""Responses with one odd thing in every place: a number, a string, a form, a nesting."""

from __future__ import annotations

from random import Random

from tests.oracle.gen_responses.scalars import odd_number, odd_string
from tests.oracle.gen_responses.wholes import Tokens, enum, joined, odd_value, rendered
from tests.oracle.gen_responses.words import STAGES, STATUSES, quoted


def number(rng: Random) -> bytes:
    text = f'{{"status":"success","failures":[],"completed_at":{odd_number(rng)}}}'
    return text.encode()


def number_elsewhere(rng: Random) -> bytes:
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


def string(rng: Random) -> bytes:
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


def array_form(rng: Random) -> bytes:
    items: list[Tokens] = [enum(rng, "success"), ["[", "]"], ["1"]]
    failures: list[Tokens] = [enum(rng, rng.choice(STAGES)), ['"m"']]
    for these in (items, failures):
        change = rng.choice([-2, -1, 0, 0, 1, 2])
        if change < 0:
            del these[change:]
        these += [odd_value(rng) for _ in range(change)]
    if len(items) > 1 and rng.random() < 0.6:
        items[1] = ["[", "[", *joined(failures), "]", "]"]
    tail = rng.choice([[], [], [], [","], [",", ","], ["}"], [":"], ["1"]])
    return rendered(rng, ["[", *joined(items), *tail, "]"])


def enum_map(rng: Random) -> bytes:
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


def nesting(rng: Random) -> bytes:
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

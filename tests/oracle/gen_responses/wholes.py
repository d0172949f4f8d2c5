"""Well-formed responses and any JSON value, as lists of tokens, so that an edit hits tokens."""

from __future__ import annotations

from random import Random

from tests.oracle.gen_responses.scalars import odd_number, odd_string
from tests.oracle.gen_responses.words import FIELDS, STAGES, STATUSES, quoted

I64_MAX = 2**63 - 1

Tokens = list[str]


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
        return ["[", *joined(items), "]"]
    pairs = [[quoted(rng.choice([*FIELDS, *STATUSES, "x"])), ":", *item] for item in items]
    return ["{", *joined(pairs), "}"]


def joined(items: list[Tokens]) -> Tokens:
    """Join the items, with a comma between each two."""
    out: Tokens = []
    for item in items:
        out += [",", *item] if out else item
    return out


def response(rng: Random, failures: int | None = None) -> Tokens:
    """Write a well-formed response, as tokens; the host may still refuse it."""
    count = rng.choice([0, 0, 0, 1, 2, 3]) if failures is None else failures
    status = rng.choice(STATUSES) if rng.random() < 0.5 else STATUSES[count > 0]
    stamp = rng.choice([1, 1, 1_700_000_000, rng.randint(1, I64_MAX), I64_MAX, 0, -1])
    pairs = [
        (quoted("status"), enum(rng, status)),
        (quoted("failures"), ["[", *joined([failure(rng) for _ in range(count)]), "]"]),
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
        return ["[", *joined([value for _, value in pairs]), "]"]
    pairs = list(pairs)
    if rng.random() < 0.3:
        rng.shuffle(pairs)
    return ["{", *joined([[key, ":", *value] for key, value in pairs]), "}"]


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


def valid(rng: Random) -> bytes:
    return rendered(rng, response(rng))


def many_failures(rng: Random) -> bytes:
    return rendered(rng, response(rng, rng.choice([15, 16, 17, 18, 40])))

"""Responses with tokens, values, keys and white space that are other than they should be."""

from __future__ import annotations

from random import Random

from tests.oracle.gen_responses.wholes import (
    enum,
    joined,
    odd_value,
    rendered,
    response,
    span_of_value,
)
from tests.oracle.gen_responses.words import quoted


def token_edit(rng: Random) -> bytes:
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


def value_edit(rng: Random) -> bytes:
    tokens = response(rng)
    start, end = span_of_value(rng, tokens)
    tokens[start:end] = odd_value(rng)
    return rendered(rng, tokens)


def fields(rng: Random) -> bytes:
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
    return rendered(rng, ["{", *joined(pairs), "}"])


def around(rng: Random) -> bytes:
    whole = "".join(response(rng))
    odd = ["\ufeff", "\x0b", "\x0c", "\u00a0", "\u2028", "\x85", "\0", "x", "1", "//", "/* */", "#"]
    odd += ["}", "]", ",", ";", "null", "{}", "[]", '"', "\n\n", " \r\n\t ", "\x1a", "\\", "\ufffe"]
    texts = [rng.choice(odd) + whole, whole + rng.choice(odd), whole + "\n" + rng.choice(odd)]
    texts += [whole + whole, whole + "\n" + whole, "\n\n " + whole + "\n" + rng.choice(odd)]
    return rng.choice(texts).encode()


def inner_space(rng: Random) -> bytes:
    tokens = response(rng)
    strange = ["\x0b", "\x0c", "\u00a0", "\u2028", "\ufeff", "\0", "\x1f", "\x7f", "\u3000", "é"]
    tokens.insert(rng.randrange(len(tokens) + 1), rng.choice(strange))
    return rendered(rng, tokens)


def many_edits(rng: Random) -> bytes:
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


def lines(rng: Random) -> bytes:
    tokens = response(rng)
    start, end = span_of_value(rng, tokens)
    tokens[start:end] = odd_value(rng)
    ends = rng.choice(["\n", "\r\n", "\r", "\n\n\t"])
    return (ends + ends.join(tokens)).encode()

"""Responses with bytes that are other than they should be, too many bytes, and other documents."""

from __future__ import annotations

from random import Random

from tests.oracle.gen_responses.wholes import odd_value, rendered, response
from tests.oracle.gen_responses.words import quoted

MAX_OUTPUT = 8192
"""Bytes of response that the host accepts."""


def cut(rng: Random) -> bytes:
    whole = rendered(rng, response(rng))
    return whole[: rng.randrange(len(whole) + 1)]


def byte_flip(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(raw)


def byte_insert(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(len(raw) + 1)
        raw[at:at] = bytes([rng.randrange(256)])
    return bytes(raw)


def byte_delete(rng: Random) -> bytes:
    raw = bytearray(rendered(rng, response(rng)))
    at = rng.randrange(len(raw))
    del raw[at : at + rng.choice([1, 1, 2, 5])]
    return bytes(raw)


def not_utf8(rng: Random) -> bytes:
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


def size(rng: Random) -> bytes:
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


def other_document(rng: Random) -> bytes:
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

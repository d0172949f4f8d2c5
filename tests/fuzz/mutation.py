"""Changes bytes as damage and malice do: flips, cuts, copies, numbers at their edges."""

from __future__ import annotations

import random
from typing import Final

_EDGES: Final = (
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x80\x80\x80\x80\x08",
    b"\xff\xff\xff\xff\x0f",
    b"18446744073709551616",
    b"-1",
    b"1e999",
    b"NaN",
    b'"',
    b"\\ud800",
    b"\r\n::error::",
    b"##[error]",
    b"<!--",
    b"`" * 9,
    b"../",
    b"\xe2\x80\xae",
    b"[" * 200,
)
_CHANGES_MAX: Final = 6


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return one of the seeds after some changes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, _CHANGES_MAX)):
        at, end = sorted(chance.randint(0, len(data)) for _ in range(2))
        end = min(end, at + chance.choice((1, 4, 64, 4096)))
        match chance.randrange(6):
            case 0:
                data[at:end] = b""
            case 1:
                data[at:at] = data[at:end]
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at:at] = chance.choice(_EDGES)
            case 4:
                data[at:end] = chance.randbytes(end - at)
            case _:
                other = chance.choice(seeds)
                begin = chance.randint(0, len(other))
                data[at:end] = other[begin : begin + chance.choice((1, 16, 256))]
    return bytes(data)

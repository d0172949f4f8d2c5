"""Modules to be damaged, and ways to damage them by chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.support.builder import DROP, HEADER, I32, call, global_get, i32_const
from tests.support.modules import (
    Plugin,
    error_module,
    identity_section,
    output_module,
    success,
    trap_module,
)
from tests.vectors import vectors

DIST = Path(__file__).parents[2] / "plugins" / "dist"
GOLDEN_LARGE = 1000
LARGE = 400_000
"""Bytes from which on a real plugin is left alone: mutants of it would take too long."""


def small_bases() -> list[bytes]:
    """Build a few plugins of some hundred bytes to be damaged."""
    rich = Plugin()
    rich.table(2)
    rich.global_(I32, i32_const(7), mutable=True)
    helper = rich.function(global_get(0) + DROP, title="helper")
    rich.start = rich.function(call(helper), title="begin")
    rich.element([helper])
    rich.self_check(rich.set_output(success()), title="check")
    rich.customs.append(identity_section("rich", "1.0"))
    return [
        output_module(success()),
        trap_module("unreachable", ["check", "middle", "_ZN3foo3bar17h0123456789abcdefE"]),
        error_module(b"an error text"),
        rich.build(),
    ]


def golden_bases() -> list[bytes]:
    """Return the binary modules of the golden file, which other tools have assembled."""
    modules = [vector.data for vector in vectors("modules", "wasm_b64")]
    return [item for item in modules if item.startswith(HEADER) and len(item) <= GOLDEN_LARGE]


def real_bases() -> list[bytes]:
    """Return the real plugins that are built and not too large."""
    real = [path.read_bytes() for path in sorted(DIST.glob("*.wasm"))]
    return [item for item in real if 0 < len(item) <= LARGE]


def _flipped(rng: Random, base: bytes) -> bytes:
    raw = bytearray(base)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return bytes(raw)


def _changed(rng: Random, base: bytes) -> bytes:
    raw = bytearray(base)
    for _ in range(rng.choice([1, 2, 4])):
        raw[rng.randrange(len(raw))] ^= rng.randrange(1, 256)
    return bytes(raw)


def _inserted(rng: Random, base: bytes) -> bytes:
    at = rng.randrange(len(base) + 1)
    return base[:at] + rng.randbytes(rng.choice([1, 1, 2, 5])) + base[at:]


def _deleted(rng: Random, base: bytes) -> bytes:
    at = rng.randrange(len(base))
    return base[:at] + base[at + rng.choice([1, 1, 2, 5, 40]) :]


def _cut(rng: Random, base: bytes) -> bytes:
    return base[: rng.randrange(len(base))]


def _replaced(rng: Random, base: bytes) -> bytes:
    raw = bytearray(base)
    raw[rng.randrange(len(raw))] = rng.choice(
        [0, 1, 0x0B, 0x40, 0x7F, 0x80, 0xFF, rng.randrange(256)]
    )
    return bytes(raw)


def _spliced(rng: Random, base: bytes) -> bytes:
    first, second = sorted(rng.randrange(len(base) + 1) for _ in range(2))
    at = rng.randrange(len(base) + 1)
    return base[:at] + base[first:second][:200] + base[at:]


DAMAGE: dict[str, Callable[[Random, bytes], bytes]] = {
    "bit-flip": _flipped,
    "byte-change": _changed,
    "byte-insert": _inserted,
    "byte-delete": _deleted,
    "cut": _cut,
    "byte-replace": _replaced,
    "splice": _spliced,
}

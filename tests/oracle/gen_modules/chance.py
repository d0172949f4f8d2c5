"""Modules made by chance: damaged ones, and those composed of random parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.oracle.gen_modules.backtraces import ODD_NAMES
from tests.oracle.gen_modules.damaged import DAMAGE, golden_bases, real_bases, small_bases
from tests.oracle.gen_modules.host_functions import ENV_FUNCTIONS
from tests.oracle.gen_modules.outcomes import ERROR_TEXTS
from tests.oracle.gen_modules.parts import COUNT_DOWN, TRAPS, Named
from tests.oracle.gen_modules.start import INITIALISERS
from tests.support.builder import (
    DROP,
    END,
    I32,
    I32_ADD,
    I64,
    LOOP,
    MEMORY_GROW,
    NOP,
    UNREACHABLE,
    br,
    call,
    i32_const,
    i32_load,
    i32_store,
    i64_const,
)
from tests.support.modules import ENV, Plugin, success, trap_code


def _composed(rng: Random) -> bytes:
    """Build a plugin of random parts: what it runs first, how deep, what it leaves, how it ends."""
    plugin = Plugin()
    # What logs may not be initialised: see `kills_the_host`.
    logs = rng.random() < 0.6
    if logs:
        log = plugin.import_function(ENV, rng.choice(["log_info", "log_error", "log_warn"]), [I64])
    if rng.random() < 0.1:
        item, (params, results) = rng.choice(list(ENV_FUNCTIONS.items()))
        if rng.random() < 0.3:
            params = [*params, I32]
        plugin.import_function(rng.choice([ENV, ENV, "env"]), item, params, results)

    def part() -> bytes:
        text = rng.choice(
            [b"text", b"", b"\0", b"\xff", "é".encode(), rng.choice(ERROR_TEXTS)[:99]]
        )
        parts: list[Callable[[], bytes]] = [
            lambda: plugin.set_output(rng.choice([success(), b"{}", text])),
            lambda: plugin.set_output(success()),
            lambda: call(plugin.writer(text)) + (call(log) if logs else DROP),
            lambda: i32_const(rng.randrange(3)) + MEMORY_GROW + DROP,
            lambda: i32_const(rng.randrange(70_000)) + i32_load() + DROP,
            lambda: i32_const(rng.randrange(70_000)) + i32_const(1) + i32_store(),
            lambda: call(plugin.function(rng.randrange(2000) * NOP, title=_title(rng))),
            lambda: call(
                plugin.function(i32_const(rng.randrange(1, 200_000)) + COUNT_DOWN, variables=[I32])
            ),
        ]
        return rng.choice(parts)()

    body = b"".join(part() for _ in range(rng.randrange(5)))
    end = rng.random()
    if end < 0.25:
        body += trap_code(plugin, rng.choice(TRAPS))
    elif end < 0.3:
        body += LOOP + br(0) + END
    elif end < 0.35:
        body += rng.choice([I32_ADD, i64_const(0), DROP, b"\xff", call(999)])
    elif end < 0.5:
        body += plugin.set_error(rng.choice(ERROR_TEXTS[:30]))
    for _ in range(rng.choice([0, 0, 1, 2, 25])):
        body = call(plugin.function(body, title=_title(rng)))
    plugin.self_check(body, rng.choice([0, 0, 0, 0, 1, -1]), _title(rng))
    if not logs and rng.random() < 0.5:
        title = rng.choice(INITIALISERS)
        code = rng.choice([b"", b"", part(), UNREACHABLE])
        plugin.function(code, export=title, title=_title(rng))
    if not logs and rng.random() < 0.35:
        plugin.start = plugin.function(rng.choice([part(), part(), UNREACHABLE]), title=_title(rng))
    if rng.random() < 0.1:
        plugin.data(b"x" * rng.randrange(9), rng.choice([0, 65_530, 65_536, -1]))
    return plugin.build()


def _title(rng: Random) -> str | bytes | None:
    roll = rng.random()
    if roll < 0.5:
        return None
    return rng.choice(ODD_NAMES[:-3]) if roll < 0.98 else rng.choice(ODD_NAMES)


def random_modules(rng: Random, count: int, *, small: bool) -> Iterator[Named]:
    """Yield `count` modules: two thirds damaged ones, the rest composed of random parts.

    `small` damages none but those of some hundred bytes.
    """
    bases = {"small": small_bases(), "golden": golden_bases()}
    if not small and (real := real_bases()):
        bases["real"] = real
    for index in range(count):
        if index % 3 == 2:
            yield "composed", f"{index}", _composed(rng)
            continue
        what = rng.choice(list(DAMAGE))
        # A real plugin takes a hundred times as long to compile as the others.
        size = "real" if "real" in bases and index % 18 == 0 else rng.choice(["small", "golden"])
        yield f"{what}-{size}", f"{index}", DAMAGE[what](rng, rng.choice(bases[size]))

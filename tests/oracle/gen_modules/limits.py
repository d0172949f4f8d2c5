"""Modules at the host's limits: of fuel, to the turn of a loop, and of output."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import COUNT_DOWN, Named
from tests.support.builder import DROP, I32, UNREACHABLE, call, i32_const
from tests.support.modules import Plugin, loop_module, output_module, success

FUEL_EDGE = 1_999_514
"""Turns of `loop_module` for which 10,000,000 units of fuel just suffice.

Found by bisection with the oracle; tests/host/test_fuel.py holds us to it.
"""

FUEL_EDGE_OF_ERRORS = 1_999_793
"""Turns of `error_after` for which the fuel just suffices: to read the text takes some more."""


def error_after(turns: int, code: bytes = b"") -> bytes:
    """Build a plugin that turns so often, sets an error text, runs `code` and returns -1."""
    plugin = Plugin()
    counter = plugin.function(i32_const(turns) + COUNT_DOWN, variables=[I32])
    plugin.self_check(call(counter) + plugin.set_error(b"no model") + code, -1)
    return plugin.build()


def fuel() -> Iterator[Named]:
    for turns in (1, 1000, 100_000, 1_000_000, 1_900_000, 2_000_000, 2_100_000, 20_000_000):
        yield "fuel", f"{turns} turns", loop_module(turns, success())
    yield "fuel", "for ever", loop_module()
    for turns in (
        *range(FUEL_EDGE - 4, FUEL_EDGE + 5),
        *range(FUEL_EDGE - 500, FUEL_EDGE + 500, 7),
    ):
        yield "fuel-edge", f"{turns} turns", loop_module(turns, success())
    for extra in range(12):
        plugin = Plugin()
        code = i32_const(FUEL_EDGE - 2) + COUNT_DOWN + (i32_const(0) + DROP) * extra
        counter = plugin.function(code, variables=[I32])
        plugin.self_check(call(counter) + plugin.set_output(success()))
        yield "fuel-edge", f"{extra} more", plugin.build()
    for turns in range(FUEL_EDGE_OF_ERRORS - 40, FUEL_EDGE_OF_ERRORS + 3):
        for what, code in (("error", b""), ("error, then trap", UNREACHABLE)):
            yield "fuel-edge", f"{turns} turns, {what}", error_after(turns, code)
    for size in (8191, 8192, 8193, 100_000, 200_000, 400_000):
        yield "output-size", f"{size}", output_module(b" " * size)
        yield "output-size", f"{size}, not UTF-8", output_module(b" " * (size - 1) + b"\xff")
    for text in (success(), b"", b"\xff", b"null", b"[]"):
        yield "output", repr(text), output_module(text)

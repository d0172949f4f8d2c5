"""Modules by what runs before the self-check: start functions and initialisers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tests.oracle.gen_modules.host_functions import ENV_FUNCTIONS
from tests.oracle.gen_modules.parts import COUNT_DOWN, Named, zero
from tests.support.builder import END, EXTERNREF, I32, I64, LOOP, UNREACHABLE, Kind, br, i32_const
from tests.support.modules import ENV, Plugin, success, trap_code

_SOON = i32_const(900_000)

BEHAVIOURS: dict[str, bytes] = {
    "ok": b"",
    "traps": UNREACHABLE,
    "loops": LOOP + br(0) + END,
    "half the fuel": _SOON + COUNT_DOWN,
    "all but little fuel": i32_const(1_990_000) + COUNT_DOWN,
    "too much fuel": i32_const(2_100_000) + COUNT_DOWN,
    "overflows the stack": b"",
    "sets an output": b"",
    "sets an error": b"",
}


def _behaviour(plugin: Plugin, what: str) -> bytes:
    if what == "overflows the stack":
        return trap_code(plugin, "stack-overflow")
    if what == "sets an output":
        return plugin.set_output(success())
    if what == "sets an error":
        return plugin.set_error(b"set early")
    return BEHAVIOURS[what]


def start_functions() -> Iterator[Named]:
    for what in BEHAVIOURS:
        for exported in (True, False):
            plugin = Plugin()
            code = _behaviour(plugin, what)
            plugin.start = plugin.function(code, variables=[I32], title="begin")
            if exported:
                plugin.self_check(plugin.set_output(success()))
            yield "start", f"{what} {'exported' if exported else 'no export'}", plugin.build()
        plugin = Plugin()
        code = _behaviour(plugin, what)
        plugin.start = plugin.function(code, variables=[I32])
        plugin.self_check(plugin.set_output(b""))
        yield "start", f"{what} no output after", plugin.build()
    for params, results in (([I32], []), ([], [I32])):
        plugin = Plugin()
        plugin.start = plugin.function(b"".join(map(zero, results)), params, results)
        plugin.self_check(b"")
        yield "start", f"of type {params} {results}", plugin.build()
    plugin = Plugin()
    plugin.self_check(b"")
    plugin.start = 99
    yield "start", "of nothing", plugin.build()
    for item in ("reset", "error_get"):
        plugin = Plugin()
        params, results = ENV_FUNCTIONS[item]
        plugin.start = plugin.import_function(ENV, item, params, results)
        plugin.self_check(plugin.set_output(success()))
        yield "start", f"is an import, {item}", plugin.build()


INITIALISERS = ("_initialize", "__wasm_call_ctors", "hs_init", "_start", "wizer.initialize", "init")


def initialisers() -> Iterator[Named]:
    for title in INITIALISERS:
        for what in BEHAVIOURS:
            plugin = Plugin()
            plugin.function(_behaviour(plugin, what), variables=[I32], export=title)
            plugin.self_check(plugin.set_output(success()))
            yield f"init-{title}", what, plugin.build()
        for params, results in (
            ([I32], []),
            ([], [I32]),
            ([I32, I32], []),
            ([I32, I32], [I32]),
            ([I64, I64], [I32]),
            ([I32, I32], [I64]),
            ([I32, I32], [EXTERNREF]),
        ):
            for what in ("ok", "traps"):
                plugin = Plugin()
                body = BEHAVIOURS[what] + b"".join(map(zero, results))
                plugin.function(body, params, results, export=title)
                plugin.self_check(plugin.set_output(success()))
                label = f"{what} {b''.join(params).hex()} to {b''.join(results).hex()}"
                yield f"init-{title}", label, plugin.build()
        kinds: tuple[Kind, ...] = ("memory", "global", "table")
        for kind in kinds:
            plugin = Plugin()
            plugin.self_check(plugin.set_output(success()))
            plugin.memory(1)
            plugin.table(1)
            plugin.global_(I32, i32_const(0))
            plugin.export(title, kind, 0)
            yield f"init-{title}", f"is a {kind}", plugin.build()
        plugin = Plugin()
        item = plugin.import_function(ENV, "reset")
        plugin.export(title, "func", item)
        plugin.self_check(plugin.set_output(success()))
        yield f"init-{title}", "is an import", plugin.build()
    for pair in combinations(INITIALISERS[:4], 2):
        for bodies in ((UNREACHABLE, b""), (b"", UNREACHABLE), (UNREACHABLE, LOOP + br(0) + END)):
            plugin = Plugin()
            for title, body in zip(pair, bodies, strict=True):
                plugin.function(body, [I32] * 2 if title == "hs_init" else [], export=title)
            plugin.self_check(plugin.set_output(success()))
            yield "init-two", f"{pair} {bodies}", plugin.build()

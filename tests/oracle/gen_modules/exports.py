"""Modules by what they export: the self-check's type, its kind, its name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.host_functions import ENV_FUNCTIONS
from tests.oracle.gen_modules.parts import Named, zero
from tests.support.builder import (
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    Kind,
    Module,
    i32_const,
    name,
    uleb,
)
from tests.support.modules import ENV, EXPORT, Plugin, success


def signatures() -> Iterator[Named]:
    kinds = [I32, I64, F32, F64, V128, FUNCREF, EXTERNREF]
    results = [[], *[[kind] for kind in kinds], [I32, I32], [I32, I64], [I64, I32]]
    for params in ([], [I32], [I64], [I32, I32], [EXTERNREF]):
        for result in results:
            plugin = Plugin()
            body = plugin.set_output(success()) + b"".join(map(zero, result))
            plugin.function(body, params, result, export=EXPORT)
            label = f"{b''.join(params).hex()} to {b''.join(result).hex()}"
            yield "export-signature", label, plugin.build()


def export_kinds() -> Iterator[Named]:
    kinds: tuple[Kind, ...] = ("table", "memory", "global", "tag")
    for kind in kinds:
        module = Module()
        module.table(1)
        module.memory(1)
        module.global_(I32, i32_const(0))
        module.tag()
        module.export(EXPORT, kind, 0)
        yield "export-kind", kind, module.build()
    for item, (params, results) in ENV_FUNCTIONS.items():
        module = Module()
        module.export(EXPORT, "func", module.import_function(ENV, item, params, results))
        yield "export-of-import", item, module.build()


def export_names() -> Iterator[Named]:
    odd: list[str | bytes] = [
        "cc_lb_selfcheck",
        "cc_lb_self_check\0",
        "\0",
        "",
        "cc_lb_self_check ",
    ]
    odd += [
        "cc_lb_self_ch\u0435ck",
        "CC_LB_SELF_CHECK",
        "cc-lb-self-check",
        b"\xff",
        "cc_lb_handshake",
    ]
    for title in odd:
        plugin = Plugin()
        plugin.function(i32_const(0), results=[I32], export=title)
        yield "export-name", repr(title), plugin.build()
        plugin = Plugin()
        plugin.self_check(plugin.set_output(success()))
        plugin.function(i32_const(0), results=[I32], export=title)
        yield "export-name", f"also {title!r}", plugin.build()
    plugin = Plugin()
    both = plugin.self_check(b"")
    plugin.export(EXPORT, "func", both)
    yield "export-name", "twice", plugin.build()
    plugin.exports[-1] = name("x" * 3) + b"\0" + uleb(99)
    yield "export-name", "of nothing", plugin.build()

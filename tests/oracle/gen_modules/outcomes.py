"""Modules by what a call leaves: a code, an error text, an output that is nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import TRAPS, Named
from tests.support.builder import (
    DROP,
    END,
    I32,
    I64,
    LOOP,
    UNREACHABLE,
    br,
    call,
    i32_const,
    i64_const,
    local_get,
    local_tee,
)
from tests.support.modules import (
    ENV,
    EXPORT,
    Plugin,
    error_module,
    return_module,
    success,
    trap_code,
)

ERROR_TEXTS: list[bytes] = [
    b"",
    b" ",
    b"plain",
    b"oom",
    b"timeout",
    b"plugin ran out of fuel",
    b"Returned non-zero exit code: 7",
    b"error while executing at wasm backtrace:",
    b"error while executing at wasm backtrace:\n    0:     0xb5 - <unknown>!made up",
    b"wasm trap: interrupt",
    b"unable to load error message from memory: made up",
    b"one\ntwo\r\nthree\rfour\n",
    b"\n\nCaused by:\n    made up",
    b"text\n\nCaused by:\n    0: made up\n    1: more",
    b"call to cc_lb_self_check encountered an error: x"
    b' plugin="0a0a0a0a-0000-0000-0000-000000000000"',
    b"2026-01-01T00:00:00Z ERROR extism::plugin: call to f encountered an error: made up"
    b' plugin="0a0a0a0a-0000-0000-0000-000000000000"',
    b'x plugin="0a0a0a0a-0000-0000-0000-000000000000"\n2026-01-01T00:00:00Z ERROR extism::plugin:'
    b" call to cc_lb_self_check encountered an error: error while executing at wasm backtrace:"
    b' plugin="0a0a0a0a-0000-0000-0000-000000000000"\n',
    b"\0",
    b"\0after",
    b"before\0after",
    b"before\0",
    b"\0\0\n\0",
    b"\xff",
    b"ok\xc3",
    b"\xed\xa0\x80 surrogate",
    b"bad\xff\0nul",
    b"\0nul bad\xff",
    "é🙂\u202e\u2028".encode(),
    b"::error::pwned%0A",
    b"\x1b[31mred\x07",
    b"\xef\xbb\xbfbom",
    b'{"status":"success","failures":[],"completed_at":1}',
    b"e" * 20_000,
    "é".encode() * 9_000,
    b"Error code: 3",
    b"Unable to compile Extism plugin: no",
]


def return_codes() -> Iterator[Named]:
    for rc in (0, 1, -1, 2, 127, 134, 255, 256, 2**31 - 1, -(2**31)):
        for output in (b"", success(), b"\xff"):
            yield "return-code", f"{rc} with {output!r}", return_module(rc, output)


def errors() -> Iterator[Named]:
    for index, text in enumerate(ERROR_TEXTS):
        label = f"{index} {text[:40]!r}"
        yield "error-text", f"{label} 0", error_module(text, 0, success())
        yield "error-text", f"{label} -1", error_module(text)
        plugin = Plugin()
        code = plugin.set_error(text)
        plugin.self_check(code + trap_code(plugin, TRAPS[index % len(TRAPS)]))
        yield "error-then-trap", label, plugin.build()
        plugin = Plugin()
        plugin.self_check(plugin.set_error(text) + LOOP + br(0) + END)
        yield "error-then-loop", label, plugin.build()
        plugin = Plugin()
        log = plugin.import_function(ENV, "log_error", [I64])
        code = call(plugin.writer(text)) + call(log)
        plugin.self_check(code + plugin.set_error(b"the real one"), -1)
        yield "log-then-error", label, plugin.build()
        plugin = Plugin()
        log = plugin.import_function(ENV, "log_error", [I64])
        plugin.self_check(call(plugin.writer(text)) + call(log) + UNREACHABLE)
        yield "log-then-trap", label, plugin.build()


def long_errors() -> Iterator[Named]:
    """Set error texts as long as fuel allows, of characters that a log writes otherwise, too."""
    for size in (60_000, 131_000, 200_000):
        for character in (b"a", b"\n", b"\0", b"\x1b", b"\xc2\x85", b"\xf0\x9f\x99\x82", b"\xff"):
            text = b"<" + character * (size // len(character)) + b">"
            yield "long-error", f"{size} {character!r}", error_module(text)
            plugin = Plugin()
            plugin.self_check(plugin.set_error(text) + UNREACHABLE)
            yield "long-error-then-trap", f"{size} {character!r}", plugin.build()


def handles() -> Iterator[Named]:
    """Set output and error text at places where nothing, or something else, was allocated."""
    offsets = [0, 1, 8, 64, 1000, 65536, 2**31, 2**32, 2**40, 2**63 - 1, -1, -8, -(2**63)]
    for offset in offsets:
        for length in (0, 1, 8, 10_000, 2**32, -1):
            if length == -1 and offset in (1000, 65536):
                continue  # the engine reads all memory there is, and dies
            plugin = Plugin()
            where = i64_const(offset) + i64_const(length)
            plugin.self_check(
                call(plugin.writer(success())) + DROP + where + call(plugin.output_set)
            )
            yield "output-handle", f"{offset} {length}", plugin.build()
        plugin = Plugin()
        plugin.self_check(plugin.set_output(success()) + i64_const(offset) + call(plugin.error_set))
        yield "error-handle", f"{offset}", plugin.build()
    for shift in (-9, -8, -1, 1, 2, 8, 20, 51, 100):
        for length in (0, 1, 10, 51, 52, 5000):
            plugin = Plugin()
            start = call(plugin.writer(success())) + i64_const(shift) + b"\x7c"
            plugin.self_check(start + i64_const(length) + call(plugin.output_set))
            yield "output-shifted", f"{shift} {length}", plugin.build()
    for size in (0, 1, 7, 8, 65535, 65536, 2**20, 2**31, 2**32, 2**40, -1, -(2**63)):
        plugin = Plugin()
        memory = i64_const(size) + call(plugin.alloc) + i64_const(min(max(size, 0), 9000))
        plugin.self_check(memory + call(plugin.output_set))
        yield "alloc", f"{size}", plugin.build()
    plugin = Plugin()
    free = plugin.import_function(ENV, "free", [I64])
    code = call(plugin.writer(success())) + local_tee(0) + i64_const(51) + call(plugin.output_set)
    plugin.function(
        code + local_get(0) + call(free) + i32_const(0),
        results=[I32],
        variables=[I64],
        export=EXPORT,
    )
    yield "output-freed", "freed", plugin.build()
    plugin = Plugin()
    reset = plugin.import_function(ENV, "reset")
    plugin.self_check(plugin.set_output(success()) + call(reset))
    yield "output-freed", "reset", plugin.build()
    plugin = Plugin()
    plugin.self_check(plugin.set_output(b"{}") + plugin.set_output(success()))
    yield "output-twice", "twice", plugin.build()
    plugin = Plugin()
    plugin.self_check(plugin.set_error(b"one") + plugin.set_error(b"two"))
    yield "error-twice", "twice", plugin.build()

"""Binary modules: plugins right and wrong, what engines support or do not, and broken bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from random import Random
from typing import get_args

from tests.support.modules import (
    BLOCK,
    DROP,
    ELSE,
    END,
    ENV,
    EXPORT,
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    HEADER,
    I32,
    I32_ADD,
    I32_EQZ,
    I32_SUB,
    I64,
    IDENTITY_SECTION,
    IF,
    LOOP,
    MEMORY_GROW,
    MEMORY_SIZE,
    NOP,
    RETURN,
    UNREACHABLE,
    V128,
    Kind,
    Module,
    Plugin,
    Trap,
    br,
    br_if,
    call,
    call_indirect,
    custom_section,
    error_module,
    f64_const,
    global_get,
    global_set,
    i32_const,
    i32_load,
    i32_store,
    i64_const,
    identity_payload,
    identity_section,
    limits,
    local_get,
    local_set,
    local_tee,
    loop_module,
    name,
    name_payload,
    output_module,
    return_module,
    section,
    sleb,
    success,
    trap_code,
    trap_module,
    uleb,
    vector,
)
from tests.vectors import vectors

Named = tuple[str, str, bytes]
"""Kind, name, artifact."""

DIST = Path(__file__).parent.parent / "plugins" / "dist"
GOLDEN_LARGE = 1000
LARGE = 400_000
"""Bytes from which on a real plugin is left alone: mutants of it would take too long."""

ODD_NAMES: list[str | bytes] = [
    "plain",
    "",
    " ",
    "a",
    "v",
    "main",
    "_ZN4core9panicking5panic17h0123456789abcdefE",
    "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
    "_RNvCs1234_7mycrate3foo",
    "_RNvNtCs4fqI2P2rA04_4core9panicking5panic",
    "_Z3fooi",
    "_ZNSt6vectorIiSaIiEE9push_backEOi",
    "core::panicking::panic::h0123456789abcdef",
    "core::fmt::Formatter::pad::{{closure}}::h0123456789abcdef",
    "<alloc::string::String as core::fmt::Debug>::fmt",
    "a::b[0]",
    "line\nbreak",
    "tab\tand\rreturn",
    "nul\0inside",
    "back`tick",
    'quo"te',
    "back\\slash",
    "é",
    "日本語の関数",
    "🙂🙂🙂",
    "a\u0301\u202eright\u2069",
    "\ufeffbom",
    "\x7f\x80\x9f",
    "a b  c",
    "??",
    "é?é",
    "!~ !",
    "%s%n",
    "::error file=a::pwned",
    "x" * 95,
    "x" * 96,
    "x" * 97,
    "x" * 5000,
    "é" * 60,
    "x" * 95 + "é",
    b"\xff",
    b"ok\xc3",
    b"\xed\xa0\x80",
]

ENV_FUNCTIONS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "alloc": ([I64], [I64]),
    "config_get": ([I64], [I64]),
    "error_get": ([], [I64]),
    "error_set": ([I64], []),
    "free": ([I64], []),
    "get_log_level": ([], [I32]),
    "http_headers": ([], [I64]),
    "http_request": ([I64, I64], [I64]),
    "http_status_code": ([], [I32]),
    "input_length": ([], [I64]),
    "input_load_u64": ([I64], [I64]),
    "input_load_u8": ([I64], [I32]),
    "input_offset": ([], [I64]),
    "input_set": ([I64, I64], []),
    "length": ([I64], [I64]),
    "length_unsafe": ([I64], [I64]),
    "load_u64": ([I64], [I64]),
    "load_u8": ([I64], [I32]),
    "log_debug": ([I64], []),
    "log_error": ([I64], []),
    "log_info": ([I64], []),
    "log_trace": ([I64], []),
    "log_warn": ([I64], []),
    "memory_bytes": ([], [I64]),
    "output_length": ([], [I64]),
    "output_offset": ([], [I64]),
    "output_set": ([I64, I64], []),
    "reset": ([], []),
    "store_u64": ([I64, I64], []),
    "store_u8": ([I64, I32], []),
    "var_get": ([I64], [I64]),
    "var_set": ([I64, I64], []),
}
"""What extism 1.41.0 defines in `extism:host/env`, with parameters and results."""

I32_WRAP = b"\xa7"
TRAPS: tuple[Trap, ...] = get_args(Trap)


def _zero(kind: bytes) -> bytes:
    constants = {I32: i32_const(0), I64: i64_const(0), F32: b"\x43" + bytes(4)}
    constants |= {F64: f64_const(bytes(8)), V128: b"\xfd\x0c" + bytes(16)}
    return constants.get(kind, b"\xd0" + kind)


# --- the export ------------------------------------------------------------------------------


def _signatures() -> Iterator[Named]:
    kinds = [I32, I64, F32, F64, V128, FUNCREF, EXTERNREF]
    results = [[], *[[kind] for kind in kinds], [I32, I32], [I32, I64], [I64, I32]]
    for params in ([], [I32], [I64], [I32, I32], [EXTERNREF]):
        for result in results:
            plugin = Plugin()
            body = plugin.set_output(success()) + b"".join(map(_zero, result))
            plugin.function(body, params, result, export=EXPORT)
            label = f"{b''.join(params).hex()} to {b''.join(result).hex()}"
            yield "export-signature", label, plugin.build()


def _export_kinds() -> Iterator[Named]:
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


def _export_names() -> Iterator[Named]:
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


# --- what a call leaves ----------------------------------------------------------------------

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


def _return_codes() -> Iterator[Named]:
    for rc in (0, 1, -1, 2, 127, 134, 255, 256, 2**31 - 1, -(2**31)):
        for output in (b"", success(), b"\xff"):
            yield "return-code", f"{rc} with {output!r}", return_module(rc, output)


def _errors() -> Iterator[Named]:
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


def _long_errors() -> Iterator[Named]:
    """Set error texts as long as fuel allows, of characters that a log writes otherwise, too."""
    for size in (60_000, 131_000, 200_000):
        for character in (b"a", b"\n", b"\0", b"\x1b", b"\xc2\x85", b"\xf0\x9f\x99\x82", b"\xff"):
            text = b"<" + character * (size // len(character)) + b">"
            yield "long-error", f"{size} {character!r}", error_module(text)
            plugin = Plugin()
            plugin.self_check(plugin.set_error(text) + UNREACHABLE)
            yield "long-error-then-trap", f"{size} {character!r}", plugin.build()


def _handles() -> Iterator[Named]:
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


def _kernel_calls() -> Iterator[Named]:
    """Call every host function with arguments near and far from what it expects."""
    for item, (params, results) in ENV_FUNCTIONS.items():
        for value in (0, 1, 64, 4096, 2**32 + 5, -1, -(2**63)):
            plugin = Plugin()
            function = plugin.import_function(ENV, item, params, results)
            code = b"".join(i32_const(value % 99) if p == I32 else i64_const(value) for p in params)
            after = DROP * len(results) + plugin.set_output(success())
            plugin.self_check(code + call(function) + after)
            yield "host-function", f"{item} {value}", plugin.build()
            if not params:
                break
        plugin = Plugin()
        function = plugin.import_function(ENV, item, params, results)
        text = call(plugin.writer(b'{"url":"http://a.b/c","method":"GET"}\xff'))
        code = b"".join(i32_const(7) if p == I32 else text for p in params)
        after = DROP * len(results) + plugin.set_output(success())
        plugin.self_check(code + call(function) + after)
        yield "host-function", f"{item} text", plugin.build()


def _host_function_uses() -> Iterator[Named]:
    """Use host functions as plugins do, and let what they answer be seen."""
    for item in ("get_log_level", "http_status_code"):
        plugin = Plugin()
        function = plugin.import_function(ENV, item, [], [I32])
        plugin.function(call(function), results=[I32], export=EXPORT)
        yield "host-function-use", f"{item} returned", plugin.build()
    for item in ("http_headers", "output_offset", "output_length", "memory_bytes", "error_get"):
        plugin = Plugin()
        function = plugin.import_function(ENV, item, [], [I64])
        plugin.function(call(function) + I32_WRAP, results=[I32], export=EXPORT)
        yield "host-function-use", f"{item} returned", plugin.build()
    plugin = Plugin()
    offset = plugin.import_function(ENV, "input_offset", [], [I64])
    length = plugin.import_function(ENV, "input_length", [], [I64])
    plugin.self_check(call(offset) + call(length) + call(plugin.output_set))
    yield "host-function-use", "input echoed", plugin.build()
    for level in ("trace", "debug", "info", "warn", "error"):
        for text in (b"a message", "é🙂".encode(), b"\xff", b"nul\0", b"m" * 30_000):
            plugin = Plugin()
            log = plugin.import_function(ENV, f"log_{level}", [I64])
            code = call(plugin.writer(text)) + call(log)
            plugin.self_check(code * 2 + plugin.set_output(success()))
            yield "host-function-use", f"log_{level} {text[:9]!r}", plugin.build()
    for key, value in ((b"key", b"value"), (b"\xff", b"value"), (b"k\0", b"\xff"), (b"", b"")):
        plugin = Plugin()
        setter = plugin.import_function(ENV, "var_set", [I64, I64])
        getter = plugin.import_function(ENV, "var_get", [I64], [I64])
        write_key, write_value = plugin.writer(key), plugin.writer(value)
        code = call(write_key) + call(write_value) + call(setter)
        found = call(write_key) + call(getter) + i64_const(len(value)) + call(plugin.output_set)
        plugin.self_check(code + found)
        yield "host-function-use", f"var {key!r} {value!r}", plugin.build()
    for size in (2**20 - 100, 2**20 - 52, 2**20 - 51, 2**20 - 50, 2**20 - 49, 2**20, 2**21):
        plugin = Plugin()
        setter = plugin.import_function(ENV, "var_set", [I64, I64])
        code = call(plugin.writer(b"key")) + i64_const(size) + call(plugin.alloc) + call(setter)
        plugin.self_check(code + plugin.set_output(success()))
        yield "host-function-use", f"var of {size}", plugin.build()
    for key in (b"key", b"", b"\xff"):
        plugin = Plugin()
        getter = plugin.import_function(ENV, "config_get", [I64], [I64])
        found = call(plugin.writer(key)) + call(getter) + DROP
        plugin.self_check(found + plugin.set_output(success()))
        yield "host-function-use", f"config {key!r}", plugin.build()
    requests = [b'{"url":"http://127.0.0.1/","method":"GET"}', b'{"url":"x"}', b"{}", b"null", b""]
    requests += [b'{"url":"https://a.b/c","method":"POST","headers":{"a":"b"}}', b'{"url":1}']
    for request in requests:
        plugin = Plugin()
        http = plugin.import_function(ENV, "http_request", [I64, I64], [I64])
        code = call(plugin.writer(request)) + i64_const(0) + call(http) + DROP
        plugin.self_check(code + plugin.set_output(success()))
        yield "host-function-use", f"http {request!r}", plugin.build()


# --- traps and names -------------------------------------------------------------------------


def _traps() -> Iterator[Named]:
    for kind in TRAPS:
        yield "trap", kind, trap_module(kind)
        yield "trap", f"{kind} named", trap_module(kind, ["check", "middle", "deep"])
        plugin = Plugin()
        code = plugin.set_output(success())
        plugin.self_check(code + trap_code(plugin, kind))
        yield "trap", f"{kind} after output", plugin.build()
        plugin = Plugin()
        plugin.self_check(trap_code(plugin, kind))
        for title in (
            ".debug_info",
            ".debug_abbrev",
            ".debug_line",
            ".debug_str",
            "sourceMappingURL",
        ):
            plugin.custom(title, bytes(range(64)))
        yield "trap", f"{kind} with nonsense for DWARF", plugin.build()
    for depth in (2, 18, 19, 20, 21, 22, 60):
        yield "trap-depth", f"{depth}", trap_module(names=[f"level{i}" for i in range(depth)])
        yield "trap-depth", f"{depth} unnamed", trap_module(names=[""] * depth)


def _names() -> Iterator[Named]:
    for index, title in enumerate(ODD_NAMES):
        label = f"{index} {title[:24]!r}"
        yield "trap-name", label, trap_module(names=["outer", title, "inner"])
        plugin = Plugin()
        plugin.self_check(I32_ADD, title=title)
        yield "bad-body-name", label, plugin.build()
        plugin = Plugin()
        plugin.self_check(UNREACHABLE)
        plugin.customs.append(custom_section("name", section(0, name(title))))
        yield "module-name", label, plugin.build()
        plugin = Plugin()
        plugin.start = plugin.function(UNREACHABLE, title=title)
        plugin.self_check(b"")
        yield "start-name", label, plugin.build()


def _name_sections() -> Iterator[Named]:
    """Write name sections that are out of order, too long, cut, doubled or early."""
    good = name_payload({4: "check", 5: "other"}, "mod")
    entry = uleb(4) + name("check")
    payloads = {
        "good": good,
        "cut": good[:-3],
        "trailing": good + b"\0",
        "module twice": name_payload({4: "check"}, "a") + name_payload({}, "b"),
        "functions twice": name_payload({4: "one"}) + name_payload({4: "two"}),
        "wrong order": name_payload({4: "check"}) + name_payload({}, "mod"),
        "same index twice": section(1, vector([entry, uleb(4) + name("again")])),
        "falling indices": section(1, vector([uleb(5) + name("b"), entry])),
        "index of nothing": section(1, vector([entry, uleb(99) + name("none")])),
        "index of an import": section(1, vector([uleb(0) + name("alloc"), entry])),
        "count too high": section(1, uleb(9) + entry),
        "count too low": section(1, uleb(1) + entry + uleb(5) + name("x")),
        "count huge": section(1, uleb(2**32 - 1) + entry),
        "length too long": section(1, uleb(1) + uleb(4) + uleb(200) + b"check"),
        "subsection too long": bytes([1]) + uleb(500) + vector([entry]),
        "unknown subsection": section(77, b"what") + section(1, vector([entry])),
        "locals": section(2, vector([uleb(4) + vector([uleb(0) + name("l")])]))
        + section(1, vector([entry])),
        "bad then good": section(1, uleb(2) + b"\xff") + section(1, vector([entry])),
        "good then bad": section(1, vector([entry])) + section(1, uleb(2) + b"\xff"),
        "not UTF-8 then good": section(1, vector([uleb(4) + name(b"\xff"), uleb(5) + name("o")])),
        "good then not UTF-8": section(1, vector([entry, uleb(5) + name(b"\xff")])),
        "padded numbers": section(1, uleb(1, 5) + uleb(4, 5) + uleb(5, 5) + b"check"),
        "empty": b"",
        "functions empty": section(1, b""),
        "all kinds": b"".join(section(i, b"\0") for i in range(1, 12))
        + section(1, vector([entry])),
    }
    for body, what in ((UNREACHABLE, "trap"), (I32_ADD, "bad-body")):
        for label, payload in payloads.items():
            plugin = Plugin()
            plugin.self_check(body)
            plugin.function(body)
            plugin.custom("name", payload)
            yield f"name-section-{what}", label, plugin.build()
        for label, place in (("first", 0), ("before code", -1)):
            plugin = Plugin()
            plugin.self_check(body)
            framed = plugin.sections() if plugin.memories else _with_memory(plugin)
            framed.insert(place, custom_section("name", name_payload({4: "check"})))
            yield f"name-section-{what}", label, HEADER + b"".join(framed)
        for second in ({4: "second"}, {5: "second"}):
            plugin = Plugin()
            plugin.self_check(body)
            plugin.function(NOP)
            plugin.custom("name", name_payload({4: "first"}))
            plugin.custom("name", name_payload(dict(second)))
            yield f"name-section-{what}", f"two sections {second}", plugin.build()


def _with_memory(plugin: Plugin) -> list[bytes]:
    plugin.memory(1)
    return plugin.sections()


# --- before the call -------------------------------------------------------------------------

_SOON = i32_const(900_000)
_COUNT = local_set(0) + LOOP + local_get(0) + i32_const(1) + I32_SUB + local_tee(0) + br_if(0) + END
BEHAVIOURS: dict[str, bytes] = {
    "ok": b"",
    "traps": UNREACHABLE,
    "loops": LOOP + br(0) + END,
    "half the fuel": _SOON + _COUNT,
    "all but little fuel": i32_const(1_990_000) + _COUNT,
    "too much fuel": i32_const(2_100_000) + _COUNT,
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


def _start_functions() -> Iterator[Named]:
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
        plugin.start = plugin.function(b"".join(map(_zero, results)), params, results)
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


def _types_before_faults() -> Iterator[Named]:
    """Let a module fail when it is linked, behind types and constants of newer proposals."""
    types = {
        "array": b"\x5e\x7f\0",
        "struct": b"\x5f\x02\x78\x01\x63\x6c\0",
        "group of one": b"\x4e\x01\x60\x01\x7e\x01\x7e",
        "final subtype": b"\x4f\0\x60\x01\x7e\x01\x7e",
        "open subtype": b"\x50\0\x60\x01\x7e\x01\x7e",
    }
    for label, encoded in types.items():
        for fault in ("start", "data", "own type", "wrong type"):
            module = Module()
            index = module.raw_type(encoded)
            if fault == "own type":
                module.import_raw(ENV, "alloc", "func", uleb(index))
            module.import_function(ENV, "free", [I64], [I64] if fault == "wrong type" else [])
            yield (
                "types-then-fault",
                f"{label}, {fault}",
                _failing(module, out_of_bounds=fault == "data"),
            )
    constants = {
        "i31": (b"\x6c", i32_const(1) + b"\xfb\x1c"),
        "vector": (V128, b"\xfd\x0c" + bytes(16)),
        "array": (b"\x6a", i32_const(1) + i32_const(2) + b"\xfb\x06\0"),
        "array of its items": (b"\x6a", i32_const(1) + i32_const(2) + b"\xfb\x08\0\x02"),
        "converted": (b"\x6e", b"\xd0\x6f\xfb\x1a"),
    }
    for label, (value_type, initial) in constants.items():
        module = Module()
        module.raw_type(types["array"])
        module.global_(value_type, initial)
        yield "constants-then-fault", label, _failing(module, out_of_bounds=True)


def _failing(module: Module, *, out_of_bounds: bool) -> bytes:
    """Let the start function trap, or the data before it."""
    module.memory(1)
    module.data(b"x", 65536 if out_of_bounds else 0)
    module.start = module.function(UNREACHABLE)
    return module.build()


INITIALISERS = ("_initialize", "__wasm_call_ctors", "hs_init", "_start", "wizer.initialize", "init")


def _initialisers() -> Iterator[Named]:
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
                body = BEHAVIOURS[what] + b"".join(map(_zero, results))
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


# --- imports ---------------------------------------------------------------------------------


def _imports() -> Iterator[Named]:
    modules: list[str | bytes] = [
        "env",
        "",
        "main",
        ENV,
        "extism:host/user",
        "wasi_snapshot_preview1",
    ]
    modules += [
        "a\0b",
        "back`tick",
        "line\nbreak",
        "é🙂",
        "x" * 300,
        b"\xff",
        "::",
        "a::b",
        "\ufeff",
    ]
    modules += ["extism:host/env\0", "\0", "Extism:host/env", "extism", "module", "\x01", "\x02\0"]
    items: list[str | bytes] = [
        "f",
        "",
        "alloc",
        "n\0ul",
        "`",
        "é",
        b"\xc3",
        "memory",
        "\n",
        "\x01\0",
    ]
    for module_name in modules:
        for item in items:
            module = Module()
            function = module.import_function(module_name, item, [I32], [I32])
            module.function(i32_const(0) + call(function), results=[I32], export=EXPORT)
            yield "import-function", f"{module_name!r} {item!r}", module.build()
    descriptors: list[tuple[Kind, bytes]] = [
        ("table", FUNCREF + limits(1)),
        ("table", EXTERNREF + limits(1, 2)),
        ("memory", limits(1)),
        ("memory", limits(1, 2)),
        ("memory", limits(1, 2, 3)),
        ("memory", limits(1, None, 4)),
        ("memory", limits(17)),
        ("memory", limits(0)),
        ("global", I32 + b"\0"),
        ("global", I64 + b"\x01"),
        ("global", EXTERNREF + b"\x01"),
        ("tag", b"\0\0"),
    ]
    for module_name in (ENV, "env", "main", "extism:host/user", "m\0"):
        for item in (
            "memory",
            "extism_context",
            "alloc",
            "nothing",
            "__heap_base",
            "n\0",
            "log_info",
        ):
            for kind, descriptor in descriptors:
                module = Module()
                module.type()
                module.import_raw(module_name, item, kind, descriptor)
                module.function(i32_const(0), results=[I32], export=EXPORT)
                label = f"{module_name!r} {item!r} {kind} {descriptor.hex()}"
                yield "import-other", label, module.build()


def _import_types() -> Iterator[Named]:
    for item, (params, results) in ENV_FUNCTIONS.items():
        variants = [([*params, I32], results), (params, [*results, I32]), ([F32], [V128])]
        variants += [(params[:-1], results), (params, [I32] if results == [I64] else [I64])]
        variants += [([I64 if p == I32 else I32 for p in params], results)]
        for index, (wrong_params, wrong_results) in enumerate(variants):
            module = Module()
            module.import_function(ENV, item, wrong_params, wrong_results)
            module.function(i32_const(0), results=[I32], export=EXPORT)
            yield "import-type", f"{item} {index}", module.build()
    faults: dict[str, tuple[str, str, list[bytes]]] = {
        "unknown": ("env", "nothing", []),
        "unknown in env": (ENV, "nothing", []),
        "wrong type": (ENV, "alloc", [I32]),
        "right": (ENV, "reset", []),
        "user": ("extism:host/user", "f", [I64]),
    }
    for first, one in faults.items():
        for second, two in faults.items():
            module = Module()
            module.import_function(*one)
            module.import_function(*two)
            module.function(i32_const(0), results=[I32], export=EXPORT)
            yield "import-two", f"{first}, {second}", module.build()
            module.start = module.function(UNREACHABLE)
            yield "import-two", f"{first}, {second}, start traps", module.build()
            module.memory(1)
            module.data(b"x", 2**20)
            module.start = None
            yield "import-two", f"{first}, {second}, data out of bounds", module.build()


# --- memory, tables, segments ----------------------------------------------------------------


def _passing(before: bytes = b"", encoded_type: bytes | None = None) -> bytes:
    """Build a plugin that passes unless the code `before` its output, or a type of it, prevents."""
    plugin = Plugin()
    if encoded_type is not None:
        plugin.raw_type(encoded_type)
    plugin.self_check(before + plugin.set_output(success()))
    return plugin.build()


def _memories() -> Iterator[Named]:
    for minimum, maximum, flags in [
        (0, None, 0),
        (1, 0, 0),
        (1, 1, 0),
        (2, 1, 0),
        (65535, None, 0),
        (65536, None, 0),
        (65537, None, 0),
        (1, 65536, 0),
        (1, 65537, 0),
        (2**32 - 1, None, 0),
        (1, 2, 2),
        (1, 2, 3),
        (1, None, 2),
        (1, None, 4),
        (2**17, None, 4),
        (2**33, None, 4),
        (2**48, None, 4),
        (2**48 - 1, None, 4),
        (2**48 - 2**15 - 1, None, 4),
        (2**48 - 2**16, None, 4),
        (2**49, None, 4),
        (2**31, None, 4),
        (1, 2**50, 4),
        (1, None, 16),
        (1, None, 64),
        (1, None, 128),
    ]:
        module = Module()
        module.memory(minimum, maximum, flags)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-limits", f"{minimum} {maximum} {flags}", module.build()
    for sizes in ([2**31, 2**30], [2**30, 2**30, 2**30], [1, 2**33], [2**33, 1]):
        module = Module()
        for size in sizes:
            module.memory(size, flags=4)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-limits", f"{sizes}", module.build()
    for log in (0, 1, 15, 16, 17, 32, 64):
        module = Module()
        module.memories.append(limits(1, None, 8) + uleb(log))
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-page-size", f"{log}", module.build()
    for number in (2, 3, 100, 101):
        module = Module()
        for _ in range(number):
            module.memory(0)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "memory-count", f"{number}", module.build()
    for pages in (0, 1, 100, 1000, 65535, 65536, -1):
        code = i32_const(pages) + MEMORY_GROW + DROP + MEMORY_SIZE + DROP
        yield "memory-grow", f"{pages}", _passing(code)
    for number in (1, 64, 2**20, 2**24):
        code = i32_const(300) + MEMORY_GROW + DROP
        code += i32_const(70_000) + i32_const(1) + i32_const(number) + b"\xfc\x0b\0"
        yield "memory-fill", f"{number}", _passing(code)


def _tables() -> Iterator[Named]:
    for minimum, maximum, element in [
        (0, None, FUNCREF),
        (1, 0, FUNCREF),
        (10, 10, EXTERNREF),
        (1_000_000, None, FUNCREF),
        (10_000_000, None, FUNCREF),
        (10_000_001, None, FUNCREF),
        (1, 2**32 - 1, FUNCREF),
        (1, None, I32),
        (1, None, b"\x64\x70"),
        (1, None, b"\x6e"),
        (1, None, b"\x6d"),
        (1, None, b"\x6c"),
        (1, None, b"\x71"),
        (1, None, b"\x69"),
    ]:
        module = Module()
        module.table(minimum, maximum, element)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "table-limits", f"{minimum} {maximum} {element.hex()}", module.build()
    for number in (2, 100, 101):
        module = Module()
        for _ in range(number):
            module.table(0)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "table-count", f"{number}", module.build()


def _segments() -> Iterator[Named]:
    for pages in (0, 1):
        for offset, length in [
            (0, 0),
            (0, 1),
            (65535, 1),
            (65536, 0),
            (65536, 1),
            (65537, 0),
            (-1, 0),
            (-1, 1),
            (2**31 - 1, 5),
            (-65536, 65536),
        ]:
            module = Module()
            module.memory(pages)
            module.data(b"d" * length, offset)
            module.function(i32_const(0), results=[I32], export=EXPORT)
            yield "data-segment", f"{pages} {offset} {length}", module.build()
            module.function(b"", export="_initialize")
            module.start = module.function(UNREACHABLE)
            yield "data-segment", f"{pages} {offset} {length} and a start trap", module.build()
    for size, offset, count in [(0, 0, 0), (0, 0, 1), (2, 1, 1), (2, 2, 1), (2, -1, 1), (2, 3, 0)]:
        module = Module()
        module.table(size)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        module.element([0] * count, offset)
        yield "element-segment", f"{size} {offset} {count}", module.build()
        module.memory(1)
        module.data(b"x", 99_999)
        yield "element-segment", f"{size} {offset} {count} and data out of bounds", module.build()
    raw = {
        "passive": b"\x01" + name("passive"),
        "of memory 1": b"\x02" + uleb(1) + i32_const(0) + END + name("x"),
        "of kind 3": b"\x03" + i32_const(0) + END + name("x"),
        "64-bit offset": b"\0" + i64_const(0) + END + name("x"),
        "two values": b"\0" + i32_const(0) + i32_const(0) + END + name("x"),
        "no value": b"\0" + END + name("x"),
        "by addition": b"\0" + i32_const(4) + i32_const(4) + I32_ADD + END + name("x"),
        "by addition, out": b"\0" + i32_const(70_000) + i32_const(4) + I32_ADD + END + name("x"),
        "by division": b"\0" + i32_const(4) + i32_const(0) + b"\x6d" + END + name("x"),
        "by global": b"\0" + global_get(0) + END + name("x"),
        "by a global too large": b"\0" + global_get(1) + END + name("x"),
        "by a mutable global": b"\0" + global_get(2) + END + name("x"),
    }
    for label, segment in raw.items():
        module = Module()
        module.memory(1)
        module.global_(I32, i32_const(8))
        module.global_(I32, i32_const(80_000))
        module.global_(I32, i32_const(8), mutable=True)
        module.datas.append(segment)
        module.function(i32_const(0), results=[I32], export=EXPORT)
        yield "data-segment-form", label, module.build()


# --- what an engine supports -----------------------------------------------------------------


def _bodies() -> dict[str, bytes]:
    """List bodies that leave the stack as it was, each of some proposal."""
    two_i64 = i64_const(1) * 4
    v128 = b"\xfd\x0c" + bytes(16)
    return {
        "sign extension": i32_const(1) + b"\xc0" + DROP,
        "saturating": f64_const(bytes(8)) + b"\xfc\x02" + DROP,
        "bulk copy": i32_const(0) * 3 + b"\xfc\x0a\0\0",
        "bulk fill": i32_const(0) * 3 + b"\xfc\x0b\0",
        "data.drop without count": b"\xfc\x09\0",
        "table.get": i32_const(0) + b"\x25\0" + DROP,
        "table.grow": b"\xd0\x70" + i32_const(1) + b"\xfc\x0f\0" + DROP,
        "ref.null func": b"\xd0\x70" + DROP,
        "ref.null extern": b"\xd0\x6f" + DROP,
        "ref.null any": b"\xd0\x6e" + DROP,
        "ref.null exn": b"\xd0\x69" + DROP,
        "ref.null none": b"\xd0\x71" + DROP,
        "ref.null cont": b"\xd0\x68" + DROP,
        "ref.func undeclared": b"\xd2" + uleb(4) + DROP,
        "select typed": i32_const(1) * 3 + b"\x1c\x01\x7f" + DROP,
        "multi-value block": b"\x02" + sleb(0) + b"\0\0" + END,
        "simd": v128 * 2 + b"\xfd\x6e" + DROP,
        "simd lane out of range": v128 + b"\xfd\x15\x10" + DROP,
        "relaxed simd": v128 * 2 + b"\xfd\x80\x02" + DROP,
        "relaxed simd madd": v128 * 3 + b"\xfd\x85\x02" + DROP,
        "simd unknown": v128 * 2 + b"\xfd\xff\x7f" + DROP,
        "wide arithmetic": two_i64 + b"\xfc\x13" + DROP * 2,
        "wide multiply": i64_const(1) * 2 + b"\xfc\x15" + DROP * 2,
        "tail call": b"\x12" + uleb(5),
        "tail call indirect": i32_const(0) + b"\x13\0\0",
        "call_ref": b"\xd0\0\x14\0",
        "return_call_ref": b"\xd0\0\x15\0",
        "br_on_null": BLOCK + b"\xd0\x70\xd5\0" + DROP + END,
        "ref.as_non_null": b"\xd0\x70\xd4" + DROP,
        "atomic load": i32_const(0) + b"\xfe\x10\x02\0" + DROP,
        "atomic fence": b"\xfe\x03\0",
        "atomic notify": i32_const(0) * 2 + b"\xfe\0\x02\0" + DROP,
        "atomic wait": i32_const(0) * 2 + i64_const(1) + b"\xfe\x01\x02\0" + DROP,
        "throw": b"\x08\0",
        "try_table": b"\x1f\x40\0" + END,
        "try_table and throw": BLOCK + b"\x1f\x40\x01\x02\0\x08\0" + END + END,
        "throw_ref": b"\xd0\x69\x0a",
        "legacy try": b"\x06\x40\x19" + END,
        "legacy rethrow": b"\x06\x40\x19\x09\0" + END,
        "i31": i32_const(1) + b"\xfb\x1c" + DROP,
        "struct.new of a function type": b"\xfb\0\0" + DROP,
        "array.len of null": b"\xd0\x6a\xfb\x0f" + DROP,
        "any.convert_extern": b"\xd0\x6f\xfb\x1a" + DROP,
        "string.const": b"\xfb\x82\x01\0" + DROP,
        "cont.new": b"\xd0\0\xe0\0" + DROP,
        "suspend": b"\xe2\0",
        "memory 1 load": i32_const(0) + b"\x28\x42\x01\0" + DROP,
        "load with alignment too great": i32_const(0) + b"\x28\x03\0" + DROP,
        "load with a huge offset": i32_const(0) + b"\x28\x02" + uleb(2**32 - 1) + DROP,
        "load with a 64-bit offset": i32_const(0) + b"\x28\x02" + uleb(2**32) + DROP,
        "memory.discard": i32_const(0) * 2 + b"\xfc\x12\0",
        "branch hint": BLOCK + i32_const(0) + br_if(0) + END,
        "opcode 06": b"\x06\x40" + END,
        "opcode 27": b"\x27",
        "opcode c5": b"\xc5",
        "opcode d7": b"\xd7",
        "opcode ef": b"\xef",
        "opcode fb ff": b"\xfb\xff\x01",
        "opcode fc ff": b"\xfc\xff\x01",
        "opcode fe ff": b"\xfe\xff\x01",
        "opcode ff": b"\xff",
        "no operand": I32_ADD,
        "one operand": i32_const(1) + I32_ADD,
        "wrong operand": i64_const(1) + I32_EQZ + DROP,
        "one value too many": i32_const(1),
        "end too many": END,
        "else without if": ELSE,
        "if without end": i32_const(1) + IF,
        "branch too far": br(7),
        "local too far": local_get(9) + DROP,
        "global too far": global_get(9) + DROP,
        "function too far": call(99),
        "type too far": i32_const(0) + call_indirect(99),
        "table too far": i32_const(0) + call_indirect(0, 7),
        "set of an immutable global": i32_const(0) + global_set(0),
        "after return": RETURN + I32_ADD + DROP,
        "after unreachable": i32_const(0) + IF + UNREACHABLE + I32_ADD + DROP + END,
        "deep blocks": BLOCK * 500 + END * 500,
        "very deep blocks": BLOCK * 20_000 + END * 20_000,
        "long br_table": BLOCK + i32_const(1) + b"\x0e" + uleb(3000) + b"\0" * 3001 + END,
        "br_table of a false length": BLOCK + i32_const(1) + b"\x0e" + uleb(2**31) + b"\0" + END,
        "number too long": b"\x41\x80\x80\x80\x80\x80\0" + DROP,
        "number too large": b"\x41\xff\xff\xff\xff\x4f" + DROP,
    }


def _features() -> Iterator[Named]:
    for label, body in _bodies().items():
        for title in (None, "named body"):
            plugin = Plugin()
            plugin.raw_type(b"\x60\0\0")
            plugin.table(1)
            plugin.global_(I32, i32_const(0))
            plugin.tag()
            check = plugin.function(
                body + plugin.set_output(success()) + i32_const(0), results=[I32], title=title
            )
            plugin.export(EXPORT, "func", check)
            kind = "feature" if title is None else "feature-named"
            yield kind, label, plugin.build()
            if title is None:
                plugin = Plugin()
                plugin.raw_type(b"\x60\0\0")
                plugin.table(1)
                plugin.global_(I32, i32_const(0))
                plugin.tag()
                plugin.function(body)
                plugin.self_check(plugin.set_output(success()))
                yield "feature-apart", label, plugin.build()
    types = {
        "struct": b"\x5f\x01\x7f\0",
        "array": b"\x5e\x7f\x01",
        "recursive group": b"\x4e\x02\x5f\x01\x64\x01\0\x5f\x01\x64\0\0",
        "final subtype": b"\x4f\0\x60\0\0",
        "open subtype": b"\x50\0\x60\0\0",
        "subtype of a later type": b"\x50\x01\x63\x60\0\0",
        "packed field": b"\x5f\x01\x78\0",
        "continuation": b"\x5d\0",
        "shared": b"\x65\x5f\0",
        "exact": b"\x5f\x01\x64\x62\0\0",
        "descriptor": b"\x4d\0\x5f\0",
        "unknown": b"\x40",
        "function with 1000 results": b"\x60\0" + uleb(1000) + I32 * 1000,
        "function with 1001 results": b"\x60\0" + uleb(1001) + I32 * 1001,
        "function with 1001 parameters": b"\x60" + uleb(1001) + I32 * 1001 + b"\0",
        "of a type that is none": b"\x60\x01\x40\0",
    }
    for label, encoded in types.items():
        yield "feature-type", label, _passing(encoded_type=encoded)
    initials = {
        "ref.func": (FUNCREF, b"\xd2\0"),
        "extended constant": (I32, i32_const(1) + i32_const(2) + I32_ADD),
        "division": (I32, i32_const(1) + i32_const(2) + b"\x6d"),
        "i31": (b"\x6c", i32_const(1) + b"\xfb\x1c"),
        "wrong type": (I32, i64_const(1)),
        "vector": (V128, b"\xfd\x0c" + bytes(16)),
        "earlier global": (I32, global_get(0)),
        "later global": (I32, global_get(5)),
        "nothing": (I32, b""),
    }
    for label, (value_type, initial) in initials.items():
        plugin = Plugin()
        plugin.global_(I32, i32_const(3))
        plugin.global_(value_type, initial)
        plugin.self_check(plugin.set_output(success()))
        yield "feature-global", label, plugin.build()


# --- sections and framing --------------------------------------------------------------------


def _custom_sections() -> Iterator[Named]:
    base = output_module(success())
    identity = identity_payload("name", "1.0.0")
    sections = {
        "identity": identity_section("name", "1.0.0"),
        "identity, bad name": identity_section("Bad Name!", ""),
        "identity, other abi": custom_section(IDENTITY_SECTION, identity_payload("n", "1", 99)),
        "identity, nonsense": custom_section(IDENTITY_SECTION, b"\xff{"),
        "identity, huge": custom_section(IDENTITY_SECTION, b" " * 70_000),
        "identity, twice": custom_section(IDENTITY_SECTION, identity) * 2,
        "producers": custom_section("producers", b"\x01\x08language\x01\x04Rust\x041.96"),
        "producers, nonsense": custom_section("producers", b"\xff\xff"),
        "dylink": custom_section("dylink.0", b"\x01\x04\0\0\0\0"),
        "linking": custom_section("linking", b"\x02"),
        "target_features": custom_section("target_features", b"\x01+\x04simd"),
        "branch hints": custom_section("metadata.code.branch_hint", b"\xff"),
        "DWARF nonsense": b"".join(
            custom_section(title, b"\xff" * 40)
            for title in (
                ".debug_info",
                ".debug_abbrev",
                ".debug_line",
                ".debug_str",
                ".debug_ranges",
            )
        ),
        "source map": custom_section("sourceMappingURL", name("http://a.b/c.map")),
        "empty name": custom_section(""),
        "name with a NUL": custom_section("a\0b", b"x"),
        "name not UTF-8": custom_section(b"\xff"),
        "name too long": section(0, uleb(50) + b"x"),
        "no name": section(0, b""),
        "a hundred": custom_section("x", b"y") * 100,
        "large": custom_section("large", bytes(300_000)),
    }
    for label, extra in sections.items():
        yield "custom-section", f"{label}, last", base + extra
        yield "custom-section", f"{label}, first", HEADER + extra + base[8:]


def _framing() -> Iterator[Named]:
    plugin = Plugin()
    plugin.self_check(plugin.set_output(success()))
    plugin.memory(1)
    framed = plugin.sections()
    whole = HEADER + b"".join(framed)
    for index in range(len(framed)):
        rest = framed[:index] + framed[index + 1 :]
        yield "section-missing", f"{framed[index][0]}", HEADER + b"".join(rest)
        twice = [*framed[: index + 1], framed[index], *framed[index + 1 :]]
        yield "section-twice", f"{framed[index][0]}", HEADER + b"".join(twice)
        yield "section-last", f"{framed[index][0]}", HEADER + b"".join([*rest, framed[index]])
        emptied = [*framed[:index], section(framed[index][0], b""), *framed[index + 1 :]]
        yield "section-empty", f"{framed[index][0]}", HEADER + b"".join(emptied)
        zero = [*framed[:index], section(framed[index][0], b"\0"), *framed[index + 1 :]]
        yield "section-of-none", f"{framed[index][0]}", HEADER + b"".join(zero)
        payload = framed[index][2:] if framed[index][1] < 0x80 else framed[index][3:]
        longer = [*framed[:index], section(framed[index][0], payload + b"\0"), *framed[index + 1 :]]
        yield "section-longer", f"{framed[index][0]}", HEADER + b"".join(longer)
        padded = bytes([framed[index][0]]) + uleb(len(payload), 5) + payload
        yield (
            "section-padded",
            f"{framed[index][0]}",
            HEADER + b"".join([*framed[:index], padded, *framed[index + 1 :]]),
        )
    for identifier in (*range(12, 20), 127, 128, 200, 255):
        yield "section-unknown", f"{identifier}", whole + section(identifier, b"\0")
    for number in (0, 1, 2, 3, 99, 2**32 - 1):
        yield (
            "data-count",
            f"{number}",
            HEADER + b"".join([*framed[:-2], section(12, uleb(number)), *framed[-2:]]),
        )
    headers = [b"\0asm\x02\0\0\0", b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\x01\0", b"\0ASM\x01\0\0\0"]
    headers += [b"\0asm\0\0\0\0", b"\0asm\x01\0\0\x01", b"\0asm\x0d\0\0\0", b"\0asm", b"\0asm\x01"]
    headers += [
        b"\0as",
        b"\0",
        b"asm\x01\0\0\0\0",
        b"\xef\xbb\xbf\0asm\x01\0\0\0",
        b"\n\0asm\x01\0\0\0",
    ]
    for header in headers:
        yield "header", header.hex(), header
        yield "header", f"{header.hex()} and sections", header + whole[8:]
    for tail in (b"\0", b"\0\0", b"\xff", b"\n", b"trailing", whole, b"\x0b", b"\0" * 100):
        yield "trailing", tail[:9].hex(), whole + tail
    for number in (1, 1000, 49_999, 50_000, 50_001, 2**32 - 1):
        module = Module()
        module.function(i32_const(0), results=[I32], export=EXPORT)
        code = uleb(1) + uleb(number) + I32 + i32_const(0) + END
        module.bodies = [uleb(len(code)) + code]
        yield "local-count", f"{number}", module.build()
    for number in (100, 5000):
        module = Module()
        module.function(i32_const(0), results=[I32], export=EXPORT)
        for index in range(number):
            module.function(NOP, export=f"f{index}")
        yield "function-count", f"{number}", module.build()


def _two_bad_bodies() -> Iterator[Named]:
    for first, second in ((1, 2), (1, 9), (5, 6), (2, 8)):
        module = Module()
        module.import_function(ENV, "reset")
        for index in range(10):
            bad = I32_ADD if index in (first, second) else b""
            module.function(bad + i32_const(0), results=[I32], title=f"function {index}")
        yield "two-bad-bodies", f"{first} {second}", module.build()


# --- fuel ------------------------------------------------------------------------------------

FUEL_EDGE = 1_999_514
"""Turns of `loop_module` for which 10,000,000 units of fuel just suffice.

Found by bisection with the oracle; tests/host/test_fuel.py holds us to it.
"""


FUEL_EDGE_OF_ERRORS = 1_999_793
"""Turns of `error_after` for which the fuel just suffices: to read the text takes some more."""


def error_after(turns: int, code: bytes = b"") -> bytes:
    """Build a plugin that turns so often, sets an error text, runs `code` and returns -1."""
    plugin = Plugin()
    counter = plugin.function(i32_const(turns) + _COUNT, variables=[I32])
    plugin.self_check(call(counter) + plugin.set_error(b"no model") + code, -1)
    return plugin.build()


def _fuel() -> Iterator[Named]:
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
        code = i32_const(FUEL_EDGE - 2) + _COUNT + (i32_const(0) + DROP) * extra
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


def fixed_modules() -> Iterator[Named]:
    """Yield the modules that are the same in every run."""
    yield from _signatures()
    yield from _export_kinds()
    yield from _export_names()
    yield from _return_codes()
    yield from _errors()
    yield from _long_errors()
    yield from _handles()
    yield from _kernel_calls()
    yield from _host_function_uses()
    yield from _traps()
    yield from _names()
    yield from _name_sections()
    yield from _start_functions()
    yield from _initialisers()
    yield from _imports()
    yield from _import_types()
    yield from _types_before_faults()
    yield from _memories()
    yield from _tables()
    yield from _segments()
    yield from _features()
    yield from _custom_sections()
    yield from _framing()
    yield from _two_bad_bodies()
    yield from _fuel()


# --- random modules --------------------------------------------------------------------------


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
                plugin.function(i32_const(rng.randrange(1, 200_000)) + _COUNT, variables=[I32])
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

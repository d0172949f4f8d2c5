"""Modules that call the host's functions, as plugins do and as none should.

The functions are those of extism 1.41.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import Named
from tests.support.builder import DROP, I32, I64, call, i32_const, i64_const
from tests.support.modules import ENV, EXPORT, Plugin, success

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


def kernel_calls() -> Iterator[Named]:
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


def host_function_uses() -> Iterator[Named]:
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

"""Plugins for tests, ready ones such as `output_module` and `trap_module`, built by `builder`.

Source of the names of the host's functions: extism's `extism:host/env`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.support.builder import (
    DROP,
    ELSE,
    END,
    I32,
    I32_ADD,
    I32_DIV_S,
    I32_LT_U,
    I32_REM_U,
    I32_SUB,
    I32_TRUNC_F64_S,
    I64,
    I64_ADD,
    I64_EXTEND_I32_U,
    I64_SUB,
    IF,
    LOOP,
    PAGE,
    UNREACHABLE,
    Module,
    br,
    br_if,
    call,
    call_indirect,
    custom_section,
    f64_const,
    i32_const,
    i32_load,
    i32_load8_u,
    i32_store,
    i64_const,
    local_get,
    local_set,
    local_tee,
)

ENV: Final = "extism:host/env"
EXPORT: Final = "cc_lb_self_check"
IDENTITY_SECTION: Final = "cc_lb.plugin.v1"
IDENTITY_MAGIC: Final = (0xCC, 0x1B, 0x70, 0x10, 0, 1, 0, 0)

Trap = Literal[
    "unreachable",
    "division-by-zero",
    "division-overflow",
    "conversion-of-nan",
    "conversion-overflow",
    "load-out-of-bounds",
    "store-out-of-bounds",
    "fill-out-of-bounds",
    "table-out-of-bounds",
    "null-function",
    "wrong-signature",
    "stack-overflow",
]


def identity_payload(plugin: str, version: str, abi: int = 1) -> bytes:
    """Encode the payload of the identity section as the plugin kit writes it."""
    fields = {
        "magic": list(IDENTITY_MAGIC),
        "abi_envelope": abi,
        "plugin_name": plugin,
        "plugin_version": version,
    }
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def identity_section(plugin: str, version: str) -> bytes:
    """Frame the identity section; append it to a module."""
    return custom_section(IDENTITY_SECTION, identity_payload(plugin, version))


@dataclass
class Plugin(Module):
    """A module that already imports what a plugin needs to write output and error texts."""

    alloc: int = field(init=False)
    store_u8: int = field(init=False)
    output_set: int = field(init=False)
    error_set: int = field(init=False)
    used: int = field(init=False, default=0)
    """Bytes of memory 0 that `write` has filled."""

    def __post_init__(self) -> None:
        self.alloc = self.import_function(ENV, "alloc", [I64], [I64])
        self.store_u8 = self.import_function(ENV, "store_u8", [I64, I32])
        self.output_set = self.import_function(ENV, "output_set", [I64, I64])
        self.error_set = self.import_function(ENV, "error_set", [I64])

    def writer(self, content: bytes) -> int:
        """Define a function () → i64 that puts `content` into the host's memory and returns where.

        It costs about 40 units of fuel a byte, the host's own `store_u8` included.
        """
        start, length = self.used, len(content)
        self.used += length
        if content:
            self.data(content, start)
        position, index = 0, 1
        copy = (
            local_get(position)
            + local_get(index)
            + I64_EXTEND_I32_U
            + I64_ADD
            + local_get(index)
            + i32_load8_u(start)
            + call(self.store_u8)
        )
        step = local_get(index) + i32_const(1) + I32_ADD + local_tee(index)
        again = i32_const(length) + I32_LT_U + br_if(0)
        loop = LOOP + copy + step + again + END if content else b""
        body = i64_const(length) + call(self.alloc) + local_set(position) + loop
        return self.function(body + local_get(position), results=[I64], variables=[I64, I32])

    def set_output(self, content: bytes) -> bytes:
        """Write instructions that make `content` the call's output."""
        return call(self.writer(content)) + i64_const(len(content)) + call(self.output_set)

    def set_error(self, text: bytes) -> bytes:
        """Write instructions that make `text` the call's error text."""
        return call(self.writer(text)) + call(self.error_set)

    def self_check(self, body: bytes, rc: int = 0, title: str | bytes | None = None) -> int:
        """Define and export the self-check, () → i32: `body`, then return `rc`."""
        return self.function(body + i32_const(rc), results=[I32], export=EXPORT, title=title)

    def build(self) -> bytes:
        """Write the module, with a memory that holds what was written unless one was defined."""
        if not self.memories and not self.imported["memory"]:
            self.memory(max(1, -(-self.used // PAGE)))
        return super().build()


def success(completed_at: int = 1) -> bytes:
    """Write the shortest response that passes."""
    return b'{"status":"success","failures":[],"completed_at":%d}' % completed_at


def output_module(output: bytes) -> bytes:
    """Build a plugin whose self-check outputs these bytes and returns 0.

    Up to 250,000 bytes it stays within the host's 10,000,000 units of fuel.
    """
    plugin = Plugin()
    plugin.self_check(plugin.set_output(output))
    return plugin.build()


def changing_module(even: bytes = b"") -> bytes:
    """Build a plugin that passes where the request's last digit is odd, and outputs `even` else.

    That is the last digit of `initiated_at`, which the request ends with.
    """
    plugin = Plugin()
    length = plugin.import_function(ENV, "input_length", [], [I64])
    byte_at = plugin.import_function(ENV, "input_load_u8", [I64], [I32])
    passes, fails = plugin.set_output(success()), plugin.set_output(even)
    last = call(length) + i64_const(2) + I64_SUB + call(byte_at)
    plugin.self_check(last + i32_const(2) + I32_REM_U + IF + passes + ELSE + fails + END)
    return plugin.build() + identity_section("changing", "1.0.0")


def error_module(text: bytes, rc: int = -1, output: bytes | None = None) -> bytes:
    """Build a plugin that sets an error text (and, if given, an output) and returns `rc`."""
    plugin = Plugin()
    body = b"" if output is None else plugin.set_output(output)
    plugin.self_check(body + plugin.set_error(text), rc)
    return plugin.build()


def return_module(rc: int, output: bytes = b"") -> bytes:
    """Build a plugin that outputs these bytes and returns `rc`, without an error text."""
    plugin = Plugin()
    plugin.self_check(plugin.set_output(output) if output else b"", rc)
    return plugin.build()


def trap_code(module: Module, kind: Trap) -> bytes:
    """Write instructions that trap in the way named; what they need is added to `module`.

    Memory 0 must exist (a `Plugin` has one). The stack overflow adds a function that calls itself.
    """
    huge = i32_const(-8)
    nan = f64_const(b"\0\0\0\0\0\0\xf8\x7f")
    infinite = f64_const(b"\0\0\0\0\0\0\xf0\x7f")
    simple: dict[str, bytes] = {
        "unreachable": UNREACHABLE,
        "division-by-zero": i32_const(1) + i32_const(0) + I32_DIV_S + DROP,
        "division-overflow": i32_const(-(2**31)) + i32_const(-1) + I32_DIV_S + DROP,
        "conversion-of-nan": nan + I32_TRUNC_F64_S + DROP,
        "conversion-overflow": infinite + I32_TRUNC_F64_S + DROP,
        "load-out-of-bounds": huge + i32_load() + DROP,
        "store-out-of-bounds": huge + i32_const(0) + i32_store(),
        "fill-out-of-bounds": huge + i32_const(0) + i32_const(64) + b"\xfc\x0b\0",
    }
    if kind in simple:
        return simple[kind]
    if kind == "stack-overflow":
        own = module.imported["func"] + len(module.functions)
        return call(module.function(call(own)))
    module.table(2)
    signature = module.type()
    if kind == "wrong-signature":
        module.element([module.function(i32_const(0), results=[I32])])
    return i32_const(9 if kind == "table-out-of-bounds" else 0) + call_indirect(signature)


def trap_module(kind: Trap = "unreachable", names: Sequence[str | bytes] = ()) -> bytes:
    """Build a plugin whose self-check traps, inside one nested call per name after the first.

    `names` fill the name section: the self-check's own, then those of the functions that it calls
    through. Without names there is no name section and no nested call.
    """
    plugin = Plugin()
    code = trap_code(plugin, kind)
    for title in reversed(names[1:]):
        code = call(plugin.function(code, title=title))
    plugin.self_check(code, title=names[0] if names else None)
    return plugin.build()


def loop_module(iterations: int | None = None, output: bytes = b"") -> bytes:
    """Build a plugin that counts to `iterations` (None: for ever), then outputs these bytes.

    One iteration costs five units of fuel.
    """
    plugin = Plugin()
    after = plugin.set_output(output)
    if iterations is None:
        code = LOOP + br(0) + END
    else:
        step = local_get(0) + i32_const(1) + I32_SUB + local_tee(0) + br_if(0)
        code = i32_const(iterations) + local_set(0) + LOOP + step + END
    counter = plugin.function(code, variables=[I32])
    plugin.self_check(call(counter) + after)
    return plugin.build()

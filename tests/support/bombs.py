"""Artifacts that would take all of a machine's time or memory, or crash the engine.

Each is valid up to the engine's own limits, unless its docstring says otherwise, and each reports
success, should it ever come to that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.support.builder import (
    BLOCK,
    DROP,
    END,
    FUNCREF,
    HEADER,
    I32,
    I32_ADD,
    LOOP,
    MEMORY_GROW,
    Module,
    br,
    br_if,
    call,
    custom_section,
    function_type,
    i32_const,
    i32_store,
    limits,
    local_get,
    local_set,
    name,
    section,
    uleb,
    vector,
)
from tests.support.modules import Plugin, output_module, success

_FILL: Final = b"\xfc\x0b\0"
_MILLION: Final = 1_000_000
_PAGES_2_GIB: Final = 32_768


def compile_bomb(loops: int = 3_000) -> bytes:
    """Build a module of 20 KB that the engine compiles for minutes, in little memory.

    Each nested loop carries sixty locals, which the register allocator follows through all others.
    """
    plugin = Plugin()
    count = 60
    carry = [
        local_get(n % count) + i32_const(1) + I32_ADD + local_set((n + 1) % count)
        for n in range(count)
    ]
    body = LOOP * loops + b"".join(carry) + (local_get(0) + br_if(0) + END) * loops
    plugin.function(body, [I32] * count)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def fill_bomb() -> bytes:
    """Grow to 2 GiB and fill it with one instruction."""
    plugin = Plugin()
    plugin.memory(1)
    size = i32_const(_PAGES_2_GIB * 65536 - (1 << 32))
    fill = i32_const(_PAGES_2_GIB - 1) + MEMORY_GROW + DROP + i32_const(0) + i32_const(1) + size
    plugin.self_check(fill + _FILL + plugin.set_output(success()))
    return plugin.build()


def touch_bomb() -> bytes:
    """Grow to 2 GiB and touch each of its pages: the time limit decides, or another limit."""
    plugin = Plugin()
    plugin.memory(1)
    grow = i32_const(_PAGES_2_GIB - 1) + MEMORY_GROW + DROP
    touch = LOOP + local_get(0) + i32_const(1) + i32_store()
    touch += local_get(0) + i32_const(4096) + I32_ADD + local_set(0) + br(0) + END
    worker = plugin.function(grow + touch, variables=[I32])
    plugin.self_check(call(worker) + plugin.set_output(success()))
    return plugin.build()


def tables() -> bytes:
    """Define as many tables as the engine takes, each as large as it takes: 8 GB of elements."""
    plugin = Plugin()
    for _ in range(100):
        plugin.table(10_000_000)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def many_functions() -> bytes:
    """Define nearly a million functions."""
    count = 999_990
    plugin = Plugin()
    plugin.self_check(plugin.set_output(success()))
    kind = plugin.type()
    plugin.functions += [kind] * count
    plugin.bodies += [b"\2\0\x0b"] * count
    return plugin.build()


def nested() -> bytes:
    """Nest two million blocks in one function."""
    plugin = Plugin()
    plugin.function(BLOCK * 2 * _MILLION + END * 2 * _MILLION)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def custom_sections() -> bytes:
    """Add sixty-four megabytes of custom sections, their names among them."""
    plugin = output_module(success())
    plugin += custom_section("large", bytes(32 << 20))
    plugin += custom_section("n" * 100_000) * 100
    return plugin + custom_section("x") * 200_000


def name_section() -> bytes:
    """Name a quarter of a million functions that are not there."""
    entries = b"".join(uleb(n) + name(f"function_{n}") for n in range(250_000))
    names = section(1, uleb(250_000) + entries)
    return output_module(success()) + custom_section("name", names)


def imports() -> bytes:
    """Import a million functions that the host has not."""
    types = section(1, vector([function_type()]))
    return (
        HEADER + types + section(2, uleb(_MILLION) + (name("m") + name("f") + b"\0\0") * _MILLION)
    )


def exports() -> bytes:
    """Export one function by a quarter of a million names besides."""
    plugin = Plugin()
    plugin.self_check(plugin.set_output(success()))
    plugin.exports += [name(f"{n:x}") + b"\0\0" for n in range(250_000)]
    return plugin.build()


def long_names() -> bytes:
    """Import and export under names of a hundred thousand bytes."""
    plugin = Plugin()
    for number in range(50):
        plugin.import_function("m" * 100_000, f"{number}" + "f" * 99_990)
    for number in range(50):
        plugin.export(f"{number}" + "x" * 99_990, "func", 0)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def start_loop() -> bytes:
    """Loop in the start function."""
    plugin = Plugin()
    plugin.start = plugin.function(LOOP + br(0) + END)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def recursion() -> bytes:
    """Call oneself without end."""
    plugin = Plugin()
    again = plugin.imported["func"] + len(plugin.functions)
    plugin.function(call(again))
    plugin.self_check(call(again) + plugin.set_output(success()))
    return plugin.build()


def branch_table() -> bytes:
    """Branch by a table of a hundred thousand places, in each of a hundred functions."""
    plugin = Plugin()
    targets = b"\x0e" + uleb(100_000) + b"\0" * 100_000 + b"\0"
    for _ in range(100):
        plugin.function(BLOCK + i32_const(0) + targets + END)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def memories() -> bytes:
    """Define a memory of four gigabytes from the start."""
    plugin = Plugin()
    plugin.memory(65_536)
    plugin.self_check(plugin.set_output(success()))
    return plugin.build()


def segments() -> bytes:
    """Fill ten million elements of a table from one segment."""
    module = Module()
    index = module.function(b"")
    module.tables.append(FUNCREF + limits(10_000_000))
    count = 9_999_999
    items = uleb(count) + uleb(index) * count
    module.elements.append(b"\0" + i32_const(0) + END + items)
    return module.build()


def crash() -> bytes:
    """End the engine's process: asking for its configuration in the start function aborts it."""
    dist = Path(__file__).resolve().parents[1] / "plugins" / "dist"
    return (dist / "config-at-start.wasm").read_bytes()


ALL: Final[dict[str, Callable[[], bytes]]] = {
    make.__name__: make
    for make in (
        compile_bomb,
        fill_bomb,
        touch_bomb,
        tables,
        many_functions,
        nested,
        custom_sections,
        name_section,
        imports,
        exports,
        long_names,
        start_loop,
        recursion,
        branch_table,
        memories,
        segments,
        crash,
    )
}

EXPECTED: Final[dict[str, tuple[str, set[str]]]] = {
    "compile_bomb": ("", {"deadline", "memory"}),
    "fill_bomb": ("Call", {"memory", "deadline"}),
    "touch_bomb": ("Call", {"memory", "deadline"}),
    "tables": ("passed", {"memory", "deadline"}),
    "many_functions": ("passed", {"memory", "deadline"}),
    "nested": ("passed", {"memory", "deadline"}),
    "custom_sections": ("passed", {"deadline"}),
    "name_section": ("passed", {"deadline"}),
    "imports": ("Instantiate", {"deadline"}),
    "exports": ("Instantiate", {"deadline", "memory"}),
    "long_names": ("Instantiate", {"deadline"}),
    "start_loop": ("Instantiate", {"deadline"}),
    "recursion": ("Call", {"deadline"}),
    "branch_table": ("passed", {"deadline", "memory"}),
    "memories": ("passed", {"deadline"}),
    "segments": ("MissingSelfCheckExport", {"deadline", "memory"}),
    "crash": ("", {"death", "deadline"}),
}
"""What the host says, had it time and memory without end ("passed" or a variant; empty where that
is not known), and which limits may stop it before: which of them does is up to the machine."""

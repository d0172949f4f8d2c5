"""Modules by what they import, and modules that fail once their imports are there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.host_functions import ENV_FUNCTIONS
from tests.oracle.gen_modules.parts import Named
from tests.support.builder import (
    EXTERNREF,
    F32,
    FUNCREF,
    I32,
    I64,
    UNREACHABLE,
    V128,
    Kind,
    Module,
    call,
    i32_const,
    limits,
    uleb,
)
from tests.support.modules import ENV, EXPORT


def imports() -> Iterator[Named]:
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


def import_types() -> Iterator[Named]:
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


def types_before_faults() -> Iterator[Named]:
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

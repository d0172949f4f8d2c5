"""Modules that use what an engine may support or not: instructions, types, constants."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import Named, passing
from tests.support.builder import (
    BLOCK,
    DROP,
    ELSE,
    END,
    FUNCREF,
    I32,
    I32_ADD,
    I32_EQZ,
    IF,
    RETURN,
    UNREACHABLE,
    V128,
    br,
    br_if,
    call,
    call_indirect,
    f64_const,
    global_get,
    global_set,
    i32_const,
    i64_const,
    local_get,
    sleb,
    uleb,
)
from tests.support.modules import EXPORT, Plugin, success


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


def features() -> Iterator[Named]:
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
        yield "feature-type", label, passing(encoded_type=encoded)
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

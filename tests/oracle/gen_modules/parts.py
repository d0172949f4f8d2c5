"""What modules of several kinds are made of."""

from __future__ import annotations

from typing import get_args

from tests.support.builder import (
    END,
    F32,
    F64,
    I32,
    I32_SUB,
    I64,
    LOOP,
    V128,
    br_if,
    f64_const,
    i32_const,
    i64_const,
    local_get,
    local_set,
    local_tee,
)
from tests.support.modules import Plugin, Trap, success

Named = tuple[str, str, bytes]
"""Kind, name, artifact."""

TRAPS: tuple[Trap, ...] = get_args(Trap)

COUNT_DOWN = (
    local_set(0) + LOOP + local_get(0) + i32_const(1) + I32_SUB + local_tee(0) + br_if(0) + END
)
"""Instructions that count local 0 down to nothing, from the number on the stack."""


def zero(kind: bytes) -> bytes:
    """Push a zero, or a null reference, of this type."""
    constants = {I32: i32_const(0), I64: i64_const(0), F32: b"\x43" + bytes(4)}
    constants |= {F64: f64_const(bytes(8)), V128: b"\xfd\x0c" + bytes(16)}
    return constants.get(kind, b"\xd0" + kind)


def passing(before: bytes = b"", encoded_type: bytes | None = None) -> bytes:
    """Build a plugin that passes unless the code `before` its output, or a type of it, prevents."""
    plugin = Plugin()
    if encoded_type is not None:
        plugin.raw_type(encoded_type)
    plugin.self_check(before + plugin.set_output(success()))
    return plugin.build()

"""Constant expressions: where segments begin, and what globals hold at first.

Source: WebAssembly core specification, chapter on constant expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add, mul, sub
from typing import Any, Final

from .binary import Damaged, Reader


def constant(reader: Reader, known: Sequence[int | None]) -> int | None:
    """Evaluate a constant expression of integers; None where it is of another kind.

    ``known`` are the globals that it may name. Raises ``Damaged``.
    """
    stack: list[int | None] = []
    while (code := reader.byte()) != 0x0B:
        reader.spend(1)
        reader.works()
        if code in (0x41, 0x42):
            stack.append(reader.signed() & (0xFFFF_FFFF if code == 0x41 else _U64_MASK))
        elif code == 0x23:
            index = reader.unsigned()
            stack.append(known[index] if index < len(known) else None)
        elif code in _CONSTANT_OPERATORS and len(stack) >= 2:
            right, left = stack.pop(), stack.pop()
            operator, mask = _CONSTANT_OPERATORS[code]
            are_known = left is not None and right is not None
            stack.append(operator(left, right) & mask if are_known else None)
        elif code == 0xD0:
            reader.signed()
            stack.append(None)
        elif code == 0xD2:
            reader.unsigned()
            stack.append(None)
        elif code in (0x43, 0x44):
            reader.take(4 if code == 0x43 else 8)
            stack.append(None)
        elif code in (0xFB, 0xFD):
            _pass_other(reader, code)
            stack.append(None)
        else:
            raise Damaged(reader.at - 1)
    return stack[-1] if stack else None


def _pass_other(reader: Reader, code: int) -> None:
    """Pass what makes a struct, an array, a reference to an i31 or a vector."""
    operator = reader.unsigned()
    if code == 0xFD and operator == 0x0C:
        reader.take(16)
    elif code == 0xFB and operator in _GC_INDICES:
        for _ in range(_GC_INDICES[operator]):
            reader.unsigned()
    else:
        raise Damaged(reader.at - 1)


_GC_INDICES: Final = {0: 1, 1: 1, 6: 1, 7: 1, 8: 2, 0x1A: 0, 0x1B: 0, 0x1C: 0}
"""How many indices or counts follow the operators of the GC proposal that may be in a constant."""
_U64_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_CONSTANT_OPERATORS: Final[dict[int, tuple[Callable[[Any, Any], int], int]]] = {
    0x6A: (add, 0xFFFF_FFFF),
    0x6B: (sub, 0xFFFF_FFFF),
    0x6C: (mul, 0xFFFF_FFFF),
    0x7C: (add, _U64_MASK),
    0x7D: (sub, _U64_MASK),
    0x7E: (mul, _U64_MASK),
}

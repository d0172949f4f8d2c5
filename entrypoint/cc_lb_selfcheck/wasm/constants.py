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
        else:
            raise Damaged(reader.at - 1)
    return stack[-1] if stack else None


_U64_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_CONSTANT_OPERATORS: Final[dict[int, tuple[Callable[[Any, Any], int], int]]] = {
    0x6A: (add, 0xFFFF_FFFF),
    0x6B: (sub, 0xFFFF_FFFF),
    0x6C: (mul, 0xFFFF_FFFF),
    0x7C: (add, _U64_MASK),
    0x7D: (sub, _U64_MASK),
    0x7E: (mul, _U64_MASK),
}

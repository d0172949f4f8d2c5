"""What a module says of itself is read with work in proportion to the file's size."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.builder import (
    DROP,
    HEADER,
    I32,
    custom_section,
    i32_const,
    limits,
    name,
    name_payload,
    section,
    uleb,
    vector,
)

from .test_outline import look_everywhere


def work_for(action: Callable[[], Any]) -> int:
    """Count the lines of Python that run: a clock would judge the machine instead."""
    lines = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return lines


def _wide_type(n: int) -> bytes:
    signature = uleb(1) + b"\x60" + uleb(n) + I32 * n + uleb(0)
    items = vector([name(f"f{number}") + b"\0\0" for number in range(n)])
    return HEADER + section(1, signature) + section(3, b"\1\0") + section(7, items)


def _names(n: int) -> bytes:
    one = custom_section("name", section(1, uleb(n) + b"\0\1a" * n))
    return HEADER + one + custom_section("name", section(1, b"\0") * n) * 3


SHAPES: dict[str, Callable[[int], bytes]] = {
    "custom sections": lambda n: HEADER + custom_section("") * n,
    "name sections": lambda n: HEADER + custom_section("name", name_payload({1: "a"})) * n,
    "names in a section": _names,
    "types": lambda n: HEADER + section(1, uleb(n) + b"\x60\0\0" * n),
    "one wide type": _wide_type,
    "imports": lambda n: HEADER + section(2, uleb(n) + b"\0\0\0\0" * n),
    "functions": lambda n: HEADER + section(3, uleb(n) + b"\0" * n),
    "globals": lambda n: HEADER + section(6, uleb(n) + (I32 + b"\0" + i32_const(0) + b"\x0b") * n),
    "tables": lambda n: HEADER + section(4, uleb(n) + (b"\x70" + limits(1)) * n),
    "exports": lambda n: HEADER + section(7, uleb(n) + b"\0\0\0" * n),
    "segments": lambda n: HEADER + section(11, uleb(n) + (b"\0" + i32_const(1) + b"\x0b\0") * n),
    "one long expression": lambda n: HEADER + section(11, b"\1\0" + i32_const(1) * n),
    "one long sum": lambda n: HEADER + section(11, b"\1\0\x41\1" + b"\x41\1\x6a" * n),
    "elements": lambda n: HEADER
    + section(9, b"\1\0" + i32_const(0) + b"\x0b" + uleb(n) + b"\0" * n),
    "element expressions": lambda n: HEADER
    + section(9, b"\1\4" + i32_const(0) + b"\x0b" + uleb(n) + b"\xd2\0\x0b" * n),
    "bodies": lambda n: HEADER + section(10, uleb(n) + b"\2\0\x0b" * n),
    "empty bodies": lambda n: HEADER + section(10, uleb(n) + b"\0" * n),
    "sections of an unknown kind": lambda n: HEADER + section(99, DROP * n) + b"\x63" * n,
    "one long number": lambda n: HEADER + b"\0" + b"\x80" * n,
    "a section longer than the file": lambda n: HEADER
    + (b"\3" + uleb(1 << 31) + uleb(n) + b"\0" * n),
    "no module": lambda n: b"\0" * n,
    "white space": lambda n: b" " * n,
    "braces": lambda n: b"(" * n,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_file_is_four_times_the_work(shape: str) -> None:
    def look(n: int) -> None:
        data = SHAPES[shape](n)
        assert work_for(lambda: read_outline(data)) <= 40 * len(data) + 1_000

    def everything(n: int) -> int:
        data = SHAPES[shape](n)
        return work_for(lambda: look_everywhere(data))

    look(400)
    assert everything(400) <= 4.4 * everything(100) + 1_000


def test_a_claimed_number_costs_nothing() -> None:
    for kind in range(1, 13):
        data = HEADER + section(kind, uleb((1 << 32) - 1))
        assert work_for(partial(look_everywhere, data)) < 1_000


def test_sections_behind_too_many_are_left_alone() -> None:
    data = HEADER + custom_section("") * 100_001
    outline = read_outline(data)
    assert len(outline.custom_sections) == 100_000
    assert outline.damage is not None

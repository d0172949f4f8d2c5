"""From the C API's words to the host's, without an engine."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.host.frames import LOG_MAX_BYTES
from cc_lb_selfcheck.host.messages import (
    OUT_OF_FUEL,
    TIMEOUT,
    TRAP_CONTEXT,
    call_reason,
    compile_reason,
    is_plugins_own,
    link_reason,
)
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.builder import Module, uleb

RECORD = "2026-01-01T00:00:00Z ERROR extism::plugin: call to cc_lb_self_check "
SET = f"{RECORD}returned with error message: "
ERROR = f"{RECORD}encountered an error: "
SUFFIX = ' plugin="0a0a0a0a-0000-0000-0000-000000000000"\n'


def test_a_trap_is_told_as_the_c_api_tells_it() -> None:
    text = f"{TRAP_CONTEXT}\n    0: 0x1 - <unknown>!\x7f"
    log = f"{ERROR}{TRAP_CONTEXT}\n    0: 0x1 - <unknown>!\\x7f\n\nCaused by:\n    x{SUFFIX}"
    assert call_reason(134, text.encode(), None, log) == text


def test_a_plugin_cannot_forge_the_engines_log() -> None:
    text = f"x{SUFFIX}{ERROR}{TRAP_CONTEXT}{SUFFIX}"
    log = f"{SET}{text}{SUFFIX}{ERROR}{text}{SUFFIX}"
    assert call_reason(-1, text.encode(), None, log) == text


@pytest.mark.parametrize(
    "text",
    [
        "oops",
        "\x1b[31mred\x7f\x85",
        TRAP_CONTEXT,
        f"{TRAP_CONTEXT}\n    0: made up",
        f"x{SUFFIX}{ERROR}{TRAP_CONTEXT}{SUFFIX}",
    ],
)
def test_a_text_before_a_trap_gives_way_to_the_trap_whatever_it_says(text: str) -> None:
    logged = as_logged(text)
    trap = f"{TRAP_CONTEXT}\n    0: f\n\nCaused by:\n    0: wasm trap: x\n    1: {logged}"
    log = f"{SET}{logged}{SUFFIX}{ERROR}{trap}{SUFFIX}"
    assert call_reason(134, text.encode(), None, log) == f"{TRAP_CONTEXT}\n    0: f"
    log = f"{SET}{logged}{SUFFIX}{ERROR}{logged}{SUFFIX}"
    assert call_reason(-1, text.encode(), None, log) == text
    log = f"{SET}{logged}{SUFFIX}"
    assert call_reason(-1, text.encode(), None, log) == "timeout"


def test_a_text_is_told_beyond_its_nul() -> None:
    text = "before\0after"
    log = f"{SET}{text}{SUFFIX}{ERROR}{text}{SUFFIX}"
    assert call_reason(-1, b"before", None, log) == text
    trap = f"{TRAP_CONTEXT}\n    0: 0x1 - <unknown>!a\0b"
    log = f"{ERROR}{trap}\n\nCaused by:\n    x{SUFFIX}"
    assert call_reason(134, trap.partition("\0")[0].encode(), None, log) == trap


def as_logged(text: str) -> str:
    return text.replace("\x1b", "\\x1b").replace("\x7f", "\\x7f").replace("\x85", "\\u{85}")


def test_without_a_text_the_return_code_is_told() -> None:
    assert call_reason(-1, None, None, "") == "Returned non-zero exit code: -1"


OUT_OF_MEMORY = "Cannot allocate memory (os error 12)"


@pytest.mark.parametrize(
    ("pages", "text", "told"),
    [
        ([2**33], OUT_OF_MEMORY, "mmap failed to reserve 0x2000084000000 bytes"),
        ([2**30, 2**30, 1], OUT_OF_MEMORY, "mmap failed to reserve 0x400084000000 bytes"),
        ([2**17], OUT_OF_MEMORY, OUT_OF_MEMORY),
        ([2**48 - 1], "byte count overflow rounding up", "tunables.memory_reservation overflows"),
        (
            [2**48 - 2**15 - 1],
            "byte count overflow during addition",
            "cannot allocate 18446744071562002432 with guard regions",
        ),
    ],
)
def test_a_memory_without_addresses_is_told_as_the_host_tells_it(
    pages: list[int], text: str, told: str
) -> None:
    module = Module()
    for minimum in pages:
        module.memory(minimum, flags=4)
    assert link_reason(text, read_outline(module.build())) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(module (func $s unreachable) (start $s))", TRAP_CONTEXT),
        (
            '(module (func (export "_initialize") unreachable))',
            "calling the Reactor initialization function",
        ),
        (
            '(func $i unreachable) (export "_initialize" (func $i))',
            "calling the Reactor initialization function",
        ),
        ('(func (export "_initialize") unreachable) (func (export "_start"))', "wasm trap: x"),
        ("(module (table 0 funcref) (elem (i32.const 0) 0) (func))", "wasm trap: x"),
    ],
)
def test_what_ran_at_the_link_is_told_of_a_text_too(text: str, told: str) -> None:
    assert link_reason("wasm trap: x", read_outline(text.encode())) == told


NO_FUNCTION = "expected func, but found memory"
NO_SUCH_TYPE = "types incompatible: expected type `(func)`, found type `(func (param i64))`"
MEMORY_AS_FUNCTION = '(module (import "extism:host/env" "memory" (func)) {} (start $s))'
OF_BYTES = r"""(module $m binary "\00asm" "\01\00\00\00\01\04\01\60\00\00"
    "\02\18\01\0fextism:host/env" "\04free\00\00")"""


@pytest.mark.parametrize(
    ("said", "text", "item"),
    [
        (NO_FUNCTION, MEMORY_AS_FUNCTION.format("(func $s unreachable)"), "memory"),
        (NO_SUCH_TYPE, OF_BYTES, "free"),
    ],
)
def test_a_text_names_the_import_of_another_type(said: str, text: str, item: str) -> None:
    told = link_reason(said, read_outline(text.encode()))
    assert told == f"incompatible import type for `extism:host/env::{item}`"


def test_a_trap_is_no_import_of_another_type_whatever_its_type_is() -> None:
    module = Module()
    group_of_two = module.raw_type(b"\x4e\x02\x60\0\0\x5f\0")
    module.import_raw("extism:host/env", "reset", "func", uleb(group_of_two))
    outline = read_outline(module.build())
    assert link_reason("wasm trap: x", outline) == "wasm trap: x"
    told = "incompatible import type for `extism:host/env::reset`"
    assert link_reason("types incompatible: x", outline) == told


BAD_BODY = "Invalid input WebAssembly code at offset 42: type mismatch"


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ('(module (func (export "f") (result i32) i32.add))', "function[0]"),
        ("(func $bad i32.add)", "function[0]::bad"),
        ('(func $"b\\61d \\u{e9}" i32.add)', "function[0]::bad?"),
        (
            '(module $m (import "a" "b" (func $x (param i32))) (func (import "c" "d"))\n'
            '(; (func) " (; ;) ;) (import "e" "f" (memory 1)) ;; (func)\n(func $bad (drop)))',
            "function[2]::bad",
        ),
    ],
)
def test_the_only_function_of_a_text_is_the_one_at_fault(text: str, function: str) -> None:
    told = compile_reason(BAD_BODY, read_outline(text.encode()))
    assert told == f"failed to compile: wasm[0]::{function}"


@pytest.mark.parametrize("text", ["(module (func) (func))", "(module", ")(", ""])
def test_of_several_functions_of_a_text_none_is_blamed(text: str) -> None:
    assert compile_reason(BAD_BODY, read_outline(text.encode())) == BAD_BODY


@pytest.mark.parametrize("text", ["a" * 700_000, "\x85" * 300_000, "b" * 300_000 + "\0c"])
def test_a_long_text_is_told_whole(text: str) -> None:
    logged = as_logged(text)
    log = f"{SET}{logged}{SUFFIX}{ERROR}{logged}{SUFFIX}"
    assert call_reason(-1, text.partition("\0")[0].encode(), None, log) == text


def test_of_a_log_without_its_end_the_text_is_told_and_no_timeout() -> None:
    text = "a" * 3_000_000
    log = f"{SET}{text}{SUFFIX}{ERROR}{text}{SUFFIX}"[:LOG_MAX_BYTES]
    assert call_reason(-1, text.encode(), None, log) == text
    log = f"{SET}b\0{text}{text}"[:LOG_MAX_BYTES]
    assert call_reason(-1, b"b", None, log).startswith("b\0aaa")


@pytest.mark.parametrize("text", [TIMEOUT, TRAP_CONTEXT, OUT_OF_FUEL, "no"])
def test_a_text_is_the_plugins_own_or_the_engines_whatever_it_says(text: str) -> None:
    assert is_plugins_own(text, f"{SET}{text}{SUFFIX}{ERROR}{text}{SUFFIX}")
    assert not is_plugins_own(text, f"{ERROR}{text}{SUFFIX}")
    trap = f"{TRAP_CONTEXT}\n    0: f"
    assert not is_plugins_own(
        trap, f"{SET}{text}{SUFFIX}{ERROR}{trap}\n\nCaused by:\n    x{SUFFIX}"
    )
    assert not is_plugins_own(TIMEOUT, f"{SET}{text}{SUFFIX}")

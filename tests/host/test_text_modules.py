"""Modules in text: what the host says of them that only their assembled form would tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.process import WorkerProcess

CHECK = rb'(func (export "cc_lb_self_check") (result i32) i32.const 0))'


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerProcess]:
    process = WorkerProcess()
    process.start()
    yield process
    process.close()


@pytest.mark.parametrize(
    ("imports", "named"),
    [
        (rb'(import "extism:host/env" "alloc" (func (param i32) (result i64)))', "alloc"),
        (rb'(import "extism:host/env" "\61lloc" (func $a (param $x i32)))', "alloc"),
        (rb'(import "extism:host/env" "\u{61}lloc" (func))', "alloc"),
        (rb'(func $a (import "extism:host/env" "length") (param i64 i64) (result i64))', "length"),
        (
            rb'(type $t (func (param i32))) (import "extism:host/env" "free" (func (type $t)))',
            "free",
        ),
        (rb'(type (func)) (import "extism:host/env" "free" (func (type 0)))', "free"),
        (
            rb"""(type $t (func (param i64) (result i64)))
            (import "extism:host/env" "length" (func (param i64) (result i64)))
            (import "extism:host/env" "alloc" (func (type $t)))
            (func (import "extism:host/env" "free") (param i32))""",
            "free",
        ),
    ],
)
def test_the_import_of_another_type_is_named(
    worker: WorkerProcess, imports: bytes, named: str
) -> None:
    verdict = check_once(worker, b"(module " + imports + CHECK).verdict
    assert verdict is not None
    assert verdict.message == (
        "self-check plugin instantiation failed: incompatible import type for"
        f" `extism:host/env::{named}`"
    )


@pytest.mark.parametrize(
    ("memories", "told"),
    [
        (
            b"(memory i64 2_000_000_000)",
            "instantiation failed: mmap failed to reserve 0x773618000000",
        ),
        (
            b'(memory $m (export "memory") i64 0x40000000 0x50000000) (memory i64 0x40000000)',
            "instantiation failed: mmap failed to reserve 0x400084000000",
        ),
        (
            b"(memory 65536) (memory i64 0x40000000)",
            "call failed: mmap failed to reserve 0x400084000000",
        ),
    ],
)
def test_a_memory_that_finds_no_addresses_is_told_by_its_size(
    worker: WorkerProcess, memories: bytes, told: str
) -> None:
    verdict = check_once(worker, b"(module " + memories + CHECK).verdict
    assert verdict is not None
    assert verdict.message == f"self-check {'plugin ' * told.startswith('inst')}{told} bytes"

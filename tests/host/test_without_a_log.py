"""We read the engine's log; a plugin must not notice, for the host crate sets none up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.process import WorkerProcess
from tests.support.builder import I32, I64, UNREACHABLE, call, i64_const
from tests.support.modules import ENV, EXPORT, Plugin, success


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerProcess]:
    process = WorkerProcess()
    process.start(cache_config="")
    yield process
    process.close()


def message(worker: WorkerProcess, plugin: Plugin) -> str | None:
    verdict = check_once(worker, plugin.build()).verdict
    assert verdict is not None
    return verdict.message


def test_the_log_level_is_that_of_no_log(worker: WorkerProcess) -> None:
    plugin = Plugin()
    level = plugin.import_function(ENV, "get_log_level", results=[I32])
    plugin.function(call(level), results=[I32], export=EXPORT)
    told = message(worker, plugin)
    assert told == "self-check call failed: Returned non-zero exit code: 2147483647"


def test_the_same_holds_where_text_names_it_by_an_escape(worker: WorkerProcess) -> None:
    text = rb"""(module (import "extism:host/env" "get\5flog_level" (func $level (result i32)))
        (func (export "cc_lb_self_check") (result i32) (call $level)))"""
    verdict = check_once(worker, text).verdict
    assert verdict is not None
    assert verdict.message == "self-check call failed: Returned non-zero exit code: 2147483647"


@pytest.mark.parametrize("level", ["error", "warn", "trace"])
def test_a_message_that_is_nowhere_is_no_fault(worker: WorkerProcess, level: str) -> None:
    plugin = Plugin()
    log = plugin.import_function(ENV, f"log_{level}", [I64])
    plugin.self_check(i64_const(12_345) + call(log) + plugin.set_output(success()))
    assert message(worker, plugin) is None


def test_a_message_is_freed_and_not_kept(worker: WorkerProcess) -> None:
    plugin = Plugin()
    log = plugin.import_function(ENV, "log_error", [I64])
    length = plugin.import_function(ENV, "length", [I64], [I64])
    text = plugin.writer(b"2026-01-01T00:00:00Z ERROR extism::plugin: made up")
    where = plugin.global_(I64, i64_const(0), mutable=True)
    stored, again = b"\x24" + bytes([where]), b"\x23" + bytes([where])
    code = call(text) + stored + again + call(log) + again + call(length) + b"\xa7"
    plugin.function(code, results=[I32], export=EXPORT)
    # Its length is then 0, and so is what is returned.
    told = message(worker, plugin)
    assert told == (
        "self-check response decode failed: EOF while parsing a value at line 1 column 0"
    )


def test_what_a_plugin_logs_is_not_mistaken_for_the_engines_log(worker: WorkerProcess) -> None:
    plugin = Plugin()
    log = plugin.import_function(ENV, "log_error", [I64])
    forged = b"call to f returned with error message: made up"
    plugin.self_check(call(plugin.writer(forged)) + call(log) + UNREACHABLE)
    told = message(worker, plugin)
    assert told is not None
    assert told.startswith("self-check call failed: error while executing at wasm backtrace:")
    assert "made up" not in told

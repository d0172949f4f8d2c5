"""The self-check of one artifact on the real engine: what the crate's own tests ask of it."""

from __future__ import annotations

from typing import Any

import pytest

from cc_lb_selfcheck.host.self_check import execute_self_check
from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
from tests.support.builder import I32, I64, Module, call, i64_const
from tests.support.modules import Plugin, output_module, success

FAILURE = b'{"stage":"wire_function_test","message":"bad wire shape"}'


def response(status: bytes, failures: bytes = b"", completed_at: int = 1) -> bytes:
    return b'{"status":"%b","failures":[%b],"completed_at":%d}' % (status, failures, completed_at)


def refusal_of(plugin: bytes) -> dict[str, Any]:
    with pytest.raises(SelfCheckRefusal) as refusal:
        execute_self_check(plugin)
    return refusal.value.error.model_dump()


def test_accepts_a_success_response() -> None:
    told = execute_self_check(output_module(response(b"success")))
    assert (told.status, list(told.failures), told.completed_at) == ("success", [], 1)


def test_rejects_a_failure_status() -> None:
    told = refusal_of(output_module(response(b"failure", FAILURE)))
    assert told["variant"] == "FailureStatus"
    assert told["failures"] == 1


def test_rejects_a_missing_export() -> None:
    module = Module()
    module.function(b"\x41\0", results=[I32], export="shape")
    assert refusal_of(module.build())["variant"] == "MissingSelfCheckExport"


def test_rejects_imports_of_the_users_host() -> None:
    plugin = Plugin()
    log = plugin.import_function("extism:host/user", "cc_lb_log", [I64], [I64])
    logs = i64_const(0) + call(log) + b"\x1a"
    plugin.self_check(logs + plugin.set_output(success()))
    assert refusal_of(plugin.build())["variant"] == "Instantiate"


def test_rejects_an_oversized_output() -> None:
    told = refusal_of(output_module(b"x" * 8193))
    assert told["variant"] == "OutputTooLarge"
    assert (told["bytes"], told["max"]) == (8193, 8192)


def test_rejects_a_success_with_failures() -> None:
    told = refusal_of(output_module(response(b"success", FAILURE)))
    assert told["variant"] == "SuccessWithFailures"
    assert told["count"] == 1


def test_rejects_a_failure_without_failures() -> None:
    told = refusal_of(output_module(response(b"failure")))
    assert told["variant"] == "FailureWithoutFailures"


def test_rejects_a_response_that_breaks_a_rule() -> None:
    told = refusal_of(output_module(response(b"success", completed_at=0)))
    assert told["variant"] == "Validation"
    assert told["error"]["kind"] == "InvalidTimestamp"


def test_the_clock_comes_after_the_artifact() -> None:
    with pytest.raises(SelfCheckRefusal, match="does not export"):
        execute_self_check(b"\0asm\1\0\0\0", clock=lambda: -1.0)
    with pytest.raises(SelfCheckRefusal, match="timestamp generation failed"):
        execute_self_check(output_module(success()), clock=lambda: -1.0)

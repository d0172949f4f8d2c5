"""Where the fuel just suffices: to the turn of a loop where it does in the host crate."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.self_check import execute_self_check
from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
from tests.oracle.gen_modules.limits import FUEL_EDGE, FUEL_EDGE_OF_ERRORS, error_after
from tests.support.builder import UNREACHABLE
from tests.support.modules import error_module, loop_module, success

OUT_OF_FUEL = "self-check call failed: plugin ran out of fuel"


def test_the_last_turn_that_the_host_has_fuel_for_passes_and_the_next_does_not() -> None:
    worker = WorkerProcess()
    try:
        worker.start()
        last = check_once(worker, loop_module(FUEL_EDGE, success()))
        beyond = check_once(worker, loop_module(FUEL_EDGE + 1, success()))
    finally:
        worker.close()
    assert last.status == "passed", last.verdict
    assert beyond.verdict is not None
    assert beyond.verdict.message == OUT_OF_FUEL


def test_one_call_of_the_crates_function_has_as_much() -> None:
    assert execute_self_check(loop_module(FUEL_EDGE, success())).status == "success"
    with pytest.raises(SelfCheckRefusal, match="ran out of fuel"):
        execute_self_check(loop_module(FUEL_EDGE + 1, success()))


def test_an_error_text_as_long_as_fuel_allows_is_the_hosts_message() -> None:
    text = "".join(chr(0x20 + number % 0x5F) for number in range(200_000)) + "\x85" * 10_000
    worker = WorkerProcess()
    try:
        worker.start()
        outcome = check_once(worker, error_module(text.encode()))
    finally:
        worker.close()
    assert outcome.verdict is not None
    assert outcome.verdict.message == f"self-check call failed: {text}"


@pytest.mark.parametrize("code", [b"", UNREACHABLE], ids=["returns", "traps"])
def test_an_error_text_is_told_where_no_fuel_is_left_to_read_it(code: bytes) -> None:
    told = set()
    worker = WorkerProcess()
    try:
        worker.start()
        for turns in range(FUEL_EDGE_OF_ERRORS - 40, FUEL_EDGE_OF_ERRORS + 1, 2):
            verdict = check_once(worker, error_after(turns, code)).verdict
            assert verdict is not None
            told.add((verdict.message or "").partition("\n")[0])
    finally:
        worker.close()
    # Some turns before, the host itself has not fuel enough to see that there is a text.
    unseen = {"self-check call failed: Returned non-zero exit code: -1"}
    words = "error while executing at wasm backtrace:" if code else "no model"
    assert told - unseen == {f"self-check call failed: {words}"}

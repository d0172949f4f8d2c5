"""A call that is ended for its time while other programs keep the machine busy."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from cc_lb_selfcheck.host import pool
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.messages import TIMEOUT
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_WALL_MS
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.modules import output_module, success

GROWS = 40
GROWING = (
    '(module (memory 1) (func (export "cc_lb_self_check") (result i32)'
    f" (loop $again {'(drop (memory.grow (i32.const -1)))' * GROWS} (br $again)) (i32.const 0)))"
)
"""What takes long for little fuel: half a second, where it is given the time."""


class _Kept(WorkerProcess):
    """A worker; the first ``busy`` of them tell of calls that had a processor for 10 ms of 204."""

    made: ClassVar = 0
    busy: ClassVar = 0

    def __init__(self) -> None:
        super().__init__()
        _Kept.made += 1
        self._is_busy = _Kept.made <= _Kept.busy

    def post(self, head: dict[str, Any], body: bytes = b"") -> None:
        # Given more time, it tells of what it took.
        self._is_busy &= head.get("wall_ms", SELF_CHECK_WALL_MS) <= SELF_CHECK_WALL_MS
        super().post(head, body)

    def answer(self) -> tuple[dict[str, Any], bytes] | None:
        told = super().answer()
        if told is None or not self._is_busy or "called" not in told[0]:
            return told
        called = told[0]["called"]
        text = TIMEOUT.encode()
        failed = {"return_code": -1, "error": True, "error_size": len(text), "output_size": 0}
        taken = {"call_ms": 204.0, "cpu_ms": 10.0}
        return {**told[0], "called": {**called, **failed, **taken}}, text


@pytest.fixture
def check_while_busy(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("cc_lb_selfcheck.host.workers.WorkerProcess", _Kept)
    monkeypatch.setattr(pool, "_PAUSES_S", (0.0, 0.0, 0.0))

    def check(data: bytes, busy: int) -> Outcome:
        _Kept.made, _Kept.busy = 0, busy
        subject = Subject("it", data, read_outline(data), lambda: data)
        [(_, outcome)] = pool.Pool(jobs=1, deadline_s=60).check([subject])
        return outcome

    return check


@pytest.mark.parametrize("busy", [1, 2, 4])
def test_it_is_tried_again_until_the_machine_has_time(check_while_busy: Any, busy: int) -> None:
    outcome = check_while_busy(output_module(success()), busy)
    assert outcome.status == "passed"
    assert _Kept.made == busy + 1


def test_on_a_machine_that_stays_busy_it_is_undetermined(check_while_busy: Any) -> None:
    outcome = check_while_busy(output_module(success()), 99)
    assert outcome.status == "undetermined"
    assert outcome.reason == (
        "The machine was too busy: the call was ended after 204 ms, of which it had a processor"
        " for 10 ms. Check it again."
    )
    assert outcome.evidence.exports, "what the module says of itself is kept"
    assert _Kept.made == 1 + 1 + 3


def test_what_needs_a_processor_for_longer_is_refused_all_the_same(check_while_busy: Any) -> None:
    outcome = check_while_busy(GROWING.encode(), 99)
    assert outcome.verdict is not None
    assert (outcome.verdict.variant, outcome.verdict.fields) == ("Call", {"reason": TIMEOUT})
    assert _Kept.made == 1 + 1, "a run with more time has told"

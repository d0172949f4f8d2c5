"""Every response of the vectors, judged as the host judged it."""

from __future__ import annotations

from typing import Any

import pytest

from cc_lb_selfcheck.host.engine import utf8_fault
from cc_lb_selfcheck.protocol.errors import Call, SelfCheckRefusal
from cc_lb_selfcheck.protocol.self_check import Output, judge_output
from tests.vectors import vectors


def _judge(output: bytes) -> dict[str, Any]:
    try:
        fault = utf8_fault(output)
        if fault is not None:
            raise SelfCheckRefusal(Call(reason=fault))
        response = judge_output(Output(len(output), output.decode()))
    except SelfCheckRefusal as refusal:
        error = refusal.error
        return {"variant": error.variant, "message": str(error), "fields": error.fields()}
    return {"variant": None, "message": None, "response": response.model_dump()}


@pytest.mark.parametrize(("name", "number"), [("responses", 3000), ("more-responses", 2400)])
def test_judges_every_response_as_the_host(name: str, number: int) -> None:
    different = []
    count = 0
    for vector in vectors(name, "output_b64"):
        count += 1
        expected = dict(vector.verdict)
        if expected["variant"] is not None:
            expected.setdefault("fields", {})
        judged = _judge(vector.data)
        if judged != expected:
            different.append((vector.data, judged, expected))
    assert count == number
    assert different == []

"""What tests of loading share: a report of every kind, ways to change it, why one is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from cc_lb_selfcheck.protocol.errors import (
    Call,
    DecodeResponse,
    FailureStatus,
    FailureWithoutFailures,
    InvalidTimestamp,
    OutputTooLarge,
    SuccessWithFailures,
    TooManyFunctions,
    Validation,
)
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.model import Leg, Problem
from tests.support.reports import accepted, artifact, refused, report, untold

FAILURES = '{"status":"failure","failures":[{"stage":"wire_function_test","message":"m"}]}'
LEG = Leg(name="build (linux)", job="build", number=1, total=2)
WHOLE = report(
    artifact("ok.wasm", accepted(wall_ms=0.5), legs=[LEG.name]),
    artifact("call.wasm", refused(Call(reason="Returned non-zero exit code: 1"))),
    artifact("time.wasm", refused(Validation(error=InvalidTimestamp(reason='it\'s "bad"\n')))),
    artifact("many.wasm", refused(Validation(error=TooManyFunctions()))),
    artifact("large.wasm", refused(OutputTooLarge(bytes=8193, max=8192))),
    artifact("failed.wasm", refused(FailureStatus(failures=16), output_preview=FAILURES)),
    artifact("both.wasm", refused(SuccessWithFailures(count=1))),
    artifact("neither.wasm", refused(FailureWithoutFailures())),
    artifact("json.wasm", refused(DecodeResponse(reason="expected value at line 1 column 1"))),
    artifact("odd.wasm", untold()),
    artifact("link.wasm", untold("It is no regular file.", skipped=True)),
    legs=[LEG],
    problems=[Problem(path="no*", message="matches no file.", is_usage_error=False)],
)

GOOD = render_json(WHOLE).encode()
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> bytes:
    """Return the report above as JSON, after a change."""
    raw = json.loads(render_json(WHOLE))
    change(raw)
    return json.dumps(raw).encode()


def at(path: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """Return a function that finds the owner and the name of a value in an artifact."""

    def find(raw: dict[str, Any]) -> tuple[dict[str, Any], str]:
        name, *inner = path.split(".")
        value = next(item for item in raw["artifacts"] if item["path"] == f"{name}.wasm")
        for key in inner[:-1]:
            value = value[key]
        return value, inner[-1]

    return find


def put(path: str, new: object) -> Change:
    """Return a change of a value in an artifact: ``call.verdict.message``."""

    def change(raw: dict[str, Any]) -> None:
        owner, name = at(path)(raw)
        owner[name] = new

    return change


def top(name: str, new: object) -> Change:
    """Return a change of a value of the report itself."""
    return lambda raw: raw.__setitem__(name, new)


def clause(data: bytes) -> str:
    """Return why a report cannot be used, and assert that it reads as it should."""
    with pytest.raises(UnusableReport) as caught:
        load_report(data)
    text = str(caught.value)
    assert re.match(r"(is|has|lists|cannot be trusted:) \S", text), text
    assert re.search(r"[^.]\.$", text), text
    assert len(text) < 500
    assert "\n" not in text
    assert "Traceback" not in text
    assert "pydantic" not in text
    return text

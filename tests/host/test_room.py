"""What plugins say fits into a report that is read again, however much it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.host.room import Room
from cc_lb_selfcheck.protocol.errors import (
    Call,
    DecodeResponse,
    Instantiate,
    MissingSelfCheckExport,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import REPORT_MAX_BYTES, load_report
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.builder import custom_section
from tests.support.modules import error_module, output_module, success
from tests.support.reports import artifact, refused, report

LONG = "x" * 240_000
NAMES = [{"name": f"{number}{'n' * 900}", "kind": "function"} for number in range(900)]


@pytest.mark.parametrize("are_alike", [False, True])
def test_the_report_on_plugins_that_say_too_much_is_read_again(
    tmp_path: Path, *, are_alike: bool
) -> None:
    (tmp_path / "good.wasm").write_bytes(output_module(success()))
    said = "\1" * len(LONG)  # in JSON, six bytes each
    for number in range(20):
        plugin = error_module(said.encode()) + custom_section("" if are_alike else f"{number}")
        (tmp_path / f"{number:02}.wasm").write_bytes(plugin)
    told = run_check(CheckSettings(paths=(".",), unmarked="check"), tmp_path)
    assert (told.summary.passed, told.summary.refused) == (1, 20)
    written = render_json(told).encode()
    assert len(written) < REPORT_MAX_BYTES
    assert load_report(written).summary == told.summary
    messages = [item.verdict.message for item in told.artifacts if item.verdict]
    whole = f"self-check call failed: {said}"
    assert 10 < messages.count(whole) < 20, "the host's own text has the most room"
    for message in set(messages) - {whole, None}:
        assert str(message).startswith("self-check call failed: \1\1\1")
        assert str(message).endswith(" … (240,000 characters in all)")


@pytest.mark.parametrize(
    "error",
    [
        Call(reason=LONG),
        Instantiate(reason=f"unknown import: `env::{LONG}` has not been defined"),
        DecodeResponse(reason=f"unknown field `{LONG}`, expected `status` at line 1 column 9"),
        MissingSelfCheckExport(),
    ],
)
def test_what_is_cut_stays_a_verdict_with_a_finding(error: SelfCheckExecutionError) -> None:
    imports = [{"module": "env", **item} for item in NAMES]
    trace = [{"function": "f" * 300, "file": "g" * 1_000}] * 64
    outcome = refused(
        error,
        engine_message=LONG,
        output_preview=LONG,
        exports=NAMES,
        imports=imports,
        trace=trace,
        backtrace=[LONG],
    )
    assert Room().fit(outcome) == outcome
    seen_less = Room(0).fit(outcome)
    assert seen_less.verdict == outcome.verdict
    assert seen_less.evidence.lists_cut
    cut = Room(0, 0).fit(outcome)
    assert len(cut.model_dump_json()) < 10_000
    assert cut.evidence.lists_cut
    assert cut.verdict is not None
    assert outcome.verdict is not None
    assert cut.verdict.variant == outcome.verdict.variant
    written = report(artifact("a.wasm", cut))
    assert load_report(render_json(written).encode()) == written


def test_what_is_short_needs_no_room() -> None:
    outcome = refused(Call(reason="no key"))
    assert Room(0).fit(outcome) is outcome

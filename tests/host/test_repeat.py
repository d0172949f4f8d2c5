"""The self-check again and again: verdicts that change, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.further import FurtherRuns
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.repeat import check_repeatedly
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.diagnosis.running import worker
from tests.support.modules import (
    changing_module,
    identity_section,
    output_module,
    success,
    trap_module,
)

STEADY = output_module(success()) + identity_section("p", "1.0.0")
NOON = 1_764_158_400


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    with worker() as lent:
        yield lent


def repeated(process: WorkerProcess, data: bytes, again: int, now: int = NOON) -> Outcome:
    return check_repeatedly(process, data, read_outline(data), again, clock=lambda: now)


def tallies(outcome: Outcome) -> dict[str, int]:
    runs = outcome.evidence.runs
    assert runs is not None
    return {tally.verdict: tally.runs for tally in runs.verdicts}


@pytest.mark.parametrize("now", [NOON, NOON + 1])
def test_one_refused_run_refuses_whichever_came_first(process: WorkerProcess, now: int) -> None:
    outcome = repeated(process, changing_module(), 5, now)
    assert outcome.status == "refused"
    assert outcome.verdict is not None
    assert outcome.verdict.variant == "DecodeResponse"
    assert tallies(outcome) == {"passed": 3, "DecodeResponse": 3}
    runs = outcome.evidence.runs
    assert runs is not None
    assert runs.initiated_at % 2 == 0
    finding = explain(outcome)
    assert finding is not None
    assert finding.id == "CCLB-FLAKY"
    assert "passes 3 of 6 runs" in finding.cause
    assert f"`initiated_at` {runs.initiated_at}" in finding.cause
    assert finding.others[0].id == "CCLB-EMPTY-OUTPUT"
    assert finding.severity == "error"


def test_what_is_always_alike_is_told_as_ever(process: WorkerProcess) -> None:
    passed = repeated(process, STEADY, 3)
    assert (passed.status, tallies(passed)) == ("passed", {"passed": 4})
    assert explain(passed) is None
    refused = repeated(process, trap_module(), 3)
    assert tallies(refused) == {"Call": 4}
    finding = explain(refused)
    assert finding is not None
    assert finding.id == "CCLB-TRAP"


def test_refusals_that_change_are_told(process: WorkerProcess) -> None:
    data = changing_module(even=b"{}").replace(b'"success"', b'"failure"')
    finding = explain(repeated(process, data, 1))
    assert finding is not None
    assert finding.id == "CCLB-FLAKY"
    assert "never passes" in finding.cause


def test_what_is_never_called_is_not_run_again(process: WorkerProcess) -> None:
    begun: list[None] = []
    data = b"(module)"
    outcome = check_repeatedly(
        process, data, read_outline(data), 5, before_each=lambda: begun.append(None)
    )
    assert outcome.evidence.runs is None
    assert len(begun) == 1


def test_times_stay_within_a_day_and_change_in_all_their_parts(process: WorkerProcess) -> None:
    times: list[int] = []

    def note() -> float:
        times.append(NOON)
        return NOON

    check_repeatedly(process, STEADY, read_outline(STEADY), 0, clock=note)
    assert times == [NOON]
    outcome = repeated(process, changing_module(), 40)
    runs = outcome.evidence.runs
    assert runs is not None
    assert runs.total == 41
    assert NOON <= runs.initiated_at < NOON + 86_400


def test_a_trap_that_comes_and_goes_is_explained_at_its_own_time(process: WorkerProcess) -> None:
    """The further run, for its backtrace, is told the time at which the plugin fails."""
    data = changing_module()
    outcome = repeated(process, data, 1, NOON + 1)
    explained = FurtherRuns(80, measure_fuel=True)(process, data, read_outline(data), outcome)
    assert explained.verdict == outcome.verdict
    assert explained.evidence.fuel_below == 100_000


def outcome_in_pool(data: bytes, warn_at: int, again: int = 0) -> tuple[Outcome, int]:
    """Check in a pool; return the outcome too, and how often the artifact was read again."""
    read: list[None] = []

    def reload() -> bytes:
        read.append(None)
        return data

    pool = Pool(jobs=1, deadline_s=60, again=again, warn_at=warn_at)
    [(_, outcome)] = pool.check([Subject("it", data, read_outline(data), reload)])
    return outcome, len(read)


def test_a_slow_call_is_judged_without_company() -> None:
    outcome, read = outcome_in_pool(STEADY, warn_at=0)
    assert (outcome.status, read) == ("passed", 1)
    outcome, read = outcome_in_pool(STEADY, warn_at=100, again=2)
    assert (outcome.status, read, tallies(outcome)) == ("passed", 0, {"passed": 3})


def test_the_command_refuses_what_changes_and_the_report_comes_back(tmp_path: Path) -> None:
    (tmp_path / "changing.wasm").write_bytes(changing_module())
    arguments = ["check", str(tmp_path / "changing.wasm"), "--repeat", "3", "--format", "json"]
    result = CliRunner().invoke(whole_app(), arguments)
    assert result.exit_code == 1
    [told] = json.loads(result.stdout)["artifacts"]
    assert told["finding"]["id"] == "CCLB-FLAKY"
    assert told["evidence"]["runs"]["verdicts"] == [
        {"verdict": told["evidence"]["runs"]["verdicts"][0]["verdict"], "runs": 2},
        {"verdict": told["evidence"]["runs"]["verdicts"][1]["verdict"], "runs": 2},
    ]
    [loaded] = load_report(result.stdout.encode()).artifacts
    assert loaded.finding is not None
    assert loaded.finding.cause == told["finding"]["cause"]

"""What a call took of its limits: probed on the real engine, warned of, and shown."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from cc_lb_selfcheck.diagnosis.budgets import Budget
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.further import WORTH_PROBING_MS, FurtherRuns
from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.evidence import Runs, Tally
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.repeat import check_repeatedly
from cc_lb_selfcheck.protocol.errors import DecodeResponse
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_FUEL
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.meter import meter
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.diagnosis.running import worker
from tests.report.build import artifact, outcome_refused, report
from tests.support.modules import Plugin, identity_section, loop_module, success, trap_module
from tests.support.reader_gfm import read

PER_ROUND = 5


def looping(fuel: int) -> bytes:
    """Return a plugin that burns about so much fuel, and some four thousand units more."""
    return loop_module(fuel // PER_ROUND, success()) + identity_section("loop", "1.0.0")


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    with worker() as lent:
        yield lent


def further(
    process: WorkerProcess,
    data: bytes,
    runs: FurtherRuns,
    wall_ms: float | None = None,
    warn_at: int = 80,
) -> Outcome:
    """Run the self-check, and what comes after it; ``wall_ms`` stands for what the call took."""
    outline = read_outline(data)
    outcome = check_repeatedly(process, data, outline, 0, warn_at=warn_at)
    if wall_ms is not None:
        evidence = outcome.evidence.model_copy(update={"wall_ms": wall_ms})
        outcome = outcome.model_copy(update={"evidence": evidence})
    return runs(process, data, outline, outcome)


def fuel_of(outcome: Outcome) -> tuple[int | None, int | None]:
    return outcome.evidence.fuel_at_least, outcome.evidence.fuel_below


# Probing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fuel", "warn_at", "known"),
    [
        (8_500_000, 80, (8_000_000, 10_000_000)),
        (6_000_000, 80, (None, 8_000_000)),
        (6_000_000, 50, (5_000_000, 10_000_000)),
        (9_900_000, 100, (None, 10_000_000)),
    ],
)
def test_one_run_tells_on_which_side_of_the_warning_a_call_is(
    process: WorkerProcess, fuel: int, warn_at: int, known: tuple[int | None, int]
) -> None:
    outcome = further(process, looping(fuel), FurtherRuns(warn_at), 5, warn_at)
    assert outcome.status == "passed"
    assert fuel_of(outcome) == known
    finding = explain(outcome)
    assert (finding and finding.id) == ("CCLB-NEAR-FUEL-LIMIT" if known[0] else None)


@pytest.mark.parametrize("fuel", [50_000, 2_345_000, 8_049_000, 9_950_000])
def test_measured_the_fuel_is_known_to_a_hundredth(process: WorkerProcess, fuel: int) -> None:
    outcome = further(process, looping(fuel), FurtherRuns(80, measure_fuel=True))
    least, most = fuel_of(outcome)
    assert most is not None
    assert most - (least or 0) == SELF_CHECK_FUEL // 100
    assert (least or 0) <= fuel + 4_000 < most + 4_000


class Untouched(WorkerProcess):
    """A worker that must not be asked."""

    def __init__(self) -> None:
        pass

    def ask(self, head: object, body: bytes = b"") -> tuple[dict[str, object], bytes]:
        raise AssertionError("it was run again")


@pytest.mark.parametrize("waited_ms", [0, 100])
def test_a_short_call_is_not_run_again(process: WorkerProcess, waited_ms: float) -> None:
    """On a busy machine it may have waited for a processor."""
    data = looping(1_000)
    outline = read_outline(data)
    outcome = check_once(process, data, outline)
    assert 0 < (outcome.evidence.cpu_ms or 0) <= (outcome.evidence.wall_ms or 0)
    took = {"wall_ms": WORTH_PROBING_MS + waited_ms, "cpu_ms": WORTH_PROBING_MS}
    evidence = outcome.evidence.model_copy(update=took)
    outcome = outcome.model_copy(update={"evidence": evidence})
    again = FurtherRuns(80)(Untouched(), data, outline, outcome)
    assert fuel_of(again) == (None, SELF_CHECK_FUEL)
    assert again.verdict == outcome.verdict


def test_what_ran_out_of_fuel_took_all_of_it(process: WorkerProcess) -> None:
    outcome = further(process, looping(11_000_000), FurtherRuns(80, measure_fuel=True))
    assert fuel_of(outcome) == (SELF_CHECK_FUEL, None)


def test_a_call_that_traps_is_measured_up_to_there(process: WorkerProcess) -> None:
    outcome = further(process, trap_module(), FurtherRuns(80, measure_fuel=True))
    assert outcome.status == "refused"
    assert fuel_of(outcome) == (None, 100_000)


def test_a_start_function_that_needs_more_leaves_the_call_unknown(process: WorkerProcess) -> None:
    plugin = Plugin()
    plugin.self_check(plugin.set_output(success()))
    body = b"\x41\x80\x89\x7a\x21\0\x03\x40\x20\0\x41\1\x6a\x22\0\x0d\0\x0b"  # 97,408 rounds
    plugin.start = plugin.function(body, variables=[b"\x7f"])
    outcome = further(process, plugin.build(), FurtherRuns(2, measure_fuel=True))
    assert outcome.status == "passed"
    assert fuel_of(outcome) == (None, SELF_CHECK_FUEL)


# Warnings ------------------------------------------------------------------------------------


def passed(**evidence: object) -> Outcome:
    seen = {"wall_ms": 1.0, "fuel_below": SELF_CHECK_FUEL, "output_bytes": 60, "warn_at": 80}
    return Outcome(
        status="passed",
        verdict=Verdict.accepted(SelfCheckResponse(status="success", failures=[], completed_at=1)),
        reason=None,
        evidence=Evidence.model_validate(seen | evidence),
    )


@pytest.mark.parametrize(
    ("evidence", "id_", "words"),
    [
        ({}, None, ""),
        ({"wall_ms": 159.9}, None, ""),
        ({"wall_ms": 160.0}, "CCLB-NEAR-TIME-LIMIT", "took 160 of its 200 ms (80 %)"),
        ({"wall_ms": 110.0, "warn_at": 50}, "CCLB-NEAR-TIME-LIMIT", "(55 %)"),
        ({"wall_ms": 199.0, "warn_at": None}, None, ""),
        ({"fuel_below": 8_000_000}, None, ""),
        ({"fuel_at_least": 8_000_000}, "CCLB-NEAR-FUEL-LIMIT", "at least 8,000,000"),
        ({"fuel_at_least": 7_900_000, "fuel_below": 8_000_000}, None, ""),
        ({"output_bytes": 6_553}, None, ""),
        ({"output_bytes": 6_554}, "CCLB-NEAR-OUTPUT-LIMIT", "6,554 of 8,192 bytes (80 %)"),
    ],
)
def test_a_plugin_near_a_limit_is_warned_of(
    evidence: dict[str, object], id_: str | None, words: str
) -> None:
    finding = explain(passed(**evidence))
    assert (finding and finding.id) == id_
    if finding is not None:
        assert finding.severity == "warning"
        assert words in finding.cause


def test_several_limits_are_told_together() -> None:
    finding = explain(passed(wall_ms=190.0, fuel_at_least=9_000_000, output_bytes=8_000))
    assert finding is not None
    assert [finding.id, *(other.id for other in finding.others)] == [
        "CCLB-NEAR-TIME-LIMIT",
        "CCLB-NEAR-FUEL-LIMIT",
        "CCLB-NEAR-OUTPUT-LIMIT",
    ]


def test_the_slowest_of_several_runs_counts() -> None:
    runs = Runs(
        verdicts=[Tally(verdict="passed", runs=3)],
        wall_ms_least=1,
        wall_ms_median=2,
        wall_ms_most=170,
        initiated_at=1,
    )
    finding = explain(passed(runs=runs))
    assert finding is not None
    assert finding.id == "CCLB-NEAR-TIME-LIMIT"


def test_of_what_was_refused_it_is_said_besides() -> None:
    evidence = passed(output_bytes=8_000).evidence
    finding = explain(outcome_refused(DecodeResponse(reason="EOF"), evidence))
    assert finding is not None
    assert "CCLB-NEAR-OUTPUT-LIMIT" in [other.id for other in finding.others]
    assert finding.severity == "error"


# Surfaces ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "shown"),
    [
        (Budget("time", "ms", 200, 0.1, 0.1), "0.1 ms ░░░░░"),
        (Budget("time", "ms", 200, 100.0, 100.0), "100.0 ms ███░░"),
        (Budget("time", "ms", 200, 203.0, 203.0), "203.0 ms █████"),
        (Budget("output", "bytes", 8192, 8000, 8000), "8,000 bytes █████"),
        (Budget("output", "bytes", 8192, 90_000, 90_000), "90,000 bytes █████"),
        (Budget("fuel", "units", 10_000_000, None, 10_000_000), "fuel under 10,000,000"),
        (Budget("fuel", "units", 10_000_000, None, None), "fuel not seen"),
        (Budget("fuel", "units", 10_000_000, None, 8_000_000), "fuel under 8,000,000 ▒▒▒▒░"),
        (
            Budget("fuel", "units", 10_000_000, 8_000_000, 10_000_000),
            "fuel 8,000,000 to 10,000,000 ████▒",
        ),
        (
            Budget("fuel", "units", 10_000_000, 2_300_000, 2_400_000),
            "fuel 2,300,000 to 2,400,000 █▒░░░",
        ),
        (Budget("fuel", "units", 10_000_000, 10_000_000, None), "fuel 10,000,000 or more █████"),
    ],
)
def test_what_is_shown_is_what_is_known(budget: Budget, shown: str) -> None:
    assert meter(budget) == shown


def test_every_plugin_that_was_called_shows_it() -> None:
    refused = outcome_refused(DecodeResponse(reason="EOF"), passed(wall_ms=41.0).evidence)
    told = report([artifact("a.wasm", passed()), artifact("b.wasm", refused)])
    stream = io.StringIO()
    render_text(told, Console(file=stream, width=160, highlight=False))
    lines = stream.getvalue().splitlines()
    used = "ms ░░░░░  fuel under 10,000,000  60 bytes ░░░░░"
    assert lines[0] == f"✓ passed       a.wasm  1.0 {used}"
    assert any(
        line.endswith("41.0 ms █░░░░  fuel under 10,000,000  60 bytes ░░░░░") for line in lines
    )
    rows = read(render_markdown(told)).rows
    heads = ["Artifact", "Time of 200 ms", "Fuel of 10,000,000", "Output of 8,192 bytes"]
    assert rows[-3:] == [
        heads,
        ["b.wasm", "█░░░░ 41.0", "under 10,000,000", "░░░░░ 60"],
        ["a.wasm", "░░░░░ 1.0", "under 10,000,000", "░░░░░ 60"],
    ]


def test_the_table_of_many_is_short_and_says_so() -> None:
    many = [artifact(f"{n:03}.wasm", passed(wall_ms=float(n))) for n in range(60)]
    markdown = render_markdown(report(many))
    assert "10 more, which used less, are not shown." in markdown
    assert len([row for row in read(markdown).rows if row[1:2] and "░" in row[1]]) == 50
    crowded = render_markdown(report(many), 5_000)
    assert len(crowded.encode()) <= 5_000
    assert "Time of 200 ms" not in render_markdown(report(many), 2_000)

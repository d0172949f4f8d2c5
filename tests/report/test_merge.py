"""Several reports as one: the set of reports decides, and nothing else."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from cc_lb_selfcheck import collect as collect_module
from cc_lb_selfcheck.collect import collect
from cc_lb_selfcheck.github.legs import Contexts, leg_of
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.markdown import headline, render_markdown
from cc_lb_selfcheck.report.merge import disagreements, merge, missing_legs
from cc_lb_selfcheck.report.model import Leg, Problem, Protocol, Report
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.settings import PublishSettings, Shard
from tests.support.reports import (
    NOON,
    accepted,
    artifact,
    leg_report,
    leg_reports,
    refused,
    report,
    untold,
)

REPORTS = st.lists(leg_reports, min_size=1, max_size=5)
TESTS = [Leg(name=f"test ({n})", job="test", number=n, total=3) for n in (1, 2, 3)]


def texts_of(told: Report) -> tuple[str, str, str]:
    """Return all renderings of a report."""
    stream = io.StringIO()
    render_text(told, Console(file=stream, width=100))
    return render_json(told), render_markdown(told), stream.getvalue()


# The algebra ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(reports=REPORTS, data=st.data())
def test_the_order_and_grouping_of_reports_change_nothing(
    reports: list[Report], data: st.DataObject
) -> None:
    whole = merge(reports)
    shuffled = data.draw(st.permutations(reports))
    cut = data.draw(st.integers(1, len(reports)))
    grouped = merge([merge(shuffled[:cut]), *shuffled[cut:]])
    assert merge(shuffled) == grouped == whole
    assert texts_of(grouped) == texts_of(whole)


@settings(deadline=None)
@given(reports=REPORTS)
def test_what_is_merged_again_is_as_it_was(reports: list[Report]) -> None:
    whole = merge(reports)
    assert merge([whole]) == merge([whole, whole]) == merge([*reports, whole, *reports]) == whole
    assert load_report(render_json(whole).encode()) == whole


@settings(deadline=None)
@given(reports=REPORTS)
def test_nothing_is_lost_or_made_up(reports: list[Report]) -> None:
    def seen(told: Report) -> set[tuple[Any, ...]]:
        return {
            (item.path, item.sha256, item.status, str(item.verdict), item.reason, leg)
            for item in told.artifacts
            for leg in item.legs or [""]
        }

    whole = merge(reports)
    merged, given_ = seen(whole), set[tuple[Any, ...]]().union(*map(seen, reports))
    # A run without a name is not told beside those that have one.
    assert {item for item in given_ if item[-1]} <= merged <= given_
    assert {item[:-1] for item in merged} == {item[:-1] for item in given_}
    assert whole.summary.artifacts == len(whole.artifacts)


def test_no_report_is_no_report() -> None:
    with pytest.raises(ValueError, match="no report"):
        merge([])


def test_what_differs_by_chance_is_told_the_same_way_round() -> None:
    """Times in other zones and reports of other versions must not depend on the order."""
    one = report(artifact("a.wasm", accepted(wall_ms=2)), seconds=1)
    zone = timezone(timedelta(hours=5))
    other = one.model_copy(
        update={
            "started_at": one.started_at.astimezone(zone),
            "finished_at": one.finished_at.astimezone(zone),
            "protocol": Protocol(version="0.2.0"),
            "engine": one.engine.model_copy(update={"extism": None}),
            "tool": one.tool.model_copy(update={"version": "0.0.1"}),
        }
    )
    third = report(artifact("a.wasm", accepted(wall_ms=1)), seconds=2)
    merged = {render_json(merge(order)) for order in permutations([one, other, third])}
    assert len(merged) == 1
    told = merge([one, other, third])
    assert told.started_at == one.started_at
    assert told.finished_at == third.finished_at
    assert told.artifacts[0].evidence.wall_ms == 1


def test_files_may_have_any_names(tmp_path: Path) -> None:
    reports = [
        leg_report(leg, {("a.wasm", "x"): refused(), (f"{leg.number}.wasm", ""): accepted()})
        for leg in TESTS
    ]
    texts = set()
    for number, order in enumerate(permutations(reports)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, each in zip("abc", order, strict=True):
            (folder / f"{name}.json").write_text(render_json(each))
        collected = collect(PublishSettings(reports=(str(number),)), {}, tmp_path, Patience(0))
        assert collected.faults == []
        assert collected.report is not None
        texts.add(texts_of(collected.report))
    assert len(texts) == 1


# Legs ----------------------------------------------------------------------------------------


def test_reports_that_are_large_together_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [render_json(leg_report(leg, {("a.wasm", "x"): accepted()})) for leg in TESTS[:3]]
    for name, text in zip("abc", texts, strict=True):
        (tmp_path / f"{name}.json").write_text(text)
    monkeypatch.setattr(collect_module, "_TOGETHER_MAX_BYTES", sum(map(len, texts[:2])))
    collected = collect(PublishSettings(reports=(".",)), {}, tmp_path, Patience(0))
    assert collected.report is not None
    assert [leg.name for leg in collected.report.legs] == [leg.name for leg in TESTS[:2]]
    [fault] = collected.faults
    assert fault == "The report `c.json` was left out: all reports together may have 0 MiB."


def test_what_legs_saw_alike_is_told_once_with_their_names() -> None:
    seen = {("a.wasm", "x"): refused()}
    told = merge([leg_report(leg, seen, seconds=leg.number) for leg in TESTS])
    assert [item.legs for item in told.artifacts] == [["test (1)", "test (2)", "test (3)"]]
    assert told.summary.refused == 1
    assert (missing_legs(told), disagreements(told)) == ([], [])
    row = render_markdown(told).partition("a.wasm")[2].partition("\n")[0]
    assert all(f"test (<wbr>{n})" in row or f"test ({n})" in row for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("total", "there", "sentence"),
    [
        (2, [1], "Leg 2 of 2 of the job `test` sent no report: its plugins are not here."),
        (3, [2], "Legs 1 and 3 of 3 of the job `test` sent no report: their plugins are not here."),
        (
            500,
            [1, 500],
            "Legs 2, 3, 4, 5, 6, 7, 8, 9, 10 and 489 more of 500 of the job `test` sent no report:"
            " their plugins are not here.",
        ),
    ],
)
def test_a_missing_leg_is_named(total: int, there: list[int], sentence: str) -> None:
    legs = [Leg(name=f"test ({n})", job="test", number=n, total=total) for n in there]
    told = merge([leg_report(leg, {("a.wasm", ""): accepted()}) for leg in legs])
    assert missing_legs(told) == [sentence]
    assert "sent no report" in render_markdown(told)


def test_each_job_is_asked_for_its_own_legs() -> None:
    legs = [
        Leg(name="build", job="build"),
        Leg(name="b (1)", job="b", number=1, total=2),
        Leg(name="a (2)", job="a", number=2, total=2),
    ]
    missing = missing_legs(merge([leg_report(leg, {}) for leg in legs]))
    assert [sentence.partition(" sent")[0] for sentence in missing] == [
        "Leg 1 of 2 of the job `a`",
        "Leg 2 of 2 of the job `b`",
    ]


def sharing(*about: tuple[str, int, int, int, int]) -> Report:
    """Return what legs tell: each with its job, its number of how many, and its part of parts."""
    legs = [
        Leg(
            name=f"{job} ({n})",
            job=job,
            number=n,
            total=total,
            shares=True,
            part=part,
            parts=parts,
        )
        for job, n, total, part, parts in about
    ]
    return merge([leg_report(leg, {(f"{leg.name}.wasm", ""): accepted()}) for leg in legs])


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        # Who writes how many legs there are in one place, and how many parts in another, may err.
        (sharing(("t", 1, 2, 1, 3), ("t", 2, 2, 2, 3)), ["Part 3 of 3 of the job `t`"]),
        (sharing(*(("t", n, 3, 1, 3) for n in (1, 2, 3))), ["Parts 2 and 3 of 3 of the job `t`"]),
        (sharing(*(("t", n, 3, n, 3) for n in (1, 2, 3))), []),
        # On two systems each.
        (sharing(*(("t", n, 4, (n + 1) // 2, 2) for n in (1, 2, 3, 4))), []),
        (
            sharing(*(("t", n, 4, (n + 1) // 2, 2) for n in (1, 2, 3))),
            ["Leg 4 of 4 of the job `t`"],
        ),
        # Where a leg is missing, its part is, too.
        (sharing(("t", 1, 2, 1, 2)), ["Leg 2 of 2 of the job `t`"]),
        # Jobs that are no legs of a matrix.
        (sharing(("a", 1, 1, 1, 2), ("b", 1, 1, 2, 2)), []),
        (sharing(("a", 1, 1, 1, 2)), ["Part 2 of 2"]),
    ],
)
def test_a_part_that_no_leg_checked_is_named(told: Report, missing: list[str]) -> None:
    assert [sentence.partition(" sent")[0] for sentence in missing_legs(told)] == missing
    assert headline(told).endswith("but not everything was checked") == bool(missing)


def test_unlike_verdicts_on_one_content_are_told() -> None:
    told = merge(
        [
            leg_report(TESTS[0], {("a.wasm", "x"): accepted(), ("b.wasm", "y"): accepted()}),
            leg_report(TESTS[1], {("a.wasm", "x"): refused(Call(reason="timeout"))}),
            leg_report(TESTS[2], {("a.wasm", "x"): accepted(), ("b.wasm", "z"): refused()}),
            leg_report(None, {("a.wasm", "x"): untold("It is gone.")}),
        ]
    )
    assert disagreements(told) == [
        "`a.wasm` is passed in `test (1)` and `test (3)`, but refused (Call) in `test (2)`, but"
        " undetermined in a run without a name, although its content is the same."
    ]
    # Other contents under one path are no disagreement: they are two rows.
    assert [item.path for item in told.artifacts].count("b.wasm") == 2


def test_what_was_skipped_elsewhere_is_no_disagreement() -> None:
    skipped = untold("It bears no mark.", skipped=True)
    told = merge(
        [
            leg_report(TESTS[0], {("a.wasm", "x"): accepted()}),
            leg_report(TESTS[1], {("a.wasm", "x"): skipped}),
        ]
    )
    assert disagreements(told) == []


def test_problems_are_told_once() -> None:
    problem = Problem(path="no*", message="matches no file.", is_usage_error=False)
    told = merge([report(problems=[problem, problem]), report(problems=[problem], seconds=3)])
    assert told.problems == [problem]
    assert told.started_at == NOON


# The names of legs ---------------------------------------------------------------------------

ACTIONS = {"GITHUB_ACTIONS": "true", "GITHUB_JOB": "test"}
NO_STRATEGY = {"fail-fast": True, "job-index": 0, "job-total": 1, "max-parallel": 1}


@pytest.mark.parametrize(
    ("matrix", "strategy", "shard", "leg"),
    [
        (None, NO_STRATEGY, None, Leg(name="test", job="test")),
        (None, None, None, Leg(name="test", job="test")),
        ("x", [1], None, Leg(name="test", job="test")),
        (
            {"os": "ubuntu-24.04", "toolchain": "1.88"},
            {"job-index": 3, "job-total": 4},
            None,
            Leg(name="test (ubuntu-24.04, 1.88)", job="test", number=4, total=4),
        ),
        (
            {"n": 3, "release": True, "target": {"os": "linux"}, "none": None},
            {"job-index": 0, "job-total": 2},
            None,
            Leg(name='test (3, true, {"os": "linux"}, null)', job="test", number=1, total=2),
        ),
        ({}, {"job-index": 0, "job-total": 1}, None, Leg(name="test", job="test")),
        ({"n": 1}, {"job-index": 5, "job-total": 2}, None, Leg(name="test (1)", job="test")),
        ({"n": 1}, {"job-index": "0", "job-total": 2}, None, Leg(name="test (1)", job="test")),
        (
            None,
            NO_STRATEGY,
            Shard(2, 8),
            Leg(name="test (2/8)", job="test", shares=True, part=2, parts=8),
        ),
        (
            {"shard": 2},
            {"job-index": 1, "job-total": 8},
            Shard(2, 8),
            Leg(name="test (2)", job="test", number=2, total=8, shares=True, part=2, parts=8),
        ),
    ],
)
def test_a_leg_is_named_as_github_names_its_job(
    matrix: object, strategy: object, shard: Shard | None, leg: Leg
) -> None:
    assert leg_of(ACTIONS, Contexts(matrix, strategy), shard) == leg


def test_at_home_only_a_part_has_a_name() -> None:
    assert leg_of({}, Contexts({"os": "x"}, NO_STRATEGY), None) is None
    assert leg_of({"GITHUB_JOB": "test"}, Contexts(), None) is None
    part = Leg(name="(1/2)", job="", shares=True, part=1, parts=2)
    assert leg_of({}, Contexts(), Shard(1, 2)) == part


@pytest.mark.parametrize(
    ("context", "number"),
    [
        ({"status": "success", "check_run_id": 51725241954}, 51725241954),
        ({"check_run_id": "51725241954"}, 51725241954),
        ({"status": "success"}, None),
        *(
            ({"check_run_id": value}, None)
            for value in (None, True, 0, -1, 1.5, "x", "1/../2", "7\n", [7], 10**15)
        ),
        (None, None),
        ([], None),
    ],
)
def test_a_jobs_own_check_run_is_what_github_says(context: object, number: int | None) -> None:
    leg = leg_of(ACTIONS, Contexts(job=context), None)
    assert leg == Leg(name="test", job="test", check_run=number)


def test_a_long_name_is_cut_and_can_be_read_again() -> None:
    leg = leg_of(ACTIONS, Contexts({"text": "x" * 100_000}), None)
    assert leg is not None
    assert len(leg.name) <= 200
    told = leg_report(leg, {("a.wasm", ""): accepted()})
    assert load_report(render_json(told).encode()) == told


def test_times_need_a_zone_to_be_merged() -> None:
    """What `load_report` lets through can be compared with any other report."""
    naive = report().model_copy(update={"started_at": datetime(2026, 1, 1)})  # noqa: DTZ001
    aware = report().model_copy(update={"started_at": datetime(2026, 1, 1, tzinfo=UTC)})
    with pytest.raises(TypeError):
        merge([naive, aware])
    with pytest.raises(Exception, match="its times make no sense"):
        load_report(render_json(naive).encode())
    assert load_report(render_json(aware).encode()) == aware


def test_a_plugin_on_which_legs_disagree_is_one_plugin() -> None:
    legs = [Leg(name=f"t ({number})", job="t", number=number, total=2) for number in (1, 2)]
    outcomes = (refused(), accepted())
    told = merge(
        [
            leg_report(leg, {("a", "a"): outcome, ("b", "b"): accepted()})
            for leg, outcome in zip(legs, outcomes, strict=True)
        ]
    )
    assert headline(told) == "❌ cc-lb would refuse 1 of 2 plugins"

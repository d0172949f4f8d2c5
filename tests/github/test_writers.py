"""Several steps of one run publish, each its own part: the worst of their results stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.github.marker import read_marker
from cc_lb_selfcheck.github.publish import Published
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES
from cc_lb_selfcheck.report.model import Leg, Report
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    asked,
    body_of,
    client,
    command,
    markers,
    only_body,
    posted,
    publisher,
    report_of,
    runner_environment,
    with_names,
    write_report,
)
from tests.support.reports import accepted, leg_report, refused

RANKS = {"refused": RED, "untold": UNTOLD, "accepted": GREEN}
CHECK_RUN: Mapping[str, Any] = {"check_run": True, "comment_mode": "off"}


def publish(
    fake: FakeGitHub, token: str, told: Report, writer: str, run: int = 100, **settings: Any
) -> Published:
    made = publisher(told, run, writer=writer, **settings)
    return made.publish(client(fake, token))


def parts(fake: FakeGitHub) -> tuple[str, str]:
    """Return the comment's first line, which nobody sees, and the rest."""
    line, _, rest = only_body(fake).partition("\n")
    return line, rest


def headline(fake: FakeGitHub) -> str:
    return only_body(fake).splitlines()[1]


def conclusions(fake: FakeGitHub) -> set[str | None]:
    """Return what the check runs say: GitHub shows the latest, and counts none but that."""
    return {check.conclusion for check in fake.check_runs(REPOSITORY)}


@pytest.mark.parametrize("second", RANKS)
@pytest.mark.parametrize("first", RANKS)
def test_another_step_of_the_run_never_betters(
    fake: FakeGitHub, token: str, first: str, second: str
) -> None:
    publish(fake, token, RANKS[first], "rust", check_run=True, fail_on="refused")
    (_, body), [conclusion] = parts(fake), conclusions(fake)
    told = publish(fake, token, RANKS[second], "zig", check_run=True, fail_on="refused")
    ranks = list(RANKS)
    [marker] = markers(fake)
    if ranks.index(second) > ranks.index(first):
        assert parts(fake)[1] == body
        assert conclusions(fake) == {conclusion}
        [notice] = told.notices
        assert notice.startswith("What stands on this run was left (check run, comment): another")
        assert "in one job" in notice
        assert "`comment-id`" in notice
        assert told.done == []
    else:
        assert marker.writer == "zig"
        expected = {"refused": "failure", "untold": "neutral", "accepted": "success"}[second]
        assert conclusions(fake) == {expected}
        assert told.notices == []
    assert told.failures == []


def test_of_several_steps_that_agree_the_comment_says_that_it_tells_of_one(
    fake: FakeGitHub, token: str
) -> None:
    """Or its count would be taken for that of all of them."""
    words = "What follows is of one job or step alone; no other of this run told a worse result."
    publish(fake, token, report_of(a="p", b="p"), "rust")
    assert words not in only_body(fake)
    for told, writer in ((report_of(c="p"), "zig"), (report_of(d="p"), "c")):
        publish(fake, token, told, writer)
        assert f"\n\n{words} To see all of it here, publish" in only_body(fake)
    publish(fake, token, report_of(a="r", b="p"), "rust")
    assert words in only_body(fake)
    # Here what is worse is said instead.
    publish(fake, token, GREEN, "zig")
    publish(fake, token, GREEN, "rust", 101)
    assert words not in only_body(fake)


def test_the_same_step_betters_what_it_told(fake: FakeGitHub, token: str) -> None:
    for told in (RED, GREEN):
        assert publish(fake, token, told, "rust", check_run=True).notices == []
    assert conclusions(fake) == {"success"}
    assert len(fake.check_runs(REPOSITORY)) == 1
    assert "cc-lb accepts all 2 plugins" in only_body(fake)
    assert posted(fake) == 1


def test_a_later_run_betters_what_any_step_told(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, "rust")
    assert publish(fake, token, GREEN, "zig", 101).notices == []
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


@pytest.mark.parametrize(("told", "is_left"), [(RED, True), (UNTOLD, True), (GREEN, False)])
def test_a_comment_that_names_no_step_is_of_another(
    fake: FakeGitHub, token: str, told: Report, is_left: bool
) -> None:
    """As an older version of this program left it."""
    body = body_of(told, 100).replace('"bad":0,', "")
    fake.add_comment(REPOSITORY, PULL, body)
    published = publish(fake, token, GREEN, "zig")
    assert (parts(fake)[1] == body.partition("\n")[2]) == is_left
    assert len(published.notices) == is_left


def test_a_worse_step_makes_all_check_runs_worse(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, report_of(c="p"), "zig", **CHECK_RUN)
    publish(fake, token, RED, "rust", **CHECK_RUN)
    titles = {check.title for check in fake.check_runs(REPOSITORY)}
    assert titles == {"❌ cc-lb would refuse 1 of 2 plugins"}
    assert publish(fake, token, GREEN, "zig", **CHECK_RUN).left == ["check run"]
    assert conclusions(fake) == {"failure"}
    publish(fake, token, GREEN, "rust", **CHECK_RUN)
    assert conclusions(fake) == {"success"}


OTHERS_RED = "## ❌ cc-lb would refuse what another job of this run has checked"
OTHERS_UNTOLD = "## ❔ Another job of this run could not judge everything"
ONE_RED = "## ❌ cc-lb would refuse 1 of 2 plugins"
ALL_GREEN = "## ✅ cc-lb accepts all 2 plugins"


# Again, one job alone -------------------------------------------------------------------------


def again(fake: FakeGitHub, token: str, told: Report, writer: str, attempt: int = 2) -> Published:
    return publisher(told, 100, attempt, writer=writer).publish(client(fake, token))


def test_a_job_run_again_betters_no_other_of_an_earlier_attempt(
    fake: FakeGitHub, token: str
) -> None:
    publish(fake, token, RED, "rust")
    publish(fake, token, GREEN, "zig")
    _, body = parts(fake)
    assert again(fake, token, GREEN, "zig").left == ["comment"]
    assert parts(fake)[1] == body
    # Nor does a request of the first attempt that comes late now.
    assert again(fake, token, RED, "zig", 1).done == [
        f"Left the comment on pull request {PULL} to a newer run."
    ]
    assert again(fake, token, GREEN, "rust").left == []
    assert headline(fake) == ALL_GREEN


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize(
    ("second", "words"), [(RED, ONE_RED), (UNTOLD, OTHERS_UNTOLD), (GREEN, ALL_GREEN)]
)
def test_what_stands_is_the_worst_of_what_each_job_told_last(
    fake: FakeGitHub, token: str, second: Report, words: str, attempt: int
) -> None:
    publish(fake, token, RED, "rust")
    publish(fake, token, second, "zig")
    # Whoever's the comment is now, the other's result is in its marker.
    for told in (GREEN, GREEN):
        again(fake, token, told, "rust", attempt)
        assert headline(fake) == words
    again(fake, token, GREEN, "zig", attempt)
    assert headline(fake) == ALL_GREEN
    assert len(markers(fake)) == 1


def test_a_job_that_turns_red_again_is_red(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, GREEN, "rust")
    publish(fake, token, GREEN, "zig")
    again(fake, token, RED, "rust")
    assert headline(fake) == ONE_RED
    publish(fake, token, GREEN, "zig", 101)
    assert headline(fake) == ALL_GREEN


@pytest.mark.parametrize("mode", ["always", "on-change", "on-refusal"])
def test_a_job_whose_comment_it_was_mends_what_is_its_own(
    fake: FakeGitHub, token: str, mode: str
) -> None:
    steps: list[tuple[str, Report, str]] = [
        ("rust", RED, ONE_RED),
        ("zig", report_of(c="r", d="p"), ONE_RED),
        ("zig", GREEN, OTHERS_RED),
        ("rust", UNTOLD, "## ❔ 1 of 2 plugins undetermined"),
        ("zig", GREEN, "## ❔ 1 of 2 plugins undetermined"),
        ("rust", GREEN, ALL_GREEN),
    ]
    for writer, told, words in steps:
        publish(fake, token, told, writer, comment_mode=mode)
        assert headline(fake) == words, writer


def test_a_comment_that_loses_leaves_its_result_behind(fake: FakeGitHub, token: str) -> None:
    """Two that were posted at once, where one of the publishers was ended before it looked."""
    publish(fake, token, RED, "rust")
    body = only_body(fake)
    fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)
    fake.add_comment(REPOSITORY, PULL, body)
    fake.add_comment(REPOSITORY, PULL, body.replace('"by":"rust"', '"by":"c"'))
    publish(fake, token, RED, "rust")
    publish(fake, token, GREEN, "rust")
    assert headline(fake) == OTHERS_RED
    publish(fake, token, GREEN, "c")
    assert headline(fake) == ALL_GREEN


def test_on_change_leaves_no_job_unknown(fake: FakeGitHub, token: str) -> None:
    """What a job says again is not written, and is known all the same."""
    for run in (100, 101):
        for writer, told in (("rust", RED), ("zig", RED), ("rust", GREEN)):
            publish(fake, token, told, writer, run, comment_mode="on-change")
        assert headline(fake) == OTHERS_RED
        publish(fake, token, GREEN, "zig", run, comment_mode="on-change")
        assert headline(fake) == ALL_GREEN
        publish(fake, token, RED, "rust", run, comment_mode="on-change")
        publish(fake, token, GREEN, "zig", run, comment_mode="on-change")
        assert headline(fake) == ONE_RED


SHOWN: Mapping[str, Any] = {**CHECK_RUN, "fail_on": "refused"}
"""What is undetermined is neutral then, and no failure."""


def check_again(fake: FakeGitHub, token: str, told: Report, writer: str, attempt: int) -> Published:
    made = publisher(told, 100, attempt, writer=writer, **SHOWN)
    return made.publish(client(fake, token))


def test_a_check_run_of_a_later_attempt_betters_no_other_jobs(fake: FakeGitHub, token: str) -> None:
    check_again(fake, token, RED, "rust", 1)
    check_again(fake, token, GREEN, "zig", 1)
    assert check_again(fake, token, GREEN, "zig", 2).left == ["check run"]
    assert conclusions(fake) == {"failure"}
    fake.fail("POST */check-runs", fakes.hang_up("after"))
    check_again(fake, token, GREEN, "rust", 2)
    latest = fake.check_runs(REPOSITORY)[-1]
    assert (latest.conclusion, latest.external_id) == ("success", "100/2/#rust")
    # A request of the first attempt that comes late now.
    late = check_again(fake, token, RED, "rust", 1)
    assert late.done == ["Left the check run to a later attempt."]
    assert fake.check_runs(REPOSITORY)[-1].conclusion == "success"


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_check_run_that_showed_what_was_mended_concludes_as_its_own_job(
    fake: FakeGitHub, token: str, attempt: int
) -> None:
    for writer, told in (("c", GREEN), ("zig", UNTOLD), ("rust", RED)):
        check_again(fake, token, told, writer, 1)
    assert conclusions(fake) == {"failure"}
    check_again(fake, token, GREEN, "rust", attempt)
    shown = [check.conclusion for check in fake.check_runs(REPOSITORY)]
    assert [shown[0], shown[1], shown[-1]] == ["neutral"] * 3
    # Of a job that was run again GitHub shows the new one.
    assert shown[2:-1] == ["failure"] * (attempt - 1)
    check_again(fake, token, GREEN, "zig", attempt)
    assert fake.check_runs(REPOSITORY)[-1].conclusion == "success"


def test_of_many_jobs_the_marker_is_bounded_and_none_is_lost(fake: FakeGitHub, token: str) -> None:
    writers = [f"{number:08x}" for number in range(50)]
    for writer in writers:
        publish(fake, token, RED, writer)
    line, _ = parts(fake)
    assert len(line) < 1_500
    for writer in writers:
        again(fake, token, GREEN, writer)
    assert headline(fake) == OTHERS_RED
    publish(fake, token, GREEN, "00000001", 101)
    assert headline(fake) == ALL_GREEN


def test_what_is_noted_has_room_in_the_largest_comment(fake: FakeGitHub, token: str) -> None:
    large = with_names(f"{'x' * 60}{number}.wasm" for number in range(2_000))
    publish(fake, token, large, "rust")
    assert len(only_body(fake).encode()) > COMMENT_MAX_BYTES - 1_000
    for number in range(35):
        again(fake, token, UNTOLD, f"{number:08x}", 123_456)
    assert len(markers(fake)[0].others) == 33
    assert len(only_body(fake)) <= 65_536
    publish(fake, token, GREEN, "rust", 101)
    assert headline(fake) == ALL_GREEN


@pytest.mark.parametrize(
    "told", ["[]", "{}", "7", '{"a":3,"b":[],"c":{},"d":"2","":2}', '{"a":null}', '"x"']
)
def test_what_is_no_result_of_another_job_is_none(told: str) -> None:
    line = body_of(RED, 100).partition("\n")[0].replace('"sum"', f'"else":{told},"noted":[],"sum"')
    marker = read_marker(line)
    assert marker is not None
    assert (marker.others, marker.attempt, marker.elsewhere) == ({}, 0, 0)


def test_what_other_jobs_have_seen_is_not_gone(fake: FakeGitHub, token: str) -> None:
    """Each job tells of its own plugins alone."""

    def seen(job: str, outcome: Outcome) -> Report:
        leg = Leg(name=job, job=job)
        return leg_report(leg, {(f"{job}.wasm", job): outcome})

    publish(fake, token, seen("rust", refused()), "rust")
    publish(fake, token, seen("zig", refused()), "zig")
    for run in (101, 102):
        publish(fake, token, seen("rust", accepted()), "rust", run)
        publish(fake, token, seen("zig", accepted()), "zig", run)
        assert "gone:" not in only_body(fake)
        assert "new:" not in only_body(fake)
        assert "not known" not in only_body(fake)
    publish(fake, token, seen("rust", refused()), "rust", 103)
    assert "- 1 newly refused: <code>rust.wasm</code>" in only_body(fake)


def test_another_steps_comment_is_no_lost_answer(fake: FakeGitHub, token: str) -> None:
    """While the answer to ours is lost, another step posts its own."""
    other = fake.add_token(REPOSITORY)
    fake.fail("POST */comments", fakes.hang_up())
    fake.on_request("POST */comments", lambda: publish(fake, other, GREEN, "zig"))
    publish(fake, token, RED, "rust")
    assert [marker.writer for marker in markers(fake)] == ["rust"]


# By the command ------------------------------------------------------------------------------


def called(fake: FakeGitHub, name: str) -> str:
    """Return the context of a job that a reusable workflow has, which is called as this job."""
    return json.dumps({"check_run_id": fake.add_job_check(REPOSITORY, HEAD, name).id})


@pytest.mark.parametrize("attempt", ["1", "2"])
def test_calls_of_one_reusable_workflow_are_told_apart(
    fake: FakeGitHub, token: str, tmp_path: Path, attempt: str
) -> None:
    """All that their jobs see of themselves is the same, but the number of the job."""

    def run(name: str, told: Report, attempt: str) -> None:
        environment = runner_environment(
            fake, tmp_path, token=token, INPUT_JOB=called(fake, name), GITHUB_RUN_ATTEMPT=attempt
        )
        command(environment, "publish", write_report(tmp_path, told), "--check-run")

    run("rust / check", RED, "1")
    run("zig / check", GREEN, "1")
    assert headline(fake) == ONE_RED
    assert conclusions(fake) - {None} == {"failure"}
    # Run again, each job has another number, and the name that it had.
    run("rust / check", GREEN, attempt)
    assert headline(fake) == ALL_GREEN
    assert fake.check_runs(REPOSITORY)[-1].conclusion in ("success", None)


def test_a_job_whose_name_is_not_told_publishes_all_the_same(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    for told, words in ((RED, ONE_RED), (GREEN, ALL_GREEN)):
        fake.fail("GET */jobs/*", fakes.error(403, "Resource not accessible by integration"))
        environment = runner_environment(
            fake, tmp_path, token=token, INPUT_JOB=called(fake, "rust / check")
        )
        result = command(environment, "publish", write_report(tmp_path, told))
        assert "::warning" not in result.output
        assert headline(fake) == words


STEPS: list[dict[str, str]] = [
    {"GITHUB_JOB": "zig"},
    {"GITHUB_ACTION": "__self_2"},
    {"INPUT_MATRIX": '{"plugin": "b"}'},
]


@pytest.mark.parametrize("other", STEPS, ids="".join)
def test_jobs_steps_and_legs_are_told_apart(
    fake: FakeGitHub, token: str, tmp_path: Path, other: dict[str, str]
) -> None:
    first = runner_environment(fake, tmp_path, token=token, GITHUB_ACTION="__self")
    assert command(first, "publish", write_report(tmp_path, RED), "--check-run").exit_code == 1
    result = command({**first, **other}, "publish", write_report(tmp_path, GREEN), "--check-run")
    assert result.exit_code == 0
    assert "::notice" in result.output
    assert "What stands on this run was left" in result.output
    assert conclusions(fake) == {"failure"}
    assert "cc-lb would refuse" in only_body(fake)
    assert len(asked(fake, "PATCH")) == 1, "only what nobody sees is changed"

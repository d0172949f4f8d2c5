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
    write_report,
)
from tests.support.reports import accepted, leg_report, refused

RANKS = {"refused": RED, "untold": UNTOLD, "accepted": GREEN}
OTHERS_RED = "## ❌ cc-lb would refuse what another job of this run has checked"
OTHERS_UNTOLD = "## ❔ Another job of this run could not judge everything"
ONE_RED = "## ❌ cc-lb would refuse 1 of 2 plugins"
ALL_GREEN = "## ✅ cc-lb accepts all 2 plugins"
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

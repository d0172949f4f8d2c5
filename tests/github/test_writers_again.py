"""Of several jobs that publish one is run again alone: the others' results stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cc_lb_selfcheck.github.publish import Published
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES
from cc_lb_selfcheck.report.model import Report
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    client,
    markers,
    only_body,
    publisher,
    report_of,
    with_names,
)

from .test_writers import (
    ALL_GREEN,
    CHECK_RUN,
    ONE_RED,
    OTHERS_RED,
    OTHERS_UNTOLD,
    conclusions,
    headline,
    parts,
    publish,
)


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

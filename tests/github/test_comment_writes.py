"""When the comment is written anew: older runs, what others do meanwhile, answers that are lost."""

from __future__ import annotations

from functools import partial

import pytest

from cc_lb_selfcheck.github.event import RunId
from cc_lb_selfcheck.report.model import Report
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    BIG,
    GREEN,
    HEAD,
    OLD_HEAD,
    PULL,
    RED,
    REPOSITORY,
    body_of,
    markers,
    only_body,
    posted,
    publish,
    runs,
)

# Newer and older -----------------------------------------------------------------------------

NEWEST_FIRST = [
    # commit, run, attempt
    (HEAD, 200, 2),
    (HEAD, 200, 1),
    (HEAD, 100, 7),
    (OLD_HEAD, 300, 2),
    (OLD_HEAD, 300, 1),
    (OLD_HEAD, 250, 3),
]


@pytest.mark.parametrize("newer", range(len(NEWEST_FIRST) - 1))
def test_an_older_run_never_overwrites_a_newer_one(
    fake: FakeGitHub, token: str, newer: int
) -> None:
    commit, run, attempt = NEWEST_FIRST[newer]
    publish(fake, token, GREEN, run, attempt, commit=commit)
    body = only_body(fake)
    for old_commit, old_run, old_attempt in NEWEST_FIRST[newer + 1 :]:
        told = publish(fake, token, RED, old_run, old_attempt, commit=old_commit)
        assert told.done == [f"Left the comment on pull request {PULL} to a newer run."]
        assert (told.failures, told.notices) == ([], [])
        assert only_body(fake) == body


@pytest.mark.parametrize("older", range(1, len(NEWEST_FIRST)))
def test_a_newer_run_overwrites_an_older_one(fake: FakeGitHub, token: str, older: int) -> None:
    commit, run, attempt = NEWEST_FIRST[older]
    publish(fake, token, RED, run, attempt, commit=commit)
    commit, run, attempt = NEWEST_FIRST[older - 1]
    publish(fake, token, GREEN, run, attempt, commit=commit)
    [marker] = markers(fake)
    assert (marker.sha, marker.run) == (commit, RunId(run, attempt))


def test_the_same_attempt_may_publish_again(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 100)
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


def test_a_head_that_moves_on_meanwhile_is_seen(fake: FakeGitHub, token: str) -> None:
    """A run that began on the head of then meets one of the head of now."""

    def pushed() -> None:
        fake.push(REPOSITORY, PULL, now)
        fake.add_comment(REPOSITORY, PULL, body_of(GREEN, 90, commit=now))

    now = fakes.sha("a later head")
    fake.on_request("GET */comments", pushed)
    told = publish(fake, token, RED, 100)
    assert told.done == [f"Left the comment on pull request {PULL} to a newer run."]
    assert runs(fake) == [90]


@pytest.mark.parametrize("mode", ["on-refusal", "on-change"])
def test_where_a_newer_run_may_have_been_silent_an_outdated_one_is_too(
    fake: FakeGitHub, token: str, mode: str
) -> None:
    if mode == "on-change":
        publish(fake, token, GREEN, 90, commit=OLD_HEAD)
    before = [item.body for item in fake.comments(REPOSITORY, PULL)]
    publish(fake, token, GREEN, 101, comment_mode=mode)
    assert [item.body for item in fake.comments(REPOSITORY, PULL)] == before
    told = publish(fake, token, RED, 100, commit=OLD_HEAD, comment_mode=mode)
    # There is no newer run's comment to leave it to.
    words = f"No comment was written on pull request {PULL}: its head has moved on."
    assert told.done == [words]
    assert [item.body for item in fake.comments(REPOSITORY, PULL)] == before


# What others do meanwhile --------------------------------------------------------------------


def test_a_comment_that_is_deleted_while_it_is_edited_is_made_anew(
    fake: FakeGitHub, token: str
) -> None:
    for which in ("GET */issues/comments/*", "PATCH *"):
        mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
        fake.on_request(which, partial(fake.delete_comment, mine.id))
        publish(fake, token, GREEN, 100)
        assert runs(fake) == [100]
        fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)


def test_a_comment_that_is_deleted_after_it_was_posted_is_posted_once_more_at_most(
    fake: FakeGitHub, token: str
) -> None:
    def remove_all() -> None:
        for comment in fake.comments(REPOSITORY, PULL):
            fake.delete_comment(comment.id)

    fake.on_request("POST *", remove_all, effect="after")
    publish(fake, token, GREEN, 100)
    assert (runs(fake), posted(fake)) == ([100], 2)


def test_what_a_person_wrote_into_it_is_replaced(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    fake.on_request(
        "GET */issues/comments/*", lambda: fake.edit_comment(mine.id, mine.body + "\nA person's.")
    )
    publish(fake, token, GREEN, 100)
    assert "person" not in only_body(fake)
    assert runs(fake) == [100]


def test_twenty_others_may_come_first(fake: FakeGitHub, token: str) -> None:
    """As many jobs of a run do that end at the same time."""
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    others = iter(range(20))

    def another() -> None:
        body = body_of(RED, 51 + next(others))
        fake.edit_comment(mine.id, body)

    fake.on_request("GET */issues/comments/*", another, times=20)
    assert publish(fake, token, GREEN, 100).failures == []
    assert (runs(fake), posted(fake)) == ([100], 0)


def test_what_a_person_wrote_into_the_same_runs_is_replaced(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 100))
    fake.on_request(
        "GET */issues/comments/*", lambda: fake.edit_comment(mine.id, mine.body + "\nA person's.")
    )
    publish(fake, token, GREEN, 100)
    assert "person" not in only_body(fake)
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


def test_a_comment_that_a_person_took_over_is_theirs(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    fake.edit_comment(mine.id, "Never mind.")
    publish(fake, token, GREEN, 100)
    assert fake.comments(REPOSITORY, PULL)[0].body == "Never mind."
    assert runs(fake) == [100]


def test_duplicates_of_ours_go_and_the_newest_stays(fake: FakeGitHub, token: str) -> None:
    for run in (50, 70, 60):
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 80), "octocat")
    other = fake.add_comment(REPOSITORY, PULL, body_of(RED, 80).replace('"id":""', '"id":"b"'))
    publish(fake, token, GREEN, 100)
    left = [item.id for item in fake.comments(REPOSITORY, PULL)]
    assert left[1:] == [theirs.id, other.id]
    assert runs(fake) == [100, 80, 80]


def test_at_equal_state_the_lowest_comment_stays(fake: FakeGitHub, token: str) -> None:
    first, *_ = [fake.add_comment(REPOSITORY, PULL, body_of(RED, 100)) for _ in range(3)]
    publish(fake, token, RED, 100)
    assert [item.id for item in fake.comments(REPOSITORY, PULL)] == [first.id]


def test_a_run_that_lost_takes_its_own_comments_along(fake: FakeGitHub, token: str) -> None:
    for run in (100, 200, 100):
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    publish(fake, token, GREEN, 100)
    assert runs(fake) == [200]


def test_a_list_that_lags_behind_brings_no_second_comment(fake: FakeGitHub, token: str) -> None:
    fake.fail("GET */comments", fakes.slow(0))
    fake.fail("GET */comments", fakes.content(b"[]"), times=2)
    publish(fake, token, RED, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)


# Lost answers --------------------------------------------------------------------------------


LOST = {
    "hung up": fakes.hang_up("after"),
    "500": fakes.error(500, effect="after"),
    "502": fakes.bad_gateway("after"),
    "broken": fakes.malformed_json(),
    "cut": fakes.truncated(),
    "something else": fakes.content(b"{}"),
    "nothing": fakes.content(b""),
    "null": fakes.content(b"null"),
    "a list": fakes.content(b"[]"),
    "text": fakes.content(b"Hello"),
    "nobody's": fakes.content(b'{"id": 1, "user": null, "body": ""}'),
    "redirected": fakes.respond(307, b'{"message": "Moved"}', {"location": "/"}, "after"),
}


@pytest.mark.parametrize("told", [RED, BIG], ids=["small", "big"])
@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_a_comment_whose_answer_was_lost_is_not_posted_twice(
    fake: FakeGitHub, token: str, how: fakes.How, told: Report
) -> None:
    fake.fail("POST *", how)
    published = publish(fake, token, told, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)
    assert published.failures == []


@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_an_edit_whose_answer_was_lost_still_tells_what_changed(
    fake: FakeGitHub, token: str, how: fakes.How
) -> None:
    publish(fake, token, RED, 100)
    fake.fail("PATCH *", how)
    published = publish(fake, token, GREEN, 101)
    assert runs(fake) == [101]
    if not published.failures:
        assert "- 1 mended" in only_body(fake)


@pytest.mark.parametrize(
    "how", [fakes.hang_up(), fakes.error(503), fakes.bad_gateway(), fakes.secondary(2)]
)
def test_a_comment_that_never_was_is_posted_again(
    fake: FakeGitHub, token: str, how: fakes.How
) -> None:
    fake.fail("POST *", how, times=3)
    publish(fake, token, RED, 100)
    assert runs(fake) == [100]
    assert posted(fake) == 4


def test_a_lost_answer_and_a_lost_look_make_one_comment(fake: FakeGitHub, token: str) -> None:
    fake.fail("POST *", fakes.hang_up("after"))
    fake.on_request("POST *", lambda: fake.fail("GET */comments", fakes.error(500), times=2))
    publish(fake, token, RED, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)

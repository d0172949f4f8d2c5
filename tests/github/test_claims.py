"""Who may change a comment: one publisher at a time, also where one ended in the middle."""

from __future__ import annotations

import pytest

from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    asked,
    body_of,
    client,
    furnish,
    publisher,
    runs,
)
from tests.support.stage import (
    NEW,
    OLD,
    Run,
)


def test_a_claim_is_waited_for_then_taken_over(fake: FakeGitHub) -> None:
    token = furnish(fake)
    OLD.publish(fake, token)
    [comment] = fake.comments(REPOSITORY, PULL)
    fake.react(comment.id)
    slept: list[float] = []
    NEW.publish(fake, token, slept.append)
    assert slept == [1] * 20 + [1]
    assert runs(fake) == [101]
    assert fake.reactions(comment.id) == []


def test_whoever_waits_reads_and_writes_nothing(fake: FakeGitHub) -> None:
    """GitHub bounds what is written in a minute, and many may wait."""
    token = furnish(fake)
    OLD.publish(fake, token)
    [comment] = fake.comments(REPOSITORY, PULL)
    fake.react(comment.id)
    written = len(asked(fake, "POST"))

    def another_claims() -> None:
        """Let another come first each time that the comment is free, until the tenth."""
        for each in fake.reactions(comment.id):
            del fake.state.reactions[each.id]
        if len(slept) < 10:
            fake.react(comment.id)

    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        another_claims()

    NEW.publish(fake, token, sleep)
    assert (runs(fake), slept) == ([101], [1] * 11)
    # To find that it is claimed, and to claim it.
    assert len(asked(fake, "POST")) - written == 2


def test_who_may_not_wait_does_not_and_leaves_the_others_claim(fake: FakeGitHub) -> None:
    token = furnish(fake)
    OLD.publish(fake, token)
    [comment] = fake.comments(REPOSITORY, PULL)
    claim = fake.react(comment.id)
    publisher(GREEN, 101).publish(client(fake, token, max_wait_s=0))
    assert (runs(fake), fake.reactions(comment.id)) == ([101], [claim])


@pytest.mark.parametrize("how", [fakes.hang_up("after"), fakes.bad_gateway("after")])
def test_a_claim_whose_answer_was_lost_is_ours(fake: FakeGitHub, how: fakes.How) -> None:
    token = furnish(fake)
    OLD.publish(fake, token)
    fake.fail("POST */reactions", how)
    slept: list[float] = []
    NEW.publish(fake, token, slept.append)
    assert slept == [0.5, 1]
    [comment] = fake.comments(REPOSITORY, PULL)
    assert (runs(fake), fake.reactions(comment.id)) == ([101], [])


@pytest.mark.parametrize(
    "how",
    [
        fakes.error(403, "Resource not accessible by integration"),
        fakes.error(404, "Not Found"),
        fakes.error(501, "Not Implemented"),
        fakes.content(b"{}"),
        fakes.malformed_json(),
    ],
)
def test_without_claims_runs_publish_all_the_same(fake: FakeGitHub, how: fakes.How) -> None:
    token = furnish(fake)
    OLD.publish(fake, token)
    fake.fail("POST */reactions", how, times=None)
    slept: list[float] = []
    told = publisher(GREEN, 101).publish(client(fake, token, sleep=slept.append))
    assert (told.failures, runs(fake), slept) == ([], [101], [1])


def test_other_peoples_eyes_are_no_claim(fake: FakeGitHub) -> None:
    token = furnish(fake)
    OLD.publish(fake, token)
    [comment] = fake.comments(REPOSITORY, PULL)
    fake.add_user("octocat")
    fake.react(comment.id, author="octocat")
    fake.react(comment.id, "rocket")
    slept: list[float] = []
    NEW.publish(fake, token, slept.append)
    assert (runs(fake), slept) == ([101], [1])
    assert len(fake.reactions(comment.id)) == 2


def test_an_edit_that_comes_when_its_claim_was_given_up_is_mended_by_the_next(
    fake: FakeGitHub,
) -> None:
    """The one gap: see the module ``comments``."""
    token = furnish(fake)
    OLD.publish(fake, token)
    fake.on_request("PATCH *", lambda: NEW.publish(fake, token))
    Run(100, 2).publish(fake, token)
    assert runs(fake) == [100]
    Run(101, 2, told=GREEN).publish(fake, token)
    assert runs(fake) == [101]


def test_what_is_deleted_is_never_what_another_run_wrote_into(fake: FakeGitHub) -> None:
    token = furnish(fake)
    for run in (100, 101):
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    # Run 101 edits its own and removes that of run 100; before that, run 102 does all it does.
    fake.on_request("DELETE *", lambda: Run(102).publish(fake, token))
    Run(101).publish(fake, token)
    assert runs(fake) == [102]

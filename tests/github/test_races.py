"""Several runs publish to one pull request at the same time: afterwards there is one comment.

First with every order of requests in our own hands, then with threads that do as they like. No wait
here is one of time. The variable RACES_SCHEDULES says how many orders by chance are tried for each
number of publishers: many more than the usual few find what is rare.
"""

from __future__ import annotations

import os
import random
import threading

import pytest

from cc_lb_selfcheck.github.marker import Marker
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    OLD_HEAD,
    PULL,
    REPOSITORY,
    asked,
    furnish,
    markers,
    posted,
    publish,
    report_of,
    runs,
)
from tests.support.stage import (
    NEW,
    OLD,
    STARTS,
    WAIT_S,
    Choose,
    Run,
    Stage,
    leave_comments,
    some_choice,
    switching,
)

SCHEDULES = int(os.environ.get("RACES_SCHEDULES", "6"))


def assert_one_comment_of(fake: FakeGitHub, newest: Run) -> None:
    """Assert that there is one comment, and that it is of a run."""
    [marker] = markers(fake)
    told = (marker.run.number, marker.run.attempt, marker.sha)
    assert told == (newest.number, newest.attempt, newest.commit)


# What there is before, and who comes ---------------------------------------------------------


OUTDATED = Run(300, commit=OLD_HEAD)
PAIRS = [
    *((start, NEW, OLD) for start in STARTS),
    *((start, OLD, NEW) for start in STARTS),
    ("none", NEW, NEW),
    ("one", NEW, NEW),
    ("one", OUTDATED, NEW),
    ("one", NEW, OUTDATED),
]


# Every order in our own hands ----------------------------------------------------------------


def play(start: str, acts: list[Run], choose: Choose) -> tuple[list[Marker], int]:
    """Play; return the comments that are left, and for how many requests the first act asked."""
    with FakeGitHub() as fake:
        furnish(fake)
        leave_comments(fake, start)
        stage = Stage(fake, acts)
        stage.play(choose)
        left = [comment.id for comment in fake.comments(REPOSITORY, PULL)]
        assert [fake.reactions(number) for number in left] == [[]] * len(left)
        return markers(fake), stage.actors[0].requests


def assert_only(left: list[Marker], newest: Run, what: object) -> None:
    told = [(marker.run.number, marker.run.attempt, marker.sha) for marker in left]
    assert told == [(newest.number, newest.attempt, newest.commit)], what


@pytest.mark.parametrize(("start", "ours", "theirs"), PAIRS)
def test_another_run_between_any_two_requests(start: str, ours: Run, theirs: Run) -> None:
    """Ours stops before a request takes effect, theirs does all that it can, and ours goes on."""
    number, asked_for = 0, 1
    while number < asked_for:
        left, asked_for = play(start, [ours, theirs], switching(number, 1_000))
        assert_only(left, max(ours, theirs, key=lambda run: run.age(HEAD)), number)
        number += 1
    assert number > 6


def some_runs(chance: random.Random, count: int) -> list[Run]:
    """Return runs of which no two are equally new, in any order, for few commits."""
    commits = [HEAD, HEAD, OLD_HEAD]
    names = "abcdefgh"
    made = {
        (number, attempt): Run(
            number,
            attempt,
            chance.choice(commits),
            report_of(**{name: chance.choice("rp") for name in chance.sample(names, 3)}),
        )
        for number, attempt in chance.sample(
            [(n, a) for n in (100, 101, 102) for a in (1, 2)], count
        )
    }
    return list(made.values())


@pytest.mark.parametrize("seed", range(SCHEDULES))
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_any_order_of_requests_leaves_the_newest(count: int, seed: int) -> None:
    chance = random.Random(f"{count} {seed}")
    acts = some_runs(chance, count)
    left, _ = play(chance.choice(list(STARTS)), acts, some_choice(chance, count))
    assert_only(left, max(acts, key=lambda run: run.age(HEAD)), seed)


@pytest.mark.parametrize("seed", range(3))
def test_the_head_may_move_on_at_any_time(fake: FakeGitHub, seed: int) -> None:
    chance = random.Random(seed)
    furnish(fake)
    fake.push(REPOSITORY, PULL, OLD_HEAD)
    acts = [OUTDATED, Run(200, commit=OLD_HEAD), Run(301, told=GREEN)]

    def choose(able: list[int]) -> int:
        """Let the run of a push begin after that push only."""
        pull = fake.state.pulls[fake.state.repository(REPOSITORY).id, PULL]
        if able == [2] or chance.random() < 0.1:
            fake.push(REPOSITORY, PULL, HEAD)
        return chance.choice([n for n in able if n != 2 or pull.head_sha == HEAD])

    Stage(fake, acts).play(choose)
    assert_one_comment_of(fake, acts[-1])


@pytest.mark.parametrize("seed", range(3))
def test_of_equals_the_lowest_comment_stays(fake: FakeGitHub, seed: int) -> None:
    chance = random.Random(seed)
    furnish(fake)
    Stage(fake, [NEW] * 3).play(chance.choice)
    assert_one_comment_of(fake, NEW)
    [left] = fake.comments(REPOSITORY, PULL)
    assert left.id == fake.state.next_id("comment") - posted(fake)


def posts(fake: FakeGitHub) -> int:
    """Return how many comments were posted."""
    return sum(request.path.endswith("/7/comments") for request in asked(fake, "POST"))


def test_all_may_find_nothing_and_post_at_once(fake: FakeGitHub) -> None:
    furnish(fake)
    acts = [Run(100 + number) for number in (3, 1, 4, 2)]
    order = iter([n for _ in range(4) for n in range(4)])
    Stage(fake, acts).play(lambda able: next((n for n in order if n in able), able[0]))
    assert posted(fake) == 4
    assert runs(fake) == [104]


def test_what_one_removes_another_does_not_write_into(fake: FakeGitHub) -> None:
    """The newest writes into a comment that another run, which has posted its own, removes."""
    furnish(fake)
    older, newer, newest = 0, 1, 2
    # ``newer`` has found nothing, and is about to post; ``newest`` finds the comment of ``older``,
    # and is about to edit it when ``newer`` has posted, looked again, and found that it lost.
    order = [newer] * 3 + [older] * 99 + [newest] * 5 + [newer] * 4 + [newest] * 99
    left = iter(order)
    acts = [Run(100), Run(101), Run(102)]
    Stage(fake, acts).play(lambda able: next((n for n in left if n in able), able[-1]))
    assert_one_comment_of(fake, acts[newest])


# Threads -------------------------------------------------------------------------------------


class Crowd:
    """Publishers that really run at once; a pause lasts until what was under way is answered."""

    def __init__(self, fake: FakeGitHub, acts: list[Run]) -> None:
        self._fake, self._acts = fake, acts
        self._tokens = [fake.add_token(REPOSITORY) for _ in acts]
        self._idle = [False] * len(acts)
        self._begin = threading.Barrier(len(acts))
        self.failures: list[str | BaseException] = []

    def publish(self) -> None:
        """Let all begin at once, and wait for their ends."""
        threads = [threading.Thread(target=self._act, args=(n,)) for n in range(len(self._acts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)
        assert not any(thread.is_alive() for thread in threads)

    def _act(self, me: int) -> None:
        try:
            self._begin.wait(WAIT_S)
            told = self._acts[me].publish(self._fake, self._tokens[me], lambda _: self._pause(me))
            self.failures += told.failures
        except BaseException as error:  # noqa: BLE001 - it is the main thread's to see
            self.failures.append(error)
        self._idle[me] = True

    def _requests(self) -> list[int]:
        log = [request.token for request in self._fake.requests]
        return [log.count(token) for token in self._tokens]

    def _pause(self, me: int) -> None:
        self._idle[me] = True
        before = self._requests()
        a_moment = threading.Event()
        while not all(
            idle or now >= then + 2
            for idle, now, then in zip(self._idle, self._requests(), before, strict=True)
        ):
            a_moment.wait(0.001)
        self._idle[me] = False


@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("start", ["none", "two"])
def test_threads_leave_the_newest(fake: FakeGitHub, count: int, start: str) -> None:
    furnish(fake)
    leave_comments(fake, start)
    acts = [Run(100 + number, told=GREEN) for number in range(count)]
    crowd = Crowd(fake, acts)
    crowd.publish()
    assert crowd.failures == []
    assert_one_comment_of(fake, acts[-1])


def test_comments_of_other_ids_do_not_mix(fake: FakeGitHub) -> None:
    token = furnish(fake)
    names = [f"leg {number}" for number in range(5)]
    threads = [
        threading.Thread(target=publish, args=(fake, token), kwargs={"comment_id": name})
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert sorted(marker.comment_id for marker in markers(fake)) == names

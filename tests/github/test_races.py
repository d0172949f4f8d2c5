"""Several runs publish to one pull request at the same time: afterwards there is one comment.

First with every order of requests in our own hands, then with threads that do as they like. No wait
here is one of time. The variable RACES_SCHEDULES says how many orders by chance are tried for each
number of publishers: many more than the usual few find what is rare.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cc_lb_selfcheck.github.marker import Marker
from cc_lb_selfcheck.github.publish import Published, Publisher
from cc_lb_selfcheck.report.model import Report
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    OLD_HEAD,
    PULL,
    RED,
    REPOSITORY,
    asked,
    body_of,
    client,
    furnish,
    markers,
    posted,
    publish,
    publisher,
    report_of,
    runs,
)

SCHEDULES = int(os.environ.get("RACES_SCHEDULES", "6"))
WAIT_S = 30
"""Until a test that hangs fails; none waits for that long."""


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made


@dataclass(frozen=True)
class Run:
    """A run that publishes."""

    number: int
    attempt: int = 1
    commit: str = HEAD
    told: Report = RED
    writer: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def age(self, head: str) -> tuple[bool, int, int]:
        """Return what orders runs, as the requirement has it."""
        return self.commit == head, self.number, self.attempt

    def publish(
        self, fake: FakeGitHub, token: str, sleep: Callable[[float], None] = lambda _: None
    ) -> Published:
        return self.publisher().publish(client(fake, token, sleep=sleep))

    def publisher(self) -> Publisher:
        return publisher(
            self.told,
            self.number,
            self.attempt,
            commit=self.commit,
            writer=self.writer,
            **self.settings,
        )


def assert_one_comment_of(fake: FakeGitHub, newest: Run) -> None:
    """Assert that there is one comment, and that it is of a run."""
    [marker] = markers(fake)
    told = (marker.run.number, marker.run.attempt, marker.sha)
    assert told == (newest.number, newest.attempt, newest.commit)


# What there is before, and who comes ---------------------------------------------------------

OLD, NEW = Run(100, told=RED), Run(101, told=GREEN)
STARTS = {"none": [], "one": [50], "two": [50, 60], "two, the first newer": [60, 50]}
OUTDATED = Run(300, commit=OLD_HEAD)
PAIRS = [
    *((start, NEW, OLD) for start in STARTS),
    *((start, OLD, NEW) for start in STARTS),
    ("none", NEW, NEW),
    ("one", NEW, NEW),
    ("one", OUTDATED, NEW),
    ("one", NEW, OUTDATED),
]


def leave_comments(fake: FakeGitHub, start: str) -> None:
    """Leave the comments of earlier runs, which were on another commit."""
    for run in STARTS[start]:
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run, commit=OLD_HEAD))


# Every order in our own hands ----------------------------------------------------------------


@dataclass
class Actor:
    """A run on the stage."""

    run: Run
    token: str
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    requests: int = 0
    pauses: int = 0
    is_done: bool = False
    pauses_for: dict[int, int] | None = None
    """While it pauses for long: the requests that each of the others must have begun."""


class Stage:
    """Lets one run at a time go on, to its next request, pause or end.

    A request takes effect when its run is next chosen, not before: it may be under way for ever so
    long. A pause may be over at once. But who has paused ten times has waited for many seconds, in
    which GitHub answers: its pauses last until all that was under way has been.
    """

    def __init__(self, fake: FakeGitHub, acts: list[Run]) -> None:
        self._fake = fake
        tokens = [fake.add_token(REPOSITORY) for _ in acts]
        self.actors = [Actor(run, token) for run, token in zip(acts, tokens, strict=True)]
        self._current = self.actors[0]
        self._stopped = threading.Semaphore(0)
        self._failures: list[str | BaseException] = []
        fake.on_request("*", self._arrives, times=None)

    def play(self, choose: Choose) -> None:
        """Play to the end; ``choose`` says who of those that may go on does."""
        threads = [threading.Thread(target=self._act, args=(actor,)) for actor in self.actors]
        for actor, thread in zip(self.actors, threads, strict=True):
            self._current = actor
            thread.start()
            self._wait(self._stopped)
        while able := [n for n, actor in enumerate(self.actors) if self._may_go_on(actor)]:
            self._current = self.actors[choose(able)]
            self._current.turn.release()
            self._wait(self._stopped)
        for thread in threads:
            thread.join(WAIT_S)
        assert self._failures == []

    def _act(self, actor: Actor) -> None:
        made = actor.run.publisher()
        api = client(
            self._fake, actor.token, max_wait_s=10_000, sleep=lambda _: self._pauses(actor)
        )
        try:
            self._failures += made.publish(api).failures
        except BaseException as error:  # noqa: BLE001 - it is the main thread's to raise
            self._failures.append(error)
        actor.is_done = True
        self._stopped.release()

    def _arrives(self) -> None:
        actor = self._current
        actor.requests += 1
        self._stopped.release()
        self._wait(actor.turn)

    def _pauses(self, actor: Actor) -> None:
        actor.pauses += 1
        if actor.pauses > 10:
            # The one under way, and the next: then the first was answered.
            actor.pauses_for = {n: other.requests + 1 for n, other in enumerate(self.actors)}
        self._stopped.release()
        self._wait(actor.turn)
        actor.pauses_for = None

    def _may_go_on(self, actor: Actor) -> bool:
        if actor.is_done:
            return False
        return actor.pauses_for is None or all(
            other is actor
            or other.is_done
            or other.pauses_for is not None
            or other.requests >= actor.pauses_for[n]
            for n, other in enumerate(self.actors)
        )

    @staticmethod
    def _wait(semaphore: threading.Semaphore) -> None:
        assert semaphore.acquire(timeout=WAIT_S), "the test hangs"


Choose = Callable[[list[int]], int]
"""Says which of those that may go on does, by their places among the acts."""


def switching(*steps: int) -> Choose:
    """Let the first go on for so many steps, then the second for so many, and so in turn.

    Who has no more steps to go lets the other end. The step at which one is the only one that may
    go on does not count.
    """
    left, turn = list(steps), 0

    def choose(able: list[int]) -> int:
        nonlocal turn
        if len(able) == 1:
            return able[0]
        if left and left[0] == 0:
            del left[0]
            turn = 1 - turn
        if left:
            left[0] -= 1
        return turn

    return choose


def by_rank(chance: random.Random, acts: int) -> Choose:
    """Let the first in rank go on, and put it last at three moments by chance.

    So few changes of turn find what needs but a few, and needs them at certain moments.
    Source: Burckhardt and others, "A Randomized Scheduler with Probabilistic Guarantees of Finding
    Bugs", ASPLOS 2010.
    """
    ranks = chance.sample(range(acts), acts)
    changes = chance.sample(range(15 * acts), 3)
    steps = iter(range(10**9))

    def choose(able: list[int]) -> int:
        first = next(n for n in ranks if n in able)
        if next(steps) in changes:
            ranks.remove(first)
            ranks.append(first)
        return next(n for n in ranks if n in able)

    return choose


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


def some_choice(chance: random.Random, acts: int) -> Choose:
    """Return one of the ways to choose; few requests between two switches, or many."""
    if acts == 2 and chance.random() < 0.4:
        return switching(*(chance.randrange(16) for _ in range(4)))
    return by_rank(chance, acts) if chance.random() < 0.5 else chance.choice


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


# Who ended in the middle ---------------------------------------------------------------------


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

"""Several runs publish to one pull request at the same time: afterwards there is one comment.

First with every order of requests in our own hands, then with threads that do as they like. The
product waits between its last write and its last look; no wait here is one of time: it lasts until
every request that was under way has been answered, which is what that pause is for.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from cc_lb_selfcheck.github.publish import Published
from cc_lb_selfcheck.report.model import Report
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
    publish,
    publisher,
    report_of,
    runs,
)

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

    def age(self, head: str) -> tuple[bool, int, int]:
        """Return what orders runs, as the requirement has it."""
        return self.commit == head, self.number, self.attempt

    def publish(
        self, fake: FakeGitHub, token: str, sleep: Callable[[float], None] = lambda _: None
    ) -> Published:
        made = publisher(self.told, self.number, self.attempt, commit=self.commit)
        return made.publish(client(fake, token, sleep=sleep))


def assert_one_comment_of(fake: FakeGitHub, newest: Run) -> None:
    """Assert that there is one comment, and that it is of a run."""
    [marker] = markers(fake)
    told = (marker.run.number, marker.run.attempt, marker.sha)
    assert told == (newest.number, newest.attempt, newest.commit)


# Another whole run between any two requests of ours ------------------------------------------

OLD, NEW = Run(100, told=RED), Run(101, told=GREEN)
STARTS = {"none": [], "one": [50], "two": [50, 60], "two, the first newer": [60, 50]}
OUTDATED = Run(300, commit=OLD_HEAD)
PAIRS = [
    *((start, NEW, OLD) for start in ("none", "two", "two, the first newer")),
    *((start, OLD, NEW) for start in ("none", "two", "two, the first newer")),
    ("none", NEW, NEW),
    ("one", OUTDATED, NEW),
    ("one", NEW, OUTDATED),
]


def leave_comments(fake: FakeGitHub, start: str) -> None:
    """Leave the comments of earlier runs, which were on another commit."""
    for run in STARTS[start]:
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run, commit=OLD_HEAD))


def with_another_run_at(number: int, start: str, ours: Run, theirs: Run) -> tuple[str, str]:
    """Publish, with another whole run right before our request of a number takes effect.

    Return that request's method, empty where there are not so many, and what went wrong.
    """
    with FakeGitHub() as fake:
        token = furnish(fake)
        leave_comments(fake, start)
        fake.on_request(number, lambda: theirs.publish(fake, token))
        told = ours.publish(fake, token)
        assert told.failures == []
        log = fake.requests
        if len(log) < number:
            return "", ""
        found = [(marker.run.number, marker.sha) for marker in markers(fake)]
        newest = max((ours, theirs), key=lambda run: run.age(HEAD))
        wrong = "" if found == [(newest.number, newest.commit)] else f"left {found}"
        return log[number - 1].method, wrong


@pytest.mark.parametrize(("start", "ours", "theirs"), PAIRS)
def test_another_run_between_any_two_requests(start: str, ours: Run, theirs: Run) -> None:
    number, method = 0, "first"
    while method:
        number += 1
        method, wrong = with_another_run_at(number, start, ours, theirs)
        # What GitHub cannot prevent: see the module `comments`. Theirs began and ended, and paused
        # on the way, between our last look at the comment and the edit's taking effect.
        if method == "PATCH" and theirs.age(HEAD) > ours.age(HEAD):
            assert wrong == f"left {[(ours.number, ours.commit)]}"
        else:
            assert wrong == "", f"another run before request {number}, a {method}"
    assert number > 8


def test_the_run_after_that_mends_it(fake: FakeGitHub) -> None:
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


# Any order of requests -----------------------------------------------------------------------


@dataclass
class Actor:
    """A run on the stage."""

    run: Run
    token: str
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    requests: int = 0
    is_done: bool = False
    pauses_for: dict[int, int] | None = None
    """While it pauses: the requests that each of the others must have begun."""


class Stage:
    """Lets one run at a time go on, to its next request, pause or end.

    A request takes effect when its run is next chosen, not before. A pause lasts until everyone
    else is pausing or done, or has had an answer to what was under way.
    """

    def __init__(self, fake: FakeGitHub, acts: list[Run]) -> None:
        self._fake = fake
        tokens = [fake.add_token(REPOSITORY) for _ in acts]
        self.actors = [Actor(run, token) for run, token in zip(acts, tokens, strict=True)]
        self._current = self.actors[0]
        self._stopped = threading.Semaphore(0)
        self._failures: list[str | BaseException] = []
        fake.on_request("*", self._arrives, times=None)

    def play(self, choose: Callable[[list[int]], int]) -> None:
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
        try:
            told = actor.run.publish(self._fake, actor.token, lambda _: self._pauses(actor))
            self._failures += told.failures
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


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_any_order_of_requests_leaves_the_newest(fake: FakeGitHub, count: int, seed: int) -> None:
    chance = random.Random(f"{count} {seed}")
    furnish(fake)
    leave_comments(fake, chance.choice(list(STARTS)))
    acts = some_runs(chance, count)
    Stage(fake, acts).play(chance.choice)
    assert_one_comment_of(fake, max(acts, key=lambda run: run.age(HEAD)))


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
    assert left.id == fake.state.next_id("comment") - len(asked(fake, "POST"))


def test_every_write_has_a_pause_after_it(fake: FakeGitHub) -> None:
    """One run writes over the newest, which mends it; another has read what was in between."""
    furnish(fake)
    leave_comments(fake, "one")
    first, second, newest = 0, 1, 2
    order = [first] * 4 + [newest] * 7 + [first] + [second] * 4 + [newest] * 6
    left = iter(order)
    acts = [Run(100), Run(101), Run(102)]
    Stage(fake, acts).play(lambda able: next((n for n in left if n in able), able[-1]))
    assert_one_comment_of(fake, acts[newest])


def test_all_may_find_nothing_and_post_at_once(fake: FakeGitHub) -> None:
    furnish(fake)
    acts = [Run(100 + number) for number in (3, 1, 4, 2)]
    order = iter([n for _ in range(4) for n in range(4)])
    Stage(fake, acts).play(lambda able: next((n for n in order if n in able), able[0]))
    assert len(asked(fake, "POST")) == 4
    assert runs(fake) == [104]


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

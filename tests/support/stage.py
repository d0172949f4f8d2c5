"""Runs that publish at the same time, with every order of their requests in a test's own hands."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cc_lb_selfcheck.github.publish import Published, Publisher
from cc_lb_selfcheck.report.model import Report
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    OLD_HEAD,
    PULL,
    RED,
    REPOSITORY,
    body_of,
    client,
    publisher,
)

WAIT_S = 30
"""Until a test that hangs fails; none waits for that long."""


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


OLD, NEW = Run(100, told=RED), Run(101, told=GREEN)
STARTS = {"none": [], "one": [50], "two": [50, 60], "two, the first newer": [60, 50]}


def leave_comments(fake: FakeGitHub, start: str) -> None:
    """Leave the comments of earlier runs, which were on another commit."""
    for run in STARTS[start]:
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run, commit=OLD_HEAD))


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


def some_choice(chance: random.Random, acts: int) -> Choose:
    """Return one of the ways to choose; few requests between two switches, or many."""
    if acts == 2 and chance.random() < 0.4:
        return switching(*(chance.randrange(16) for _ in range(4)))
    return by_rank(chance, acts) if chance.random() < 0.5 else chance.choice

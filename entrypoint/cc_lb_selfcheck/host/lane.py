"""One worker and what it was sent: some artifacts ahead, so that it need not wait for the parent.

Only as many as it has done in some milliseconds, and only what its pipe holds: an artifact that is
sent waits for those before it, and sending must not wait for the worker. Each run has limits of its
own, from where the worker comes to it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from cc_lb_selfcheck.wasm.outline import Outline

from .process import WorkerProcess
from .repeat import RepeatedCheck

if TYPE_CHECKING:
    from .outcome import Outcome

_AHEAD_S: Final = 0.01
_AHEAD_MAX: Final = 8
_HEAD_BYTES: Final = 1024
"""More than what is sent before an artifact."""


class Subject(NamedTuple):
    """An artifact to check. ``reload`` reads its bytes again; None when they have changed."""

    key: str
    data: bytes
    outline: Outline
    reload: Callable[[], bytes | None]

    @property
    def sent_bytes(self) -> int:
        """How much a worker is sent of it."""
        return len(self.data) + _HEAD_BYTES


class Feed:
    """What is still to be checked: what was given back, then the next of the source."""

    def __init__(self, source: Iterator[Subject]) -> None:
        self._source = source
        self._given_back: deque[Subject] = deque()

    def take(self) -> Subject | None:
        """Return the next one; None where there is none."""
        return self._given_back.popleft() if self._given_back else next(self._source, None)

    def give_back(self, *subjects: Subject) -> None:
        """Take these again, as the next ones."""
        self._given_back.extendleft(reversed(subjects))


class Lane:
    """A worker at work on what a feed gives, each artifact checked once and ``again`` times more.

    It is sent something from the ``first`` on, once it has started.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        feed: Feed,
        first: Subject | None,
        deadline_s: float,
        again: int,
        warn_at: int,
    ) -> None:
        self.worker = worker
        self._feed = feed
        self._first = first
        self._deadline_s = deadline_s
        self._again = again
        self._warn_at = warn_at
        self._sent: deque[tuple[Subject, RepeatedCheck]] = deque()
        self._sent_bytes = 0
        self._ahead = 0
        self._answered_at = time.monotonic()
        self.is_new = True
        """Whether its worker was not told to start yet."""
        self.is_closed = first is None
        """Whether it sends nothing more, but what has to be sent again."""

    @property
    def is_empty(self) -> bool:
        """Whether its worker has nothing to do."""
        return self.worker.started and not self._sent

    def unanswered(self) -> list[Subject]:
        """Return what has no outcome; the first is what the worker was at work on."""
        waiting = [] if self._first is None else [self._first]
        return [*(subject for subject, _ in self._sent), *waiting]

    def send(self) -> None:
        """Send what may be sent. Raises ``WorkerDied``."""
        if not self.worker.started:
            return
        while self._first is not None or self._may_send():
            subject = self._first or self._feed.take()
            self._first = None
            if subject is None:
                return
            if self._sent and not self._fits(subject):
                self._feed.give_back(subject)
                return
            check = RepeatedCheck(
                self.worker, subject.data, subject.outline, self._again, warn_at=self._warn_at
            )
            self._ask(subject, check)

    def receive(self) -> Iterator[tuple[Subject, Outcome]]:
        """Read what the worker has said; yield what became of artifacts. Raises ``WorkerDied``."""
        self.worker.read()
        while (answer := self.worker.answer()) is not None:
            if not self.worker.started:
                self.worker.has_started(answer[0])
                continue
            subject, check = self._sent[0]
            check.take(*answer)
            self._sent.popleft()
            self._sent_bytes -= subject.sent_bytes
            self.worker.set_deadline(self._deadline_s if self._sent else None)
            now = time.monotonic()
            self._ahead = min(int(_AHEAD_S / max(now - self._answered_at, 1e-6)), _AHEAD_MAX)
            self._answered_at = now
            if check.is_done:
                yield subject, check.outcome()
            else:
                self._ask(subject, check)

    def _may_send(self) -> bool:
        is_open = not (self.is_closed or self.worker.is_heavy)
        return is_open and len(self._sent) <= self._ahead

    def _fits(self, subject: Subject) -> bool:
        return self._sent_bytes + subject.sent_bytes <= self.worker.pipe_bytes // 2

    def _ask(self, subject: Subject, check: RepeatedCheck) -> None:
        if not self._sent:
            self.worker.set_deadline(self._deadline_s)
        fits = self._fits(subject)
        self._sent.append((subject, check))
        self._sent_bytes += subject.sent_bytes
        check.ask(aside=not fits)

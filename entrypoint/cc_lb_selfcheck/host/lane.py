"""One worker and what it was sent: some artifacts ahead, so that it need not wait for the parent.

Only as many as it has done in some milliseconds, and only what its pipe holds: an artifact that is
sent waits for those before it, and sending must not wait for the worker. Each has limits of its
own, from where the worker comes to it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.wasm.outline import Outline

from .outcome import Outcome
from .process import WorkerProcess
from .remote import AskedCheck

_AHEAD_S: Final = 0.01
_AHEAD_MAX: Final = 8
_HEAD_BYTES: Final = 1024
"""More than what is sent before an artifact."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An artifact to check. ``reload`` reads its bytes again; None when they have changed."""

    key: str
    data: bytes
    outline: Outline
    reload: Callable[[], bytes | None]


class Feed:
    """What one thread is to check: what it gave back, then the next of what all share."""

    def __init__(self, shared: Callable[[], Subject | None]) -> None:
        self._shared = shared
        self._given_back: deque[Subject] = deque()

    def take(self) -> Subject | None:
        """Return the next one; None where there is none."""
        return self._given_back.popleft() if self._given_back else self._shared()

    def give_back(self, *subjects: Subject) -> None:
        """Take these again, as the next ones."""
        self._given_back.extendleft(reversed(subjects))


class Lane:
    """A worker at work on what a feed gives."""

    def __init__(self, worker: WorkerProcess, feed: Feed, deadline_s: float) -> None:
        self._worker = worker
        self._feed = feed
        self._deadline_s = deadline_s
        self._sent: deque[tuple[Subject, AskedCheck]] = deque()
        self._sent_bytes = 0
        self._ahead = 0
        self._is_closed = False

    def outcomes(self) -> Iterator[tuple[Subject, Outcome]]:
        """Yield what becomes of each artifact until there is no more. Raises ``WorkerDied``.

        It ends early where the worker takes much memory, and once the lane is closed.
        """
        begun = time.monotonic()
        while True:
            self._send()
            if not self._sent:
                return
            subject, check = self._sent[0]
            outcome = check.outcome()
            self._sent.popleft()
            self._sent_bytes -= _size(subject)
            self._worker.set_deadline(self._deadline_s if self._sent else None)
            now = time.monotonic()
            self._ahead = min(int(_AHEAD_S / max(now - begun, 1e-6)), _AHEAD_MAX)
            begun = now
            yield subject, outcome

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True

    def unanswered(self) -> list[Subject]:
        """Return what was sent and has no outcome; the first is what the worker was at work on."""
        return [subject for subject, _ in self._sent]

    def _send(self) -> None:
        while len(self._sent) <= self._ahead and not self._is_closed and not self._worker.is_heavy:
            subject = self._feed.take()
            if subject is None:
                return
            if self._sent and self._sent_bytes + _size(subject) > self._worker.pipe_bytes // 2:
                self._feed.give_back(subject)
                return
            if not self._sent:
                self._worker.set_deadline(self._deadline_s)
            check = AskedCheck(self._worker, subject.data, subject.outline)
            self._sent.append((subject, check))
            self._sent_bytes += _size(subject)
            check.ask()


def _size(subject: Subject) -> int:
    return len(subject.data) + _HEAD_BYTES

"""Checks many artifacts, several at a time, so that none can hurt another's verdict.

A worker that dies or is ended for a limit is replaced. What it was checking is tried once more
without company, and so is every timeout, because on a busy machine 200 ms pass sooner; only then
is the artifact told as ``undetermined``, or as refused for its timeout. What certainly took too
much memory would take it again, and is told at once. What the worker was sent ahead goes to
another.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from cc_lb_selfcheck.settings import processors
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .lane import Feed, Lane, Subject
from .messages import TIMEOUT
from .outcome import Evidence, Outcome
from .process import Layer, WorkerDied, WorkerNotStarted, WorkerProcess
from .remote import check_once

Explainer: TypeAlias = Callable[[WorkerProcess, bytes, Outline, Outcome], Outcome]
"""Adds to an outcome what further runs in the worker show; the verdict stays."""
_Results: TypeAlias = "deque[tuple[str, Outcome]]"

MEMORY_MAX_BYTES: Final = 2 << 30
"""What an artifact may make the engine's process take, by default."""
_SPENT: Final = 0.25
"""A worker that keeps this part of what it may take is not lent again."""
_CPU_SPARE_S: Final = 30.0
_WATCH_EVERY_S: Final = 0.05
_COLLECT_EVERY_S: Final = 0.02
_EXPLAIN_MAX_S: Final = 5.0
"""What is not explained by then stays unexplained."""


@dataclass(frozen=True, slots=True)
class _Again:
    key: str
    reload: Callable[[], bytes | None]


class Pool:
    """Workers and what is asked of them."""

    def __init__(
        self,
        *,
        jobs: int,
        deadline_s: float,
        cache_config: str = "",
        threads: int = 0,
        memory_max_bytes: int = MEMORY_MAX_BYTES,
        first: WorkerProcess | None = None,
        explainer: Explainer | None = None,
        runs_again: Callable[[Outline, Outcome], bool] = lambda _outline, _outcome: True,
    ) -> None:
        """Check ``jobs`` artifacts at a time, each within ``deadline_s`` seconds and in
        ``memory_max_bytes`` of memory.

        Each worker compiles with ``threads`` threads (0: one a processor).

        ``first`` is a worker that was started early and takes part. ``explainer`` is given each
        refusal once its verdict stands, with some seconds of its own; it may fail. ``runs_again``
        tells whether it uses the worker for that.
        """
        self._jobs = jobs
        self._deadline_s = deadline_s
        self._cache_config = cache_config
        self._threads = threads
        self._memory_max_bytes = memory_max_bytes
        self._spent_bytes = int(memory_max_bytes * _SPENT)
        self._explainer = explainer
        self._runs_again = runs_again
        self._idle = [first] if first else []
        self._alive: set[WorkerProcess] = set(self._idle)
        self._lock = threading.Lock()
        self._feeding = threading.Lock()
        self._stop = threading.Event()
        self.extism_version: str | None = None
        self._layers: dict[Layer, None] = {}

    @property
    def layers(self) -> list[Layer]:
        """The layers of the workers' sandbox: of all, where they are not alike."""
        return list(self._layers)

    def check(self, subjects: Iterable[Subject]) -> Generator[tuple[str, Outcome]]:
        """Yield each subject's key and outcome, as they come. Closing it ends all workers."""
        results: _Results = deque()
        ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        again: list[_Again] = []
        source = iter(subjects)
        watchdog = threading.Thread(target=self._watch, name="deadlines", daemon=True)
        watchdog.start()
        threads = [
            threading.Thread(
                target=self._work,
                args=(source, results, again, ended),
                name=f"check-{n}",
                daemon=True,
            )
            for n in range(self._jobs)
        ]
        try:
            for thread in threads:
                thread.start()
            yield from _drain(results, ended, len(threads))
            for retry in again:
                yield retry.key, self._alone(retry)
        finally:
            self._stop.set()
            with self._lock:
                alive = list(self._alive)
            for worker in alive:
                worker.close()
            for thread in threads:
                if thread.is_alive():
                    thread.join()

    def _work(
        self,
        source: Iterator[Subject],
        results: _Results,
        again: list[_Again],
        ended: queue.SimpleQueue[BaseException | None],
    ) -> None:
        def of_all() -> Subject | None:
            with self._feeding:
                return None if self._stop.is_set() else next(source, None)

        feed = Feed(of_all)
        try:
            while (subject := feed.take()) is not None:
                feed.give_back(subject)
                for told, outcome in self._through_one_worker(feed):
                    if isinstance(outcome, WorkerDied):
                        if outcome.limit == "memory" and outcome.is_certain:
                            results.append((told.key, self._without_verdict(outcome)))
                            continue
                    elif not _timed_out(outcome):
                        results.append((told.key, outcome))
                        continue
                    again.append(_Again(told.key, told.reload))
        except BaseException as error:  # noqa: BLE001 - told to the caller's thread
            ended.put(error)
        else:
            ended.put(None)
        self._stop.wait()  # the workers that were started here would end with this thread

    def _through_one_worker(self, feed: Feed) -> Iterator[tuple[Subject, Outcome | WorkerDied]]:
        """Yield what becomes of what the feed gives, for as long as a worker can be used."""
        unexplained: list[tuple[Subject, Outcome]] = []
        lane = None
        try:
            with self._worker() as worker:
                lane = Lane(worker, feed, self._deadline_s)
                for subject, outcome in lane.outcomes():
                    if not self._explains(outcome) or _timed_out(outcome):
                        yield subject, outcome
                    elif self._runs_again(subject.outline, outcome):
                        unexplained.append((subject, outcome))
                        lane.close()
                    else:
                        yield subject, self._explain(worker, subject, outcome)
        except WorkerDied as died:
            sent = lane.unanswered() if lane else []
            at_fault = sent[0] if sent else feed.take()
            feed.give_back(*sent[1:])
            if at_fault is not None:
                yield at_fault, died
        for subject, outcome in unexplained:
            yield subject, self._explained(subject, outcome)

    def _explained(self, subject: Subject, outcome: Outcome) -> Outcome:
        try:
            with self._worker() as worker:
                worker.set_deadline(min(self._deadline_s, _EXPLAIN_MAX_S))
                return self._explain(worker, subject, outcome)
        except WorkerDied:
            return outcome

    def _explains(self, outcome: Outcome) -> bool:
        return self._explainer is not None and outcome.status == "refused"

    def _explain(self, worker: WorkerProcess, subject: Subject, outcome: Outcome) -> Outcome:
        if self._explainer is None or outcome.status != "refused":
            return outcome
        return self._explainer(worker, subject.data, subject.outline, outcome)

    def _alone(self, retry: _Again) -> Outcome:
        data = retry.reload()
        if data is None:
            return undetermined("The file changed while it was being checked; check it again.")
        subject = Subject(retry.key, data, read_outline(data), retry.reload)
        outcome = None
        try:
            with self._worker(is_fresh=True) as worker:
                outcome = check_once(worker, data, subject.outline)
                worker.set_deadline(min(self._deadline_s, _EXPLAIN_MAX_S))
                outcome = self._explain(worker, subject, outcome)
        except WorkerDied as died:
            return outcome or self._without_verdict(died)
        return outcome

    def _without_verdict(self, died: WorkerDied) -> Outcome:
        if died.limit == "deadline":
            return undetermined(
                f"The engine was not done within the deadline of {self._deadline_s:g} s; the host"
                " sets no such limit to compiling and linking, so its verdict is not known."
            )
        if died.limit == "memory":
            mebibytes = self._memory_max_bytes >> 20
            return undetermined(
                f"The engine took more than {mebibytes:,} MiB of memory, and was ended; the host"
                " sets no such limit, so its verdict is not known (`--memory` allows more)."
            )
        if isinstance(died, WorkerNotStarted):
            return undetermined(f"The engine's process {died}.")
        return undetermined(
            f"The engine's process {died} on this artifact, twice; a host that loads it may"
            " crash the same way."
        )

    @contextmanager
    def _worker(self, *, is_fresh: bool = False) -> Iterator[WorkerProcess]:
        """Lend a worker; one that dies is not lent again.

        One that ``is_fresh`` has seen no other artifact, which might have taken it over.
        """
        with self._lock:
            worker = self._idle.pop() if self._idle and not is_fresh else None
        worker = worker or self._new()
        try:
            if self._stop.is_set():
                raise WorkerDied("was ended with the run")
            worker.set_deadline(self._deadline_s)
            if not worker.started:
                self._start(worker)
            yield worker
        except BaseException:
            self._give_up(worker)
            raise
        worker.set_deadline(None)
        if worker.is_lost or worker.takes_more_than(self._spent_bytes):
            self._give_up(worker)
            return
        worker.is_heavy = False
        with self._lock:
            self._idle.append(worker)

    def _new(self) -> WorkerProcess:
        try:
            worker = WorkerProcess()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise WorkerNotStarted(f"cannot be started: {reason}") from error
        with self._lock:
            self._alive.add(worker)
        return worker

    def _start(self, worker: WorkerProcess) -> None:
        # As a backstop: twice what all of its threads may use in the time that it has.
        cpu_s = 2 * (self._deadline_s + _EXPLAIN_MAX_S) * (self._threads or processors())
        worker.start(
            cache_config=self._cache_config, threads=self._threads, cpu_s=cpu_s + _CPU_SPARE_S
        )
        with self._lock:
            self.extism_version = worker.extism_version
            self._layers.update(dict.fromkeys(worker.layers))

    def _give_up(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._alive.discard(worker)
        worker.close()

    def _watch(self) -> None:
        while not self._stop.wait(_WATCH_EVERY_S):
            with self._lock:
                alive = list(self._alive)
            for worker in alive:
                with suppress(OSError):
                    worker.enforce_limits(self._memory_max_bytes, self._spent_bytes)


def undetermined(reason: str, evidence: Evidence | None = None) -> Outcome:
    """Return the outcome of an artifact on which the host's verdict cannot be told."""
    evidence = evidence or Evidence()
    return Outcome(status="undetermined", verdict=None, reason=reason, evidence=evidence)


def _timed_out(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return verdict is not None and verdict.fields.get("reason") == TIMEOUT


def _drain(
    results: _Results, ended: queue.SimpleQueue[BaseException | None], producers: int
) -> Iterator[tuple[str, Outcome]]:
    """Yield results as they come, some at a time: to wake up for each would cost more than it."""
    while producers:
        error = None
        with suppress(queue.Empty):
            error = ended.get(timeout=_COLLECT_EVERY_S)
            producers -= 1
        while results:
            yield results.popleft()
        if error is not None:
            raise error

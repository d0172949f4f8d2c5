"""Checks many artifacts, several at a time, so that none can hurt another's verdict.

A worker that dies or passes its deadline is replaced. What it was checking is tried once more
without company, and so is every timeout, because on a busy machine 200 ms pass sooner; only then
is the artifact told as ``undetermined``, or as refused for its timeout.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.wasm.outline import Outline

from .messages import TIMEOUT
from .outcome import Evidence, Outcome
from .process import WorkerDied, WorkerProcess
from .remote import check_once

_WATCH_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Subject:
    """An artifact to check. ``reload`` reads its bytes again; None when they have changed."""

    key: str
    data: bytes
    outline: Outline
    reload: Callable[[], bytes | None]


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
        first: WorkerProcess | None = None,
    ) -> None:
        """Check ``jobs`` artifacts at a time, each within ``deadline_s`` seconds.

        Each worker compiles with ``threads`` threads (0: one a processor).

        ``first`` is a worker that was started early and takes part.
        """
        self._jobs = jobs
        self._deadline_s = deadline_s
        self._cache_config = cache_config
        self._threads = threads
        self._idle = [first] if first else []
        self._alive: set[WorkerProcess] = set(self._idle)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.extism_version: str | None = None

    def check(self, subjects: Iterable[Subject]) -> Generator[tuple[str, Outcome]]:
        """Yield each subject's key and outcome, as they come. Closing it ends all workers."""
        results: queue.SimpleQueue[tuple[str, Outcome] | BaseException | None] = queue.SimpleQueue()
        again: list[_Again] = []
        source = iter(subjects)
        watchdog = threading.Thread(target=self._watch, name="deadlines", daemon=True)
        watchdog.start()
        threads = [
            threading.Thread(
                target=self._work, args=(source, results, again), name=f"check-{n}", daemon=True
            )
            for n in range(self._jobs)
        ]
        try:
            for thread in threads:
                thread.start()
            yield from _drain(results, len(threads))
            for thread in threads:
                thread.join()
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
        results: queue.SimpleQueue[tuple[str, Outcome] | BaseException | None],
        again: list[_Again],
    ) -> None:
        try:
            while not self._stop.is_set():
                with self._lock:
                    subject = next(source, None)
                if subject is None:
                    break
                outcome = self._try(subject.data, subject.outline)
                if isinstance(outcome, WorkerDied) or _timed_out(outcome):
                    again.append(_Again(subject.key, subject.reload))
                else:
                    results.put((subject.key, outcome))
        except BaseException as error:  # noqa: BLE001 - told to the caller's thread
            results.put(error)
        results.put(None)

    def _try(self, data: bytes, outline: Outline | None) -> Outcome | WorkerDied:
        try:
            with self._worker() as worker:
                return check_once(worker, data, outline)
        except WorkerDied as died:
            return died

    def _alone(self, retry: _Again) -> Outcome:
        data = retry.reload()
        if data is None:
            return undetermined("The file changed while it was being checked; check it again.")
        outcome = self._try(data, None)
        if not isinstance(outcome, WorkerDied):
            return outcome
        if outcome.by_deadline:
            return undetermined(
                f"The engine was not done within the deadline of {self._deadline_s:g} s; the host"
                " sets no such limit to compiling and linking, so its verdict is not known."
            )
        return undetermined(
            f"The engine's process {outcome} on this artifact, twice; a host that loads it may"
            " crash the same way."
        )

    @contextmanager
    def _worker(self) -> Iterator[WorkerProcess]:
        """Lend a worker for one artifact; one that dies is not lent again."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None:
            worker = WorkerProcess()
            with self._lock:
                self._alive.add(worker)
        try:
            if self._stop.is_set():
                raise WorkerDied("was ended with the run")
            worker.set_deadline(self._deadline_s)
            if not worker.started:
                worker.start(cache_config=self._cache_config, threads=self._threads)
                self.extism_version = worker.extism_version
            yield worker
        except BaseException:
            with self._lock:
                self._alive.discard(worker)
            worker.close()
            raise
        worker.set_deadline(None)
        with self._lock:
            self._idle.append(worker)

    def _watch(self) -> None:
        while not self._stop.wait(_WATCH_EVERY_S):
            with self._lock:
                alive = list(self._alive)
            for worker in alive:
                with suppress(OSError):
                    worker.enforce_deadline()


def undetermined(reason: str, evidence: Evidence | None = None) -> Outcome:
    """Return the outcome of an artifact on which the host's verdict cannot be told."""
    evidence = evidence or Evidence()
    return Outcome(status="undetermined", verdict=None, reason=reason, evidence=evidence)


def _timed_out(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return verdict is not None and verdict.fields.get("reason") == TIMEOUT


def _drain(
    results: queue.SimpleQueue[tuple[str, Outcome] | BaseException | None], producers: int
) -> Iterator[tuple[str, Outcome]]:
    while producers:
        result = results.get()
        if result is None:
            producers -= 1
        elif isinstance(result, BaseException):
            raise result
        else:
            yield result

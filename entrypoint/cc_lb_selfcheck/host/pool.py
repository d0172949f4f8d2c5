"""Checks many artifacts, several at a time, so that none can hurt another's verdict.

A worker that dies or is ended for a limit is replaced. What it was checking is tried once more
without company, and so is what took as long as a warning is for, or longer, because on a busy
machine 200 ms pass sooner; only then is the artifact told as ``undetermined``, as refused for its
timeout, or as slow. What takes too much memory would take it again, and is told at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_WALL_MS
from cc_lb_selfcheck.settings import processors
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .messages import TIMEOUT
from .outcome import Evidence, Outcome
from .process import Layer, WorkerDied, WorkerNotStarted, WorkerProcess
from .repeat import check_repeatedly

Explainer: TypeAlias = Callable[[WorkerProcess, bytes, Outline, Outcome], Outcome]
"""Adds to an outcome what further runs in the worker show, if any are worth it; the verdict stays.
"""

MEMORY_MAX_BYTES: Final = 2 << 30
"""What an artifact may make the engine's process take, by default."""
_SPENT: Final = 0.25
"""A worker that keeps this part of what it may take is not lent again."""
_CPU_SPARE_S: Final = 30.0
_WATCH_EVERY_S: Final = 0.05
_EXPLAIN_MAX_S: Final = 5.0
"""What is not explained by then stays unexplained."""


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
        memory_max_bytes: int = MEMORY_MAX_BYTES,
        first: WorkerProcess | None = None,
        explainer: Explainer | None = None,
        again: int = 0,
        slow_from_ms: float = SELF_CHECK_WALL_MS,
    ) -> None:
        """Check ``jobs`` artifacts at a time, each run within ``deadline_s`` seconds and in
        ``memory_max_bytes`` of memory, and each that is called ``again`` times more.

        Each worker compiles with ``threads`` threads (0: one a processor).

        ``first`` is a worker that was started early and takes part. ``explainer`` is given each
        outcome once its verdict stands, with some seconds of its own; it may fail. A call that took
        ``slow_from_ms`` milliseconds is judged by a run without company.
        """
        self._jobs = jobs
        self._deadline_s = deadline_s
        self._cache_config = cache_config
        self._threads = threads
        self._memory_max_bytes = memory_max_bytes
        self._explainer = explainer
        self._again = again
        self._slow_from_ms = slow_from_ms
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
                with self._feeding:
                    subject = next(source, None)
                if subject is None:
                    break
                outcome = self._try(subject.data, subject.outline, is_last=False)
                if isinstance(outcome, WorkerDied) and outcome.limit == "memory":
                    results.put((subject.key, self._without_verdict(outcome)))
                elif isinstance(outcome, WorkerDied) or self._is_slow(outcome):
                    again.append(_Again(subject.key, subject.reload))
                else:
                    results.put((subject.key, outcome))
        except BaseException as error:  # noqa: BLE001 - told to the caller's thread
            results.put(error)
        results.put(None)
        self._stop.wait()  # the workers that were started here would end with this thread

    def _try(self, data: bytes, outline: Outline, *, is_last: bool) -> Outcome | WorkerDied:
        outcome = None
        try:
            with self._worker(is_fresh=is_last) as worker:
                outcome = check_repeatedly(
                    worker,
                    data,
                    outline,
                    self._again,
                    before_each=lambda: worker.set_deadline(self._deadline_s),
                )
                if self._explainer and (is_last or not self._is_slow(outcome)):
                    worker.set_deadline(min(self._deadline_s, _EXPLAIN_MAX_S))
                    outcome = self._explainer(worker, data, outline, outcome)
        except WorkerDied as died:
            return outcome or died
        return outcome

    def _is_slow(self, outcome: Outcome) -> bool:
        """Tell whether a run may have been slow for the company that it had."""
        verdict, evidence = outcome.verdict, outcome.evidence
        if verdict is not None and verdict.fields.get("reason") == TIMEOUT:
            return True
        # What was refused for another reason would be, however long it took.
        taken = evidence.runs.wall_ms_most if evidence.runs else evidence.wall_ms
        is_open = outcome.status == "passed" or evidence.runs is not None
        return is_open and (taken or 0) >= self._slow_from_ms

    def _alone(self, retry: _Again) -> Outcome:
        data = retry.reload()
        if data is None:
            return undetermined("The file changed while it was being checked; check it again.")
        outcome = self._try(data, read_outline(data), is_last=True)
        return self._without_verdict(outcome) if isinstance(outcome, WorkerDied) else outcome

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
    def _worker(self, *, is_fresh: bool) -> Iterator[WorkerProcess]:
        """Lend a worker for one artifact; one that dies is not lent again.

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
        if worker.is_lost or worker.takes_more_than(int(self._memory_max_bytes * _SPENT)):
            self._give_up(worker)
            return
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
                    worker.enforce_limits(self._memory_max_bytes)


def undetermined(reason: str, evidence: Evidence | None = None) -> Outcome:
    """Return the outcome of an artifact on which the host's verdict cannot be told."""
    evidence = evidence or Evidence()
    return Outcome(status="undetermined", verdict=None, reason=reason, evidence=evidence)


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

"""All workers of a run: starts, lends and ends them, and holds them to their limits.

The limits have a thread of their own, which looks at what each worker takes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple, Self

from cc_lb_selfcheck.settings import processors

from .process import NO_THREAD, Layer, WorkerNotStarted, WorkerProcess

EXPLAIN_MAX_S: Final = 5.0
"""What is not explained by then stays unexplained."""
_SPENT: Final = 0.25
"""A worker that keeps this part of what it may take is not lent again."""
_CPU_SPARE_S: Final = 30.0
_WATCH_EVERY_S: Final = 0.05


class Limits(NamedTuple):
    """What one artifact may take of a worker: seconds, bytes of memory, and threads to compile
    with (0: one a processor).
    """

    deadline_s: float
    memory_max_bytes: int
    threads: int

    @property
    def spent_bytes(self) -> int:
        """So much memory, kept, makes a worker one that is not lent again."""
        return int(self.memory_max_bytes * _SPENT)

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time.

        As a backstop: twice what all of its threads may use in the time that it has.
        """
        per_thread_s = 2 * (self.deadline_s + EXPLAIN_MAX_S)
        return per_thread_s * (self.threads or processors()) + _CPU_SPARE_S


class Workers:
    """The workers of a run. Between ``with`` and its end they are watched; its end ends them."""

    def __init__(self, limits: Limits, cache_config: str, first: WorkerProcess | None) -> None:
        """Watch over workers whose cache is configured so. ``first`` was started early."""
        self._limits = limits
        self._cache_config = cache_config
        self._idle = [first] if first else []
        self._alive: set[WorkerProcess] = set(self._idle)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._is_watched = False
        self.extism_version: str | None = None
        self.layers: dict[Layer, None] = {}
        """The layers of their sandbox: of all, where they are not alike."""

    def __enter__(self) -> Self:
        with suppress(RuntimeError):  # then no worker is lent
            threading.Thread(target=self._watch, name="limits", daemon=True).start()
            self._is_watched = True
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for worker in self._all():
            self.give_up(worker)

    def kill(self) -> None:
        """End all at once, whatever they are at."""
        self._stop.set()
        for worker in self._all():
            worker.kill()

    def lend(self) -> WorkerProcess:
        """Return a worker that has nothing to do. Raises ``WorkerNotStarted``."""
        self._need_watch()
        return self._idle.pop() if self._idle else self._new()

    def start(self, worker: WorkerProcess) -> None:
        """Ready its engine, if that was not done. Raises ``WorkerDied``."""
        worker.set_deadline(self._limits.deadline_s)
        if not worker.started:
            worker.post_start(
                cache_config=self._cache_config,
                threads=self._limits.threads,
                cpu_s=self._limits.cpu_s,
            )

    @contextmanager
    def fresh(self) -> Iterator[WorkerProcess]:
        """Lend a worker that has seen nothing, and is used for nothing else.

        Raises ``WorkerDied``.
        """
        self._need_watch()
        worker = self._new()
        try:
            self.start(worker)
            worker.has_started(worker.take()[0])
            yield worker
        finally:
            self.give_up(worker)

    def take_back(self, worker: WorkerProcess) -> None:
        """Keep a worker that has nothing to do, if it may be lent again."""
        worker.set_deadline(None)
        if worker.is_lost or worker.takes_more_than(self._limits.spent_bytes):
            self.give_up(worker)
            return
        self._note(worker)
        worker.is_heavy = False
        self._idle.append(worker)

    def give_up(self, worker: WorkerProcess) -> None:
        """End a worker for good."""
        with self._lock:
            self._alive.discard(worker)
        worker.close()
        self._note(worker)

    def _need_watch(self) -> None:
        if not self._is_watched:
            raise WorkerNotStarted(f"cannot be held to its limits: {NO_THREAD}")

    def _new(self) -> WorkerProcess:
        try:
            worker = WorkerProcess()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise WorkerNotStarted(f"cannot be started: {reason}") from error
        with self._lock:
            self._alive.add(worker)
        return worker

    def _note(self, worker: WorkerProcess) -> None:
        self.extism_version = self.extism_version or worker.extism_version
        self.layers.update(dict.fromkeys(worker.layers))

    def _all(self) -> list[WorkerProcess]:
        with self._lock:
            return list(self._alive)

    def _watch(self) -> None:
        limits = self._limits
        while not self._stop.wait(_WATCH_EVERY_S):
            for worker in self._all():
                with suppress(OSError):
                    worker.enforce_limits(limits.memory_max_bytes, limits.spent_bytes)

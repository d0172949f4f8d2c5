"""Checks many artifacts, several at a time, so that none can hurt another's verdict.

A worker that dies or is ended for a limit is replaced. What it was checking is tried once more
without company, and so is what took as long as a warning is for, or longer, because on a busy
machine 200 ms pass sooner; only then is the artifact told as ``undetermined``, as refused for its
timeout, or as slow. Where other programs keep the machine busy even then, it is tried again after
pauses, and told as ``undetermined`` at last: see ``host.busy``. What certainly took too much memory
would take it again, and is told at once. What a worker was sent ahead goes to another.

All is done in the caller's thread, which waits for whichever worker answers first: threads would
take turns at every call. Two things have threads of their own, the limits, and what explains a
verdict by further runs.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_WALL_MS
from cc_lb_selfcheck.wasm.binary import MAGIC
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .lane import Feed, Lane, Subject
from .process import Layer, WorkerDied, WorkerNotStarted, WorkerProcess
from .repeat import check_repeatedly
from .waiting import readable
from .workers import EXPLAIN_MAX_S, Limits, Workers

if TYPE_CHECKING:
    from .outcome import Outcome

Explainer: TypeAlias = Callable[[WorkerProcess, bytes, Outline, "Outcome"], "Outcome"]
"""Adds to an outcome what further runs in the worker show, if any are worth it; the verdict stays.
"""

MEMORY_MAX_BYTES: Final = 2 << 30
"""What an artifact may make the engine's process take, by default."""
_EXPLAINED_EVERY_S: Final = 0.001
_PAUSES_S: Final = (0.1, 0.5, 2.0)
"""Before each further try where the machine is busy with something else."""
_EMPTY: Final = MAGIC + b"\1\0\0\0"


class _Again(NamedTuple):
    key: str
    reload: Callable[[], bytes | None]


class _Explanation:
    """Further runs of a plugin, in a worker that does nothing else; ``outcome`` tells of them."""

    def __init__(
        self, explainer: Explainer, worker: WorkerProcess, subject: Subject, outcome: Outcome
    ) -> None:
        self.subject = subject
        self.outcome = outcome
        self.is_done = False
        self.error: BaseException | None = None
        """What went wrong: the worker may have died over it."""

        def explain() -> None:
            try:
                self.outcome = explainer(worker, subject.data, subject.outline, outcome)
            except BaseException as error:  # noqa: BLE001 - told to the caller's thread
                self.error = error
            self.is_done = True

        self._thread = threading.Thread(target=explain, name="explains", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self.error, self.is_done = error, True

    def join(self) -> None:
        """Wait for its end, if it has begun."""
        if self._thread.ident is not None:
            self._thread.join()


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
        again: int = 0,
        warn_at: int = 100,
        on_busy: Callable[[], object] | None = None,
    ) -> None:
        """Check ``jobs`` artifacts at a time, each run within ``deadline_s`` seconds and in
        ``memory_max_bytes`` of memory, and each that is called ``again`` times more.

        Each worker compiles with ``threads`` threads (0: one a processor).

        ``first`` is a worker that was started early and takes part. ``explainer`` is given each
        outcome once its verdict stands, with some seconds of its own; it may fail. ``runs_again``
        tells whether it takes the worker, or long. A call that took ``warn_at`` percent of its time
        is judged by a run without company. ``on_busy`` is called once, when a worker has something
        to do.
        """
        self._jobs = jobs
        self._deadline_s = deadline_s
        self._memory_max_bytes = memory_max_bytes
        limits = Limits(deadline_s, memory_max_bytes, threads)
        self._workers = Workers(limits, cache_config, first)
        self._explainer = explainer
        self._runs_again = runs_again
        self._again = again
        self._warn_at = warn_at
        self._slow_from_ms = SELF_CHECK_WALL_MS * warn_at / 100
        self._on_busy = on_busy
        self._lanes: list[Lane] = []
        self._unexplained: deque[tuple[Subject, Outcome]] = deque()
        self._explanations: dict[Lane, _Explanation] = {}
        self._for_later: list[_Again] = []
        self.faults: list[Exception] = []
        """What went wrong in explaining, other than that a worker died over it."""

    @property
    def extism_version(self) -> str | None:
        """The engine's version; None where no worker came to tell it."""
        return self._workers.extism_version

    @property
    def layers(self) -> list[Layer]:
        """The layers of the workers' sandbox: of all, where they are not alike."""
        return list(self._workers.layers)

    def check(self, subjects: Iterable[Subject]) -> Generator[tuple[str, Outcome]]:
        """Yield each subject's key and outcome, as they come. Closing it ends all workers."""
        with self:
            yield from self.check_more(subjects)

    def check_more(self, subjects: Iterable[Subject]) -> Generator[tuple[str, Outcome]]:
        """Do so between ``with`` and its end, and keep the workers for the next time."""
        self._for_later.clear()
        self.faults.clear()
        yield from self._together(Feed(iter(subjects)))
        for retry in self._for_later:
            yield retry.key, self._alone(retry)

    def __enter__(self) -> Self:
        self._workers.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.kill()
        for explanation in self._explanations.values():
            explanation.join()
        self._workers.__exit__()

    # Several at a time --------------------------------------------------------------------------

    def _together(self, feed: Feed) -> Iterator[tuple[str, Outcome]]:
        while True:
            yield from self._open_lanes(feed)
            if not self._lanes:
                yield from ((subject.key, outcome) for subject, outcome in self._unexplained)
                return
            for lane in self._ready_lanes():
                yield from self._advance(lane, feed)
            if self._on_busy is not None:
                self._on_busy()
                self._on_busy = None

    def _open_lanes(self, feed: Feed) -> Iterator[tuple[str, Outcome]]:
        """Put as many workers to work as there may be, for as long as there is work."""
        while len(self._lanes) < self._jobs:
            subject = feed.take()
            if subject is None and not self._is_forgotten():
                return
            try:
                worker = self._workers.lend()
            except WorkerNotStarted:
                if subject is None or self._lanes:
                    feed.give_back(*([subject] if subject else []))
                    return  # those that there are will do
                self._for_later.append(_Again(subject.key, subject.reload))
                continue
            lane = Lane(worker, feed, subject, self._deadline_s, self._again, self._warn_at)
            self._lanes.append(lane)
            yield from self._advance(lane, feed)

    def _is_forgotten(self) -> bool:
        """Tell whether there is something to explain, and no lane that will come to it."""
        return bool(self._unexplained) and not any(lane.is_closed for lane in self._lanes)

    def _ready_lanes(self) -> list[Lane]:
        """Wait for a lane of which there is something to be told; return all such."""
        answering = {lane.worker: lane for lane in self._lanes if lane not in self._explanations}
        timeout_s = _EXPLAINED_EVERY_S if self._explanations else None
        ready = [answering[worker] for worker in readable(list(answering), timeout_s)]
        done = [lane for lane, told in self._explanations.items() if told.is_done]
        return ready + done

    def _advance(self, lane: Lane, feed: Feed) -> Iterator[tuple[str, Outcome]]:
        """Tell what has come of a lane, and give it more to do; end it where there is no more."""
        try:
            if lane.is_new:
                lane.is_new = False
                self._workers.start(lane.worker)
            elif lane in self._explanations:
                yield from self._explained(self._explanations.pop(lane))
            else:
                for subject, outcome in lane.receive():
                    yield from self._judged(lane, subject, outcome)
            lane.send()
            if lane.is_empty and self._unexplained:
                self._explain(lane)
            elif lane.is_empty:
                lane.is_closed = False
                lane.send()
        except WorkerDied as died:
            self._lanes.remove(lane)
            self._workers.give_up(lane.worker)
            yield from self._died(lane, feed, died)
            return
        if lane.is_empty and lane not in self._explanations:
            self._lanes.remove(lane)
            self._workers.take_back(lane.worker)

    def _judged(
        self, lane: Lane, subject: Subject, outcome: Outcome
    ) -> Iterator[tuple[str, Outcome]]:
        if self._is_slow(outcome):
            self._for_later.append(_Again(subject.key, subject.reload))
        elif self._explainer is None:
            yield subject.key, outcome
        elif not self._runs_again(subject.outline, outcome):
            yield subject.key, self._with_more(lane.worker, subject.data, subject.outline, outcome)
        else:
            self._unexplained.append((subject, outcome))
            lane.is_closed = True  # until it is explained

    def _explain(self, lane: Lane) -> None:
        subject, outcome = self._unexplained.popleft()
        if self._explainer is not None:
            lane.worker.set_deadline(min(self._deadline_s, EXPLAIN_MAX_S))
            explanation = _Explanation(self._explainer, lane.worker, subject, outcome)
            self._explanations[lane] = explanation

    def _explained(self, explanation: _Explanation) -> Iterator[tuple[str, Outcome]]:
        """Tell an outcome, explained or not. Raises ``WorkerDied`` where the worker is spent."""
        error = explanation.error
        if error is None or isinstance(error, Exception):
            yield explanation.subject.key, explanation.outcome
        if error is not None:
            raise self._spent(error)

    def _with_more(
        self, worker: WorkerProcess, data: bytes, outline: Outline, outcome: Outcome
    ) -> Outcome:
        """Let the explainer add to an outcome. Raises ``WorkerDied``."""
        if self._explainer is None:
            return outcome
        try:
            return self._explainer(worker, data, outline, outcome)
        except WorkerDied:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours costs no verdict
            self.faults.append(error)
            return outcome

    def _spent(self, error: BaseException) -> BaseException:
        """Return what to raise of a worker that was left in the middle of an explanation."""
        if isinstance(error, WorkerDied) or not isinstance(error, Exception):
            return error
        self.faults.append(error)
        return WorkerDied("was left in the middle of an explanation")

    def _died(self, lane: Lane, feed: Feed, died: WorkerDied) -> Iterator[tuple[str, Outcome]]:
        """Find what a worker died of; all else that it was sent is for others."""
        unanswered = lane.unanswered()
        feed.give_back(*unanswered[1:])
        for subject in unanswered[:1]:
            if died.limit == "memory" and died.is_certain:
                yield subject.key, self._undetermined(died, subject.outline)
            else:
                self._for_later.append(_Again(subject.key, subject.reload))

    def _is_slow(self, outcome: Outcome) -> bool:
        """Tell whether a run may have been slow for the company that it had."""
        verdict, evidence = outcome.verdict, outcome.evidence
        if verdict is not None and verdict.variant == "Call":
            from .messages import TIMEOUT

            if verdict.fields["reason"] == TIMEOUT:
                return True
        # What was refused for another reason would be, however long it took.
        taken = evidence.runs.wall_ms_most if evidence.runs else evidence.wall_ms
        is_open = outcome.status == "passed" or evidence.runs is not None
        return is_open and (taken or 0) >= self._slow_from_ms

    # Alone --------------------------------------------------------------------------------------

    def _alone(self, retry: _Again) -> Outcome:
        """Check without company; again, where other programs have kept it waiting."""
        outcome, was_kept_waiting = self._once_alone(retry)
        for pause_s in _PAUSES_S:
            if not was_kept_waiting:
                return outcome
            time.sleep(pause_s)
            outcome, was_kept_waiting = self._once_alone(retry)
        if not was_kept_waiting:
            return outcome
        from .busy import too_busy

        return too_busy(outcome)

    def _once_alone(self, retry: _Again) -> tuple[Outcome, bool]:
        """Check with a worker that has seen no other artifact, which might have taken it over.

        Return whether the call was kept waiting as well, and might be done on another machine.
        """
        from .busy import outlasts, timed_out
        from .undetermined import undetermined

        data = retry.reload()
        if data is None:
            changed = "The file changed while it was being checked; check it again."
            return undetermined(changed), False
        outline = read_outline(data)
        outcome = None
        try:
            with self._workers.fresh() as worker:
                outcome = check_repeatedly(
                    worker,
                    data,
                    outline,
                    self._again,
                    before_each=lambda: worker.set_deadline(self._deadline_s),
                    warn_at=self._warn_at,
                )
                worker.set_deadline(min(self._deadline_s, EXPLAIN_MAX_S))
                if timed_out(outcome) and not outlasts(worker, data, outline, outcome):
                    return outcome, True
                outcome = self._with_more(worker, data, outline, outcome)
        except WorkerDied as died:
            return outcome or self._undetermined(self._blamed(died), outline), False
        return outcome, False

    def _blamed(self, died: WorkerDied) -> WorkerDied:
        """Return what a worker died of: of this machine, where an empty module would kill it too.

        So it is where the machine has no more threads to give, over which the engine aborts.
        """
        if died.limit or isinstance(died, WorkerNotStarted):
            return died
        try:
            with self._workers.fresh() as worker:
                check_repeatedly(worker, _EMPTY, read_outline(_EMPTY), 0)
        except WorkerDied:
            how = f"{died}, and does so over an empty module, too: the machine gives it too little"
            return WorkerDied(how, limit="machine")
        return died

    def _undetermined(self, died: WorkerDied, outline: Outline) -> Outcome:
        from .undetermined import without_verdict

        return without_verdict(
            died, outline, deadline_s=self._deadline_s, memory_max_bytes=self._memory_max_bytes
        )

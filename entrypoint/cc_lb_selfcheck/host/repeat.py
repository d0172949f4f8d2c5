"""The self-check again and again: a plugin may pass at one time and be refused at another.

A plugin sees nothing of the world but the time that the request tells, and the wall clock ends its
call. So each further run tells another time, within the day that begins now. A host may load the
plugin at any of them: where one run is refused, the plugin is.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cc_lb_selfcheck.wasm.outline import Outline

from .asked import AskedCheck
from .process import WorkerProcess

if TYPE_CHECKING:
    from .outcome import Outcome

_DAY_S: Final = 86_400
_STEP_S: Final = 2 * 3600 + 60 + 1
"""From run to run, hour, minute and second change, and even seconds follow odd ones."""


class RepeatedCheck:
    """The self-check of one artifact, run once, and ``again`` times more where it is called."""

    def __init__(
        self,
        worker: WorkerProcess,
        data: bytes,
        outline: Outline,
        again: int,
        clock: Callable[[], float] | None = None,
        warn_at: int | None = None,
    ) -> None:
        """Be ready to ask. ``clock`` gives the time that the first request tells; without one, that
        is the time at which the worker comes to the call, or, of several, the present time. The
        evidence of calls tells ``warn_at``.
        """
        if clock is None and again:
            clock = time.time
        now = None if clock is None else clock()
        self._times = [
            None if now is None else now + number * _STEP_S % _DAY_S for number in range(again + 1)
        ]
        clocks = (None if moment is None else partial(float, moment) for moment in self._times)
        self._checks = (
            AskedCheck(worker, data, outline, clock, warn_at=warn_at) for clock in clocks
        )
        self._asked: AskedCheck | None = None
        self._outcomes: list[Outcome] = []

    def ask(self, *, aside: bool = False) -> None:
        """Ask the worker for the next run; see ``AskedCheck``. Raises ``WorkerDied``."""
        self._asked = next(self._checks)
        self._asked.ask(aside=aside)

    def take(self, answer: dict[str, Any], body: bytes) -> None:
        """Take the worker's answer to it. Raises ``WorkerDied``."""
        # Imported when there is an answer: the first artifact is not to wait for it.
        from .answered import AnsweredCheck

        if self._asked is not None:
            self._outcomes.append(AnsweredCheck(self._asked, answer, body).outcome())

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to ask."""
        was_called = self._outcomes[-1].evidence.wall_ms is not None
        return len(self._outcomes) == len(self._times) or not was_called

    def outcome(self) -> Outcome:
        """Return that of the first run that was refused, else of the first; it tells of all."""
        if len(self._outcomes) == 1:
            return self._outcomes[0]
        return _as_one(self._outcomes, [moment or 0.0 for moment in self._times])


def check_repeatedly(
    worker: WorkerProcess,
    data: bytes,
    outline: Outline,
    again: int,
    *,
    before_each: Callable[[], None] = lambda: None,
    clock: Callable[[], float] | None = None,
    warn_at: int | None = None,
) -> Outcome:
    """Do all of that; ``before_each`` is called before each run. Raises ``WorkerDied``."""
    check = RepeatedCheck(worker, data, outline, again, clock, warn_at)
    while True:
        before_each()
        check.ask()
        check.take(*worker.take())
        if check.is_done:
            return check.outcome()


def _as_one(outcomes: Sequence[Outcome], times: Sequence[float]) -> Outcome:
    from statistics import median

    from .evidence import Runs, Tally

    refused = (number for number, outcome in enumerate(outcomes) if outcome.status == "refused")
    told = next(refused, 0)
    tallies = Counter(_verdict_of(outcome) for outcome in outcomes).most_common()
    walls = [outcome.evidence.wall_ms or 0.0 for outcome in outcomes]
    runs = Runs(
        verdicts=[Tally(verdict=verdict, runs=count) for verdict, count in tallies],
        wall_ms_least=min(walls),
        wall_ms_median=median(walls),
        wall_ms_most=max(walls),
        initiated_at=int(times[told]),
    )
    evidence = outcomes[told].evidence.model_copy(update={"runs": runs})
    return outcomes[told].model_copy(update={"evidence": evidence})


def _verdict_of(outcome: Outcome) -> str:
    return (outcome.verdict.name if outcome.verdict else "") or "passed"


def clock_of(outcome: Outcome) -> Callable[[], float]:
    """Return a clock for a run like that of an outcome: it stands at that run's time, if known."""
    runs = outcome.evidence.runs
    return time.time if runs is None else lambda: runs.initiated_at

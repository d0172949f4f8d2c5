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
from statistics import median
from typing import Final

from cc_lb_selfcheck.wasm.outline import Outline

from .outcome import Outcome, Runs, Tally
from .process import WorkerProcess
from .remote import check_once

_DAY_S: Final = 86_400
_STEP_S: Final = 2 * 3600 + 60 + 1
"""From run to run, hour, minute and second change, and even seconds follow odd ones."""


def check_repeatedly(
    worker: WorkerProcess,
    data: bytes,
    outline: Outline,
    again: int,
    *,
    before_each: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """Run the self-check once, and ``again`` times more where the plugin was called at all.

    The outcome is that of the first run that was refused, else of the first; its evidence tells of
    all. ``before_each`` is called before each run. Raises ``WorkerDied``.
    """
    now = clock()
    times = [now + number * _STEP_S % _DAY_S for number in range(again + 1)]
    outcomes: list[Outcome] = []
    for moment in times:
        before_each()
        outcomes.append(check_once(worker, data, outline, clock=partial(float, moment)))
        if outcomes[-1].evidence.wall_ms is None:
            break
    return outcomes[0] if len(outcomes) == 1 else _as_one(outcomes, times)


def _as_one(outcomes: Sequence[Outcome], times: Sequence[float]) -> Outcome:
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

"""What explaining verdicts adds to reaching them, measured in one process, in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.further import FurtherRuns
from cc_lb_selfcheck.diagnosis.refusals import Refusals
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.wasm.outline import read_outline

from .measure import MeasurementFailed
from .results import Comparison, Result
from .workloads import REPOSITORY

_JOBS: Final = os.cpu_count() or 1
_DEADLINE_S: Final = 60.0
_WARN_AT: Final = 80
_ADDED_MAX_S: Final = 1.0
_ADDED_MAX: Final = 1.05


def compare_passing(files: Sequence[Path], rounds: int) -> Result:
    """Return how much longer passing plugins take when they are looked at for remarks.

    Those whose fuel is probed by a further run, for a long call, are left out.
    """
    unprobed = [path for path, outcome in _verdicts(files) if not _is_probed(path, outcome)]
    if len(unprobed) < len(files) / 2:
        raise MeasurementFailed(f"The machine is too busy: {len(files)} calls, most of them slow.")
    comparison = _compared(f"{len(unprobed):,} passing plugins, explained", unprobed, rounds)
    return comparison.ratio_result(_ADDED_MAX)


def compare_refused(path: Path, rounds: int) -> Result:
    """Return how many seconds longer a refused plugin takes when the refusal is explained."""
    mebibytes = path.stat().st_size / (1 << 20)
    name = f"{path.stem} ({mebibytes:.0f} MiB with DWARF), explained"
    return _compared(name, [path], rounds).excess_result(_ADDED_MAX_S)


def _compared(name: str, files: Sequence[Path], rounds: int) -> Comparison:
    comparison = Comparison(name)
    for _ in range(rounds):
        begun = time.perf_counter()
        _verdicts(files)
        reached = time.perf_counter()
        _explained(files)
        comparison.add(reached - begun, time.perf_counter() - reached)
    return comparison


def _verdicts(files: Sequence[Path]) -> list[tuple[Path, Outcome]]:
    with CompilationCache() as cache:
        pool = Pool(jobs=_JOBS, deadline_s=_DEADLINE_S, cache_config=cache.config)
        return [(Path(key), outcome) for key, outcome in pool.check(_subjects(files))]


def _explained(files: Sequence[Path]) -> None:
    refusals = Refusals(Repository.around(REPOSITORY, {}))
    further = FurtherRuns(_WARN_AT)
    with CompilationCache() as cache:
        pool = Pool(
            jobs=_JOBS,
            deadline_s=_DEADLINE_S,
            cache_config=cache.config,
            explainer=further,
            runs_again=further.are_needed,
            warn_at=_WARN_AT,
        )
        for key, outcome in pool.check(_subjects(files)):
            if outcome.status == "refused":
                refusals.explained(key, outcome)
            else:
                explain(outcome)


def _subjects(files: Sequence[Path]) -> Iterator[Subject]:
    for path in files:
        data = path.read_bytes()
        yield Subject(str(path), data, read_outline(data), path.read_bytes)


def _is_probed(path: Path, outcome: Outcome) -> bool:
    return FurtherRuns(_WARN_AT).are_needed(read_outline(path.read_bytes()), outcome)

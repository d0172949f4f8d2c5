"""How much fuel a call takes, which the engine does not tell: from runs with less of it.

A run whose fuel does not suffice ends for that; one whose fuel suffices ends as the verdict's did.
So each run halves what is not known. A call so short that it cannot have burnt much is not run
again, unless that is asked for, and then nothing is said of its fuel but that it sufficed.
"""

from __future__ import annotations

from typing import Any, Final

from cc_lb_selfcheck.host.messages import OUT_OF_FUEL
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.remote import RemotePlugin, Terms
from cc_lb_selfcheck.host.repeat import clock_of
from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_EXPORT,
    SELF_CHECK_FUEL,
    SELF_CHECK_WALL_MS,
    WIRE_FUNCTIONS,
)
from cc_lb_selfcheck.protocol.request import build_request
from cc_lb_selfcheck.protocol.self_check import BuildFailed, CallFailed
from cc_lb_selfcheck.wasm.outline import Outline

_PER_PERCENT: Final = SELF_CHECK_FUEL // 100
_RUNS_MAX_MS: Final = 2_000


def fuel_taken(
    worker: WorkerProcess,
    data: bytes,
    outline: Outline,
    outcome: Outcome,
    warn_at: int,
    *,
    finely: bool,
) -> dict[str, Any]:
    """Return what further runs show of the fuel that a call took: fields of the evidence.

    One run with ``warn_at`` percent of the limit tells on which side of it the call is; ``finely``,
    some more tell the percent. Raises ``WorkerDied``.
    """
    probe = _Probe(worker, data, outline, outcome)
    least, most = 0, 100
    percent = warn_at if warn_at < most else most // 2
    while most - least > 1 and probe.spent_ms < _RUNS_MAX_MS:
        suffices = probe.suffices(percent * _PER_PERCENT)
        if suffices is None:
            break
        least, most = (least, percent) if suffices else (percent, most)
        if not finely:
            break
        percent = (least + most) // 2
    return {"fuel_at_least": least * _PER_PERCENT or None, "fuel_below": most * _PER_PERCENT}


class _Probe:
    """Runs of one plugin with less fuel than the host gives it."""

    def __init__(
        self, worker: WorkerProcess, data: bytes, outline: Outline, outcome: Outcome
    ) -> None:
        self._worker = worker
        self._data = data
        self._outline = outline
        self._outcome = outcome
        self.spent_ms = 0.0

    def suffices(self, fuel: int) -> bool | None:
        """Tell whether so much fuel suffices for the call; None where the run does not tell."""
        terms = Terms(wall_ms=2 * SELF_CHECK_WALL_MS, fuel=fuel)
        plugin = RemotePlugin(self._worker, self._outline, terms)
        request = build_request(WIRE_FUNCTIONS, clock_of(self._outcome))
        try:
            output = plugin.build(self._data).call(SELF_CHECK_EXPORT, request)
        except CallFailed as failure:
            if str(failure) == OUT_OF_FUEL and not plugin.seen["own_error"]:
                return False
            return None if self._outcome.verdict is None else self._same(str(failure))
        except BuildFailed:
            return None  # what runs before the call needs more
        finally:
            seen = plugin.seen
            times = (seen.get(name, 0.0) for name in ("compile_ms", "link_ms", "wall_ms"))
            self.spent_ms += sum(times)
        return True if output.size == self._outcome.evidence.output_bytes else None

    def _same(self, failure: str) -> bool | None:
        verdict = self._outcome.verdict
        return True if verdict and verdict.fields.get("reason") == failure else None

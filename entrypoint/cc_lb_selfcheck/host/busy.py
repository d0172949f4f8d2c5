"""Whether a call that was ended for its time took that time itself, or waited for the machine."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_EXPORT,
    SELF_CHECK_WALL_MS,
    WIRE_FUNCTIONS,
)
from cc_lb_selfcheck.protocol.request import build_request
from cc_lb_selfcheck.protocol.self_check import BuildFailed, CallFailed
from cc_lb_selfcheck.wasm.outline import Outline

from .messages import TIMEOUT
from .outcome import Outcome
from .process import WorkerProcess
from .remote import RemotePlugin, Terms
from .repeat import clock_of
from .undetermined import undetermined

_PATIENT: Final = Terms(wall_ms=10 * SELF_CHECK_WALL_MS)


def timed_out(outcome: Outcome) -> bool:
    """Tell whether a call was ended for its time."""
    verdict = outcome.verdict
    is_timeout = verdict is not None and verdict.fields.get("reason") == TIMEOUT
    return is_timeout and not outcome.evidence.own_error


def outlasts(worker: WorkerProcess, data: bytes, outline: Outline, outcome: Outcome) -> bool:
    """Tell, by a run with more time, whether a call needs a processor for longer than the host
    waits. Raises ``WorkerDied``.

    If not, something else on this machine has kept it waiting: a plugin cannot sleep.
    """
    plugin = RemotePlugin(worker, outline, _PATIENT)
    request = build_request(WIRE_FUNCTIONS, clock_of(outcome))
    with suppress(BuildFailed, CallFailed):
        plugin.build(data).call(SELF_CHECK_EXPORT, request)
    return bool(plugin.seen.get("cpu_ms", 0.0) >= SELF_CHECK_WALL_MS)


def too_busy(outcome: Outcome) -> Outcome:
    """Return what a call amounts to that was kept waiting each time."""
    evidence = outcome.evidence
    return undetermined(
        f"The machine was too busy: the call was ended after {evidence.wall_ms or 0:.0f} ms, of"
        f" which it had a processor for {evidence.cpu_ms or 0:.0f} ms. Check it again.",
        evidence,
    )

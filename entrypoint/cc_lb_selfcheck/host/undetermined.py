"""Outcomes without a verdict, each with the reason in a sentence."""

from __future__ import annotations

from cc_lb_selfcheck.wasm.outline import Outline

from .outcome import Evidence, Outcome, StoppedFor
from .process import WorkerDied, WorkerNotStarted


def undetermined(reason: str, evidence: Evidence | None = None) -> Outcome:
    """Return the outcome of an artifact on which the host's verdict cannot be told."""
    evidence = evidence or Evidence()
    return Outcome(status="undetermined", verdict=None, reason=reason, evidence=evidence)


def without_verdict(
    died: WorkerDied, outline: Outline, *, deadline_s: float, memory_max_bytes: int
) -> Outcome:
    """Return the outcome of an artifact at which a worker died, or for which there was none."""
    evidence = Evidence.of(outline, stopped_for=_stopped_for(died))
    if died.limit == "deadline":
        return undetermined(
            f"The engine was not done within the deadline of {deadline_s:g} s; the host"
            " sets no such limit to compiling and linking, so its verdict is not known.",
            evidence,
        )
    if died.limit == "memory":
        mebibytes = memory_max_bytes >> 20
        return undetermined(
            f"The engine took more than {mebibytes:,} MiB of memory, and was ended; the host"
            " sets no such limit, so its verdict is not known (`--memory` allows more).",
            evidence,
        )
    if died.limit == "machine" or isinstance(died, WorkerNotStarted):
        return undetermined(f"The engine's process {died}.", evidence)
    return undetermined(
        f"The engine's process {died} on this artifact, twice; a host that loads it may"
        " crash the same way.",
        evidence,
    )


def _stopped_for(died: WorkerDied) -> StoppedFor | None:
    """Return what kept the engine from an answer; None where that says nothing of the artifact."""
    if died.limit == "machine" or isinstance(died, WorkerNotStarted):
        return None
    return died.limit or "crash"

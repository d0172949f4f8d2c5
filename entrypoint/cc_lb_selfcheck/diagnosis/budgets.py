"""What a self-check took of its three limits, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
)

from .finding import Cause


class Budget(NamedTuple):
    """One limit, and what was taken of it: ``least`` or more, and ``most`` at most.

    The two are the same where it was measured; None: not known.
    """

    name: str
    unit: str
    limit: int
    least: float | None
    most: float | None

    @property
    def is_measured(self) -> bool:
        """Whether one number tells it."""
        return self.least is not None and self.least == self.most

    @property
    def is_known(self) -> bool:
        """Whether more is known than that the limit held."""
        return self.least is not None or (self.most is not None and self.most < self.limit)


def budgets_of(evidence: Evidence) -> list[Budget]:
    """Return the budgets of time (of the longest run), fuel and output, as far as reached."""
    wall = evidence.runs.wall_ms_most if evidence.runs else evidence.wall_ms
    if wall is None:
        return []
    output = evidence.output_bytes
    budgets = [
        Budget("time", "ms", SELF_CHECK_WALL_MS, wall, wall),
        Budget("fuel", "units", SELF_CHECK_FUEL, evidence.fuel_at_least, evidence.fuel_below),
    ]
    if output is not None:
        budgets.append(Budget("output", "bytes", SELF_CHECK_OUTPUT_MAX_BYTES, output, output))
    return budgets


_NEAR: Final = {
    "time": "CCLB-NEAR-TIME-LIMIT",
    "fuel": "CCLB-NEAR-FUEL-LIMIT",
    "output": "CCLB-NEAR-OUTPUT-LIMIT",
}


def nearly_used_up(outcome: Outcome) -> Iterator[Cause]:
    """Yield a warning for each budget of a call that answered within its limits, but barely."""
    evidence = outcome.evidence
    if evidence.warn_at is None or evidence.output_bytes is None:
        return
    for budget in budgets_of(evidence):
        share = (budget.least or 0) * 100 / budget.limit
        # What was refused is beyond a limit, and told as that.
        is_beyond = outcome.status != "passed" and share > 100
        if share >= evidence.warn_at and not is_beyond:
            yield Cause(id=_NEAR[budget.name], text=_sentence(budget), confidence="certain")


def _sentence(budget: Budget) -> str:
    limit = f"{budget.limit:,}"
    percent = int((budget.least or 0) * 100 / budget.limit)
    match budget.name:
        case "time":
            return (
                f"The call took {budget.least:.0f} of its {limit} ms ({percent} %), and another"
                " machine may be slower."
            )
        case "fuel":
            most = f" and less than {budget.most:,}" if budget.most is not None else ""
            return (
                f"The call takes at least {budget.least:,}{most} of its {limit} units of fuel"
                f" ({percent} % or more)."
            )
        case _:
            return f"The response has {budget.least:,} of {limit} bytes ({percent} %)."

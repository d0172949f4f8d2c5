"""What is run after a verdict, and for which plugins: the verdict stays, the evidence grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.wasm.outline import Outline

if TYPE_CHECKING:
    from cc_lb_selfcheck.host.outcome import Outcome

# What runs again is imported when there is a verdict: the first artifact is not to wait for it.


class FurtherRuns:
    """Runs after the verdict: of what was refused, to find out why; of others, for their fuel."""

    def __init__(self, warn_at: int, *, measure_fuel: bool = False) -> None:
        """Run again what may have used up ``warn_at`` percent of a limit or more, which is worth a
        warning; ``measure_fuel`` asks for the fuel of each plugin that was called.
        """
        self._warn_at = warn_at
        self._measure_fuel = measure_fuel

    def are_needed(self, outline: Outline, outcome: Outcome) -> bool:
        """Tell whether there is anything to run; else it is told at once what there is to tell."""
        from .fuel import is_worth_probing
        from .trace import runs_again

        if outcome.status == "refused" and runs_again(outline, outcome):
            return True
        return is_worth_probing(outcome.evidence, self._warn_at, finely=self._measure_fuel)

    def __call__(
        self, worker: WorkerProcess, data: bytes, outline: Outline, outcome: Outcome
    ) -> Outcome:
        """Return the outcome with what further runs show. Raises ``WorkerDied``."""
        from .fuel import fuel_taken
        from .trace import investigate

        if outcome.status == "refused":
            outcome = investigate(worker, data, outline, outcome)
        evidence = outcome.evidence
        if evidence.wall_ms is None:
            return outcome
        seen = fuel_taken(worker, data, outline, outcome, self._warn_at, finely=self._measure_fuel)
        evidence = evidence.model_copy(update={**seen, "warn_at": self._warn_at})
        return outcome.model_copy(update={"evidence": evidence})

"""What is run after a verdict, and for which plugins: the verdict stays, the evidence grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.wasm.outline import Outline

if TYPE_CHECKING:
    from cc_lb_selfcheck.host.outcome import Outcome

WORTH_PROBING_MS: Final = 0.3
"""No call that took less of a processor comes near the limit of fuel: eight million units take
twice as long and more.
"""

# What runs again is imported for what is run again: most plugins are not.


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
        if outcome.status == "refused":
            from .trace import runs_again

            if runs_again(outline, outcome):
                return True
        return self._is_worth_probing(outcome)

    def _is_worth_probing(self, outcome: Outcome) -> bool:
        """Tell whether a call took long enough for its fuel to matter, or more is asked for."""
        evidence = outcome.evidence
        if evidence.fuel_below is None or evidence.wall_ms is None:
            return False
        if self._measure_fuel:
            return True
        taken_ms = evidence.wall_ms if evidence.cpu_ms is None else evidence.cpu_ms
        return taken_ms > WORTH_PROBING_MS and self._warn_at < 100

    def __call__(
        self, worker: WorkerProcess, data: bytes, outline: Outline, outcome: Outcome
    ) -> Outcome:
        """Return the outcome with what further runs show. Raises ``WorkerDied``."""
        if outcome.status == "refused":
            from .trace import investigate

            outcome = investigate(worker, data, outline, outcome)
        if not self._is_worth_probing(outcome):
            return outcome
        from .fuel import fuel_taken

        seen = fuel_taken(worker, data, outline, outcome, self._warn_at, finely=self._measure_fuel)
        evidence = outcome.evidence.model_copy(update=seen)
        return outcome.model_copy(update={"evidence": evidence})

"""What was taken of a budget, in a few characters: a bar and numbers."""

from __future__ import annotations

import math
from typing import Final

from cc_lb_selfcheck.diagnosis.budgets import Budget

_CELLS: Final = 5
_TAKEN, _PERHAPS, _FREE = "\N{FULL BLOCK}", "\N{MEDIUM SHADE}", "\N{LIGHT SHADE}"


def bar(budget: Budget) -> str:
    """Return what was taken, what may have been, what is left; empty where nothing is known."""
    if not budget.is_known:
        return ""
    least = _cells((budget.least or 0) / budget.limit)
    most = _cells(1 if budget.most is None else budget.most / budget.limit)
    unsure = max(most - least, 0) if budget.is_measured else max(most - least, 1)
    unsure = min(unsure, _CELLS - least)
    return _TAKEN * least + _PERHAPS * unsure + _FREE * (_CELLS - least - unsure)


def _cells(share: float) -> int:
    return min(math.floor(share * _CELLS + 0.5), _CELLS)


def numbers(budget: Budget) -> str:
    """Return what is known in numbers, without the limit; never more than was seen."""
    least, most = budget.least, budget.most
    if budget.is_measured and least is not None:
        return f"{least:.1f}" if budget.unit == "ms" else f"{least:,.0f}"
    if least is None:
        return "not seen" if most is None else f"under {most:,.0f}"
    return f"{least:,.0f} or more" if most is None else f"{least:,.0f} to {most:,.0f}"


def meter(budget: Budget) -> str:
    """Return numbers and bar for a line of text: ``41.0 ms █░░░░``."""
    told = numbers(budget)
    told = f"fuel {told}" if budget.name == "fuel" else f"{told} {budget.unit}"
    return f"{told} {bar(budget)}".rstrip()

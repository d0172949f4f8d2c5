"""What each call took of its limits, as a folded table in Markdown."""

from __future__ import annotations

from typing import Final

from cc_lb_selfcheck.diagnosis.budgets import Budget, budgets_of
from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
)
from cc_lb_selfcheck.surfaces.markdown import Markdown, code, joined, prose, written

from .meter import bar, numbers
from .model import Artifact, Report, shared_blocks
from .room import fit

_ROWS_MAX: Final = 50
_HEAD: Final = written(
    "\n<details>\n<summary>Time, fuel and output used</summary>\n\n| Artifact | Time of {} ms"
    " | Fuel of {} | Output of {} bytes |\n|---|---|---|---|\n",
    SELF_CHECK_WALL_MS,
    prose(f"{SELF_CHECK_FUEL:,}"),
    prose(f"{SELF_CHECK_OUTPUT_MAX_BYTES:,}"),
)
_FOOT: Final = written("\n</details>\n")
_NOTHING: Final = written("")
_MORE_ROOM_BYTES: Final = 100


def used_table(report: Report, room: int) -> Markdown:
    """Return a table within ``room`` bytes, those first that used most; nothing without a call."""
    called = [item for item in report.artifacts if budgets_of(item.evidence)]
    groups = shared_blocks(sorted(called, key=lambda item: (-_share(item), item.path)))
    room -= len(_HEAD) + len(_FOOT) + _MORE_ROOM_BYTES
    rows = fit((_row(artifact, paths) for artifact, paths in groups[:_ROWS_MAX]), room)
    if not rows:
        return _NOTHING
    more = len(groups) - len(rows)
    told = prose(f"{more:,} more, which used less, are not shown.")
    return joined([_HEAD, *rows, written("\n{}\n", told) if more else _NOTHING, _FOOT])


def _share(artifact: Artifact) -> float:
    """Return how much is known to be used of the limit that comes nearest."""
    return max((item.least or 0) / item.limit for item in budgets_of(artifact.evidence))


def _row(artifact: Artifact, paths: list[str]) -> Markdown:
    more = prose(f" and {len(paths) - 1:,} more" if len(paths) > 1 else "")
    cells = [_cell(budget) for budget in budgets_of(artifact.evidence)]
    time, fuel, output = [*cells, _NOTHING, _NOTHING][:3]
    return written("| {}{} | {} | {} | {} |\n", code(paths[0]), more, time, fuel, output)


def _cell(budget: Budget) -> Markdown:
    return prose(f"{bar(budget)} {numbers(budget)}".lstrip())

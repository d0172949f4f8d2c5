"""What was measured against what is aimed at, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from .measure import Peak

FLAT: Final = 1.25
"""Memory counts as flat up to this ratio of the most artifacts to the fewest."""

_BESIDE_THE_HOST: Final = ("workload", "host crate s", "ours s", "result", "aim", "")
_EXPLAINED: Final = ("explaining verdicts", "without s", "with s", "result", "aim", "")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a table; seconds are (least, median), None where it is not about time."""

    workload: str
    base_s: tuple[float, float] | None
    ours_s: tuple[float, float] | None
    result: float
    unit: str
    aim: float | None

    @property
    def verdict(self) -> str:
        """Say whether the aim is met; empty where there is none."""
        if self.aim is None:
            return ""
        return "met" if round(self.result, 2) <= self.aim else "missed"


@dataclass
class Comparison:
    """Rounds of what is compared with, the host crate mostly, and of ours, one after the other."""

    workload: str
    base: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def add(self, base: float, ours: float) -> None:
        """Add a round, in seconds."""
        self.base.append(base)
        self.ours.append(ours)

    def ratio_result(self, aim: float | None) -> Result:
        """Divide ours by the other, round by round; the median counts."""
        ratio = median(ours / base for base, ours in zip(self.base, self.ours, strict=True))
        return self._result(ratio, "x", aim)

    def excess_result(self, aim: float | None) -> Result:
        """Take the other from ours, round by round; the median counts."""
        excess = median(ours - base for base, ours in zip(self.base, self.ours, strict=True))
        return self._result(excess, "s", aim)

    def _result(self, value: float, unit: str, aim: float | None) -> Result:
        base, ours = ((min(times), median(times)) for times in (self.base, self.ours))
        return Result(self.workload, base, ours, value, unit, aim)


def memory_result(peaks: Sequence[Peak]) -> Result:
    """Compare the parent's memory with the most artifacts to that with the fewest."""
    first, last = peaks[0], peaks[-1]
    name = f"parent's memory, {first.artifacts:,} → {last.artifacts:,}"
    return Result(name, None, None, last.parent_mib / first.parent_mib, "x", FLAT)


def print_results(
    results: Sequence[Result], explained: Sequence[Result], peaks: Sequence[Peak]
) -> None:
    """Print the comparisons with the host crate, what explaining adds, and the peaks of memory."""
    _print_table([_BESIDE_THE_HOST, *map(_row, results)])
    print()
    _print_table([_EXPLAINED, *map(_row, explained)])
    if peaks:
        print()
        heading = ("peak memory of", "parent MiB", "a worker MiB")
        rows = [
            (f"{peak.artifacts:,} artifacts", f"{peak.parent_mib:.0f}", f"{peak.worker_mib:.0f}")
            for peak in peaks
        ]
        _print_table([heading, *rows])


def _row(result: Result) -> tuple[str, ...]:
    sign = "+" if result.unit == "s" else ""
    unit = f" {result.unit}"
    return (
        result.workload,
        _seconds(result.base_s),
        _seconds(result.ours_s),
        f"{result.result:{'+' if sign else ''}.2f}{unit}",
        "" if result.aim is None else f"≤ {sign}{result.aim:.2f}{unit}",
        result.verdict,
    )


def _seconds(times: tuple[float, float] | None) -> str:
    return "" if times is None else f"{times[0]:.2f} / {times[1]:.2f}"


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows as a Markdown table, which reads well in a terminal, too."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, f"|{'|'.join('-' * (width + 2) for width in widths)}|")
    print("\n".join(lines))


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    first, *others = (
        f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return f"| {' | '.join([first, *others])} |"

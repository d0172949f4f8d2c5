"""Gathers reports: from files, directories, archives and other sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.artifacts.expand import expand, joined
from cc_lb_selfcheck.artifacts.find import Findings, Found, Problem, find
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.merge import merge, with_problems
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.settings import Output, PublishSettings
from cc_lb_selfcheck.sources import bring_all
from cc_lb_selfcheck.targets import refuse_targets

_SUFFIX = ".json"
_TOGETHER_MAX_BYTES: Final = 128 << 20
"""Of all reports: they are kept until they are merged, and a byte may take twenty of memory."""


@dataclass
class Collected:
    """All reports as one, None where there is none, and a sentence for each that is unusable.

    ``absent`` tells what a source was asked for, and has not.
    """

    report: Report | None = None
    faults: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    bytes_left: int = field(default_factory=lambda: _TOGETHER_MAX_BYTES)

    @property
    def missing(self) -> list[str]:
        """What is not in the report, a sentence each."""
        return [*self.faults, *self.absent]


def collect(
    settings: PublishSettings, environ: Mapping[str, str], root: Path, patience: Patience
) -> Collected:
    """Read and merge every report that ``publish`` is given, seen from ``root``.

    Raises ``SettingsError`` where a source is named and cannot be asked at all, or where an output
    names a report.
    """
    with ExitStack() as resources:
        findings = _given(settings.reports, root, resources)
        findings = joined(findings, bring_all(settings, environ, resources, patience, _SUFFIX))
        return _read(findings, settings.outputs, root)


def gather(reports: Sequence[str], root: Path, outputs: Sequence[Output] = ()) -> Collected:
    """Read and merge the reports at paths, seen from ``root``.

    Raises ``SettingsError`` where an output names one of them.
    """
    with ExitStack() as resources:
        return _read(_given(reports, root, resources), outputs, root)


def _given(reports: Sequence[str], root: Path, resources: ExitStack) -> Findings:
    return expand(find(reports, (), root, _SUFFIX), resources, _SUFFIX)


def _read(findings: Findings, outputs: Sequence[Output], root: Path) -> Collected:
    refuse_targets(outputs, (), root)
    is_alone = not findings.problems and [found.member for found in findings.found] == [None]
    # A report merged with nothing is itself, and may be written where it was.
    others = [output for output in outputs if output.format != "json"] if is_alone else outputs
    refuse_targets(others, (found.path for found in findings.found), root)
    collected = Collected()
    for problem in findings.problems:
        told = collected.absent if problem.is_absence else collected.faults
        told.append(_sentence(problem))
    reports = [_load(found, collected) for found in findings.found]
    usable = [report for report in reports if report is not None]
    if usable:
        collected.report = with_problems(merge(usable), collected.missing)
    elif not collected.missing:
        collected.faults.append("No report was found.")
    return collected


def _sentence(problem: Problem) -> str:
    return f"`{problem.path}` {problem.message}" if problem.path else problem.message


def _load(found: Found, collected: Collected) -> Report | None:
    if found.obstacle is not None:
        collected.faults.append(f"The report `{found.shown}` was not read. {found.obstacle}")
        return None
    try:
        data = found.read()
        collected.bytes_left -= len(data)
        if collected.bytes_left < 0:
            limit = f"{_TOGETHER_MAX_BYTES >> 20} MiB"
            raise UnusableReport(f"was left out: all reports together may have {limit}.")
        return load_report(data)
    except Unreadable as error:
        collected.faults.append(f"The report `{found.shown}` was not read. {error}")
    except UnusableReport as error:
        collected.faults.append(f"The report `{found.shown}` {error}")
    return None

"""Gathers reports for ``publish``: from files, directories, archives and uploaded artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cc_lb_selfcheck.artifacts.expand import archive, expand, joined
from cc_lb_selfcheck.artifacts.find import Findings, Found, find
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.merge import merge, with_problems
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.settings import PublishSettings

_SUFFIX = ".json"


@dataclass
class Collected:
    """All reports as one, None where there is none, and a sentence for each that is unusable.

    ``absent`` tells the artifacts that the workflow run did not upload.
    """

    report: Report | None = None
    faults: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """What is not in the report, a sentence each."""
        return [*self.faults, *self.absent]


def collect(settings: PublishSettings, environ: Mapping[str, str], root: Path) -> Collected:
    """Read and merge every report that the settings name, seen from ``root``.

    Raises ``SettingsError`` where uploaded artifacts are named and cannot be asked for.
    """
    with ExitStack() as resources:
        findings = expand(find(settings.reports, (), root, _SUFFIX), resources, _SUFFIX)
        collected = Collected()
        if settings.artifacts:
            findings = joined(findings, _uploaded(settings, environ, resources, collected))
        collected.faults += [f"`{item.path}` {item.message}" for item in findings.problems]
        reports = [_load(found, collected) for found in findings.found]
        usable = [report for report in reports if report is not None]
    if usable:
        collected.report = with_problems(merge(usable), collected.missing)
    elif not collected.missing:
        collected.faults.append("No report was found.")
    return collected


def _uploaded(
    settings: PublishSettings,
    environ: Mapping[str, str],
    resources: ExitStack,
    collected: Collected,
) -> Findings:
    from cc_lb_selfcheck.github.session import uploaded

    got = uploaded(settings, environ, resources)
    collected.faults += got.faults
    collected.absent += got.absent
    return joined(*(archive(path, name, resources, _SUFFIX) for name, path in got.zips.items()))


def _load(found: Found, collected: Collected) -> Report | None:
    if found.obstacle is not None:
        collected.faults.append(f"The report `{found.shown}` was not read. {found.obstacle}")
        return None
    try:
        return load_report(found.read())
    except Unreadable as error:
        collected.faults.append(f"The report `{found.shown}` was not read. {error}")
    except UnusableReport as error:
        collected.faults.append(f"The report `{found.shown}` {error}")
    return None

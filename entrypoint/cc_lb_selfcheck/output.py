"""Tells the report to whoever is there: a person, a pipe, a file, GitHub's runner, GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.github.event import EventError
from cc_lb_selfcheck.github.links import revision_of, run_links
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.github.runner import in_actions
from cc_lb_selfcheck.github.session import plan_of, token_of
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing
from cc_lb_selfcheck.report.merge import alone, missing_legs
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.settings import MergeSettings
from cc_lb_selfcheck.report.status import check_status
from cc_lb_selfcheck.report.surroundings import Links, Surroundings
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.surfaces.diff import NO_CHANGE, diff
from cc_lb_selfcheck.telling import Telling, keep_files, print_report, tell_here

if TYPE_CHECKING:
    from cc_lb_selfcheck.collect import Collected


def tell_check(
    report: Report,
    settings: CheckSettings,
    environ: Mapping[str, str],
    patience: Patience,
    *,
    is_posted: bool = True,
) -> int:
    """Tell everyone what ``check`` found; return the exit status.

    In GitHub Actions that includes the pull request, where there is one and a token is given, if
    it ``is_posted``.
    """
    status = check_status(report, settings)
    telling = Telling(alone(report), settings, environ, status, whole=report)
    token = token_of(settings, environ) if is_posted and in_actions(environ) else None
    plan = None
    if token is not None:
        try:
            plan = plan_of(environ)
        except EventError as error:
            telling.complain("warning", f"Nothing was posted on GitHub. {error}")
    links = run_links(plan, environ) if plan else Links()
    around = Surroundings(
        links=links,
        revision=revision_of(environ),
        workflow=environ.get("GITHUB_WORKFLOW", ""),
        folder=_folder(environ),
    )
    tell_here(telling, around, aside=settings.fix_suggestions)
    if settings.fix_suggestions:
        with printing() as stdout:
            stdout.diff(diff(report.patch or "") or NO_CHANGE)
    if plan is not None and token is not None:
        from cc_lb_selfcheck.posting import tell_github

        tell_github(telling, settings, plan, links, token, patience)
    return telling.end()


def _folder(environ: Mapping[str, str]) -> str:
    """Return the working directory as seen from the root of the repository around it."""
    with suppress(OSError, ValueError):
        here = Path.cwd()
        return here.relative_to(Repository.around(here, environ).root).as_posix()
    return ""


def tell_merged(collected: Collected, settings: MergeSettings, environ: Mapping[str, str]) -> int:
    """Write and print what the reports say together; return the exit status."""
    report = collected.report
    if report is None:
        raise SettingsError(collected.missing)
    telling = Telling(report, settings, environ, check_status(report, settings))
    missing = missing_legs(report)
    for sentence in collected.missing if settings.format != "text" else ():
        telling.complain("error", sentence)
    for sentence in missing if settings.format not in ("text", "github") else ():
        telling.complain("warning", sentence)
    around = Surroundings(revision=revision_of(environ), missing=missing)
    keep_files(telling, around)
    print_report(telling, around)
    return telling.end()


def tell_round(
    report: Report,
    changed: Sequence[Artifact],
    changes: Sequence[tuple[str, Sequence[str]]],
    head: str,
    settings: CheckSettings,
    environ: Mapping[str, str],
) -> None:
    """Tell a person who watches what has ``changed`` in a report; the file gets all of it."""
    telling = Telling(report, settings, environ, 0)
    around = Surroundings(folder=_folder(environ))
    keep_files(telling, around)
    with printing() as stdout:
        if stdout.is_terminal:
            from rich.console import Console

            Console().clear()
        stdout.say(head)
    shown = report.model_copy(update={"artifacts": changed})
    print_report(replace(telling, report=shown), around)
    with printing() as stdout:
        for words, names in changes:
            stdout.say(f"{words}: {', '.join(names)}")
    telling.end()

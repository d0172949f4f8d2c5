"""Tells the report to whoever is there: a person, a pipe, a file, GitHub's runner, GitHub."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.collect import Collected
from cc_lb_selfcheck.github.annotations import annotation_commands
from cc_lb_selfcheck.github.event import EventError, Plan
from cc_lb_selfcheck.github.links import run_links
from cc_lb_selfcheck.github.runner import (
    RunnerFileError,
    add_summary,
    complain,
    give_to_owner_of,
    in_actions,
    set_outputs,
)
from cc_lb_selfcheck.github.session import api_of, plan_of, token_of
from cc_lb_selfcheck.printing import Printer, printing, stderr
from cc_lb_selfcheck.report.json import json_pieces
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES, Links, render_markdown
from cc_lb_selfcheck.report.merge import nothing
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.status import (
    CONCLUSIONS,
    EXIT_PUBLISHING,
    EXIT_UNDETERMINED,
    EXIT_USAGE,
    check_status,
    verdict_status,
)
from cc_lb_selfcheck.report.text import plain_lines, render_text
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings, Settings, SettingsError
from cc_lb_selfcheck.surfaces.diff import NO_CHANGE, diff
from cc_lb_selfcheck.surfaces.markdown import joined, prose, written

OUTPUTS: Final = {
    "passed": "How many artifacts the host accepts.",
    "refused": "How many artifacts the host refuses.",
    "undetermined": "How many artifacts have no verdict.",
    "report": "Path of the JSON report, relative to the workspace.",
    "conclusion": "One word: success, failure, usage-error, undetermined or publishing-failed.",
}
"""The Action's outputs."""
_PIPE_WIDTH: Final = 100
_COLOUR_ASKED_BY: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables by which rich takes a pipe for a terminal."""
_FAULTS_MAX: Final = 100


@dataclass
class _Telling:
    """A report on its way, the exit status so far, and what is still to be said on stderr."""

    report: Report
    settings: Settings
    environ: Mapping[str, str]
    status: int
    complaints: list[tuple[str, str]] = field(default_factory=list)
    """A level of the runner's (``error``, ``warning``, ``notice``) and a sentence each."""

    def complain(self, level: str, sentence: str, status: int | None = None) -> None:
        self.complaints.append((level, sentence))
        self.status = self.status if status is None else status

    def end(self) -> int:
        """Write the complaints, and return the exit status."""
        printer = stderr()
        for level, sentence in self.complaints:
            complain(printer, sentence, self.environ, level)
        printer.flush()
        return self.status


def tell_check(
    report: Report, settings: CheckSettings, environ: Mapping[str, str], *, is_posted: bool = True
) -> int:
    """Tell everyone what ``check`` found; return the exit status.

    In GitHub Actions that includes the pull request, where there is one and a token is given, if
    it ``is_posted``.
    """
    telling = _Telling(report, settings, environ, check_status(report, settings))
    token = token_of(settings, environ) if is_posted and in_actions(environ) else None
    plan = None
    if token is not None:
        try:
            plan = plan_of(environ)
        except EventError as error:
            telling.complain("warning", f"Nothing was posted on GitHub. {error}")
    links = run_links(plan, environ) if plan else Links()
    _tell_here(telling, settings.format, links, aside=settings.fix_suggestions)
    if settings.fix_suggestions:
        with printing() as stdout:
            stdout.diff(diff(report.patch or "") or NO_CHANGE)
    if plan is not None and token is not None:
        _tell_github(telling, plan, token)
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
    telling = _Telling(report, settings, environ, 0)
    _keep(telling)
    with printing() as stdout:
        if stdout.is_terminal:
            from rich.console import Console

            Console().clear()
        stdout.say(head)
        _print_text(report.model_copy(update={"artifacts": changed}), stdout, environ, aside=False)
        for words, names in changes:
            stdout.say(f"{words}: {', '.join(names)}")
    telling.end()


def tell_failure(
    faults: Sequence[str], environ: Mapping[str, str], status: int, level: str = "error"
) -> None:
    """Tell what was wrong where there is no report: on stderr, and to the runner."""
    for fault in faults:
        complain(stderr(), fault, environ, level)
    if not in_actions(environ):
        return
    lines = joined(written("- {}\n", prose(fault)) for fault in faults[:_FAULTS_MAX])
    with suppress(RunnerFileError):
        set_outputs(environ, {"conclusion": CONCLUSIONS[status]})
        add_summary(environ, written("## ⚠️ No plugin was checked\n\n{}", lines))


def tell_publish(
    collected: Collected, settings: PublishSettings, environ: Mapping[str, str]
) -> int:
    """Tell everyone what the reports say; return the exit status."""
    report = collected.report
    if report is None:
        return _tell_nothing(collected, settings, environ)
    # What is missing is among the report's problems, which are told with it.
    status = EXIT_USAGE if collected.missing else verdict_status(report, settings)
    telling = _Telling(report, settings, environ, status)
    plan = None
    try:
        plan = plan_of(environ)
    except EventError as error:
        if not settings.dry_run:
            sentence = f"It is not known what to publish to (--dry-run shows it here). {error}"
            telling.complain("error", sentence, EXIT_USAGE)
    links = run_links(plan, environ) if plan else Links()
    if settings.dry_run:
        _show(telling, plan, links)
        return telling.end()
    _tell_here(telling, "text", links)
    if plan is not None:
        _tell_github(telling, plan, token_of(settings, environ))
    return telling.end()


def _tell_nothing(
    collected: Collected, settings: PublishSettings, environ: Mapping[str, str]
) -> int:
    """Tell why there is no report, in the pull request as well; return the exit status.

    Of a run that failed before its self-check none is to be expected: it is undetermined.
    """
    faults, level, status = collected.missing, "error", EXIT_USAGE
    plan = None
    with suppress(EventError):
        plan = plan_of(environ)
    is_of_event = settings.run_id is None and not collected.faults
    if plan is not None and plan.has_failed and is_of_event:
        faults.append("That run failed, perhaps before its self-check: its log tells why.")
        level, status = "warning", EXIT_UNDETERMINED if settings.fail_on == "any" else 0
    tell_failure(faults, environ, status, level)
    telling = _Telling(nothing(faults), settings, environ, status)
    if settings.dry_run:
        _show(telling, plan, run_links(plan, environ) if plan else Links())
    elif plan is not None:
        _tell_github(telling, plan, token_of(settings, environ))
    return telling.end()


def _tell_here(telling: _Telling, form: str, links: Links, *, aside: bool = False) -> None:
    """Write the report's file, the runner's files, what is printed, and the annotations.

    ``aside``, nothing of it is printed to stdout.
    """
    report, environ = telling.report, telling.environ
    written = _keep(telling)
    if in_actions(environ):
        _to_runner(telling, lambda: set_outputs(environ, _outputs(telling, written)))
        summary = render_markdown(report, links=links)
        _to_runner(telling, lambda: add_summary(environ, summary))
    with printing(aside=aside) as stdout:
        if form == "json":
            stdout.json(json_pieces(report))
        elif form == "markdown":
            stdout.markdown(render_markdown(report, COMMENT_MAX_BYTES, links=links))
        else:
            _print_text(report, stdout, environ, aside=aside)
    if in_actions(environ):
        # A format on stdout stays whole: the runner reads commands from stderr as well.
        with printing(aside=aside) as stdout:
            printer = stdout if form == "text" else stderr()
            printer.commands(annotation_commands(report))


def _print_text(
    report: Report, stdout: Printer, environ: Mapping[str, str], *, aside: bool
) -> None:
    """Print the report for a person: in colours on a terminal, or where they are asked for."""
    if not stdout.is_terminal and not any(environ.get(name) for name in _COLOUR_ASKED_BY):
        stdout.lines(plain_lines(report, _PIPE_WIDTH))
        return
    from rich.console import Console

    width = None if stdout.is_terminal else _PIPE_WIDTH
    render_text(report, Console(highlight=False, width=width, stderr=aside))


def _tell_github(telling: _Telling, plan: Plan, token: str | None) -> None:
    """Post what the settings and the event ask for."""
    from cc_lb_selfcheck.github.publish import Publisher

    settings, environ = telling.settings, telling.environ
    publisher = Publisher(telling.report, telling.status, settings, plan, run_links(plan, environ))
    if not publisher.wanted:
        if plan.why_none:
            telling.complain("notice", plan.why_none)
        return
    try:
        if token is None:
            raise SettingsError(["There is no token to publish with: set GITHUB_TOKEN."])
        api = api_of(settings, environ, plan.repository, token)
    except SettingsError as error:
        telling.complain("error", str(error), EXIT_USAGE)
        _to_runner(telling, lambda: set_outputs(environ, _conclusion(telling)))
        return
    published = publisher.publish(api)
    is_document = isinstance(settings, CheckSettings) and (
        settings.format != "text" or settings.fix_suggestions
    )
    with printing() as stdout:
        printer = stderr() if is_document else stdout
        for sentence in published.done:
            printer.say(sentence)
    for sentence in published.notices:
        telling.complain("notice", sentence)
    if published.failures:
        fails = settings.publish_errors == "fail"
        telling.complain("error" if fails else "warning", published.failure())
        if fails and telling.status != EXIT_USAGE:
            telling.status = EXIT_PUBLISHING
            _to_runner(telling, lambda: set_outputs(environ, _conclusion(telling)))


def _show(telling: _Telling, plan: Plan | None, links: Links) -> None:
    """Print each surface as it would be posted."""
    from cc_lb_selfcheck.github.publish import Publisher

    report = telling.report
    with printing() as stdout:
        stdout.say("=== Job summary ===")
        stdout.markdown(render_markdown(report, links=links))
        stdout.say("\n=== Annotations ===")
        for line in annotation_commands(report):
            stdout.say(line)
        stdout.say("\n=== Comment ===")
        if plan is None:
            stdout.markdown(render_markdown(report, COMMENT_MAX_BYTES))
            return
        publisher = Publisher(report, telling.status, telling.settings, plan, links)
        comment = publisher.comment(None)
        if comment is not None:
            stdout.markdown(comment)
        if telling.settings.check_run:
            stdout.say("\n=== Check run ===")
            stdout.json([publisher.check_run_json()])
    if plan.why_none:
        telling.complain("notice", plan.why_none)


def _to_runner(telling: _Telling, task: Callable[[], None]) -> None:
    try:
        task()
    except RunnerFileError as error:
        telling.complain("warning", str(error))


def _outputs(telling: _Telling, written: str) -> dict[str, str]:
    summary = telling.report.summary
    counts = {name: str(getattr(summary, name)) for name in ("passed", "refused", "undetermined")}
    return {**counts, "report": written, **_conclusion(telling)}


def _conclusion(telling: _Telling) -> dict[str, str]:
    return {"conclusion": CONCLUSIONS[telling.status]}


def _keep(telling: _Telling) -> str:
    """Write the report's file where one is asked for, and return its path, else nothing."""
    path = telling.settings.report
    if path is None:
        return ""
    try:
        _write_report(path, json_pieces(telling.report))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        telling.complain("error", f"The report {path} cannot be written: {reason}.", EXIT_USAGE)
        return ""
    return path.as_posix()


def _write_report(path: Path, pieces: Iterable[str]) -> None:
    """Write the whole report or nothing: to a file beside it, then renamed.

    A link is followed; a pipe or device that is there, ``/dev/stdout`` too, is written to.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and (not path.is_file() or path.absolute().is_relative_to("/dev")):
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        return
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        temporary.chmod(0o644)
        give_to_owner_of(path.parent, temporary)
        temporary.replace(path)
    except BaseException:  # a signal's, too
        temporary.unlink(missing_ok=True)
        raise

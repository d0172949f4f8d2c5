"""Tells the report to whoever is there: a person, a pipe, a file, GitHub's runner, GitHub."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.collect import Collected
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.github.event import EventError, Plan
from cc_lb_selfcheck.github.links import revision_of, run_links
from cc_lb_selfcheck.github.runner import (
    Contexts,
    RunnerFileError,
    add_summary,
    complain,
    in_actions,
    set_outputs,
    step_key,
)
from cc_lb_selfcheck.github.session import api_of, plan_of, token_of
from cc_lb_selfcheck.printing import printing, stderr
from cc_lb_selfcheck.report.formats import writer_of
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES, render_markdown
from cc_lb_selfcheck.report.merge import alone, missing_legs, nothing
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.quoted import quoted
from cc_lb_selfcheck.report.settings import MergeSettings
from cc_lb_selfcheck.report.status import (
    CONCLUSIONS,
    EXIT_PUBLISHING,
    EXIT_UNDETERMINED,
    EXIT_USAGE,
    check_status,
)
from cc_lb_selfcheck.report.surroundings import Links, Surroundings
from cc_lb_selfcheck.settings import (
    CheckSettings,
    PublishSettings,
    ReportSettings,
    Settings,
    SettingsError,
)
from cc_lb_selfcheck.surfaces.diff import NO_CHANGE, diff
from cc_lb_selfcheck.surfaces.markdown import joined, prose, written
from cc_lb_selfcheck.targets import write_whole

if TYPE_CHECKING:
    from cc_lb_selfcheck.github.publish import Publisher

OUTPUTS: Final = {
    "passed": "How many artifacts the host accepts.",
    "refused": "How many artifacts the host refuses.",
    "undetermined": "How many artifacts have no verdict.",
    "report": "Path of the JSON report, relative to the workspace.",
    "conclusion": "One word: success, failure, usage-error, undetermined or publishing-failed.",
}
"""The Action's outputs."""
_COLOUR_ASKED_BY: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables by which rich takes a pipe for a terminal."""
_FAULTS_MAX: Final = 100


@dataclass
class _Telling:
    """A report on its way, the exit status so far, and what is still to be said on stderr."""

    report: Report
    settings: ReportSettings
    environ: Mapping[str, str]
    status: int
    whole: Report | None = None
    """What is written as JSON, where that says more than what is shown."""
    complaints: list[tuple[str, str]] = field(default_factory=list)
    """A level of the runner's (``error``, ``warning``, ``notice``) and a sentence each."""

    def report_as(self, form: str) -> Report:
        """Return the report that is written in a format."""
        return self.whole if form == "json" and self.whole is not None else self.report

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
    status = check_status(report, settings)
    telling = _Telling(alone(report), settings, environ, status, whole=report)
    token = token_of(settings, environ) if is_posted and in_actions(environ) else None
    plan = None
    if token is not None:
        try:
            plan = plan_of(environ)
        except EventError as error:
            telling.complain("warning", f"Nothing was posted on GitHub. {error}")
    around = Surroundings(
        links=run_links(plan, environ) if plan else Links(),
        revision=revision_of(environ),
        workflow=environ.get("GITHUB_WORKFLOW", ""),
        folder=_folder(environ),
    )
    _tell_here(telling, around, aside=settings.fix_suggestions)
    if settings.fix_suggestions:
        with printing() as stdout:
            stdout.diff(diff(report.patch or "") or NO_CHANGE)
    if plan is not None and token is not None:
        _tell_github(telling, settings, plan, token)
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
    telling = _Telling(report, settings, environ, check_status(report, settings))
    missing = missing_legs(report)
    for sentence in collected.missing if settings.format != "text" else ():
        telling.complain("error", sentence)
    for sentence in missing if settings.format not in ("text", "github") else ():
        telling.complain("warning", sentence)
    around = Surroundings(revision=revision_of(environ), missing=missing)
    _keep(telling, around)
    _print(telling, around)
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
    around = Surroundings(folder=_folder(environ))
    _keep(telling, around)
    with printing() as stdout:
        if stdout.is_terminal:
            from rich.console import Console

            Console().clear()
        stdout.say(head)
    shown = report.model_copy(update={"artifacts": changed})
    _print(replace(telling, report=shown), around)
    with printing() as stdout:
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
    # What could not be read is among the report's problems, which are told with it.
    status = check_status(report, settings)
    shown = quoted(report, collected.missing) if _is_anothers(settings, environ) else report
    telling = _Telling(shown, settings, environ, status, whole=report)
    plan = None
    try:
        plan = plan_of(environ)
    except EventError as error:
        if not settings.dry_run:
            sentence = f"It is not known what to publish to (--dry-run shows it here). {error}"
            telling.complain("error", sentence, EXIT_USAGE)
    links = run_links(plan, environ) if plan else Links()
    if settings.dry_run:
        _show(telling, settings, plan, links)
        return telling.end()
    around = Surroundings(
        links,
        revision_of(environ, plan) if plan else None,
        environ.get("GITHUB_WORKFLOW", ""),
        missing=missing_legs(report),
    )
    _tell_here(telling, around)
    if plan is not None:
        _tell_github(telling, settings, plan, token_of(settings, environ))
    return telling.end()


def _is_anothers(settings: PublishSettings, environ: Mapping[str, str]) -> bool:
    """Tell whether reports are those of another run, which may be a stranger's."""
    return settings.run_id is not None or environ.get("GITHUB_EVENT_NAME") == "workflow_run"


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
    if plan is not None and plan.why_nothing and is_of_event:
        tell_failure([plan.why_nothing], environ, EXIT_UNDETERMINED, "notice")
        return 0
    if plan is not None and plan.has_failed and is_of_event:
        faults.append("That run failed, perhaps before its self-check: its log tells why.")
        level, status = "warning", EXIT_UNDETERMINED if settings.fail_on == "any" else 0
    tell_failure(faults, environ, status, level)
    telling = _Telling(nothing(faults), settings, environ, status)
    if settings.dry_run:
        _show(telling, settings, plan, run_links(plan, environ) if plan else Links())
    elif plan is not None:
        _tell_github(telling, settings, plan, token_of(settings, environ))
    return telling.end()


def _tell_here(telling: _Telling, around: Surroundings, *, aside: bool = False) -> None:
    """Write the report's files, the runner's files, what is printed, and the annotations.

    ``aside``, nothing of it is printed to stdout.
    """
    report, environ, form = telling.report, telling.environ, telling.settings.format
    kept = _keep(telling, around)
    if in_actions(environ):
        _to_runner(telling, lambda: set_outputs(environ, _outputs(telling, kept)))
        summary = render_markdown(report, links=around.links)
        _to_runner(telling, lambda: add_summary(environ, summary))
    _print(telling, around, aside=aside)
    if in_actions(environ) and form != "github":
        # A format on stdout stays whole: the runner reads commands from stderr as well.
        with printing(aside=aside) as stdout:
            printer = stdout if form == "text" else stderr()
            printer.commands(annotation_commands(report, around.missing))


def _print(telling: _Telling, around: Surroundings, *, aside: bool = False) -> None:
    """Print the report in the format that is asked for."""
    is_coloured = any(telling.environ.get(name) for name in _COLOUR_ASKED_BY)
    with printing(aside=aside) as stdout:
        write = writer_of(telling.settings.format)
        report = telling.report_as(telling.settings.format)
        write(report, replace(around, is_coloured=is_coloured), stdout)


def _tell_github(telling: _Telling, settings: Settings, plan: Plan, token: str | None) -> None:
    """Post what the settings and the event ask for."""
    environ = telling.environ
    publisher = _publisher(telling, settings, plan)
    if plan.why_nothing and settings.run_id is None:
        telling.complain("notice", plan.why_nothing)
        return
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
    is_document = settings.format != "text" or (
        isinstance(settings, CheckSettings) and settings.fix_suggestions
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


def _publisher(telling: _Telling, settings: Settings, plan: Plan) -> Publisher:
    from cc_lb_selfcheck.github.publish import Publisher

    environ = telling.environ
    contexts = Contexts(settings.matrix, settings.strategy, settings.job)
    shard = settings.shard if isinstance(settings, CheckSettings) else None
    return Publisher(
        telling.report,
        telling.status,
        settings,
        plan,
        run_links(plan, environ),
        writer=step_key(environ, contexts, shard),
        whole=telling.whole,
    )


def _show(telling: _Telling, settings: Settings, plan: Plan | None, links: Links) -> None:
    """Print each surface as it would be posted."""
    report = telling.report
    with printing() as stdout:
        stdout.say("=== Job summary ===")
        stdout.markdown(render_markdown(report, links=links))
        stdout.say("\n=== Annotations ===")
        for line in annotation_commands(report, missing_legs(report)):
            stdout.say(line)
        stdout.say("\n=== Comment ===")
        if plan is None:
            stdout.markdown(render_markdown(report, COMMENT_MAX_BYTES))
            return
        publisher = _publisher(telling, settings, plan)
        why_none, comment = publisher.why_no_comment(), publisher.comment(None)
        if why_none is not None:
            stdout.say(why_none)
        elif comment is not None:
            stdout.markdown(comment)
        if settings.check_run and not plan.why_nothing:
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


def _keep(telling: _Telling, around: Surroundings) -> str:
    """Write each file that is asked for; return the path of the first JSON report, if any."""
    reports = []
    for form, path in telling.settings.outputs:
        try:
            write_whole(path, partial(writer_of(form), telling.report_as(form), around))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            sentence = f"The report {path} cannot be written: {reason}."
            telling.complain("error", sentence, EXIT_USAGE)
            continue
        if form == "json":
            reports.append(path.as_posix())
    return next(iter(reports), "")

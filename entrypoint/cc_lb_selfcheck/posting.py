"""Tells GitHub what a report says, or what it would be told; and all of what ``publish`` tells."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.collect import Collected
from cc_lb_selfcheck.github.check_text import check_run_text
from cc_lb_selfcheck.github.comment_text import CommentText, wants_comment
from cc_lb_selfcheck.github.event import EventError, Plan, RunId
from cc_lb_selfcheck.github.legs import Contexts, Step, step_of
from cc_lb_selfcheck.github.links import FOR_FORKS, revision_of, run_links
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.github.runner import set_outputs
from cc_lb_selfcheck.github.session import api_of, plan_of, token_of
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import printing, stderr
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.merge import missing_legs, nothing
from cc_lb_selfcheck.report.quoted import quoted
from cc_lb_selfcheck.report.status import (
    EXIT_PUBLISHING,
    EXIT_UNDETERMINED,
    EXIT_USAGE,
    check_status,
)
from cc_lb_selfcheck.report.surroundings import Links, Surroundings
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings, Settings
from cc_lb_selfcheck.surfaces.json import indented, json_text
from cc_lb_selfcheck.telling import Telling, conclusion_of, tell_failure, tell_here, to_runner

_NO_TOKEN: Final = (
    "There is no token to publish with: set GITHUB_TOKEN, and leave the input `github-token` out"
    f" rather than empty. {FOR_FORKS}"
)
_NO_PULL_REQUEST: Final = "None would be posted: the event is about no pull request."
_SOME_PULL_REQUEST: Final = Plan("", "", RunId(0, 0), pull_request=0)
"""Stands for the event's plan where there is none, as at home."""

if TYPE_CHECKING:
    from cc_lb_selfcheck.github.publish import Publisher


def tell_publish(
    collected: Collected,
    settings: PublishSettings,
    environ: Mapping[str, str],
    patience: Patience,
) -> int:
    """Tell everyone what the reports say; return the exit status."""
    report = collected.report
    if report is None:
        return _tell_nothing(collected, settings, environ, patience)
    # What could not be read is among the report's problems, which are told with it.
    status = check_status(report, settings)
    shown = quoted(report, collected.missing) if _is_anothers(settings, environ) else report
    telling = Telling(shown, settings, environ, status, whole=report)
    plan = None
    try:
        plan = plan_of(environ)
    except EventError as error:
        if not settings.dry_run:
            sentence = f"It is not known what to publish to (--dry-run shows it here). {error}"
            telling.complain("error", sentence, EXIT_USAGE)
    links = run_links(plan, environ, _uploads(settings, plan)) if plan else Links()
    if settings.dry_run:
        _show(telling, settings, plan, links)
        return telling.end()
    around = Surroundings(
        links,
        revision_of(environ, plan) if plan else None,
        environ.get("GITHUB_WORKFLOW", ""),
        missing=missing_legs(report),
    )
    tell_here(telling, around)
    if plan is not None:
        tell_github(telling, settings, plan, links, token_of(settings, environ), patience)
    return telling.end()


def _uploads(settings: PublishSettings, plan: Plan) -> tuple[str, int] | None:
    """Return the repository and the run whose artifacts are the reports, if they are any's."""
    if not settings.artifacts:
        return None
    return settings.repository or plan.repository, settings.run_id or plan.run.number


def _is_anothers(settings: PublishSettings, environ: Mapping[str, str]) -> bool:
    """Tell whether reports are those of another run, which may be a stranger's."""
    return settings.run_id is not None or environ.get("GITHUB_EVENT_NAME") == "workflow_run"


def _tell_nothing(
    collected: Collected,
    settings: PublishSettings,
    environ: Mapping[str, str],
    patience: Patience,
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
    telling = Telling(nothing(faults), settings, environ, status)
    links = run_links(plan, environ) if plan else Links()
    if settings.dry_run:
        _show(telling, settings, plan, links)
    elif plan is not None:
        tell_github(telling, settings, plan, links, token_of(settings, environ), patience)
    return telling.end()


def tell_github(
    telling: Telling,
    settings: Settings,
    plan: Plan,
    links: Links,
    token: str | None,
    patience: Patience,
) -> None:
    """Post what the settings and the event ask for."""
    environ = telling.environ
    if plan.why_nothing and settings.run_id is None:
        telling.complain("notice", plan.why_nothing)
        return
    if not (settings.check_run or wants_comment(settings, plan)):
        if plan.why_none:
            telling.complain("notice", plan.why_none)
        return
    try:
        if token is None:
            raise SettingsError([_NO_TOKEN])
        api = api_of(settings, environ, plan.repository, token, patience)
    except SettingsError as error:
        telling.complain("error", str(error), EXIT_USAGE)
        to_runner(telling, lambda: set_outputs(environ, conclusion_of(telling)))
        return
    published = _publisher(telling, settings, plan, links).publish(api)
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
            to_runner(telling, lambda: set_outputs(environ, conclusion_of(telling)))


def _publisher(telling: Telling, settings: Settings, plan: Plan, links: Links) -> Publisher:
    from cc_lb_selfcheck.github.publish import Publisher

    return Publisher(
        telling.report,
        telling.status,
        settings,
        plan,
        links,
        step=_step(telling, settings),
        whole=telling.whole,
    )


def _step(telling: Telling, settings: Settings) -> Step:
    contexts = Contexts(settings.matrix, settings.strategy, settings.job)
    shard = settings.shard if isinstance(settings, CheckSettings) else None
    return step_of(telling.environ, contexts, shard)


def _show(telling: Telling, settings: Settings, plan: Plan | None, links: Links) -> None:
    """Print each surface as it would be posted; without a plan as on some pull request."""
    report = telling.report
    text = CommentText(
        report,
        settings,
        plan or _SOME_PULL_REQUEST,
        links,
        writer=_step(telling, settings).key,
        whole=telling.whole,
    )
    with printing() as stdout:
        stdout.say("=== Job summary ===")
        stdout.markdown(render_markdown(report, links=links))
        stdout.say("\n=== Annotations ===")
        for line in annotation_commands(report, missing_legs(report)):
            stdout.say(line)
        stdout.say("\n=== Comment ===")
        why_none = _why_no_comment(plan)
        comment = text.after(None) if plan else text.unmarked()
        if why_none is not None:
            stdout.say(why_none)
        elif comment is None:
            stdout.say("None would be posted: comment-mode wants none now.")
        else:
            stdout.markdown(comment)
        if settings.check_run and not (plan and plan.why_nothing):
            stdout.say("\n=== Check run ===")
            check = check_run_text(report, telling.status, settings.comment_id, links)
            stdout.json([indented(check._asdict()), json_text("\n")])
    if plan is not None and plan.why_none:
        telling.complain("notice", plan.why_none)


def _why_no_comment(plan: Plan | None) -> str | None:
    """Return a sentence that says why the event gets no comment; None where it may."""
    if plan is None:
        return None
    return plan.why_nothing or plan.why_none or (None if plan.comments else _NO_PULL_REQUEST)

"""From the event that started the workflow to a plan: which commit, which pull request, if any.

Pure. Source: GitHub Docs, "Events that trigger workflows" and "Webhook events and payloads".
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from cc_lb_selfcheck.artifacts.read import READ_AS_IT_IS

SHA: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_EVENT_MAX_BYTES: Final = 32 << 20
_PULL_REQUEST: Final = "pull_request"
"""So begin the names of the events that carry a pull request, reviews among them."""
_FAILED: Final = ("failure", "timed_out", "startup_failure", "cancelled")
_NOT_RUN: Final = {
    "action_required": "waits for somebody to approve it",
    "neutral": "ended without a result",
    "skipped": "was skipped",
    "stale": "was given up by GitHub, as it did not end",
}
"""Conclusions of runs of which no report is to be expected, and which are no failures either."""


class EventError(Exception):
    """The runner's environment or event file cannot be used; the message is a sentence."""


class RunId(NamedTuple):
    """A run of a workflow, and which attempt at it."""

    number: int
    attempt: int


class Branch(NamedTuple):
    """The head of a pull request as a workflow_run event tells it."""

    owner: str
    name: str


class Plan(NamedTuple):
    """What to publish to, as far as the event tells.

    ``sha`` is the commit that the reports are about. At most one of ``pull_request`` (its number)
    and ``head`` (by which to find it) is set; without either there is no comment, and ``why_none``
    may be a sentence that says why that is worth telling. ``has_failed``: the run is over, and did
    not succeed. ``why_nothing``: a sentence that says why the run has checked nothing at all, so
    that nothing is to be posted.
    """

    repository: str
    sha: str
    run: RunId
    pull_request: int | None = None
    head: Branch | None = None
    why_none: str | None = None
    has_failed: bool = False
    why_nothing: str | None = None

    @property
    def comments(self) -> bool:
        """Whether there may be a pull request to comment on."""
        return self.pull_request is not None or self.head is not None


def read_event(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the event's payload; empty without one. Raises ``EventError``."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        return {}
    try:
        with os.fdopen(os.open(path, READ_AS_IT_IS), "rb") as file:
            data = file.read(_EVENT_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise EventError(f"GITHUB_EVENT_PATH cannot be read: {reason.lower()}.") from error
    try:
        payload = json.loads(data) if len(data) <= _EVENT_MAX_BYTES else None
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise EventError("GITHUB_EVENT_PATH names a file that is no event: it is no JSON object.")
    return payload


def make_plan(event_name: str, payload: Mapping[str, Any], environ: Mapping[str, str]) -> Plan:
    """Return the plan for an event. Raises ``EventError`` where the environment is unusable."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not REPOSITORY.fullmatch(repository):
        raise EventError("GITHUB_REPOSITORY names no repository, as in owner/name.")
    if event_name == "workflow_run":
        return _after_another(payload, repository)
    run = RunId(_number(environ, "GITHUB_RUN_ID"), _number(environ, "GITHUB_RUN_ATTEMPT"))
    if event_name.startswith(_PULL_REQUEST):
        number = _at(payload, "pull_request", "number")
        sha = _at(payload, "pull_request", "head", "sha")
        if isinstance(number, int) and _is_number(number) and _is_sha(sha):
            return Plan(repository, str(sha), run, pull_request=number)
        raise EventError(f"The event of {event_name} tells no pull request with a head commit.")
    # A merge queue's commit is in GITHUB_SHA, too, as is a tag's, a branch's, a schedule's.
    sha = environ.get("GITHUB_SHA", "")
    if not _is_sha(sha):
        raise EventError("GITHUB_SHA names no commit.")
    return Plan(repository, str(sha), run)


def _after_another(payload: Mapping[str, Any], repository: str) -> Plan:
    """Plan for ``workflow_run``: the reports are those of the run that the event is about."""
    told = payload.get("workflow_run")
    about = told if isinstance(told, Mapping) else {}
    number, attempt = about.get("id"), about.get("run_attempt", 1)
    sha = about.get("head_sha")
    if not (
        isinstance(number, int)
        and isinstance(attempt, int)
        and _is_number(number)
        and _is_number(attempt)
        and _is_sha(sha)
    ):
        raise EventError("The event of workflow_run tells no run with a head commit.")
    conclusion = about.get("conclusion")
    plan = Plan(
        repository,
        str(sha),
        RunId(number, attempt),
        has_failed=conclusion in _FAILED,
        why_nothing=_why_nothing(conclusion),
    )
    if not str(about.get("event")).startswith(_PULL_REQUEST):
        return plan
    owner, branch = _at(about, "head_repository", "owner", "login"), about.get("head_branch")
    if not (isinstance(owner, str) and owner and isinstance(branch, str) and branch):
        why = "The repository that the pull request came from is gone, so nothing was posted."
        return plan._replace(why_none=why)
    return plan._replace(head=Branch(owner, branch))


def _why_nothing(conclusion: object) -> str | None:
    words = _NOT_RUN.get(conclusion) if isinstance(conclusion, str) else None
    return f"That run {words} ({conclusion}), so nothing was posted." if words else None


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "1" if name == "GITHUB_RUN_ATTEMPT" else "")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise EventError(f"{name} is no number.")
    return int(text)


def _is_number(value: int) -> bool:
    # JSON's true is an int, too.
    return value is not True and 0 < value < 10**18


def _is_sha(value: object) -> bool:
    return isinstance(value, str) and SHA.fullmatch(value) is not None


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value

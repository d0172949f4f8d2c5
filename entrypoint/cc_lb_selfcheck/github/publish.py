"""Tells GitHub: the check run where it is asked for, and the pull request's one comment.

A surface that is refused leaves the others standing; what a report says never depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.settings import Settings

from .api import ApiError, Forbidden, GitHubApi, NotFound
from .check_text import check_run_text
from .checks import CheckRuns
from .comment_text import CommentText, wants_comment
from .comments import Outcome, PullRequestComments, keep_one
from .event import Plan
from .legs import AT_HOME, Step
from .links import FOR_FORKS
from .pulls import NoPullRequest, pull_request_of

_SETTLE_S: Final = 1.0
_PERMITTED: Final = re.compile(
    r"is locked|was archived|via a GitHub App|IP allow list|SAML enforcement"
)
"""In what GitHub says where it refuses although the token has the permission."""


_OUTCOMES: Final[dict[Outcome, str]] = {
    "created": "Commented on pull request {number}.",
    "edited": "Edited the comment on pull request {number}.",
    "superseded": "Left the comment on pull request {number} to a newer run.",
    "outdated": "No comment was written on pull request {number}: its head has moved on.",
    "not wanted": "No comment was written on pull request {number}: comment-mode wants none now.",
}
_WORSE: Final = (
    "What stands on this run was left ({}): another of its jobs or steps told a worse result, which"
    " this report does not hold. Publish all reports together in one job, or give each job a"
    " `comment-id` of its own."
)


class WorseStands(Exception):
    """Another step of the same run has told something worse."""


@dataclass
class Published:
    """What became of it, in sentences, and which permissions the token seems to lack."""

    done: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Surfaces on which another step of the run has told something worse."""

    def failure(self) -> str:
        """Return one text on all that failed, and how to mend it; empty where nothing did."""
        if not self.missing:
            return " ".join(self.failures)
        lines = "\n".join(f"  {permission}" for permission in self.missing)
        return (
            f"{' '.join(self.failures)} The token may not do that: add to the job, beside what else"
            f" it needs,\n\npermissions:\n{lines}\n\n{FOR_FORKS}"
        )


class _Surface(NamedTuple):
    name: str
    permission: str
    post: Callable[[GitHubApi], str]


class Publisher:
    """One report, and where it goes."""

    def __init__(
        self,
        report: Report,
        status: int,
        settings: Settings,
        plan: Plan,
        links: Links,
        *,
        step: Step = AT_HOME,
        whole: Report | None = None,
    ) -> None:
        """Take a report, the exit status that it stands for, and the plan of the event.

        ``step`` tells the steps of a run apart. ``whole`` is the report as it was made, where
        another is shown.
        """
        self._report = report
        self._status = status
        self._settings = settings
        self._plan = plan
        self._links = links
        self._step = step
        self._whole = whole

    def publish(self, api: GitHubApi) -> Published:
        """Post everything that the settings and the event ask for. Never raises ``ApiError``."""
        told = Published()
        writer = self._step.called(self._job_name(api))
        if self._settings.check_run:
            post = partial(self._check_run, writer)
            self._attempt(told, _Surface("check run", "checks: write", post), api)
        if wants_comment(self._settings, self._plan):
            post = partial(self._comment, writer)
            self._attempt(told, _Surface("comment", "pull-requests: write", post), api)
        elif self._plan.why_none:
            told.notices.append(self._plan.why_none)
        if told.left:
            told.notices.append(_WORSE.format(", ".join(told.left)))
        return told

    def _job_name(self, api: GitHubApi) -> str:
        """Return how GitHub names our job, where it may be asked."""
        job = self._step.job
        if job is None:
            return ""
        try:
            return api.read("read which job this is", lambda: api.job_name(job))
        except ApiError:
            return ""

    def _comment(self, writer: str, api: GitHubApi) -> str:
        number = pull_request_of(api, self._plan)
        comments = PullRequestComments(api, number, self._settings.comment_id)
        text = CommentText(
            self._report, self._settings, self._plan, self._links, writer=writer, whole=self._whole
        )
        outcome = keep_one(
            comments,
            text.marker(None),
            text.after,
            lambda: api.pause(_SETTLE_S),
            if_outdated=self._settings.comment_mode == "always",
        )
        if outcome == "worse":
            raise WorseStands
        return _OUTCOMES[outcome].format(number=number)

    def _check_run(self, writer: str, api: GitHubApi) -> str:
        comment_id = self._settings.comment_id
        text = check_run_text(self._report, self._status, comment_id, self._links)
        checks = CheckRuns(
            api,
            self._plan.sha,
            text,
            run=self._plan.run,
            comment_id=comment_id,
            writer=writer,
        )
        made = checks.make(self._links.run)
        if made == "worse":
            raise WorseStands
        if made == "superseded":
            return "Left the check run to a later attempt."
        return f"Made a check run with the conclusion {text.conclusion}."

    def _attempt(self, told: Published, surface: _Surface, api: GitHubApi) -> None:
        try:
            told.done.append(surface.post(api))
        except NoPullRequest as none:
            told.notices.append(str(none))
        except WorseStands:
            told.left.append(surface.name)
        except ApiError as error:
            told.failures.append(f"The {surface.name} may be missing or out of date: {error}")
            if isinstance(error, NotFound) and self._is_not_there(api, told):
                return  # which no permission would mend
            if isinstance(error, Forbidden | NotFound) and not _PERMITTED.search(str(error)):
                told.missing.append(surface.permission)

    def _is_not_there(self, api: GitHubApi, told: Published) -> bool:
        """Tell whether there is no such pull request, or say that its repository is not seen.

        GitHub answers 404 as well where it does not want to tell a token that there is something.
        """
        name, number = self._plan.repository, self._plan.pull_request
        unseen = ", or the token may not see it"
        try:
            if not api.sees_repository():
                told.failures.append(f"There is no repository {name}{unseen}.")
            elif number is not None and not api.sees_pull_request(number):
                told.failures.append(f"There is no pull request {number} in {name}{unseen}.")
                return True
        except ApiError:
            return False
        return False

"""Tells GitHub: the check run where it is asked for, and the pull request's one comment.

A surface that is refused leaves the others standing; what a report says never depends on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from cc_lb_selfcheck.report.changes import Changes, Seen, digest_of
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES, WHOLE, render_markdown
from cc_lb_selfcheck.report.merge import badness, is_empty
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.settings import Settings
from cc_lb_selfcheck.surfaces.json import Json, json_text
from cc_lb_selfcheck.surfaces.markdown import Markdown, link, written

from .api import ApiError, Forbidden, GitHubApi, NotFound
from .check_text import SUMMARY_MAX_BYTES, CheckRunText, check_run_text
from .checks import CheckRuns
from .comments import Outcome, PullRequestComments, keep_one
from .event import Plan
from .legs import AT_HOME, Step
from .links import FOR_FORKS
from .marker import Marker
from .pulls import NoPullRequest, pull_request_of

_SETTLE_S: Final = 1.0
_PERMITTED: Final = re.compile(r"is locked|was archived|via a GitHub App")
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
            f"{' '.join(self.failures)} The token may not do that: add to the job\n\npermissions:\n"
            f"{lines}\n\n{FOR_FORKS}"
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
        self._writer = step.key
        self._seen = Seen.of(whole or report)

    @property
    def wanted(self) -> bool:
        """Whether there is anything to ask GitHub for."""
        return self._settings.check_run or self._wants_comment

    @property
    def _wants_comment(self) -> bool:
        return self._settings.comment_mode != "off" and self._plan.comments

    def publish(self, api: GitHubApi) -> Published:
        """Post everything that the settings and the event ask for. Never raises ``ApiError``."""
        told = Published()
        self._writer = self._step.called(self._job_name(api))
        if self._settings.check_run:
            self._attempt(told, _Surface("check run", "checks: write", self._check_run), api)
        if self._wants_comment:
            self._attempt(told, _Surface("comment", "pull-requests: write", self._comment), api)
        elif self._plan.why_none:
            told.notices.append(self._plan.why_none)
        if told.left:
            told.notices.append(_WORSE.format(", ".join(told.left)))
        return told

    def _job_name(self, api: GitHubApi) -> str:
        """Return how GitHub names our job, where it may be asked."""
        job = self._step.job
        if job is None or not self.wanted:
            return ""
        try:
            return api.read("read which job this is", lambda: api.job_name(job))
        except ApiError:
            return ""

    def why_no_comment(self) -> str | None:
        """Return a sentence that says why none would be posted; None where one may be."""
        if self._plan.why_nothing or self._plan.why_none:
            return self._plan.why_nothing or self._plan.why_none
        if not self._plan.comments:
            return "None would be posted: the event is about no pull request."
        if self.comment(None) is None:
            return "None would be posted: comment-mode wants none now."
        return None

    def check_run_json(self) -> Json:
        """Return the check run as it would be made."""
        return json_text(f"{json.dumps(self._check_text()._asdict(), indent=2)}\n")

    def comment(self, before: Marker | None) -> Markdown | None:
        """Return the comment's body, after the one with the marker ``before``; None: not wanted."""
        marker = self._marker(before)
        if not self._is_wanted(before, marker):
            return None
        changes = None
        if marker.told and marker.before is not None:
            changes = Changes.between(marker.before, self._seen_after(before))
            if self._seen.complete is None:
                # Of legs that are not in a report that is whole other steps tell.
                changes = replace(changes, unknown=())
        line = marker.line()
        whole = WHOLE
        if self._links.run:
            run = link("workflow run", self._links.run)
            whole = written("The {} has more in its summary.", run)
            if self._links.report:
                whole = written("The {} has more in its summary, and all in its JSON report.", run)
        room = COMMENT_MAX_BYTES - len(line.encode()) - 1
        body = render_markdown(
            self._report,
            room,
            changes=changes,
            links=self._links,
            whole=whole,
            name=self._settings.comment_id.strip(),
            elsewhere=marker.elsewhere,
        )
        return written("{}\n{}", line, body)

    def _is_wanted(self, before: Marker | None, now: Marker) -> bool:
        mode = self._settings.comment_mode
        if mode == "on-refusal":
            summary = self._report.summary
            return before is not None or bool(summary.refused or summary.undetermined)
        if mode == "on-change":
            if before is None or (before.shared and not now.is_of_run(before)):
                return True  # or the next step would not know that this one has told anything
            return (before.digest, before.elsewhere) != (now.digest, now.elsewhere)
        return mode == "always"

    def _marker(self, before: Marker | None) -> Marker:
        """Return the marker of our comment after the one with the marker ``before``."""
        told, earlier = not is_empty(self._report), None
        if before is not None:
            # Of the same run, published again, the comment compares to the same as before.
            earlier = before.before if before.run == self._plan.run else before.memory
            if not before.told and not before.memory.statuses:
                earlier = None
        known = before.memory if before is not None and self._is_one_of_several(before) else earlier
        memory = self._seen_after(before).remembered(known)
        if before is not None and not told:
            memory = before.memory
        marker = Marker(
            self._settings.comment_id,
            self._plan.sha,
            self._plan.run,
            memory,
            earlier,
            told,
            self._writer,
            badness(self._report),
            digest_of(self._report),
        )
        return marker.after(before)

    def _seen_after(self, before: Marker | None) -> Seen:
        """Return what is seen; where other steps publish as well, they see other legs."""
        is_part = before is not None and self._is_one_of_several(before)
        return self._seen.of_a_part() if is_part else self._seen

    def _is_one_of_several(self, before: Marker) -> bool:
        """Tell whether other steps publish as well, in this run or in the last one."""
        is_this_run = (before.sha, before.run.number) == (self._plan.sha, self._plan.run.number)
        return before.shared or (is_this_run and before.writer != self._writer)

    def _comment(self, api: GitHubApi) -> str:
        number = pull_request_of(api, self._plan)
        comments = PullRequestComments(api, number, self._settings.comment_id)
        outcome = keep_one(
            comments,
            self._marker(None),
            self.comment,
            lambda: api.pause(_SETTLE_S),
            if_outdated=self._settings.comment_mode == "always",
        )
        if outcome == "worse":
            raise WorseStands
        return _OUTCOMES[outcome].format(number=number)

    def _check_run(self, api: GitHubApi) -> str:
        text = self._check_text()
        checks = CheckRuns(
            api,
            self._plan.sha,
            text,
            run=self._plan.run,
            comment_id=self._settings.comment_id,
            writer=self._writer,
        )
        made = checks.make(self._links.run)
        if made == "worse":
            raise WorseStands
        if made == "superseded":
            return "Left the check run to a later attempt."
        return f"Made a check run with the conclusion {text.conclusion}."

    def _check_text(self) -> CheckRunText:
        summary = render_markdown(self._report, SUMMARY_MAX_BYTES, links=self._links)
        return check_run_text(self._report, self._status, self._settings.comment_id, summary)

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

"""Finds the pull request that a workflow_run event is about.

For a fork's run GitHub tells no pull request, neither in the event nor by its commit. The head's
owner and branch find it, and the head commit proves it: whatever else a run says of itself is not
believed.
"""

from __future__ import annotations

from typing import Final

from .api import GitHubApi
from .event import Branch, Plan

_NAMED_MAX: Final = 5


class NoPullRequest(Exception):
    """There is none to comment on; the message is a sentence."""


def pull_request_of(api: GitHubApi, plan: Plan) -> int:
    """Return the number of the one open pull request. Raises ``NoPullRequest``, ``ApiError``."""
    if plan.pull_request is not None:
        return plan.pull_request
    if plan.head is None:
        raise NoPullRequest(plan.why_none or "The event is about no pull request.")
    found = _matching(api, plan, plan.head)
    if len(found) == 1:
        return found[0]
    place = f"`{plan.head.owner}:{plan.head.name}` at commit {plan.sha[:12]}"
    if not found:
        raise NoPullRequest(f"No open pull request comes from {place}, so nothing was posted.")
    numbers = ", ".join(str(number) for number in found[:_NAMED_MAX])
    raise NoPullRequest(
        f"{len(found)} open pull requests come from {place} (numbers {numbers}), so nothing was"
        " posted."
    )


def _matching(api: GitHubApi, plan: Plan, head: Branch) -> list[int]:
    pulls = api.read(
        "look for the pull request",
        lambda: list(api.repository.get_pulls(state="open", head=f"{head.owner}:{head.name}")),
    )
    return sorted(
        pull.number
        for pull in pulls
        if pull.head.sha == plan.sha
        # GitHub ignores a head that it cannot read, and lists all.
        and (pull.head.label or "").lower() == f"{head.owner}:{head.name}".lower()
        and pull.head.ref == head.name
        and pull.base.repo.full_name.lower() == plan.repository.lower()
    )

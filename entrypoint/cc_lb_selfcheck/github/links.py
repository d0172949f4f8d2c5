"""Addresses on the GitHub server: pages, and the commit that was checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cc_lb_selfcheck import HOMEPAGE
from cc_lb_selfcheck.report.surroundings import Links, Revision

from .event import REPOSITORY, SHA, Plan

ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,255}(/[A-Za-z0-9._~-]{1,100}){0,5}")
"""An address to which a path may be added, and that may stand in Markdown."""
_SERVER: Final = "https://github.com"
FOR_FORKS: Final = (
    "A pull request from a fork or of Dependabot has a token that can only read, or none: let a"
    f" second workflow publish its report, in `workflow_run`. {HOMEPAGE}#pull-requests-from-forks"
    " tells how."
)
"""What to do where the token may not write, and no permission helps."""


def run_links(
    plan: Plan, environ: Mapping[str, str], uploads: tuple[str, int] | None = None
) -> Links:
    """Return the addresses of the run that the reports are of; none for an absurd server.

    ``uploads`` is the repository and the run that have the reports as artifacts, where it is known
    that there are any.
    """
    server = _server(environ)
    if server is None:
        return Links()
    run = _run(server, plan.repository, plan.run.number)
    attempt = f"/attempts/{plan.run.attempt}" if plan.run.attempt > 1 else ""
    checked = _run(server, *uploads) if uploads else run
    return Links(
        run=f"{run}{attempt}",
        report=f"{checked}#artifacts" if uploads else None,
        commit=f"{server}/{plan.repository}/commit/{plan.sha}",
        jobs=f"{checked}/job/",
    )


def revision_of(environ: Mapping[str, str], plan: Plan | None = None) -> Revision | None:
    """Return the commit of a plan, or else the one that a step checks out unless told otherwise.

    None where the runner does not tell.
    """
    server = _server(environ)
    repository = plan.repository if plan else environ.get("GITHUB_REPOSITORY", "")
    commit = plan.sha if plan else environ.get("GITHUB_SHA", "")
    if server is None or not (REPOSITORY.fullmatch(repository) and SHA.fullmatch(commit)):
        return None
    branch = environ.get("GITHUB_HEAD_REF")
    if not branch and environ.get("GITHUB_REF_TYPE") == "branch":
        branch = environ.get("GITHUB_REF_NAME")
    if plan is not None:
        branch = plan.head.name if plan.head else None
    return Revision(f"{server}/{repository}", commit, branch or None)


def _run(server: str, repository: str, number: int) -> str:
    return f"{server}/{repository}/actions/runs/{number}"


def _server(environ: Mapping[str, str]) -> str | None:
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/") or _SERVER
    return server if ADDRESS.fullmatch(server) else None

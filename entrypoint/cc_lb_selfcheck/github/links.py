"""Addresses of pages on the GitHub server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cc_lb_selfcheck.report.markdown import Links

from .event import Plan

ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,255}(/[A-Za-z0-9._~-]{1,100}){0,5}")
"""An address to which a path may be added, and that may stand in Markdown."""
_SERVER: Final = "https://github.com"


def run_links(plan: Plan, environ: Mapping[str, str]) -> Links:
    """Return the addresses of the run that the reports are of; none for an absurd server."""
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/") or _SERVER
    if not ADDRESS.fullmatch(server):
        return Links()
    run = f"{server}/{plan.repository}/actions/runs/{plan.run.number}"
    attempt = f"/attempts/{plan.run.attempt}" if plan.run.attempt > 1 else ""
    return Links(
        run=f"{run}{attempt}",
        report=f"{run}#artifacts",
        commit=f"{server}/{plan.repository}/commit/{plan.sha}",
        jobs=f"{run}/job/",
    )

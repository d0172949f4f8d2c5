"""What a format may tell beyond the report: where the run was, and what is read next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Links(NamedTuple):
    """Addresses on the GitHub server, made by us; None where there is no workflow run.

    ``jobs`` leads to a job's log with the number of its check run behind it.
    """

    run: str | None = None
    report: str | None = None
    commit: str | None = None
    jobs: str | None = None


class Revision(NamedTuple):
    """The commit that was checked, in the repository at an address; the branch where known."""

    repository: str
    commit: str
    branch: str | None = None


class Surroundings(NamedTuple):
    """Where a report is written."""

    links: Links = Links()
    revision: Revision | None = None
    workflow: str = ""
    """The workflow's name; empty outside of one."""
    folder: str = ""
    """The directory that the report's paths are seen from, seen from the repository's root."""
    is_coloured: bool = False
    """Whether styles are asked for where no terminal is."""
    missing: Sequence[str] = ()
    """Legs that sent no report, a sentence a job, where the reports of all should be here."""

"""Payloads of events, as GitHub's runner hands them over, and a fake with the fork they tell of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.github import FakeGitHub, sha
from tests.support.publishing import FORK, REPOSITORY

PAYLOADS = Path(__file__).parents[1] / "github" / "payloads"
HEAD = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
EVENT_SHA = sha("GITHUB_SHA")
ENVIRONMENT = {
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_RUN_ID": "500",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": EVENT_SHA,
}
GONE = "The repository that the pull request came from is gone, so nothing was posted."


def payload(name: str) -> dict[str, Any]:
    """Return an event's payload by its name."""
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return loaded


def changed(name: str, *keys: str, to: object) -> dict[str, Any]:
    """Return a payload in which one member is another, or absent if that is ``...``."""
    event = payload(name)
    part = event
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = to
    if to is ...:
        del part[keys[-1]]
    return event


@contextmanager
def with_fork() -> Iterator[FakeGitHub]:
    """Make a fake of GitHub with the repository and its fork."""
    with FakeGitHub() as made:
        made.add_repository(REPOSITORY)
        made.add_repository(FORK, fork_of=REPOSITORY)
        yield made

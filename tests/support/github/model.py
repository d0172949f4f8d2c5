"""What the fake remembers: repositories, people, tokens, pulls, comments, runs, artifacts, checks.

Plain records without behaviour. Identifiers of comments, runs and checks start above 2^31, as
GitHub's do: a client that keeps them in 32 bits fails here as well.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
"""A JSON object."""

ACTIONS_BOT = "github-actions[bot]"
"""The author of what a workflow's own token writes."""

Level = Literal["read", "write"]
Permission = Literal["actions", "checks", "contents", "issues", "pull_requests", "security_events"]


def sha(text: str) -> str:
    """Return a commit id that is always the same for the same text."""
    return hashlib.sha1(text.encode()).hexdigest()


@dataclass
class User:
    """A person, an organization or a bot."""

    login: str
    id: int
    kind: Literal["User", "Bot", "Organization"] = "User"


@dataclass
class Repository:
    """A repository. `commits` are the commits that it knows, its forks' pull requests included."""

    full_name: str
    id: int
    private: bool = False
    default_branch: str = "main"
    fork_of: int | None = None
    archived: bool = False
    commits: set[str] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """The owner's login."""
        return self.full_name.split("/")[0]

    @property
    def name(self) -> str:
        """The name without its owner."""
        return self.full_name.split("/")[1]


@dataclass
class Token:
    """A credential and what it may do.

    An installation token is what a workflow gets as GITHUB_TOKEN: it acts as the App
    `github-actions`, has no user, and reaches its own repository only (and what is public).
    """

    text: str
    kind: Literal["installation", "pat"]
    login: str
    permissions: dict[Permission, Level]
    repositories: set[int]
    limit: int
    used: int = 0
    reset: int = 0
    """Unix time at which `used` starts anew."""


@dataclass
class Comment:
    """A comment on a pull request; `app` is true when an App's token wrote it."""

    id: int
    repository: int
    number: int
    author: str
    body: str
    created_at: str
    updated_at: str
    app: bool = False


@dataclass
class Reaction:
    """A reaction to a comment."""

    id: int
    comment: int
    author: str
    content: str
    created_at: str


@dataclass
class Pull:
    """A pull request. `head_repository` is None once the fork that it came from is deleted."""

    repository: int
    number: int
    id: int
    author: str
    title: str
    head_ref: str
    head_sha: str
    head_owner: str
    head_repository: int | None
    base_ref: str
    base_sha: str
    created_at: str
    updated_at: str
    state: Literal["open", "closed"] = "open"
    merged: bool = False
    locked: bool = False


@dataclass
class Run:
    """A workflow run. `head_repository` is None once the fork that it came from is deleted."""

    id: int
    repository: int
    head_repository: int | None
    head_branch: str | None
    head_sha: str
    event: str
    name: str
    path: str
    actor: str
    number: int
    created_at: str
    updated_at: str
    attempt: int = 1
    status: str = "completed"
    conclusion: str | None = "success"


@dataclass
class Artifact:
    """An uploaded artifact; `content` is what the storage sends, a zip unless a test says else."""

    id: int
    run: int
    name: str
    content: bytes
    created_at: str
    expired: bool = False


@dataclass
class CheckRun:
    """A check run. `app` names the App that made it: only that App may change it."""

    id: int
    repository: int
    head_sha: str
    name: str
    app: str
    details_url: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    started_at: str | None = None
    completed_at: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    of_a_job: bool = False
    """True for the check run that Actions itself makes for a job."""

"""The memory of the fake and the ways to change it without HTTP, safe under threads.

Time is a clock of its own that goes on by one second with each change, so that nothing in a test
depends on how long it took.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from .archives import make_zip
from .model import (
    ACTIONS_BOT,
    Artifact,
    CheckRun,
    Comment,
    Level,
    Permission,
    Pull,
    Reaction,
    Repository,
    Run,
    Token,
    User,
    sha,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
ACTIONS_BOT_ID = 41898282
HOUR = 3600

# docs: using-the-rest-api/rate-limits-for-the-rest-api. Requests an hour: GITHUB_TOKEN 1,000 for
# each repository, a user's token 5,000, without a token 60.
LIMITS = {"installation": 1000, "pat": 5000, "anonymous": 60}


class State:
    """Everything that was made so far. Hold `lock` while reading more than one thing."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.repositories: dict[int, Repository] = {}
        self.renamed: dict[str, int] = {}
        self.tokens: dict[str, Token] = {}
        self.anonymous = Token("", "pat", "", {}, set(), LIMITS["anonymous"])
        self.pulls: dict[tuple[int, int], Pull] = {}
        self.comments: dict[int, Comment] = {}
        self.reactions: dict[int, Reaction] = {}
        self.runs: dict[int, Run] = {}
        self.artifacts: dict[int, Artifact] = {}
        self.checks: dict[int, CheckRun] = {}
        self._last = {"user": 1000, "repository": 700_000_000, "pull": 2_300_000_000}
        self._last |= {"comment": 3_000_000_000, "run": 19_000_000_000, "reaction": 310_000_000}
        self._last |= {"artifact": 4_500_000_000, "check": 52_000_000_000}
        self._changes = 0
        self.users[ACTIONS_BOT] = User(ACTIONS_BOT, ACTIONS_BOT_ID, "Bot")

    def next_id(self, kind: str, chosen: int | None = None) -> int:
        """Return an identifier greater than all before, as GitHub's are, or take the one chosen."""
        with self.lock:
            new = chosen or self._last[kind] + 1
            self._last[kind] = max(self._last[kind], new)
            return new

    def now(self) -> str:
        """Let a second pass and return the time as GitHub writes it."""
        with self.lock:
            self._changes += 1
            moment = START + timedelta(seconds=self._changes)
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    # Finding.

    def repository(self, full_name: str) -> Repository:
        """Return a repository by name, without regard to case as GitHub does; else KeyError."""
        with self.lock:
            for each in self.repositories.values():
                if each.full_name.lower() == full_name.lower():
                    return each
        raise KeyError(full_name)

    def comments_of(self, repository: int, number: int) -> list[Comment]:
        """Return copies of a pull request's comments, oldest first."""
        with self.lock:
            found = [
                c
                for c in self.comments.values()
                if (c.repository, c.number) == (repository, number)
            ]
            return [replace(comment) for comment in sorted(found, key=lambda each: each.id)]

    def reactions_to(self, comment: int) -> list[Reaction]:
        """Return the reactions to a comment, oldest first."""
        with self.lock:
            return [each for each in self.reactions.values() if each.comment == comment]

    # Making.

    def add_user(self, login: str, kind: Literal["User", "Bot", "Organization"] = "User") -> User:
        """Make a user, or return the one of that name."""
        with self.lock:
            if login not in self.users:
                self.users[login] = User(login, self.next_id("user"), kind)
            return self.users[login]

    def add_repository(
        self,
        full_name: str,
        *,
        private: bool = False,
        default_branch: str = "main",
        fork_of: str | None = None,
        archived: bool = False,
    ) -> Repository:
        """Make a repository, and its owner."""
        with self.lock:
            self.add_user(full_name.partition("/")[0])
            parent = None if fork_of is None else self.repository(fork_of).id
            made = Repository(
                full_name, self.next_id("repository"), private, default_branch, parent, archived
            )
            made.commits.add(sha(f"{full_name}:{default_branch}"))
            self.repositories[made.id] = made
            return made

    def rename_repository(self, old: str, new: str) -> None:
        """Rename a repository; its old name answers with redirects from now on."""
        with self.lock:
            found = self.repository(old)
            self.renamed[old.lower()] = found.id
            found.full_name = new
            self.add_user(found.owner)

    def delete_repository(self, full_name: str) -> None:
        """Delete a repository; pull requests that came from it lose their head's repository."""
        with self.lock:
            gone = self.repository(full_name).id
            del self.repositories[gone]
            for pull in self.pulls.values():
                if pull.head_repository == gone:
                    pull.head_repository = None
            for run in self.runs.values():
                if run.head_repository == gone:
                    run.head_repository = None

    def add_token(
        self,
        text: str,
        *,
        repositories: Iterable[str],
        permissions: Mapping[Permission, Level],
        login: str | None = None,
    ) -> Token:
        """Make a token: a user's when `login` is given, else a workflow's own."""
        with self.lock:
            kind: Literal["pat", "installation"] = "installation" if login is None else "pat"
            author = ACTIONS_BOT if login is None else self.add_user(login).login
            reached = {self.repository(name).id for name in repositories}
            made = Token(text, kind, author, dict(permissions), reached, LIMITS[kind])
            self.tokens[text] = made
            return made

    def exhaust(self, token: str, reset_in: float = HOUR) -> None:
        """Use up a token's requests; they come back after `reset_in` seconds of real time."""
        with self.lock:
            found = self.tokens[token]
            found.used, found.reset = found.limit, int(time.time() + reset_in)

    def add_pull(
        self,
        repository: str,
        number: int | None = None,
        *,
        head: str = "feature",
        head_sha: str | None = None,
        head_repository: str | None = None,
        author: str | None = None,
        base: str | None = None,
        title: str = "A change",
        state: Literal["open", "closed"] = "open",
        merged: bool = False,
        locked: bool = False,
    ) -> Pull:
        """Open a pull request from a branch of the repository itself or of a fork."""
        with self.lock:
            into = self.repository(repository)
            source = into if head_repository is None else self.repository(head_repository)
            taken = [n for r, n in self.pulls if r == into.id]
            commit = head_sha or sha(f"{source.full_name}:{head}")
            base_ref = base or into.default_branch
            made = Pull(
                repository=into.id,
                number=number or max(taken, default=0) + 1,
                id=self.next_id("pull"),
                author=self.add_user(author or source.owner).login,
                title=title,
                head_ref=head,
                head_sha=commit,
                head_owner=source.owner,
                head_repository=source.id,
                base_ref=base_ref,
                base_sha=sha(f"{into.full_name}:{base_ref}"),
                created_at=(moment := self.now()),
                updated_at=moment,
                state=state,
                merged=merged,
                locked=locked,
            )
            # A fork's pull request brings its commits along (refs/pull/N/head of the base).
            into.commits.add(commit)
            source.commits.add(commit)
            self.pulls[into.id, made.number] = made
            return made

    def push(self, repository: str, number: int, head_sha: str) -> None:
        """Move a pull request's head on."""
        with self.lock:
            pull = self.pulls[self.repository(repository).id, number]
            pull.head_sha, pull.updated_at = head_sha, self.now()
            self.repositories[pull.repository].commits.add(head_sha)
            if pull.head_repository in self.repositories:
                self.repositories[pull.head_repository].commits.add(head_sha)

    def close_pull(self, repository: str, number: int, *, merged: bool = False) -> None:
        """Close or merge a pull request."""
        with self.lock:
            pull = self.pulls[self.repository(repository).id, number]
            pull.state, pull.merged, pull.updated_at = "closed", merged, self.now()

    def add_comment(
        self,
        repository: int,
        number: int,
        body: str,
        author: str,
        *,
        app: bool = False,
        identifier: int | None = None,
    ) -> Comment:
        """Write a comment."""
        with self.lock:
            login = self.add_user(author).login
            moment = self.now()
            new = self.next_id("comment", identifier)
            made = Comment(new, repository, number, login, body, moment, moment, app)
            self.comments[made.id] = made
            return made

    def delete_comment(self, identifier: int) -> None:
        """Delete a comment and the reactions to it; one that is gone stays gone."""
        with self.lock:
            self.comments.pop(identifier, None)
            for reaction in self.reactions_to(identifier):
                del self.reactions[reaction.id]

    def add_run(
        self,
        repository: str,
        *,
        head_sha: str | None = None,
        head_branch: str | None = "main",
        head_repository: str | None = None,
        event: str = "push",
        name: str = "CI",
        path: str = ".github/workflows/ci.yml",
        actor: str | None = None,
        attempt: int = 1,
        status: str = "completed",
        conclusion: str | None = "success",
        identifier: int | None = None,
    ) -> Run:
        """Make a workflow run of the repository, for a commit of itself or of a fork."""
        with self.lock:
            into = self.repository(repository)
            source = into if head_repository is None else self.repository(head_repository)
            commit = head_sha or sha(f"{source.full_name}:{head_branch}")
            into.commits.add(commit)
            moment = self.now()
            made = Run(
                id=self.next_id("run", identifier),
                repository=into.id,
                head_repository=source.id,
                head_branch=head_branch,
                head_sha=commit,
                event=event,
                name=name,
                path=path,
                actor=self.add_user(actor or source.owner).login,
                number=len(self.runs) + 1,
                created_at=moment,
                updated_at=moment,
                attempt=attempt,
                status=status,
                conclusion=conclusion,
            )
            self.runs[made.id] = made
            return made

    def upload_artifact(
        self,
        run: int,
        name: str,
        members: Mapping[str, bytes] | None = None,
        *,
        content: bytes | None = None,
        expired: bool = False,
    ) -> Artifact:
        """Upload an artifact of these files; `content` replaces the zip by any bytes."""
        with self.lock:
            sent = make_zip(members or {}) if content is None else content
            new = self.next_id("artifact")
            made = Artifact(new, run, name, sent, self.now(), expired)
            self.artifacts[made.id] = made
            return made

    def add_job_check(self, repository: str, head_sha: str, name: str) -> CheckRun:
        """Make the check run that Actions itself makes when a job starts."""
        with self.lock:
            into = self.repository(repository)
            into.commits.add(head_sha)
            made = CheckRun(
                self.next_id("check"),
                into.id,
                head_sha,
                name,
                "github-actions",
                details_url=f"https://github.com/{into.full_name}/actions",
                status="in_progress",
                started_at=self.now(),
                of_a_job=True,
            )
            self.checks[made.id] = made
            return made

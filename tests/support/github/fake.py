"""The fake itself: `with FakeGitHub() as github: …`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self

from . import snapshot
from .archives import Storage
from .faults import Effect, Fault, Hook, How, Request, Which
from .model import (
    ACTIONS_BOT,
    Artifact,
    CheckRun,
    Comment,
    Json,
    Level,
    Permission,
    Pull,
    Reaction,
    Repository,
    Run,
    User,
)
from .server import Desk, Listener
from .state import HOUR, State
from .views import Views

WRITER: Mapping[Permission, Level] = {
    "actions": "read",
    "checks": "write",
    "contents": "read",
    "issues": "write",
    "pull_requests": "write",
}
"""What a token may do unless a test says else: all that `publish` ever asks for."""


class FakeGitHub:
    """GitHub's REST API on this machine, and the storage that artifacts come from.

    `prefix` is "/api/v3" on Enterprise Server. `public_url` is what clients call it by when
    something stands in between. Everything that changes or reads its memory may be called from any
    thread, also from hooks.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        host: str = "127.0.0.1",
        storage_host: str = "localhost",
        port: int = 0,
        public_url: str | None = None,
    ) -> None:
        self.state = State()
        self._views = Views(self.state)
        self._storage = Storage()
        self._desk = Desk(self.state, self._views, self._storage, prefix)
        self._api = Listener("api", self._desk, host, port)
        self._blobs = Listener("storage", self._desk, host, 0)
        self._views.base = public_url or f"http://{host}:{self._api.port}{prefix}"
        self._storage.base = f"http://{storage_host}:{self._blobs.port}"
        self._desk.dump = self.dump

    def __enter__(self) -> Self:
        self._api.start()
        self._blobs.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Stop, and raise what broke in the fake or a hook: it must not pass for GitHub's fault."""
        self._desk.stopped.set()
        self._api.stop()
        self._blobs.stop()
        for problem in self._desk.problems:
            if error is None:
                raise problem
            error.add_note(f"The fake broke as well: {problem!r}")

    # Addresses and the log.

    @property
    def url(self) -> str:
        """The API's address as clients use it (GITHUB_API_URL), without a slash at its end."""
        return self._views.base

    @url.setter
    def url(self, public_url: str) -> None:
        self._views.base = public_url

    @property
    def storage_url(self) -> str:
        """The storage's address, at another host than the API's."""
        return self._storage.base

    @storage_url.setter
    def storage_url(self, public_url: str) -> None:
        self._storage.base = public_url

    @property
    def requests(self) -> list[Request]:
        """Every request so far, to the API and the storage, in order."""
        return self._desk.log

    # Scripting.

    def fail(
        self, which: Which, how: How, *, effect: Effect | None = None, times: int | None = 1
    ) -> None:
        """Let requests go wrong: see `faults.Which` and the functions there that make a `How`.

        `effect` overrides when; `times` None: always.
        """
        once = 1 if isinstance(which, int) else times
        self._desk.script.plan(Fault(which, once, how=how, effect=effect or how.effect))

    def on_request(
        self,
        which: Which,
        action: Callable[[], object],
        *,
        effect: Effect = "before",
        times: int | None = 1,
    ) -> None:
        """Call a function before a request takes effect, or "after" that and before its answer."""
        self._desk.script.plan(Hook(which, times, action=action, effect=effect))

    def clear_script(self) -> None:
        """Forget the faults and hooks that are still planned."""
        self._desk.script.clear()

    def exhaust(self, token: str, reset_in: float = HOUR) -> None:
        """Use up a token's requests of the hour; new ones come in `reset_in` seconds."""
        self.state.exhaust(token, reset_in)

    def expire_links(self) -> None:
        """Let every address of the storage that was given out run out."""
        self._storage.expire()

    # Making things.

    def add_user(self, login: str, kind: Literal["User", "Bot", "Organization"] = "User") -> User:
        """Make a user."""
        return self.state.add_user(login, kind)

    def add_repository(self, full_name: str, **about: Any) -> Repository:
        """Make a repository; `about`: see State.add_repository (private, fork_of, …)."""
        return self.state.add_repository(full_name, **about)

    def delete_repository(self, full_name: str) -> None:
        """Delete a repository, such as a fork whose pull request is still open."""
        self.state.delete_repository(full_name)

    def rename_repository(self, old: str, new: str) -> None:
        """Rename a repository: its old name redirects."""
        self.state.rename_repository(old, new)

    def add_token(
        self,
        repositories: str | Iterable[str],
        *,
        login: str | None = None,
        permissions: Mapping[Permission, Level] = WRITER,
        text: str | None = None,
    ) -> str:
        """Make a token and return it: a workflow's own, or a user's when `login` is given."""
        names = [repositories] if isinstance(repositories, str) else list(repositories)
        chosen = text or f"{'ghs' if login is None else 'ghp'}_fake{len(self.state.tokens) + 1:032}"
        self.state.add_token(chosen, repositories=names, permissions=permissions, login=login)
        return chosen

    def add_pull(self, repository: str, number: int | None = None, **about: Any) -> Pull:
        """Open a pull request; `about`: see State.add_pull (head, head_repository, …)."""
        return self.state.add_pull(repository, number, **about)

    def push(self, repository: str, number: int, head_sha: str) -> None:
        """Move a pull request's head on."""
        self.state.push(repository, number, head_sha)

    def close_pull(self, repository: str, number: int, *, merged: bool = False) -> None:
        """Close a pull request, or merge it."""
        self.state.close_pull(repository, number, merged=merged)

    def add_run(self, repository: str, **about: Any) -> Run:
        """Make a workflow run; `about`: see State.add_run (head_sha, event, …)."""
        return self.state.add_run(repository, **about)

    def rerun(self, run: Run) -> None:
        """Start a run's next attempt."""
        with self.state.lock:
            run.attempt += 1
            run.updated_at = self.state.now()

    def upload_artifact(
        self,
        run: Run,
        name: str,
        members: Mapping[str, bytes] | None = None,
        *,
        expired: bool = False,
        content: bytes | None = None,
    ) -> Artifact:
        """Upload files as an artifact of a run; `content` stands in for the zip."""
        return self.state.upload_artifact(run.id, name, members, expired=expired, content=content)

    def add_commit(self, repository: str, commit: str) -> None:
        """Let a repository know a commit: checks are for known ones only."""
        with self.state.lock:
            self.state.repository(repository).commits.add(commit)

    def add_job_check(self, repository: str, head_sha: str, name: str) -> CheckRun:
        """Make the check run that Actions itself makes for a job."""
        return self.state.add_job_check(repository, head_sha, name)

    # Comments, without HTTP: what hooks do as another publisher.

    def add_comment(
        self, repository: str, number: int, body: str, author: str = ACTIONS_BOT
    ) -> Comment:
        """Write a comment."""
        with self.state.lock:
            into = self.state.repository(repository).id
            return self.state.add_comment(into, number, body, author, app=author == ACTIONS_BOT)

    def edit_comment(self, identifier: int, body: str) -> None:
        """Change a comment's text."""
        with self.state.lock:
            comment = self.state.comments[identifier]
            comment.body, comment.updated_at = body, self.state.now()

    def delete_comment(self, identifier: int) -> None:
        """Delete a comment; one that is gone stays gone."""
        self.state.delete_comment(identifier)

    def react(self, identifier: int, content: str = "eyes", author: str = ACTIONS_BOT) -> Reaction:
        """Leave a reaction to a comment."""
        with self.state.lock:
            new = self.state.next_id("reaction")
            made = Reaction(new, identifier, author, content, self.state.now())
            self.state.reactions[new] = made
            return made

    # Looking.

    def reactions(self, identifier: int) -> list[Reaction]:
        """Return the reactions to a comment, oldest first."""
        return self.state.reactions_to(identifier)

    def comments(self, repository: str, number: int) -> list[Comment]:
        """Return copies of a pull request's comments, oldest first."""
        with self.state.lock:
            return self.state.comments_of(self.state.repository(repository).id, number)

    def check_runs(self, repository: str, head_sha: str | None = None) -> list[CheckRun]:
        """Return a repository's check runs with their annotations, oldest first."""
        with self.state.lock:
            into = self.state.repository(repository).id
            found = [c for c in self.state.checks.values() if c.repository == into]
            return [c for c in found if head_sha in (None, c.head_sha)]

    def load(self, content: Json) -> None:
        """Make all that a description lists: see `snapshot`."""
        snapshot.load(self.state, content)

    def dump(self) -> Json:
        """Describe all there is, as `load` reads it, and the log."""
        return snapshot.dump(self.state, self.requests)

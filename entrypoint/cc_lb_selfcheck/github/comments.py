"""The one comment on a pull request: made once, then edited, whatever else goes on meanwhile.

Several runs may publish at the same time, answers may be lost, and GitHub has no conditional
writes. So everyone reads again right before and right after each write, the newest state wins, at
equal state the lowest comment id, and everyone removes what lost: its own comment, and the winner
all older ones of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from github.Issue import Issue
from github.IssueComment import IssueComment

from .api import GitHubApi, NotFound, Unavailable
from .marker import Marker, read_marker

_ROUNDS_MAX: Final = 12
Outcome: TypeAlias = Literal["created", "edited", "superseded", "not wanted"]


@dataclass(frozen=True, slots=True)
class Known:
    """A comment of ours with a marker."""

    number: int
    body: str
    marker: Marker
    url: str


class PullRequestComments:
    """Our comments with one id on one pull request."""

    def __init__(self, api: GitHubApi, pull_request: int, comment_id: str) -> None:
        self._api = api
        self._number = pull_request
        self._comment_id = comment_id
        self._issue: Issue = api.repository.get_issue(pull_request)
        self._author: str | None = None

    def ours(self) -> list[Known]:
        """Return our comments with this id, in the order of their ids. Raises ``ApiError``."""
        if self._author is None:
            self._author = self._api.login()
        comments = self._api.read("read the comments", lambda: list(self._issue.get_comments()))
        known = (self._known(comment) for comment in comments)
        return sorted((item for item in known if item), key=lambda item: item.number)

    def _known(self, comment: IssueComment) -> Known | None:
        # The author of a deleted account is null.
        if comment.user is None or comment.user.login != self._author:
            return None
        marker = read_marker(comment.body or "")
        if marker is None or marker.comment_id != self._comment_id:
            return None
        return Known(comment.id, comment.body, marker, comment.html_url)

    def head_sha(self) -> str:
        """Return the pull request's present head commit. Raises ``ApiError``."""
        pulls = self._api.repository
        return self._api.read(
            "read the pull request", lambda: pulls.get_pull(self._number).head.sha
        )

    def create(self, body: str, marker: Marker) -> None:
        """Post a comment, once. Raises ``ApiError``."""

        def landed() -> bool | None:
            return any(item.marker == marker for item in self.ours()) or None

        def post() -> bool:
            self._issue.create_comment(body)
            return True

        self._api.write("comment on the pull request", post, landed)

    def edit(self, known: Known, body: str) -> None:
        """Change a comment, unless it is not what it was. Raises ``ApiError``."""

        def change() -> None:
            # Read again right before, and before each new try: an older run must not win.
            comment = self._issue.get_comment(known.number)
            if comment.body == known.body:
                comment.edit(body)

        with suppress(NotFound):
            self._api.read("edit its comment", change)

    def delete(self, known: Known) -> None:
        """Remove a comment, if it is still there. Raises ``ApiError``."""
        comment = self._issue.get_comment(known.number)
        with suppress(NotFound):
            self._api.read("remove a comment of its own", comment.delete)


def keep_one(
    comments: PullRequestComments,
    marker: Marker,
    render: Callable[[Marker | None], str | None],
    settle: Callable[[], None],
) -> Outcome:
    """Make our comment say what ``render`` returns, unless a newer run has spoken.

    ``render`` is given the marker that the comment has now, None without one, and returns the body,
    or None where no comment is wanted. ``settle`` waits a little, so that whoever read before we
    wrote is done writing. Raises ``ApiError``.
    """
    outcome: Outcome | None = None
    settled = False
    for _ in range(_ROUNDS_MAX):
        head = comments.head_sha()
        known = comments.ours()
        own_age = marker.age(head)
        winner = max(known, key=lambda item: (item.marker.age(head), -item.number), default=None)
        age = winner.marker.age(head) if winner else None
        if age is not None and age > own_age:
            _remove(comments, [item for item in known if item.marker.age(head) == own_age])
            return "superseded"
        if age != own_age or outcome is None:
            body = render(winner.marker if winner else None)
            if body is None:
                return "not wanted"
            if winner is None:
                comments.create(body, marker)
                outcome = "created"
            else:
                comments.edit(known[0] if age != own_age else winner, body)
                outcome = outcome or "edited"
        elif len(known) > 1:
            _remove(comments, [item for item in known if item != winner])
        elif settled:
            return outcome
        else:
            settle()
            settled = True
    raise Unavailable("Others kept changing the comment on the pull request; it may be outdated.")


def _remove(comments: PullRequestComments, losers: list[Known]) -> None:
    for loser in losers:
        comments.delete(loser)

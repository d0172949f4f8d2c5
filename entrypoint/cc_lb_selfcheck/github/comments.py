"""The one comment on a pull request: made once, then edited, whatever else goes on meanwhile.

Several runs may publish at the same time, answers may be lost, and GitHub has no conditional
writes. So everyone reads again right before and right after each write, the newest state wins, at
equal state the lowest comment id, and everyone removes what lost: its own comment, and the winner
all older ones of ours. Of one run several steps may publish, each of which knows a part: the worst
of their results wins, and only the step that told it may better it. The marker notes what the
others told, so that it holds in the run's later attempts, of which each may be one job's alone.

Only a comment that won is edited, and only ones that lost are deleted, by one publisher at a time
(``claims``): between its last look and its write no other writes.

Two publishers that post at once each look after that, so they find each other. What is left is an
edit that GitHub carries out so late that its claim was taken for a dead run's; a deletion too. The
next run mends what that leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal, NamedTuple, TypeAlias

from github.Issue import Issue
from github.IssueComment import IssueComment

from cc_lb_selfcheck.surfaces.markdown import Markdown, with_first_line

from .api import GitHubApi, NotFound, Unavailable
from .claims import claimed, whose
from .marker import Marker, read_marker

_ROUNDS_MAX: Final = 24
"""Each other publisher that comes first takes one: so many legs of a matrix may end at once."""
_WORKFLOWS_OWN: Final = "github-actions[bot]"
"""Whose comments those of a workflow's own token are."""
Outcome: TypeAlias = Literal["created", "edited", "superseded", "outdated", "worse", "not wanted"]
"""``worse``: another step of the run told something worse, which was left."""


class Known(NamedTuple):
    """A comment of ours with a marker."""

    number: int
    body: str
    marker: Marker
    author: str
    is_of_bot: bool


class PullRequestComments:
    """Our comments with one id on one pull request."""

    def __init__(self, api: GitHubApi, pull_request: int, comment_id: str) -> None:
        self._api = api
        self._number = pull_request
        self._comment_id = comment_id
        self._issue: Issue = api.repository.get_issue(pull_request)
        self._author: str | None = None
        self._is_sure = False
        self._has_reacted = False
        self._posted: int | None = None

    def ours(self) -> list[Known]:
        """Return our comments with this id, in the order of their ids. Raises ``ApiError``."""
        if self._author is None:
            login = self._api.login()
            self._author, self._is_sure = login or _WORKFLOWS_OWN, login is not None
        found = self._api.read("read the comments", self._read)
        if self._posted is not None and self._posted not in found:
            found |= self._lagging(self._posted)
        self._find_out([item for item in found.values() if item.is_of_bot])
        return [found[number] for number in sorted(found) if found[number].author == self._author]

    def _find_out(self, found: list[Known]) -> None:
        """Find out whose the token is where it may not ask, and another bot's comment may be ours.

        The token of another App than GitHub Actions may not ask either.
        """
        others = [item for item in found if item.author != self._author]
        if not others or self._is_sure or self._has_reacted:
            return
        self._has_reacted = True
        self._learn(whose(self._api, others[0].number))

    def _learn(self, author: str | None) -> None:
        if author is not None and not self._is_sure:
            self._author, self._is_sure = author, True

    def _read(self) -> dict[int, Known]:
        known = (self._known(comment) for comment in self._issue.get_comments())
        return {item.number: item for item in known if item}

    def _lagging(self, number: int) -> dict[int, Known]:
        """Return a comment that the list may not show yet, unless it is gone."""
        try:
            known = self._api.read(
                "read its comment", lambda: self._known(self._issue.get_comment(number))
            )
        except NotFound:
            return {}
        return {number: known} if known else {}

    def _known(self, comment: IssueComment) -> Known | None:
        marker = read_marker(comment.body or "")
        if marker is None or marker.comment_id != self._comment_id:
            return None
        # The author of a deleted account is null.
        if comment.user is None:
            return None
        author, is_of_bot = comment.user.login, comment.user.type == "Bot"
        return Known(comment.id, comment.body, marker, author, is_of_bot)

    def head_sha(self) -> str:
        """Return the pull request's present head commit. Raises ``ApiError``."""
        pulls = self._api.repository
        return self._api.read(
            "read the pull request", lambda: pulls.get_pull(self._number).head.sha
        )

    def create(self, body: Markdown, marker: Marker) -> None:
        """Post a comment, once. Raises ``ApiError``."""

        def landed() -> bool | None:
            # The memory that a marker gives back may have been cut; the run is enough.
            told = marker.sha, marker.run, marker.writer
            found = [item.marker for item in self.ours()]
            return any((item.sha, item.run, item.writer) == told for item in found) or None

        def post() -> bool:
            comment = self._issue.create_comment(body)
            self._posted = comment.id
            self._author, self._is_sure = comment.user.login, True
            return True

        self._api.write("comment on the pull request", post, landed)

    def edit(self, known: Known, body: Markdown) -> bool:
        """Change a comment, unless it is not what it was; tell whether. Raises ``ApiError``."""

        def change() -> bool:
            # Read again right before, and before each new try: an older run must not win.
            comment = self._issue.get_comment(known.number)
            if comment.body == known.body:
                comment.edit(body)
                return True
            # So the next try finds an edit of which no answer came.
            return comment.body == body

        with claimed(self._api, known.number) as claimant:
            self._learn(claimant)
            if known.author != self._author:
                return False
            try:
                return self._api.read("edit its comment", change)
            except NotFound:
                return False

    def note(self, known: Known, marker: Marker) -> None:
        """Note a result in a comment that stays as it is. Raises ``ApiError``."""
        self.edit(known, with_first_line(known.marker.noting(marker).line(), known.body))

    def delete(self, known: Known) -> None:
        """Remove a comment, unless it is not what it was. Raises ``ApiError``."""

        def remove() -> None:
            comment = self._issue.get_comment(known.number)
            if comment.body == known.body:
                comment.delete()

        with claimed(self._api, known.number) as claimant:
            self._learn(claimant)
            if known.author != self._author:
                return
            with suppress(NotFound):
                self._api.read("remove a comment of its own", remove)


def keep_one(
    comments: PullRequestComments,
    marker: Marker,
    render: Callable[[Marker | None], Markdown | None],
    settle: Callable[[], object],
    *,
    if_outdated: bool,
) -> Outcome:
    """Make our comment say what ``render`` returns, unless a newer run has spoken.

    ``render`` is given the marker that the comment has now, None without one, and returns the body,
    or None where no comment is wanted. ``settle`` waits a little, so that whoever read before we
    wrote is done writing. ``if_outdated``: also where the pull request has moved on; not so where
    the run on its head may have had nothing to write. Raises ``ApiError``.
    """
    outcome: Outcome | None = None
    settled = False
    for _ in range(_ROUNDS_MAX):
        known = comments.ours()
        # Read after them: so no comment is on a later commit than this head.
        head = comments.head_sha()
        own_age = marker.age(head)
        winner = max(known, key=lambda item: _rank(item, head), default=None)
        losers = [item for item in known if item != winner]
        if winner is not None and (lost := _lost(marker, winner.marker, head)):
            losers = [item for item in losers if item.marker.age(head) == own_age]
            if losers:
                _remove(comments, losers)
            elif lost == "superseded" or _needs_no_note(marker, winner.marker):
                return lost
            else:
                comments.note(winner, marker)
        elif outcome is None or winner is None or not _is_told(marker, winner.marker):
            if marker.sha != head and not if_outdated:
                return "outdated"
            body = render(winner.marker if winner else None)
            if body is None:
                if winner is None or _needs_no_note(marker, winner.marker):
                    return "not wanted"
                comments.note(winner, marker)
                continue
            settled = False
            if winner is None:
                comments.create(body, marker)
                outcome = "created"
            elif comments.edit(winner, body):
                outcome = outcome or "edited"
        elif (told := _untold(winner, losers)) is not None:
            comments.note(winner, told)
        elif losers:
            _remove(comments, losers)
        elif settled:
            return outcome
        else:
            settle()
            settled = True
    raise Unavailable("Others kept changing the comment on the pull request; it may be outdated.")


def _rank(known: Known, head: str) -> tuple[tuple[bool, int, int], int, int]:
    """Return what orders comments: the greatest stays."""
    return known.marker.age(head), known.marker.badness, -known.number


def _lost(marker: Marker, winner: Marker, head: str) -> Outcome | None:
    """Tell why a comment that stands is not ours to overwrite; None where it is."""
    if winner.age(head) > marker.age(head):
        return "superseded"
    return "worse" if marker.yields_to(winner) else None


def _is_told(marker: Marker, winner: Marker) -> bool:
    """Tell whether a comment that is not ours to leave as it is tells our result."""
    return winner.is_of_run(marker) and winner.knows(marker) and not winner.yields_to(marker)


def _untold(winner: Known, losers: list[Known]) -> Marker | None:
    """Return the marker of a comment to remove whose result the one that stays does not know."""
    told = (loser.marker for loser in losers)
    return next((told for told in told if not _needs_no_note(told, winner.marker)), None)


def _needs_no_note(marker: Marker, winner: Marker) -> bool:
    """Tell whether a comment that is left as it is has no use for our result, or knows it."""
    return not winner.is_of_run(marker) or winner.knows(marker)


def _remove(comments: PullRequestComments, losers: list[Known]) -> None:
    for loser in losers:
        comments.delete(loser)

"""Lets one publisher at a time change a comment.

GitHub has no conditional writes, but of each kind of reaction a user has one: whoever is told that
theirs is new has the comment to themselves, and everyone else waits until it is taken back. The
sign is a pair of eyes, seen for a second or two; nobody is notified of it.
Source: GitHub Docs, "Create reaction for an issue comment" (201, or 200 where it was there).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from .api import ApiError, GitHubApi, Reaction

_SIGN: Final = "eyes"
_LOOK_EVERY_S: Final = 1.0
_HELD_MAX_S: Final = 20.0
"""One that stands for longer is of a run that ended in the middle; a change takes two seconds."""


@contextmanager
def claimed(api: GitHubApi, comment: int) -> Iterator[str | None]:
    """Have a comment to oneself; yields the login that claims it, where GitHub told.

    Raises no ``ApiError`` of its own. Where GitHub does not let us react there is no claim, and
    where we may not wait there is only another's: what is read right before and after a change must
    do.
    """
    sign, is_ours = _claim(api, comment)
    try:
        yield sign.author if sign else None
    finally:
        if sign is not None and is_ours:
            _take_back(api, comment, sign)


def whose(api: GitHubApi, comment: int) -> str | None:
    """Return whose the token is, by a sign to a comment that is taken back; None where unknown."""
    try:
        sign, is_ours = _react(api, comment)
    except ApiError:
        return None
    if is_ours:
        _take_back(api, comment, sign)
    return sign.author


def _take_back(api: GitHubApi, comment: int, sign: Reaction) -> None:
    # A comment that was removed took it along.
    with suppress(ApiError):
        api.read("take back its reaction", lambda: api.take_back(comment, sign.number))


def _claim(api: GitHubApi, comment: int) -> tuple[Reaction | None, bool]:
    """Wait until the comment is free; return the sign that keeps it so, and whether it is ours.

    It is ours as well when it is a dead run's. Another's that stands when we may wait no longer is
    not ours to take back.
    """
    standing: int | None = None
    waited = 0.0
    while True:
        try:
            sign, is_ours = _react(api, comment)
        except ApiError:
            return None, False
        if sign.number != standing:
            standing, waited = sign.number, 0.0
        if is_ours or waited >= _HELD_MAX_S:
            return sign, True
        while waited < _HELD_MAX_S:
            if not api.pause(_LOOK_EVERY_S):
                return sign, False
            waited += _LOOK_EVERY_S
            seen = _seen(api, comment, sign.author)
            if seen is None:
                break
            if seen != standing:
                standing, waited = seen, 0.0


def _seen(api: GitHubApi, comment: int, author: str | None) -> int | None:
    """Return the number of an author's sign that is there; None where none is seen.

    Those who wait may be many, and GitHub bounds what is written in a minute far more than what is
    read. Source: GitHub Docs, "Rate limits for the REST API", secondary rate limits.
    """
    try:
        signs = api.read("read the reactions to its comment", lambda: api.reactions(comment, _SIGN))
    except ApiError:
        return None
    return next((sign.number for sign in signs if author and sign.author == author), None)


def _react(api: GitHubApi, comment: int) -> tuple[Reaction, bool]:
    """Leave the sign; return it, and whether it is ours. Raises ``ApiError``."""
    may_be_ours = False

    def lost() -> None:
        # Of an attempt without an answer it is not known whether it left the sign that is there.
        nonlocal may_be_ours
        may_be_ours = True

    sign = api.write("react to its comment", lambda: api.react(comment, _SIGN), lost)
    return sign, sign.is_new or may_be_ours

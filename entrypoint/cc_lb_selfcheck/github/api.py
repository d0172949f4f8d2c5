"""Asks GitHub's API: PyGithub underneath, and our own patience on top.

PyGithub retries a POST that may have taken effect, never retries a PATCH, and pauses between
requests; all of that is off. Here reads are asked again; a write is asked again only when it is
known not to have taken effect. All waiting comes out of one budget (``patience``).
Source: GitHub Docs, "Best practices for using the REST API" and "Rate limits for the REST API".
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests
from github import Auth, BadAttributeException, GithubException
from github.AuthenticatedUser import AuthenticatedUser
from github.Repository import Repository
from github.Requester import Requester

from cc_lb_selfcheck import __version__

from .patience import Patience
from .trust import trusted

T = TypeVar("T")
USER_AGENT: Final = f"cc-lb-selfcheck/{__version__}"
CONNECT_TIMEOUT_S: Final = 10
_READ_TIMEOUT_S: Final = 30
_TRIES_MAX: Final = 6
_FIRST_PAUSE_S: Final = 0.5
_SECONDARY_LIMIT_PAUSE_S: Final = 60.0
"""What GitHub asks for where a secondary limit's answer names no time."""
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_PER_PAGE: Final = 100
_FAILURES: Final = (
    GithubException,
    requests.RequestException,
    # What PyGithub raises on answers that no GitHub server gives, and on links to other hosts:
    BadAttributeException,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class ApiError(Exception):
    """GitHub did not do what it was asked for; the message is a sentence."""


class Forbidden(ApiError):
    """The token may not do this (403)."""


class NotFound(ApiError):
    """There is no such thing, or the token may not know of it (404)."""


class Gone(ApiError):
    """It was there once (410)."""


class Rejected(ApiError):
    """GitHub takes the request for wrong (422), or the token (401), and others."""


class Unavailable(ApiError):
    """GitHub did not answer, or asks to wait for longer than the budget has."""


class Reaction(NamedTuple):
    """A reaction to a comment: of one kind, GitHub lets everyone have one."""

    number: int
    author: str | None
    """Whose it is; of one that we left, so whose the token is."""
    is_new: bool


class GitHubApi:
    """GitHub's API with one token, for one repository."""

    def __init__(
        self,
        *,
        token: str,
        repository: str,
        api_url: str,
        patience: Patience,
        ca_bundle: Path | None = None,
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a client; asks nothing yet. ``patience`` bounds all waiting.

        ``clock`` tells the time as GitHub does, ``stopwatch`` how much has passed. Raises
        ``TrustError``.
        """
        # Goes with each request: a session's would give way to REQUESTS_CA_BUNDLE.
        self.verify: bool | str = trusted(ca_bundle, self) if ca_bundle else True
        self.scheme = urlsplit(api_url).scheme
        self._requester = Requester(
            auth=Auth.Token(token),
            base_url=api_url,
            user_agent=USER_AGENT,
            # Handed on to requests, which takes a pair, as PyGithub's annotation does not say.
            timeout=(CONNECT_TIMEOUT_S, _READ_TIMEOUT_S),  # type: ignore[arg-type]
            per_page=_PER_PAGE,
            verify=self.verify,
            retry=None,
            pool_size=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self.name = repository
        self.repository = self._repository()
        self._patience = patience
        self._clock = clock
        self._stopwatch = stopwatch

    def __repr__(self) -> str:
        return f"GitHubApi({self.name!r})"

    def _repository(self) -> Repository:
        return Repository(self._requester, url=f"/repos/{self.name}")

    def sees_repository(self) -> bool:
        """Tell whether GitHub shows the token the repository at all. Raises ``ApiError``."""
        return self._sees("read the repository", lambda: self._repository().id)

    def sees_pull_request(self, number: int) -> bool:
        """Tell whether GitHub shows the token a pull request. Raises ``ApiError``."""
        return self._sees("read the pull request", lambda: self.repository.get_pull(number).id)

    def _sees(self, what: str, ask: Callable[[], object]) -> bool:
        try:
            self.read(what, ask)
        except NotFound:
            return False
        return True

    def login(self) -> str | None:
        """Return the name under which the token comments; None where it may not ask.

        The token of an App may not, a workflow's own among them.
        """
        try:
            user = AuthenticatedUser(self._requester, url="/user")
            return self.read("read whose token it is", lambda: user.login)
        except (Forbidden, NotFound):
            return None

    def artifact_address(self, artifact: int) -> str:
        """Return where an uploaded artifact's zip lies; for the use inside ``read``."""
        url = f"/repos/{self.name}/actions/artifacts/{artifact}/zip"
        headers, _ = self._requester.requestJsonAndCheck("GET", url)
        return str(headers["location"])

    def job_name(self, number: int) -> str:
        """Return how GitHub names a job: by all the calls that lead to it; for the use in ``read``.

        Its number is that of its check run.
        """
        url = f"/repos/{self.name}/actions/jobs/{number}"
        _, told = self._requester.requestJsonAndCheck("GET", url)
        return str(told["name"])

    def react(self, comment: int, content: str) -> Reaction:
        """Leave a reaction to a comment; for the use inside ``write``."""
        requester = self._requester
        url = self._reactions(comment)
        status, headers, text = requester.requestJson("POST", url, input={"content": content})
        if status >= 400:
            raise requester.createException(status, headers, _object(text))
        return _reaction(json.loads(text), is_new=status == 201)

    def reactions(self, comment: int, content: str) -> list[Reaction]:
        """Return a comment's reactions of a kind, the first hundred; for the use in ``read``."""
        asked = {"content": content, "per_page": _PER_PAGE}
        _, told = self._requester.requestJsonAndCheck("GET", self._reactions(comment), asked)
        return [_reaction(each, is_new=False) for each in told]

    def take_back(self, comment: int, reaction: int) -> None:
        """Remove a reaction of ours; for the use inside ``read``."""
        url = f"{self._reactions(comment)}/{reaction}"
        self._requester.requestJsonAndCheck("DELETE", url)

    def _reactions(self, comment: int) -> str:
        return f"/repos/{self.name}/issues/comments/{comment}/reactions"

    def pause(self, seconds: float) -> bool:
        """Wait, and tell whether the budget allowed it."""
        return self._patience.wait(seconds)

    def read(self, what: str, ask: Callable[[], T]) -> T:
        """Ask for something, again where that may help. Raises ``ApiError``.

        ``what`` completes "GitHub did not let us …".
        """
        return self.write(what, ask, lambda: None)

    def write(self, what: str, do: Callable[[], T], landed: Callable[[], T | None]) -> T:
        """Ask for a change, and never for one that was made. Raises ``ApiError``.

        ``landed`` looks whether an attempt of which no answer came took effect all the same, and
        returns what the answer would have been; None means that it did not.
        """
        if self._patience.is_lost:
            raise Unavailable(f"GitHub does not answer, and was not asked any more to {what}.")
        for number in range(_TRIES_MAX):
            started = self._stopwatch()
            try:
                answer = do()
            except _FAILURES as error:
                self._count(error, self._stopwatch() - started)
                pause = self._pause(error, number)
                again = pause is not None and number < _TRIES_MAX - 1 and self._patience.wait(pause)
                if not _was_refused(error) and (made := landed()) is not None:
                    return made
                if not again:
                    raise _told(what, error) from error
            else:
                self._patience.has_answer()
                return answer
        raise AssertionError("the last try returns or raises")

    def _count(self, error: Exception, seconds: float) -> None:
        if isinstance(error, requests.RequestException):
            self._patience.spend(seconds)
        else:
            self._patience.has_answer()

    def _pause(self, error: Exception, number: int) -> float | None:
        """Return after how many seconds to try again; None where that would not help."""
        doubled = float(_FIRST_PAUSE_S * 2**number)
        if isinstance(error, requests.RequestException):
            return None if _is_distrust(error) else doubled
        if not isinstance(error, GithubException):
            return None
        if error.status >= 500 and error.status != 501:  # which no new try will change
            return doubled
        if error.status not in (403, 429):
            return None
        headers = {key.lower(): value for key, value in (error.headers or {}).items()}
        if "retry-after" in headers:
            return _seconds(headers["retry-after"])
        reset = headers.get("x-ratelimit-reset", "")
        if headers.get("x-ratelimit-remaining") == "0" and _NUMBER.fullmatch(reset):
            return max(float(reset) - self._clock(), 0) + 1
        if error.status == 429 or "rate limit" in _message(error).lower():
            return _SECONDARY_LIMIT_PAUSE_S
        return None


def _reaction(told: dict[str, Any], *, is_new: bool) -> Reaction:
    return Reaction(int(told["id"]), (told.get("user") or {}).get("login"), is_new)


def _seconds(text: str) -> float:
    """Read a header's number of seconds; what GitHub asks for by default where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else _SECONDARY_LIMIT_PAUSE_S


def _is_distrust(error: Exception) -> bool:
    """Tell whether the server's certificate is not trusted, which no new try will change."""
    text = str(error)
    return isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in text


def _openssl_reason(error: Exception) -> str:
    found = re.search(r"certificate verify failed: ([\w .-]{1,100})", str(error))
    return found[1].strip() if found else "the certificate cannot be verified"


def _host(error: Exception) -> str:
    """Return the host that a request went to: the API's, or that of what was uploaded."""
    asked = error.request if isinstance(error, requests.RequestException) else None
    return urlsplit(str(asked.url) if asked else "").hostname or "GitHub"


def _was_refused(error: Exception) -> bool:
    """Tell whether an answer came that says that nothing was done."""
    return isinstance(error, GithubException) and error.status < 500


def _object(text: str) -> dict[str, Any]:
    """Read the JSON object of an error's answer; a page of HTML has none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _message(error: GithubException) -> str:
    data = error.data
    return str(data.get("message", "")) if isinstance(data, dict) else ""


def _told(what: str, error: Exception) -> ApiError:
    if isinstance(error, GithubException):
        return _status_told(what, error)
    if _is_distrust(error):
        return Unavailable(
            f"The certificate of {_host(error)} is not trusted, so GitHub did not let us {what}"
            f" ({_openssl_reason(error)}): name the one that signed it by `--ca-bundle` (input"
            " `ca-bundle`)."
        )
    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return Unavailable(f"GitHub's storage at {_host(error)} did not let us {what} ({status}).")
    if isinstance(error, requests.RequestException):
        kind = type(error).__name__
        return Unavailable(f"GitHub could not be reached to {what} ({kind}).")
    return Unavailable(
        f"GitHub's answer makes no sense or leads to another host, so it did not let us {what}."
    )


def _status_told(what: str, error: GithubException) -> ApiError:
    message = _message(error)
    said = f" ({error.status}{': ' if message else ''}{message[:200]})"
    text = f"GitHub did not let us {what}{said}."
    if error.status == 401:
        return Rejected(f"The token is not valid, so GitHub did not let us {what}{said}.")
    if error.status == 429 or "rate limit" in message.lower():
        return Unavailable(f"GitHub asks to wait for longer than `--max-wait` allows{said}.")
    if error.status >= 500:
        return Unavailable(f"GitHub is in trouble and did not {what}{said}.")
    kinds: dict[int, type[ApiError]] = {403: Forbidden, 404: NotFound, 410: Gone}
    return kinds.get(error.status, Rejected)(text)

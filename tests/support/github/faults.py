"""What can go wrong, and scripting it: faults and hooks.

A fault is a `How` at a request that a test picks. `effect` says whether the request was carried
out: "before" means that it never was, "after" that it was and only its answer is lost or spoilt.
A hook is a function called at a request, to let another publisher act between two of ours.
"""

import fnmatch
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .answers import Answer, Refused, primary_limit, secondary_limit

Server = Literal["api", "storage"]
Effect = Literal["before", "after"]
Predicate = Callable[[str, str], bool]
Which = int | str | Predicate
"""Which requests: the nth from now on (1 is the next), a pattern such as "POST */comments" of the
method and the path, or a function of the two."""


@dataclass
class Request:
    """A request as it came, and the status that was sent; None when none was.

    `path` has no query and no prefix; `token` is the credential seen, None without one. Requests
    to the storage are logged as well.
    """

    number: int
    server: Server
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int | None = None
    fault: str | None = None

    @property
    def token(self) -> str | None:
        """Return the credential of the Authorization header."""
        value = self.headers.get("authorization")
        return None if value is None else value.partition(" ")[2]

    @property
    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class How:
    """One way to go wrong.

    `spoil` makes the answer from the true one (from an empty one when the effect is "before");
    None leaves it. `hang_up` closes the connection without an answer. `delay` is in seconds.
    """

    name: str
    effect: Effect = "before"
    spoil: Callable[[Answer], Answer] | None = None
    hang_up: bool = False
    delay: float = 0.0


@dataclass
class Planned:
    """A fault or a hook that waits for its request. `times` None: for every one."""

    which: Which
    times: int | None
    seen: int = 0

    def take(self) -> None:
        """Count down."""
        if self.times is not None:
            self.times -= 1

    def wants(self, request: Request) -> bool:
        """Tell whether this request is meant; a number counts it."""
        if self.times == 0:
            return False
        if isinstance(self.which, int):
            self.seen += 1
            return self.seen == self.which
        if isinstance(self.which, str):
            return fnmatch.fnmatchcase(f"{request.method} {request.path}", self.which)
        return self.which(request.method, request.path)


@dataclass(kw_only=True)
class Fault(Planned):
    """A fault that waits for its request."""

    how: How
    effect: Effect


@dataclass(kw_only=True)
class Hook(Planned):
    """A function that waits for its request: "before" or "after" it took effect."""

    action: Callable[[], object]
    effect: Effect


class Script:
    """The faults and hooks planned, each taken in the order in which they were planned."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []

    def plan(self, item: Fault | Hook) -> None:
        """Add a fault or a hook."""
        with self._lock:
            if isinstance(item, Fault):
                self._faults.append(item)
            else:
                self._hooks.append(item)

    def clear(self) -> None:
        """Forget everything planned."""
        with self._lock:
            self._faults.clear()
            self._hooks.clear()

    def fault(self, request: Request) -> Fault | None:
        """Return the fault for a request: the first planned of those that want it."""
        with self._lock:
            # All are asked, as those that wait for a number count every request.
            wanting = [each for each in self._faults if each.wants(request)]
            for first in wanting[:1]:
                first.take()
        return wanting[0] if wanting else None

    def hooks(self, request: Request) -> list[Hook]:
        """Return the hooks for a request, in order."""
        with self._lock:
            wanting = [each for each in self._hooks if each.wants(request)]
            for each in wanting:
                each.take()
        return wanting


# The ways to go wrong.


def hang_up(effect: Effect = "before") -> How:
    """Close the connection without an answer; "after" loses the answer to a write that counts."""
    return How("hang up", effect, hang_up=True)


def slow(seconds: float, effect: Effect = "before") -> How:
    """Wait, then go on as if nothing were: "before" or after the request takes effect."""
    return How("slow", effect, delay=seconds)


def respond(
    status: int,
    body: str | bytes = b"",
    headers: dict[str, str] | None = None,
    effect: Effect = "before",
) -> How:
    """Answer anything at all."""
    content = body.encode() if isinstance(body, str) else body
    return How(f"{status}", effect, lambda _: Answer(status, dict(headers or {}), content))


def refuse(refused: Refused, effect: Effect = "before") -> How:
    """Answer one of GitHub's refusals."""
    return How(f"{refused.status}", effect, lambda _: refused.answer(""))


def error(status: int = 500, message: str = "Server Error", effect: Effect = "before") -> How:
    """Answer a JSON error without more."""
    return refuse(Refused(status, message), effect)


def bad_gateway(effect: Effect = "before") -> How:
    """Answer 502 with a page of HTML, as the servers in front of the API do."""
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"
    return respond(502, page, {"content-type": "text/html"}, effect)


def primary(reset_in: float = 60, status: Literal[403, 429] = 403) -> How:
    """Refuse because the hour's requests are used up; they return in `reset_in` seconds."""

    # Made when it is sent, as the time of the reset is an absolute one.
    def spoil(_: Answer) -> Answer:
        reset = int(time.time() + reset_in)
        return primary_limit("installation ID 1", reset, 1000, status).answer("")

    return How("primary rate limit", "before", spoil)


def secondary(retry_after: int | None = 1, status: Literal[403, 429] = 403) -> How:
    """Refuse because of the secondary rate limit, with a Retry-After unless None."""
    return How(
        "secondary rate limit", "before", lambda _: secondary_limit(retry_after, status).answer("")
    )


def malformed_json() -> How:
    """Carry the request out and send the first half of the answer's JSON as if it were all."""
    return How(
        "malformed JSON", "after", lambda true: _with_body(true, true.body[: len(true.body) // 2])
    )


def truncated() -> How:
    """Carry the request out, promise the whole answer and close the connection at its half."""

    def spoil(true: Answer) -> Answer:
        true.sent = len(true.body) // 2
        return true

    return How("truncated", "after", spoil)


def content(body: bytes) -> How:
    """Carry the request out and send another content in place of the true one."""
    return How("other content", "after", lambda true: _with_body(true, body))


def foreign_link(host: str = "https://api.example.com") -> How:
    """Send the true answer with a Link header that leads to another host."""

    def spoil(true: Answer) -> Answer:
        link = true.headers.get("link", f'<{host}/?page=2>; rel="next"')
        true.headers["link"] = re.sub(r"<https?://[^/]*", f"<{host}", link)
        return true

    return How("foreign Link", "after", spoil)


def redirect(location: str = "https://api.example.com/", status: int = 301) -> How:
    """Redirect elsewhere in place of an answer."""
    return respond(status, b"", {"location": location})


def _with_body(true: Answer, body: bytes) -> Answer:
    true.body = body
    return true

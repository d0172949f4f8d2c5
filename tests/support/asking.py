"""Asks the fake of GitHub, by the real PyGithub client and by plain HTTP."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from github import Auth, Github
from github.Repository import Repository

from tests.support.github import FakeGitHub

REPOSITORY = "octo/plugins"
FORK = "contributor/plugins"
COMMENTS = f"/repos/{REPOSITORY}/issues/7/comments"
OWN = "a new token of the workflow's own"


@contextmanager
def with_pull() -> Iterator[FakeGitHub]:
    """Make a fake with a repository with pull request 7 from its branch `feature`."""
    with FakeGitHub() as made:
        made.add_repository(REPOSITORY)
        made.add_pull(REPOSITORY, 7)
        yield made


def client(fake: FakeGitHub, token: str | None = None, **options: Any) -> Github:
    """Make a PyGithub client without its own pauses and retries."""
    auth = Auth.Token(token or fake.add_token(REPOSITORY))
    settled = {"timeout": 5, "retry": None} | options
    return Github(
        base_url=fake.url,
        auth=auth,
        seconds_between_requests=0,
        seconds_between_writes=0,
        **settled,
    )


def repository(fake: FakeGitHub, token: str | None = None, **options: Any) -> Repository:
    """Connect and get the repository; the connection is closed with the client."""
    return client(fake, token, **options).get_repo(REPOSITORY)


def raw(
    fake: FakeGitHub,
    method: str,
    path: str,
    body: object = None,
    token: str | None = OWN,
    timeout: float = 5,
) -> tuple[int, dict[str, str], bytes]:
    """Send one request over plain HTTP: the status, the headers and the body."""
    text = fake.add_token(REPOSITORY) if token is OWN else token
    headers = {"User-Agent": "test"}
    if text is not None:
        headers["Authorization"] = f"Bearer {text}"
    content = None if body is None else json.dumps(body)
    return send(fake.url, method, path, headers, content, timeout)


def send(
    base: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None = None,
    timeout: float = 5,
) -> tuple[int, dict[str, str], bytes]:
    """Send a request with exactly these headers."""
    parts = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request(method, parts.path + path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content
    finally:
        connection.close()


def message(content: bytes) -> str:
    """Return the message of an error."""
    return str(json.loads(content)["message"])

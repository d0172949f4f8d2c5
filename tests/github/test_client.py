"""How GitHub is asked: patience and its bounds, and the words for each status."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cc_lb_selfcheck.github.api import (
    ApiError,
    Forbidden,
    Gone,
    NotFound,
    Rejected,
    Unavailable,
)
from cc_lb_selfcheck.report.json import render_json
from tests.support import github as fakes
from tests.support.github import FakeGitHub, How
from tests.support.publishing import (
    HEAD,
    NOW,
    RED,
    REPOSITORY,
    client,
    command,
    publisher,
    read_pull,
    runner_environment,
    waits,
)


def limited(status: int = 403, message: str = "API rate limit exceeded", **headers: str) -> How:
    """Answer a refusal with these headers (``_`` for ``-``)."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return fakes.respond(status, json.dumps({"message": message}), told)


# Patience ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("max_wait_s", "slept"),
    [
        (60, [0.5, 1, 2, 4, 8]),
        (7.5, [0.5, 1, 2, 4]),
        (7.4, [0.5, 1, 2]),
        (0.5, [0.5]),
        (0.4, []),
        (0, []),
    ],
)
@pytest.mark.parametrize("how", [fakes.error(500), fakes.bad_gateway(), fakes.hang_up()])
def test_patience_doubles_within_its_bounds(
    fake: FakeGitHub, token: str, how: How, max_wait_s: float, slept: list[float]
) -> None:
    fake.fail("*", how, times=None)
    found, error = waits(fake, token, max_wait_s)
    assert found == slept
    assert isinstance(error, Unavailable)
    assert len(fake.requests) == len(slept) + 1


def test_all_requests_share_one_budget(fake: FakeGitHub, token: str) -> None:
    slept: list[float] = []
    api = client(fake, token, max_wait_s=4, sleep=slept.append)
    for _ in range(2):
        fake.fail("*", fakes.error(500), times=2)
        read_pull(api)
    assert slept == [0.5, 1, 0.5, 1]
    fake.fail("*", fakes.error(500), times=2)
    with pytest.raises(Unavailable):
        read_pull(api)
    assert sum(slept) <= 4


def test_time_outs_come_out_of_the_budget(fake: FakeGitHub, token: str) -> None:
    """Each try takes half a minute here, by a watch of the test's own."""
    slept: list[float] = []
    watch = itertools.count(0, 30)
    api = client(fake, token, max_wait_s=60, sleep=slept.append, stopwatch=lambda: next(watch))
    fake.fail("*", fakes.hang_up(), times=None)
    with pytest.raises(Unavailable, match="could not be reached to read the pull request"):
        read_pull(api)
    assert (slept, len(fake.requests)) == ([0.5], 2)
    # Who has never answered is not asked again then.
    with pytest.raises(Unavailable, match="was not asked any more to read the pull request"):
        read_pull(api)
    assert len(fake.requests) == 2


def test_a_github_that_has_answered_is_asked_once_where_the_budget_is_spent(
    fake: FakeGitHub, token: str
) -> None:
    """What was begun can be brought to its end."""
    slept: list[float] = []
    watch = itertools.count(0, 30)
    api = client(fake, token, max_wait_s=40, sleep=slept.append, stopwatch=lambda: next(watch))
    read_pull(api)
    fake.fail("*", fakes.hang_up(), times=3)
    for number in (3, 4):
        with pytest.raises(Unavailable):
            read_pull(api)
        assert (slept, len(fake.requests)) == ([0.5], number)
    assert read_pull(api) == HEAD


def test_a_slow_refusal_leaves_the_budget_for_what_github_asks(
    fake: FakeGitHub, token: str
) -> None:
    watch = itertools.count(0, 30)
    slept: list[float] = []
    api = client(fake, token, max_wait_s=60, sleep=slept.append, stopwatch=lambda: next(watch))
    fake.fail(1, limited(retry_after="60"))
    assert read_pull(api) == HEAD
    assert slept == [60]


def test_who_does_not_take_a_connection_is_not_waited_for_long(
    fake: FakeGitHub, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    send = requests.Session.send

    def noted(self: requests.Session, request: Any, **options: Any) -> requests.Response:
        given.append((urlsplit(request.url).hostname, options["timeout"]))
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    run = fake.add_run(REPOSITORY, head_sha=HEAD)
    fake.upload_artifact(run, "told", {"report.json": render_json(RED).encode()})
    environment = runner_environment(fake, tmp_path, token=token, GITHUB_RUN_ID=f"{run.id}")
    assert command(environment, "publish", "--artifacts=told", "--max-wait=0").exit_code == 1
    assert set(given) == {("127.0.0.1", (10, 30)), ("localhost", (10, 60))}


LIMITS: dict[str, tuple[How, list[float]]] = {
    "Retry-After": (limited(retry_after="7"), [7]),
    "Retry-After 0": (limited(retry_after="0"), [0]),
    "Retry-After without words": (limited(message="Forbidden", retry_after="7"), [7]),
    "Retry-After comes first": (
        limited(retry_after="7", x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 50}"),
        [7],
    ),
    "429": (limited(429, retry_after="9"), [9]),
    "the reset": (limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 42}"), [43]),
    "a reset that was": (limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW - 9}"), [1]),
    "an absurd reset": (limited(x_ratelimit_remaining="0", x_ratelimit_reset="-1"), [60]),
    "no reset": (limited(x_ratelimit_remaining="0"), [60]),
    "no time": (limited(message="You have exceeded a secondary rate limit."), [60]),
    "429 without words": (limited(429, message=""), [60]),
    **{
        f"Retry-After {text[:40]!r}": (limited(retry_after=text), [60])
        for text in ("nan", "-1", "1e1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 400)
    },
}


@pytest.mark.parametrize(("how", "slept"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_waited_for_as_github_asks(
    fake: FakeGitHub, token: str, how: How, slept: list[float]
) -> None:
    fake.fail(1, how)
    assert waits(fake, token, 60) == (slept, None)


@pytest.mark.parametrize(
    "how",
    [
        limited(retry_after="61"),
        limited(retry_after="999999999999"),
        limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 60}"),
    ],
)
def test_a_limit_beyond_the_budget_is_not_waited_for(
    fake: FakeGitHub, token: str, how: How
) -> None:
    fake.fail("*", how, times=None)
    slept, error = waits(fake, token, 60)
    assert (slept, len(fake.requests)) == ([], 1)
    assert str(error).startswith("GitHub asks to wait for longer than `--max-wait` allows (403: ")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, Rejected, "GitHub did not let us read the pull request (400: No)."),
        (401, Rejected, "The token is not valid, so GitHub did not let us read"),
        (403, Forbidden, "GitHub did not let us read the pull request (403: No)."),
        (404, NotFound, "GitHub did not let us read the pull request (404: No)."),
        (410, Gone, "GitHub did not let us read the pull request (410: No)."),
        (422, Rejected, "GitHub did not let us read the pull request (422: No)."),
        (503, Unavailable, "GitHub is in trouble and did not read the pull request (503: No)."),
    ],
)
def test_each_status_has_its_words(
    fake: FakeGitHub, token: str, status: int, kind: type[ApiError], words: str
) -> None:
    fake.fail("*", fakes.error(status, "No"), times=None)
    slept, error = waits(fake, token, 60)
    assert isinstance(error, kind)
    assert str(error).startswith(words)
    assert bool(slept) == (status >= 500)


def test_no_pause_is_made_between_requests(fake: FakeGitHub, token: str) -> None:
    slept: list[float] = []
    publisher(RED).publish(client(fake, token, sleep=slept.append))
    # The one before the last look.
    assert slept == [1]

"""The fake of GitHub: limits, and what goes wrong."""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import requests.exceptions
from github.GithubException import (
    RateLimitExceededException,
)

from tests.support import github as fakes
from tests.support.asking import (
    COMMENTS,
    REPOSITORY,
    client,
    raw,
    with_pull,
)
from tests.support.github import FakeGitHub


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with with_pull() as made:
        yield made


# Limits.


def test_an_hours_requests_are_counted_and_refused_when_used_up(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY)
    _, headers, _ = raw(fake, "GET", COMMENTS, token=token)
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("1000", "999")
    fake.exhaust(token, reset_in=100)
    with client(fake, token) as github:
        with pytest.raises(RateLimitExceededException) as caught:
            github.get_repo(REPOSITORY)
        headers = caught.value.headers or {}
        assert headers["x-ratelimit-remaining"] == "0"
        assert int(headers["x-ratelimit-reset"]) > time.time()
        # Asking how many are left is free.
        assert github.get_rate_limit().rate.remaining == 0


@pytest.mark.parametrize("how", [fakes.primary(), fakes.secondary(retry_after=7)])
def test_both_limits_are_what_pygithub_takes_them_for(fake: FakeGitHub, how: fakes.How) -> None:
    fake.fail(1, how)
    with client(fake) as github, pytest.raises(RateLimitExceededException) as caught:
        github.get_repo(REPOSITORY)
    assert caught.value.status == 403
    headers = caught.value.headers or {}
    told = headers.get("retry-after") or headers["x-ratelimit-reset"]
    assert told == "7" or int(told) > time.time()


# Faults and hooks.


def test_the_nth_request_fails_and_no_other(fake: FakeGitHub) -> None:
    fake.fail(2, fakes.error(500))
    token = fake.add_token(REPOSITORY)
    statuses = [raw(fake, "GET", COMMENTS, token=token)[0] for _ in range(3)]
    assert statuses == [200, 500, 200]


def test_a_lost_answer_leaves_the_comment(fake: FakeGitHub) -> None:
    fake.fail("POST */comments", fakes.hang_up("after"))
    with client(fake) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        with pytest.raises(requests.exceptions.ConnectionError):
            pull.create_issue_comment("Hello")
    assert [comment.body for comment in fake.comments(REPOSITORY, 7)] == ["Hello"]
    assert (fake.requests[-1].status, fake.requests[-1].fault) == (None, "hang up")


def test_a_request_that_never_arrived_leaves_nothing(fake: FakeGitHub) -> None:
    fake.fail(lambda method, _: method == "POST", fakes.hang_up())
    with client(fake) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        with pytest.raises(requests.exceptions.ConnectionError):
            pull.create_issue_comment("Hello")
    assert fake.comments(REPOSITORY, 7) == []


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_slow_answer_comes_too_late_but_the_write_counts(fake: FakeGitHub, effect: Any) -> None:
    taken = threading.Event()
    fake.on_request("POST *", taken.set, effect="after")
    # The fake stops waiting when it ends; before the effect it has to wait to its end.
    fake.fail("POST *", fakes.slow(1 if effect == "before" else 60, effect))
    with pytest.raises(TimeoutError):
        raw(fake, "POST", COMMENTS, {"body": "Hello"}, timeout=0.1)
    assert taken.wait(5)
    assert [comment.body for comment in fake.comments(REPOSITORY, 7)] == ["Hello"]


def test_answers_can_be_html_or_broken(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY)
    fake.fail("GET *", fakes.bad_gateway())
    status, headers, content = raw(fake, "GET", COMMENTS, token=token)
    assert (status, headers["content-type"]) == (502, "text/html")
    assert content.startswith(b"<html>")
    fake.fail("GET *", fakes.malformed_json())
    with client(fake, token) as github, pytest.raises(json.JSONDecodeError):
        github.get_repo(REPOSITORY)
    fake.fail("GET *", fakes.truncated())
    with pytest.raises(http.client.IncompleteRead):
        raw(fake, "GET", f"/repos/{REPOSITORY}", token=token)


def test_foreign_hosts_make_pygithub_stop(fake: FakeGitHub) -> None:
    for number in range(40):
        fake.add_comment(REPOSITORY, 7, f"Comment {number}")
    with client(fake) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        fake.fail("GET */comments", fakes.foreign_link())
        with pytest.raises(AssertionError):
            list(pull.get_issue_comments())
        fake.fail("GET *", fakes.redirect("http://api.example.com/"))
        with pytest.raises(RuntimeError, match=r"redirected from host 127\.0\.0\.1"):
            github.get_repo(REPOSITORY)


def test_faults_can_last_and_be_forgotten(fake: FakeGitHub) -> None:
    fake.fail("GET *", fakes.error(503), times=None)
    token = fake.add_token(REPOSITORY)
    assert [raw(fake, "GET", COMMENTS, token=token)[0] for _ in range(3)] == [503] * 3
    fake.clear_script()
    assert raw(fake, "GET", COMMENTS, token=token)[0] == 200


def test_another_publisher_can_act_between_two_requests(fake: FakeGitHub) -> None:
    fake.on_request("POST */comments", lambda: fake.add_comment(REPOSITORY, 7, "Theirs"))
    fake.on_request(
        "POST */comments", lambda: fake.add_comment(REPOSITORY, 7, "Later"), effect="after"
    )
    raw(fake, "POST", COMMENTS, {"body": "Ours"})
    raw(fake, "POST", COMMENTS, {"body": "Ours again"})
    bodies = [comment.body for comment in fake.comments(REPOSITORY, 7)]
    assert bodies == ["Theirs", "Ours", "Later", "Ours again"]


def test_a_hook_may_use_http_itself(fake: FakeGitHub) -> None:
    fake.on_request("POST *", lambda: raw(fake, "POST", COMMENTS, {"body": "Inner"}))
    raw(fake, "POST", COMMENTS, {"body": "Outer"})
    assert [comment.body for comment in fake.comments(REPOSITORY, 7)] == ["Inner", "Outer"]


def test_an_error_in_a_hook_is_the_tests_and_not_githubs() -> None:
    def fails() -> None:
        raise KeyError("a slip in the test")

    fake = FakeGitHub()
    fake.__enter__()
    fake.add_repository(REPOSITORY)
    fake.on_request("GET *", fails)
    with pytest.raises(http.client.RemoteDisconnected):
        raw(fake, "GET", f"/repos/{REPOSITORY}")
    with pytest.raises(KeyError, match="a slip"):
        fake.__exit__(None, None, None)


def test_a_route_that_the_fake_lacks_is_no_404(fake: FakeGitHub) -> None:
    assert raw(fake, "GET", f"/repos/{REPOSITORY}/stargazers")[0] == 501


def test_publishers_at_once_each_write_their_comment(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY)
    start = threading.Barrier(8)

    def publish(number: int) -> None:
        with client(fake, token) as github:
            pull = github.get_repo(REPOSITORY).get_pull(7)
            start.wait(5)
            pull.create_issue_comment(f"From {number}")

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = fake.comments(REPOSITORY, 7)
    assert {each.body for each in made} == {f"From {number}" for number in range(8)}
    assert len({each.id for each in made}) == 8


def test_a_connection_is_kept(fake: FakeGitHub) -> None:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(fake.url).netloc, timeout=5)
    ports = set()
    for _ in range(3):
        connection.request("GET", f"/repos/{REPOSITORY}", headers={"User-Agent": "test"})
        ports.add(connection.sock.getsockname()[1])
        assert connection.getresponse().read()
    connection.close()
    assert len(ports) == 1

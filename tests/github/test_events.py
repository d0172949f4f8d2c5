"""From an event to what is published: a table over real payloads, cut down to what matters.

The payloads are made from the examples of the npm package ``@octokit/webhooks-examples`` 7.6.1;
``schedule`` is what the runner writes for that event, and the ``workflow_run`` ones differ in what
the run was started by.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.github.event import Branch, EventError, Plan, RunId, make_plan, read_event
from cc_lb_selfcheck.github.links import run_links
from cc_lb_selfcheck.report.surroundings import Links
from tests.support.github import FakeGitHub
from tests.support.payloads import (
    ENVIRONMENT,
    EVENT_SHA,
    GONE,
    HEAD,
    PAYLOADS,
    changed,
    payload,
    with_fork,
)
from tests.support.publishing import (
    REPOSITORY,
    command,
    runner_environment,
    write_report,
)
from tests.support.reader_runner import read_log

HERE, THERE = RunId(500, 2), RunId(1589141559, 1)


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with with_fork() as made:
        yield made


# From an event to a plan ---------------------------------------------------------------------

ON_A_PULL_REQUEST = Plan(REPOSITORY, HEAD, HERE, pull_request=2)
ON_NONE = Plan(REPOSITORY, EVENT_SHA, HERE)
PLANS = [
    # the event, its payload, the plan
    ("push", "push", ON_NONE),
    ("pull_request", "pull_request_opened", ON_A_PULL_REQUEST),
    ("pull_request", "pull_request_synchronize", ON_A_PULL_REQUEST),
    ("pull_request", "pull_request_closed", ON_A_PULL_REQUEST),
    ("pull_request", "pull_request_fork", ON_A_PULL_REQUEST),
    ("pull_request", "pull_request_deleted_fork", ON_A_PULL_REQUEST),
    ("pull_request_target", "pull_request_opened", ON_A_PULL_REQUEST),
    ("pull_request_target", "pull_request_fork", ON_A_PULL_REQUEST),
    ("pull_request_review", "pull_request_review", ON_A_PULL_REQUEST),
    ("pull_request_review_comment", "pull_request_review_comment", ON_A_PULL_REQUEST),
    ("merge_group", "merge_group", ON_NONE),
    ("schedule", "schedule", ON_NONE),
    ("workflow_dispatch", "workflow_dispatch", ON_NONE),
    ("repository_dispatch", "repository_dispatch", ON_NONE),
    ("release", "release", ON_NONE),
    # A called workflow has its caller's event; should it ever be told its own, that is harmless.
    ("workflow_call", "push", ON_NONE),
    ("an event to come", "push", ON_NONE),
    (
        "workflow_run",
        "workflow_run_same_repository",
        Plan(REPOSITORY, HEAD, THERE, head=Branch("octo-org", "changes"), has_failed=True),
    ),
    (
        "workflow_run",
        "workflow_run_fork",
        Plan(
            REPOSITORY,
            HEAD,
            RunId(1589141559, 3),
            head=Branch("contributor", "changes"),
            has_failed=True,
        ),
    ),
    (
        "workflow_run",
        "workflow_run_deleted_fork",
        Plan(REPOSITORY, HEAD, RunId(1589141559, 3), why_none=GONE, has_failed=True),
    ),
    (
        "workflow_run",
        "workflow_run_push",
        Plan(REPOSITORY, "5779607b49aab1200488439f02372c57b4f75444", THERE),
    ),
    (
        "workflow_run",
        "workflow_run_dispatch",
        Plan(REPOSITORY, "5779607b49aab1200488439f02372c57b4f75444", THERE),
    ),
]


@pytest.mark.parametrize(("event", "name", "plan"), PLANS, ids=[f"{e} {n}" for e, n, _ in PLANS])
def test_an_events_plan(event: str, name: str, plan: Plan) -> None:
    assert make_plan(event, payload(name), ENVIRONMENT) == plan
    is_about_one = plan.pull_request is not None or plan.head is not None
    assert plan.comments == is_about_one


def test_every_payload_is_in_the_table() -> None:
    assert {path.stem for path in PAYLOADS.iterdir()} == {name for _, name, _ in PLANS}


def test_a_run_without_an_attempt_is_the_first() -> None:
    environment = {k: v for k, v in ENVIRONMENT.items() if k != "GITHUB_RUN_ATTEMPT"}
    assert make_plan("push", {}, environment).run == RunId(500, 1)
    event = payload("workflow_run_fork")
    del event["workflow_run"]["run_attempt"]
    assert make_plan("workflow_run", event, environment).run == RunId(1589141559, 1)


def test_the_runs_address() -> None:
    plan = make_plan("workflow_run", payload("workflow_run_fork"), ENVIRONMENT)
    links = run_links(plan, {"GITHUB_SERVER_URL": "https://github.example.com/"})
    run = f"https://github.example.com/{REPOSITORY}/actions/runs/1589141559"
    assert (links.run, links.report) == (f"{run}/attempts/3", None)
    assert links.commit == f"https://github.example.com/{REPOSITORY}/commit/{HEAD}"
    assert links.jobs == f"{run}/job/"
    plain = run_links(make_plan("push", {}, ENVIRONMENT | {"GITHUB_RUN_ATTEMPT": "1"}), {})
    assert plain.run == f"https://github.com/{REPOSITORY}/actions/runs/500"
    other = run_links(plan, {}, ("octo-org/other", 7))
    assert other.report == "https://github.com/octo-org/other/actions/runs/7#artifacts"


@pytest.mark.parametrize(
    "server", ["javascript:x", "https://a@b", "https://a) [b](https://c", "https://a/?b", "a"]
)
def test_an_absurd_server_is_not_linked_to(server: str) -> None:
    assert run_links(ON_NONE, {"GITHUB_SERVER_URL": server}) == Links()


# What cannot be used -------------------------------------------------------------------------


NO_PULL_REQUEST = "The event of pull_request tells no pull request with a head commit."
NO_RUN = "The event of workflow_run tells no run with a head commit."
NUMBERS: list[object] = [..., None, 0, -1, True, 1.5, "7", [], {}, 10**20]
COMMITS: list[object] = [..., None, 7, "", "abc", "g" * 40, HEAD.upper(), HEAD + "\n", [HEAD]]
NO_PULL_REQUESTS: list[object] = [..., None, [], "x", {"number": 7, "head": HEAD}]
NO_RUNS: list[object] = [..., None, [], 7]
ABSURD_EVENTS = [
    *(
        ("pull_request", changed("pull_request_opened", "pull_request", "number", to=value))
        for value in NUMBERS
    ),
    *(
        ("pull_request", changed("pull_request_opened", "pull_request", "head", "sha", to=value))
        for value in COMMITS
    ),
    *(
        ("pull_request", changed("pull_request_opened", "pull_request", to=value))
        for value in NO_PULL_REQUESTS
    ),
    *(
        ("workflow_run", changed("workflow_run_fork", "workflow_run", "id", to=value))
        for value in NUMBERS
    ),
    *(
        ("workflow_run", changed("workflow_run_fork", "workflow_run", "run_attempt", to=value))
        for value in NUMBERS
        if value is not ...
    ),
    *(
        ("workflow_run", changed("workflow_run_fork", "workflow_run", "head_sha", to=value))
        for value in COMMITS
    ),
    *(
        ("workflow_run", changed("workflow_run_fork", "workflow_run", to=value))
        for value in NO_RUNS
    ),
]


@pytest.mark.parametrize(("event", "told"), ABSURD_EVENTS)
def test_an_absurd_event_is_refused(event: str, told: dict[str, Any]) -> None:
    with pytest.raises(EventError) as caught:
        make_plan(event, told, ENVIRONMENT)
    assert str(caught.value) == (NO_RUN if event == "workflow_run" else NO_PULL_REQUEST)


@pytest.mark.parametrize("owner", [None, {}, {"owner": None}, {"owner": {"login": ""}}, "x"])
def test_a_head_without_an_owner_is_gone(owner: object) -> None:
    event = changed("workflow_run_fork", "workflow_run", "head_repository", to=owner)
    assert make_plan("workflow_run", event, ENVIRONMENT).why_none == GONE


ABSURD_VARIABLES = [
    ("GITHUB_REPOSITORY", None, "GITHUB_REPOSITORY names no repository"),
    ("GITHUB_REPOSITORY", "plugins", "GITHUB_REPOSITORY names no repository"),
    ("GITHUB_REPOSITORY", "a/b/c", "GITHUB_REPOSITORY names no repository"),
    ("GITHUB_REPOSITORY", "a/../b?", "GITHUB_REPOSITORY names no repository"),
    ("GITHUB_REPOSITORY", "a/b\n", "GITHUB_REPOSITORY names no repository"),
    ("GITHUB_RUN_ID", None, "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ID", "", "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ID", "-1", "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ID", "1e3", "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ID", "٣", "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ID", "9" * 5_000, "GITHUB_RUN_ID is no number."),
    ("GITHUB_RUN_ATTEMPT", "two", "GITHUB_RUN_ATTEMPT is no number."),
    ("GITHUB_EVENT_PATH", None, NO_PULL_REQUEST),
    ("GITHUB_EVENT_PATH", "missing.json", "GITHUB_EVENT_PATH cannot be read: no such file"),
    ("GITHUB_EVENT_PATH", ".", "GITHUB_EVENT_PATH cannot be read: is a directory"),
    ("GITHUB_API_URL", "ftp://host", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_API_URL", "http://user:secret@host", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_API_URL", "http://host:99999", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_API_URL", "http://[::1", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_API_URL", "http://:80", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_API_URL", "http://host:0", "GITHUB_API_URL is no address of an API"),
    ("GITHUB_TOKEN", None, "There is no token to publish with: set GITHUB_TOKEN, "),
    ("GITHUB_TOKEN", "  ", "let a second workflow publish its report, in `workflow_run`."),
    ("GITHUB_TOKEN", "ghs_two\nlines", "The token is none"),
    ("GITHUB_TOKEN", "ghs_t\u00f6ken", "The token is none"),
]


def assert_is_wrong_usage(environment: dict[str, str], directory: Path, sentence: str) -> None:
    """Assert that ``publish`` says one sentence, tells no secret and ends with 2."""
    result = command(environment, "publish", write_report(directory), "--max-wait=0")
    assert result.exit_code == 2
    about_us = {"title": "cc-lb-selfcheck"}
    [error] = [item for item in read_log(result.stderr) if item.properties == about_us]
    assert (error.name, sentence in error.data) == ("error", True), error
    assert error.data.endswith(".")
    assert "secret" not in result.output
    assert "ghs_" not in result.output


@pytest.mark.parametrize(("name", "value", "sentence"), ABSURD_VARIABLES)
def test_an_absurd_variable_is_wrong_usage(
    fake: FakeGitHub, tmp_path: Path, name: str, value: str | None, sentence: str
) -> None:
    environment = runner_environment(fake, tmp_path, token="ghs_1")
    environment.pop(name)
    if value is not None:
        environment[name] = value
    assert_is_wrong_usage(environment, tmp_path, sentence)
    assert fake.requests == []


NO_EVENT = "GITHUB_EVENT_PATH names a file that is no event: it is no JSON object."
ABSURD_FILES = [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 200_000, b"{}x"]


@pytest.mark.parametrize("content", ABSURD_FILES, ids=range(len(ABSURD_FILES)))
def test_an_absurd_event_file_is_wrong_usage(
    fake: FakeGitHub, tmp_path: Path, content: bytes
) -> None:
    environment = runner_environment(fake, tmp_path, token="ghs_1")
    (tmp_path / "event.json").write_bytes(content)
    assert_is_wrong_usage(environment, tmp_path, NO_EVENT)
    assert fake.requests == []


def test_a_huge_event_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(b"{}")
    with path.open("r+b") as file:
        file.truncate(40 << 20)
    with pytest.raises(EventError, match="is no event"):
        read_event({"GITHUB_EVENT_PATH": str(path)})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_an_event_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "event.json")
    with pytest.raises(EventError, match="is no event"):
        read_event({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})

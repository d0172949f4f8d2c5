"""From an event to what is published: a table over real payloads, cut down to what matters.

The payloads are made from the examples of the npm package ``@octokit/webhooks-examples`` 7.6.1;
``schedule`` is what the runner writes for that event, and the ``workflow_run`` ones differ in what
the run was started by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.github.event import Branch, EventError, Plan, RunId, make_plan, read_event
from cc_lb_selfcheck.github.links import run_links
from cc_lb_selfcheck.report.surroundings import Links
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    FORK,
    RED,
    REPOSITORY,
    client,
    command,
    publisher,
    runner_environment,
    write_report,
)
from tests.support.reader_runner import read_log

PAYLOADS = Path(__file__).parent / "payloads"
HEAD = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
EVENT_SHA = fakes.sha("GITHUB_SHA")
ENVIRONMENT = {
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_RUN_ID": "500",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": EVENT_SHA,
}
HERE, THERE = RunId(500, 2), RunId(1589141559, 1)
GONE = "The repository that the pull request came from is gone, so nothing was posted."


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return loaded


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add_repository(REPOSITORY)
        made.add_repository(FORK, fork_of=REPOSITORY)
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


def changed(name: str, *keys: str, to: object) -> dict[str, Any]:
    """Return a payload in which one member is another, or absent if that is ``...``."""
    event = payload(name)
    part = event
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = to
    if to is ...:
        del part[keys[-1]]
    return event


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


# The pull request of a workflow_run ----------------------------------------------------------

Furnish = Callable[[FakeGitHub], object]
MADE_BY = "contributor:changes"


def opened(number: int = 2, **about: Any) -> Furnish:
    """Return what opens a pull request from the fork's branch."""
    settled = {"head": "changes", "head_sha": HEAD, "head_repository": FORK} | about
    return lambda fake: fake.add_pull(REPOSITORY, number, **settled)


def another_repository(fake: FakeGitHub) -> None:
    fake.add_repository("octo-org/other")
    fake.add_pull("octo-org/other", 2, head="changes", head_sha=HEAD, head_repository=FORK)


PLACE = f"`{MADE_BY}` at commit {HEAD[:12]}"
NOTHING = f"No open pull request comes from {PLACE}, so nothing was posted."
LOOKUPS: dict[str, tuple[list[Furnish], int | None, str]] = {
    "the one": ([opened()], 2, ""),
    "the one among others": (
        [opened(), opened(3, head="other"), opened(4, head_repository=REPOSITORY)],
        2,
        "",
    ),
    "none": ([], None, NOTHING),
    "its head moved on": ([opened(head_sha=fakes.sha("later"))], None, NOTHING),
    "closed": ([opened(state="closed")], None, NOTHING),
    "merged": ([opened(state="closed", merged=True)], None, NOTHING),
    "another branch": ([opened(head="other")], None, NOTHING),
    "the same branch of the repository itself": (
        [opened(head_repository=REPOSITORY)],
        None,
        NOTHING,
    ),
    "into another repository": ([another_repository], None, NOTHING),
    "two": (
        [opened(), opened(3, base="next")],
        None,
        f"2 open pull requests come from {PLACE} (numbers 2, 3), so nothing was posted.",
    ),
    "two, one of an older head": ([opened(), opened(3, head_sha=fakes.sha("older"))], 2, ""),
    "many": (
        [opened(number) for number in range(2, 9)],
        None,
        f"7 open pull requests come from {PLACE} (numbers 2, 3, 4, 5, 6), so nothing was posted.",
    ),
}


@pytest.mark.parametrize(("making", "number", "notice"), LOOKUPS.values(), ids=LOOKUPS)
def test_the_pull_request_of_a_forks_run(
    fake: FakeGitHub, making: list[Furnish], number: int | None, notice: str
) -> None:
    for make in making:
        make(fake)
    told = publish_after(fake, payload("workflow_run_fork"))
    assert told.failures == []
    assert told.notices == ([notice] if notice else [])
    written = {n for (_, n) in fake.state.pulls if fake.comments(REPOSITORY, n)}
    assert written == ({number} if number else set())


def publish_after(fake: FakeGitHub, event: dict[str, Any]) -> Any:
    plan = make_plan("workflow_run", event, ENVIRONMENT)
    token = fake.add_token(REPOSITORY)
    return publisher(RED, plan=plan).publish(client(fake, token))


def test_a_list_that_was_not_filtered_is_not_believed(fake: FakeGitHub) -> None:
    """Of two heads of one name and commit, that of another owner is another's."""
    opened(2, head_repository=REPOSITORY)(fake)
    token = fake.add_token(REPOSITORY)
    unfiltered = client(fake, token).repository.get_pulls(state="open")
    listed = json.dumps([pull.raw_data for pull in unfiltered]).encode()
    fake.fail("GET */pulls", fakes.content(listed))
    assert publish_after(fake, payload("workflow_run_fork")).notices == [NOTHING]
    assert fake.comments(REPOSITORY, 2) == []


def test_the_pull_request_of_a_run_of_the_repositorys_own_branch(fake: FakeGitHub) -> None:
    opened(5, head_repository=REPOSITORY)(fake)
    opened(6)(fake)
    publish_after(fake, payload("workflow_run_same_repository"))
    assert [len(fake.comments(REPOSITORY, number)) for number in (5, 6)] == [1, 0]


@pytest.mark.parametrize("branch", ["feature/a#1", "a&state=all", "a b", "ä", "%2F", "a+b", "a:b"])
def test_a_branch_may_have_any_name(fake: FakeGitHub, branch: str) -> None:
    opened(head=branch)(fake)
    opened(3, head="a")(fake)
    event = changed("workflow_run_fork", "workflow_run", "head_branch", to=branch)
    assert publish_after(fake, event).notices == []
    assert len(fake.comments(REPOSITORY, 2)) == 1


def test_a_run_of_what_was_deleted_says_so(fake: FakeGitHub) -> None:
    opened()(fake)
    told = publish_after(fake, payload("workflow_run_deleted_fork"))
    assert (told.notices, told.done, fake.requests) == ([GONE], [], [])


def test_a_run_of_another_event_asks_for_nothing(fake: FakeGitHub) -> None:
    opened()(fake)
    told = publish_after(fake, payload("workflow_run_push"))
    assert (told.notices, told.done, fake.requests) == ([], [], [])


def test_a_pull_request_among_hundreds_is_found(fake: FakeGitHub) -> None:
    opened()(fake)
    for number in range(10, 120):
        opened(number, head_sha=fakes.sha(f"{number}"))(fake)
    publish_after(fake, payload("workflow_run_fork"))
    assert len(fake.comments(REPOSITORY, 2)) == 1


# Which events comment, by the command --------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "name", "comments"),
    [
        ("pull_request", "pull_request_synchronize", True),
        ("pull_request_target", "pull_request_fork", True),
        ("workflow_run", "workflow_run_fork", True),
        ("push", "push", False),
        ("merge_group", "merge_group", False),
        ("schedule", "schedule", False),
        ("workflow_run", "workflow_run_push", False),
        ("workflow_run", "workflow_run_deleted_fork", False),
    ],
)
def test_the_events_that_comment(
    fake: FakeGitHub, tmp_path: Path, event: str, name: str, comments: bool
) -> None:
    opened()(fake)
    environment = runner_environment(
        fake, tmp_path, event=event, payload=payload(name), token=fake.add_token(REPOSITORY)
    )
    result = command(environment, "publish", write_report(tmp_path), "--max-wait=0")
    assert result.exit_code == 1
    assert len(fake.comments(REPOSITORY, 2)) == int(comments)
    notices = [item.data for item in read_log(result.output) if item.name == "notice"]
    assert notices == ([GONE] if name == "workflow_run_deleted_fork" else [])
    assert "cc-lb would refuse 1 of 2 plugins" in (tmp_path / "summary").read_text("utf-8")
    if not comments:
        assert fake.requests == []

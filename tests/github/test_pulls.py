"""The pull request of a run, proven by its head commit, and which events comment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.github.event import make_plan
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.payloads import (
    ENVIRONMENT,
    GONE,
    HEAD,
    changed,
    payload,
    with_fork,
)
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


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with with_fork() as made:
        yield made


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

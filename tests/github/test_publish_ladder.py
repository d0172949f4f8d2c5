"""What GitHub refuses: the rest stands, and one notice names the permission that is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.github.model import Level, Permission
from tests.support.publishing import (
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    command,
    report_of,
    runner_environment,
    said,
    write_report,
)
from tests.support.publishing import (
    publish_by_command as publish,
)
from tests.support.reader_runner import SHOWN_PER_TYPE, read_log

Permissions = Mapping[Permission, Level]
ASK_COMMENT = "pull-requests: write"
ASK_CHECK = "checks: write"
LADDER: dict[str, tuple[Permissions, list[str], list[str], tuple[int, int]]] = {
    # what the token may, options, what is asked for, how many comments and check runs there are
    "both": ({"pull_requests": "write", "checks": "write"}, ["--check-run"], [], (1, 1)),
    "comments": ({"pull_requests": "write"}, ["--check-run"], [ASK_CHECK], (1, 0)),
    "checks": (
        {"pull_requests": "read", "checks": "write"},
        ["--check-run"],
        [ASK_COMMENT],
        (0, 1),
    ),
    "neither": ({"contents": "read"}, ["--check-run"], [ASK_CHECK, ASK_COMMENT], (0, 0)),
    "no check run wanted": ({"checks": "write"}, [], [ASK_COMMENT], (0, 0)),
    "no comment wanted": (
        {"contents": "read"},
        ["--check-run", "--comment-mode=off"],
        [ASK_CHECK],
        (0, 0),
    ),
    "nothing wanted": ({"contents": "read"}, ["--comment-mode=off"], [], (0, 0)),
    "only issues": ({"issues": "write"}, [], [], (1, 0)),
}


@pytest.mark.parametrize(("permissions", "options", "wanted", "made"), LADDER.values(), ids=LADDER)
def test_what_github_refuses_leaves_the_rest_standing(
    fake: FakeGitHub,
    token: str,
    tmp_path: Path,
    permissions: Permissions,
    options: list[str],
    wanted: list[str],
    made: tuple[int, int],
) -> None:
    limited = fake.add_token(REPOSITORY, permissions=permissions)
    result = publish(fake, tmp_path, limited, RED, *options)
    assert result.exit_code == 1
    assert (len(fake.comments(REPOSITORY, PULL)), len(fake.check_runs(REPOSITORY))) == made
    # Whatever GitHub says, the runner's own surfaces have all of it.
    assert "cc-lb would refuse 1 of 2 plugins" in (tmp_path / "summary").read_text("utf-8")
    assert [item.name for item in read_log(result.stdout)] == ["error"]
    complaints = said(result)
    if not wanted:
        assert complaints == []
        return
    [notice] = complaints
    assert notice.name == "warning"
    assert "Resource not accessible by integration" in notice.data
    lines = "\n".join(f"  {permission}" for permission in wanted)
    # Who names any permission of a job has no others.
    assert f"beside what else it needs,\n\npermissions:\n{lines}\n\n" in notice.data
    assert "let a second workflow publish its report, in `workflow_run`." in notice.data


def test_what_is_said_of_posting_is_among_what_the_runner_shows(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    """However many plugins there is something to say of: the runner shows ten of a kind."""
    told = report_of(**{f"p{number:02}": "u" for number in range(30)})
    reader = fake.add_token(REPOSITORY, permissions={"pull_requests": "read"})
    result = publish(fake, tmp_path, reader, told)
    warnings = [item for item in read_log(result.output) if item.name == "warning"]
    assert len(warnings) == SHOWN_PER_TYPE
    assert ASK_COMMENT in warnings[-1].data
    assert "22 more" in warnings[-2].data


def test_a_private_repository_that_the_token_does_not_reach_is_told(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    fake.state.repository(REPOSITORY).private = True
    fake.add_repository("octo-org/other")
    result = publish(fake, tmp_path, fake.add_token("octo-org/other"), RED)
    assert result.exit_code == 1
    [warning] = said(result)
    assert "(404: Not Found)" in warning.data
    assert f"There is no repository {REPOSITORY}, or the token may not see it." in warning.data
    assert f"permissions:\n  {ASK_COMMENT}" in warning.data


def test_a_pull_request_that_is_not_there_is_no_matter_of_permissions(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    payload = {"pull_request": {"number": 99, "head": {"sha": HEAD}}}
    environment = runner_environment(fake, tmp_path, payload=payload, token=token)
    path = write_report(tmp_path, RED)
    result = command(environment, "publish", path, "--check-run")
    assert result.exit_code == 1
    [warning] = said(result)
    assert (
        f"There is no pull request 99 in {REPOSITORY}, or the token may not see it." in warning.data
    )
    assert "permissions:" not in warning.data
    assert len(fake.check_runs(REPOSITORY)) == 1


def test_a_404_on_what_is_there_is_a_matter_of_permissions(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    fake.fail("POST *", fakes.error(404, "Not Found"))
    result = publish(fake, tmp_path, token, RED)
    [warning] = said(result)
    assert f"permissions:\n  {ASK_COMMENT}" in warning.data
    assert "There is no" not in warning.data


def test_a_token_that_is_not_valid_is_no_matter_of_permissions(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    result = publish(fake, tmp_path, "ghs_expired", RED)
    [warning] = said(result)
    assert "The token is not valid" in warning.data
    assert "permissions:" not in warning.data


def locked(fake: FakeGitHub) -> str:
    fake.state.pulls[fake.state.repository(REPOSITORY).id, PULL].locked = True
    return fake.add_token(REPOSITORY)


def archived(fake: FakeGitHub) -> str:
    fake.state.repository(REPOSITORY).archived = True
    return fake.add_token(REPOSITORY)


def a_persons(fake: FakeGitHub) -> str:
    return fake.add_token(REPOSITORY, login="octocat")


ALLOW_LIST = (
    "Although you appear to have the correct authorization credentials, the `octo-org` organization"
    " has an IP allow list enabled, and your IP address 192.0.2.1 is not permitted to access this"
    " resource."
)
SAML = "Resource protected by organization SAML enforcement."


def kept_out(message: str) -> Callable[[FakeGitHub], str]:
    """Return what refuses everything in an organization's name."""

    def make(fake: FakeGitHub) -> str:
        fake.fail("*", fakes.error(403, message), times=None)
        return fake.add_token(REPOSITORY)

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (kept_out(ALLOW_LIST), "has an IP allow list enabled"),
        (kept_out(SAML), SAML),
        (locked, "Unable to create comment because issue is locked."),
        (archived, "Repository was archived so is read-only."),
        (a_persons, "You must authenticate via a GitHub App."),
    ],
)
def test_what_no_permission_would_mend_asks_for_none(
    fake: FakeGitHub,
    token: str,
    tmp_path: Path,
    make: Callable[[FakeGitHub], str],
    words: str,
) -> None:
    result = publish(fake, tmp_path, make(fake), RED, "--check-run")
    assert result.exit_code == 1
    [warning] = said(result)
    assert words in warning.data
    assert "permissions:" not in warning.data

"""The fake of GitHub, seen by the real PyGithub client and by plain HTTP.

What is tested here is what the product's tests rely on; that the shapes are GitHub's own is the
contract check's matter (`python -m tests.contract`).
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from github.GithubException import (
    BadCredentialsException,
    GithubException,
    UnknownObjectException,
)

from tests.support.asking import COMMENTS, FORK, REPOSITORY, client, message, raw, send, with_pull
from tests.support.github import ACTIONS_BOT, FakeGitHub, sha


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with with_pull() as made:
        yield made


# Who asks.


def test_a_workflows_token_is_nobody_and_writes_as_the_bot(fake: FakeGitHub) -> None:
    with client(fake) as github:
        with pytest.raises(GithubException) as caught:
            _ = github.get_user().login
        comment = github.get_repo(REPOSITORY).get_pull(7).create_issue_comment("Hello")
    assert caught.value.status == 403
    assert caught.value.data["message"] == "Resource not accessible by integration"
    assert caught.value.data["documentation_url"].endswith("#get-the-authenticated-user")
    assert comment.user.login == ACTIONS_BOT
    assert comment.user.type == "Bot"


def test_a_users_token_has_a_login(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY, login="octocat")
    with client(fake, token) as github:
        assert github.get_user().login == "octocat"
        comment = github.get_repo(REPOSITORY).get_pull(7).create_issue_comment("Hello")
    assert comment.user.login == "octocat"


def test_an_unknown_token_is_401(fake: FakeGitHub) -> None:
    with client(fake, "stolen") as github, pytest.raises(BadCredentialsException):
        github.get_repo(REPOSITORY)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", COMMENTS, "issues=write; pull_requests=write"),
        ("POST", f"/repos/{REPOSITORY}/check-runs", "checks=write"),
        ("GET", f"/repos/{REPOSITORY}/actions/artifacts/1/zip", "actions=read"),
    ],
)
def test_a_permission_that_is_missing_is_403_and_named(
    fake: FakeGitHub, method: str, path: str, permission: str
) -> None:
    token = fake.add_token(REPOSITORY, permissions={"contents": "read"})
    status, headers, content = raw(fake, method, path, {"body": "Hello"}, token)
    assert (status, message(content)) == (403, "Resource not accessible by integration")
    assert headers["x-accepted-github-permissions"] == permission
    assert fake.comments(REPOSITORY, 7) == []


@pytest.mark.parametrize("permission", ["issues", "pull_requests"])
def test_either_permission_lets_a_token_comment(fake: FakeGitHub, permission: Any) -> None:
    token = fake.add_token(REPOSITORY, permissions={permission: "write"})
    assert raw(fake, "POST", COMMENTS, {"body": "Hello"}, token)[0] == 201


def test_what_is_public_can_be_read_without_permission_or_token(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY, permissions={})
    assert raw(fake, "GET", COMMENTS, token=token)[0] == 200
    assert raw(fake, "GET", COMMENTS, token=None)[0] == 200
    assert raw(fake, "POST", COMMENTS, {"body": "Hello"}, token=None)[0] == 401


def test_a_private_repository_is_404_to_others_and_403_without_permission(
    fake: FakeGitHub,
) -> None:
    fake.add_repository("octo/secret", private=True)
    fake.add_pull("octo/secret", 1)
    path = "/repos/octo/secret/pulls/1"
    assert raw(fake, "GET", path)[0] == 404
    weak = fake.add_token("octo/secret", permissions={})
    assert raw(fake, "GET", path, token=weak)[0] == 403
    assert raw(fake, "GET", path, token=fake.add_token("octo/secret"))[0] == 200


def test_a_users_token_makes_no_check_runs(fake: FakeGitHub) -> None:
    token = fake.add_token(REPOSITORY, login="octocat")
    status, _, content = raw(fake, "POST", f"/repos/{REPOSITORY}/check-runs", {}, token)
    assert (status, message(content)) == (403, "You must authenticate via a GitHub App.")


def test_a_client_without_a_name_is_refused(fake: FakeGitHub) -> None:
    status, _, content = send(fake.url, "GET", f"/repos/{REPOSITORY}", {})
    assert status == 403
    assert "User-Agent" in message(content)


# Repositories and pull requests.


def test_a_repository_knows_what_it_was_forked_from(fake: FakeGitHub) -> None:
    fake.add_repository(FORK, fork_of=REPOSITORY)
    with client(fake) as github:
        fork = github.get_repo(FORK)
        assert fork.fork
        assert fork.parent.full_name == REPOSITORY
        with pytest.raises(UnknownObjectException):
            github.get_repo("octo/none")


def test_a_renamed_repository_redirects_and_pygithub_follows(fake: FakeGitHub) -> None:
    fake.rename_repository(REPOSITORY, "octo/modules")
    with client(fake, fake.add_token("octo/modules")) as github:
        assert github.get_repo(REPOSITORY).full_name == "octo/modules"


def test_pulls_are_found_by_owner_and_branch(fake: FakeGitHub) -> None:
    fake.add_repository(FORK, fork_of=REPOSITORY)
    fake.add_pull(REPOSITORY, 8, head_repository=FORK)
    fake.add_pull(REPOSITORY, 9, head_repository=FORK, state="closed")
    with client(fake) as github:
        repo = github.get_repo(REPOSITORY)
        found = list(repo.get_pulls(state="open", head="contributor:feature"))
        assert [pull.number for pull in found] == [8]
        assert found[0].head.repo.full_name == FORK
        assert found[0].head.sha == sha(f"{FORK}:feature")
        assert found[0].base.repo.full_name == REPOSITORY
        every = repo.get_pulls(state="all", head="contributor:feature")
        assert [pull.number for pull in every] == [9, 8]


def test_a_head_without_an_owner_is_ignored(fake: FakeGitHub) -> None:
    fake.add_pull(REPOSITORY, 8, head="other")
    path = f"/repos/{REPOSITORY}/pulls?head=feature"
    _, _, content = raw(fake, "GET", path)
    assert [pull["number"] for pull in json.loads(content)] == [8, 7]


def test_a_deleted_fork_leaves_a_pull_without_a_repository(fake: FakeGitHub) -> None:
    fake.add_repository(FORK, fork_of=REPOSITORY)
    fake.add_pull(REPOSITORY, 8, head_repository=FORK)
    fake.delete_repository(FORK)
    _, _, content = raw(fake, "GET", f"/repos/{REPOSITORY}/pulls/8")
    head = json.loads(content)["head"]
    assert (head["repo"], head["label"]) == (None, "contributor:feature")


def test_a_head_moves_and_a_pull_closes(fake: FakeGitHub) -> None:
    fake.push(REPOSITORY, 7, sha("second"))
    with client(fake) as github:
        repo = github.get_repo(REPOSITORY)
        assert repo.get_pull(7).head.sha == sha("second")
        fake.close_pull(REPOSITORY, 7, merged=True)
        closed = repo.get_pull(7)
        assert (closed.state, closed.merged) == ("closed", True)


# Comments.


def test_a_comment_is_written_changed_and_deleted(fake: FakeGitHub) -> None:
    with client(fake) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        comment = pull.create_issue_comment("First")
        assert comment.id > 2**31
        comment.edit("Second")
        assert pull.get_issue_comment(comment.id).body == "Second"
        assert comment.updated_at > comment.created_at
        assert [each.body for each in pull.get_issue_comments()] == ["Second"]
        comment.delete()
        with pytest.raises(UnknownObjectException):
            comment.delete()
    assert fake.comments(REPOSITORY, 7) == []


def test_comments_come_in_pages_that_pygithub_walks(fake: FakeGitHub) -> None:
    for number in range(205):
        fake.add_comment(REPOSITORY, 7, f"Comment {number}", "octocat")
    with client(fake, per_page=100) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        bodies = [comment.body for comment in pull.get_issue_comments()]
    assert bodies == [f"Comment {number}" for number in range(205)]
    pages = [each for each in fake.requests if each.path.endswith("/issues/7/comments")]
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("query", "count", "names"),
    [
        ("", 30, ["next", "last"]),
        ("?page=2", 30, ["prev", "next", "last", "first"]),
        ("?page=3", 5, ["prev", "first"]),
        ("?page=9", 0, ["prev", "first"]),
        ("?per_page=500", 65, []),
        ("?per_page=0", 30, ["next", "last"]),
    ],
)
def test_pages_have_links(fake: FakeGitHub, query: str, count: int, names: list[str]) -> None:
    for number in range(65):
        fake.add_comment(REPOSITORY, 7, f"Comment {number}")
    _, headers, content = raw(fake, "GET", COMMENTS + query)
    assert len(json.loads(content)) == count
    links = [part.split("; ") for part in headers.get("link", "").split(", ") if part]
    assert [name for _, name in links] == [f'rel="{name}"' for name in names]
    for address, _ in links:
        assert address.startswith(f"<{fake.url}/repositories/")


def test_a_link_by_number_leads_to_the_next_page(fake: FakeGitHub) -> None:
    for number in range(3):
        fake.add_comment(REPOSITORY, 7, f"Comment {number}")
    _, headers, _ = raw(fake, "GET", f"{COMMENTS}?per_page=2")
    following = headers["link"].partition(">")[0].removeprefix(f"<{fake.url}")
    _, _, content = raw(fake, "GET", following)
    assert [comment["body"] for comment in json.loads(content)] == ["Comment 2"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"body": "é" * 65_537}, "Body is too long (maximum is 65536 characters)"),
        ({"body": ""}, "Body cannot be blank"),
        ({"body": " \n"}, "Body cannot be blank"),
    ],
)
def test_a_body_that_cannot_be_is_422(fake: FakeGitHub, body: object, told: str) -> None:
    comment = fake.add_comment(REPOSITORY, 7, "Before")
    own = f"/repos/{REPOSITORY}/issues/comments/{comment.id}"
    for method, path in (("POST", COMMENTS), ("PATCH", own)):
        status, _, content = raw(fake, method, path, body)
        error = json.loads(content)["errors"][0]
        assert (status, error["resource"], error["message"]) == (422, "IssueComment", told)
    assert [each.body for each in fake.comments(REPOSITORY, 7)] == ["Before"]


def test_a_body_at_the_limit_is_taken(fake: FakeGitHub) -> None:
    assert raw(fake, "POST", COMMENTS, {"body": "é" * 65_536})[0] == 201


def test_a_body_of_another_kind_is_refused(fake: FakeGitHub) -> None:
    assert raw(fake, "POST", COMMENTS, {})[0] == 422
    assert raw(fake, "POST", COMMENTS, {"body": 5})[0] == 422
    assert raw(fake, "POST", COMMENTS, [])[0] == 400
    assert raw(fake, "POST", COMMENTS)[0] == 400


def test_a_locked_conversation_takes_no_comment(fake: FakeGitHub) -> None:
    fake.add_pull(REPOSITORY, 8, locked=True)
    path = f"/repos/{REPOSITORY}/issues/8/comments"
    assert raw(fake, "POST", path, {"body": "Hello"})[0] == 403

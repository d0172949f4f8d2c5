"""The fake of GitHub, seen by the real PyGithub client and by plain HTTP.

What is tested here is what the product's tests rely on; that the shapes are GitHub's own is the
contract check's matter (`python -m tests.contract`).
"""

import http.client
import io
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests.exceptions
from github import Auth, Github
from github.GithubException import (
    BadCredentialsException,
    GithubException,
    RateLimitExceededException,
    UnknownObjectException,
)
from github.Repository import Repository

from tests.support import github as fakes
from tests.support.github import ACTIONS_BOT, FakeGitHub, sha

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "octo/plugins"
FORK = "contributor/plugins"
COMMENTS = f"/repos/{REPOSITORY}/issues/7/comments"
OWN = "a new token of the workflow's own"


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    """A repository with pull request 7 from its branch `feature`."""
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


# Runs and artifacts.


def test_a_run_tells_where_it_comes_from(fake: FakeGitHub) -> None:
    fake.add_repository(FORK, fork_of=REPOSITORY)
    commit = sha("head")
    fake.add_pull(REPOSITORY, 8, head_repository=FORK, head_sha=commit)
    made = fake.add_run(
        REPOSITORY,
        head_repository=FORK,
        head_branch="feature",
        head_sha=commit,
        event="pull_request",
    )
    fake.rerun(made)
    with client(fake) as github:
        run = github.get_repo(REPOSITORY).get_workflow_run(made.id)
        assert (run.event, run.head_sha, run.run_attempt) == ("pull_request", commit, 2)
        assert run.head_repository.full_name == FORK
        assert run.pull_requests == []


def test_a_run_of_an_own_branch_lists_its_pull_request(fake: FakeGitHub) -> None:
    made = fake.add_run(REPOSITORY, head_branch="feature", event="pull_request")
    with client(fake) as github:
        run = github.get_repo(REPOSITORY).get_workflow_run(made.id)
        assert [pull.number for pull in run.pull_requests] == [7]


def test_artifacts_are_listed_in_pages_and_by_name(fake: FakeGitHub) -> None:
    run = fake.add_run(REPOSITORY)
    for number in range(35):
        fake.upload_artifact(run, f"part-{number}", {"a.txt": b"a"})
    with client(fake) as github:
        found = github.get_repo(REPOSITORY).get_workflow_run(run.id).get_artifacts()
        assert found.totalCount == 35
        assert {each.name for each in found} == {f"part-{number}" for number in range(35)}
    path = f"/repos/{REPOSITORY}/actions/runs/{run.id}/artifacts?name=part-3"
    _, _, content = raw(fake, "GET", path)
    listed = json.loads(content)
    assert (listed["total_count"], listed["artifacts"][0]["name"]) == (1, "part-3")


def artifact_zip(fake: FakeGitHub, **about: Any) -> tuple[int, dict[str, str], bytes]:
    """Upload an artifact and ask for its zip."""
    made = fake.upload_artifact(fake.add_run(REPOSITORY), "report", {"a.txt": b"text"}, **about)
    return raw(fake, "GET", f"/repos/{REPOSITORY}/actions/artifacts/{made.id}/zip")


def fetch(location: str, token: str | None = None) -> tuple[int, bytes]:
    """Fetch from the storage."""
    parts = urllib.parse.urlsplit(location)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    status, _, content = send(
        f"http://{parts.netloc}", "GET", f"{parts.path}?{parts.query}", headers
    )
    return status, content


def test_the_zip_comes_from_another_host_that_refuses_the_token(fake: FakeGitHub) -> None:
    status, headers, content = artifact_zip(fake)
    location = urllib.parse.urlsplit(headers["location"])
    assert (status, content) == (302, b"")
    assert location.hostname != urllib.parse.urlsplit(fake.url).hostname
    status, content = fetch(headers["location"])
    assert zipfile.ZipFile(io.BytesIO(content)).read("a.txt") == b"text"
    status, content = fetch(headers["location"], "a-token")
    assert status == 400
    assert b"InvalidAuthenticationInfo" in content
    seen = [(each.server, each.token is not None) for each in fake.requests]
    assert seen == [("api", True), ("storage", False), ("storage", True)]


def test_an_expired_artifact_is_gone_and_says_so(fake: FakeGitHub) -> None:
    status, _, content = artifact_zip(fake, expired=True)
    assert (status, message(content)) == (410, "Artifact has expired")


def test_an_address_of_the_storage_runs_out(fake: FakeGitHub) -> None:
    _, headers, _ = artifact_zip(fake)
    fake.expire_links()
    assert fetch(headers["location"])[0] == 403


def test_a_download_can_be_cut_short_or_be_something_else(fake: FakeGitHub) -> None:
    _, headers, _ = artifact_zip(fake)
    fake.fail("GET /actions-results/*", fakes.truncated())
    with pytest.raises(http.client.IncompleteRead):
        fetch(headers["location"])
    fake.fail("GET /actions-results/*", fakes.content(b"no zip"))
    assert fetch(headers["location"]) == (200, b"no zip")
    _, headers, _ = artifact_zip(fake, content=b"never was one")
    assert fetch(headers["location"]) == (200, b"never was one")


# Checks.

ANNOTATION = {
    "path": "src/lib.rs",
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "failure",
    "message": "Refused",
}


def check(**output: Any) -> dict[str, Any]:
    """Describe a completed check run of pull request 7's head."""
    return {
        "name": "cc-lb",
        "head_sha": sha(f"{REPOSITORY}:feature"),
        "conclusion": "failure",
        "output": {"title": "Title", "summary": "Summary"} | output,
    }


def test_annotations_are_appended(fake: FakeGitHub) -> None:
    with client(fake) as github:
        run = github.get_repo(REPOSITORY).create_check_run(**check(annotations=[ANNOTATION] * 50))
        run.edit(output={"summary": "Done", "annotations": [ANNOTATION | {"title": "Last"}]})
        assert (run.status, run.output.annotations_count) == ("completed", 51)
        assert run.completed_at is not None
        titles = [each.title for each in run.get_annotations()]
        assert (len(titles), titles[-1]) == (51, "Last")
    kept = fake.check_runs(REPOSITORY)[0]
    assert (kept.title, kept.summary, len(kept.annotations)) == ("Title", "Done", 51)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"output": {"title": "T", "summary": "S", "annotations": [ANNOTATION] * 51}}, "50 items"),
        ({"output": {"title": "T", "summary": "a" * 65_536}}, "Only 65535 characters"),
        ({"output": {"title": "T", "summary": "é" * 32_768}}, "maximum bytesize of 65535"),
        ({"output": {"title": "T", "summary": "S", "text": "é" * 32_768}}, "text exceeds"),
        ({"output": {"summary": "S"}}, '"title" wasn'),
        ({"conclusion": "stale"}, "is not a member of"),
        ({"conclusion": None, "status": "completed"}, "missing_field"),
        ({"head_sha": sha("unknown")}, "No commit found for SHA"),
        ({"output": {"title": "T", "summary": "S", "annotations": [{"path": "a"}]}}, "start_line"),
        (
            {
                "output": {
                    "title": "T",
                    "summary": "S",
                    "annotations": [ANNOTATION | {"end_line": 2, "start_column": 1}],
                }
            },
            "invalid",
        ),
    ],
)
def test_a_check_run_that_cannot_be_is_422(
    fake: FakeGitHub, change: dict[str, Any], told: str
) -> None:
    status, _, content = raw(fake, "POST", f"/repos/{REPOSITORY}/check-runs", check() | change)
    assert status == 422
    assert told in json.dumps(json.loads(content), ensure_ascii=False).replace('\\"', '"')
    assert fake.check_runs(REPOSITORY) == []


def test_a_summary_at_the_limit_of_bytes_is_taken(fake: FakeGitHub) -> None:
    fitting = check(summary="é" * 32_767 + "a")
    assert raw(fake, "POST", f"/repos/{REPOSITORY}/check-runs", fitting)[0] == 201


def test_check_runs_of_a_commit_are_the_latest_of_each_name(fake: FakeGitHub) -> None:
    with client(fake) as github:
        repo = github.get_repo(REPOSITORY)
        first = repo.create_check_run(**check())
        second = repo.create_check_run(**check())
        commit = sha(f"{REPOSITORY}:feature")
    path = f"/repos/{REPOSITORY}/commits/{commit}/check-runs"
    found = [json.loads(raw(fake, "GET", path + query)[2]) for query in ("", "?filter=all")]
    assert [[run["id"] for run in each["check_runs"]] for each in found] == [
        [second.id],
        [second.id, first.id],
    ]


def test_a_jobs_own_check_run_keeps_its_conclusion_but_takes_output(fake: FakeGitHub) -> None:
    made = fake.add_job_check(REPOSITORY, sha("head"), "build")
    path = f"/repos/{REPOSITORY}/check-runs/{made.id}"
    assert raw(fake, "PATCH", path, {"conclusion": "success"})[0] == 403
    assert raw(fake, "PATCH", path, {"output": {"summary": "Mine"}})[0] == 200
    kept = fake.check_runs(REPOSITORY)[0]
    assert (kept.conclusion, kept.summary) == (None, "Mine")


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


# Enterprise Server and the program.


def test_enterprise_server_has_a_prefix() -> None:
    with FakeGitHub(prefix="/api/v3") as fake:
        fake.add_repository(REPOSITORY)
        fake.add_pull(REPOSITORY, 7)
        for number in range(40):
            fake.add_comment(REPOSITORY, 7, f"Comment {number}")
        with client(fake) as github:
            pull = github.get_repo(REPOSITORY).get_pull(7)
            assert pull.url.startswith(f"{fake.url}/repos/")
            assert len(list(pull.get_issue_comments())) == 40
        assert fake.url.endswith("/api/v3")
        outside = fake.url.removesuffix("/api/v3")
        assert send(outside, "GET", f"/repos/{REPOSITORY}", {"User-Agent": "test"})[0] == 404


DESCRIPTION = {
    "repositories": [{"full_name": REPOSITORY}, {"full_name": FORK, "fork_of": REPOSITORY}],
    "tokens": [
        {"text": "t", "repositories": [REPOSITORY], "permissions": {"pull_requests": "write"}}
    ],
    "pulls": [{"repository": REPOSITORY, "number": 7, "head_repository": FORK}],
    "comments": [{"repository": REPOSITORY, "number": 7, "body": "Hi", "author": "octocat"}],
    "runs": [{"repository": REPOSITORY, "identifier": 5, "event": "pull_request"}],
    "artifacts": [{"run": 5, "name": "report", "members": {"report.json": "{}"}}],
}


def test_what_is_dumped_can_be_loaded() -> None:
    first, second = FakeGitHub(), FakeGitHub()
    with first, second:
        first.load(DESCRIPTION)
        first.add_comment(REPOSITORY, 7, "Bot's")
        left = first.dump()
        second.load(left)
        again = second.dump()
        made = second.add_comment(REPOSITORY, 7, "New")
    for name in ("repositories", "tokens", "pulls", "runs", "artifacts"):
        assert again[name] == left[name]
    timeless = ("repository", "number", "body", "author", "app", "identifier")
    assert [[each[name] for name in timeless] for each in again["comments"]] == [
        [each[name] for name in timeless] for each in left["comments"]
    ]
    assert made.id > max(each["identifier"] for each in left["comments"])


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    start, left = tmp_path / "state.json", tmp_path / "left.json"
    start.write_text(json.dumps(DESCRIPTION))
    command = [sys.executable, "-m", "tests.support.github", "--state", str(start)]
    command += ["--dump", str(left)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        base = program.stdout.readline().strip()
        headers = {"User-Agent": "test", "Authorization": "token t"}
        posted = send(base, "POST", COMMENTS, headers, json.dumps({"body": "Made"}))
        seen = json.loads(send(base, "GET", "/__state", {})[2])
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert posted[0] == 201
    for state in (seen, json.loads(left.read_text())):
        assert [comment["body"] for comment in state["comments"]] == ["Hi", "Made"]
        assert [(r["method"], r["token_of"]) for r in state["requests"]] == [("POST", ACTIONS_BOT)]

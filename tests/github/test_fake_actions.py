"""The fake of GitHub: runs, what they uploaded, and check runs."""

import http.client
import io
import json
import urllib.parse
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import github as fakes
from tests.support.asking import (
    FORK,
    REPOSITORY,
    client,
    message,
    raw,
    send,
    with_pull,
)
from tests.support.github import FakeGitHub, sha


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with with_pull() as made:
        yield made


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

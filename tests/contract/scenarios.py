"""What is driven through the judge: every route of the fake, its answers and its refusals.

A scenario is a function of a `Setting`, registered by `@scenario`. Each gets a fake of its own.
To add one: write the function here, or in a module that `__main__` imports. It fails by raising;
whether requests and answers are GitHub's is the judge's matter and needs no assertion.
"""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from github import Auth, Github, GithubException

from tests.support.github import FakeGitHub, primary, secondary, sha

REPOSITORY = "octo/plugins"
FORK = "contributor/plugins"
BASE = f"/repos/{REPOSITORY}"
COMMIT = sha(f"{REPOSITORY}:feature")
ANNOTATION = {
    "path": "src/lib.rs",
    "start_line": 3,
    "end_line": 3,
    "start_column": 1,
    "end_column": 2,
    "annotation_level": "failure",
    "message": "Refused",
    "title": "A title",
    "raw_details": "All of it",
}


class Unexpected(Exception):
    """An answer has another status than a scenario says."""


@dataclass
class Setting:
    """Where a scenario plays: the fake, seen through the judge.

    `api` is GITHUB_API_URL for the code under test. `lenient` is the judge that lets requests pass
    which break the description, so that the refusals to them are judged.
    """

    fake: FakeGitHub
    api: str
    lenient: str

    def client(self, token: str | None = None, **options: Any) -> Github:
        """Make a PyGithub client without its own pauses and retries."""
        auth = Auth.Token(token or self.fake.add_token(REPOSITORY))
        return Github(
            base_url=self.api,
            auth=auth,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            **options,
        )

    def ask(
        self,
        method: str,
        path: str,
        status: int,
        body: object = None,
        *,
        token: str | None = "",
        wrong: bool = False,
    ) -> Any:
        """Ask over plain HTTP and return the answer's JSON, or None. Raises Unexpected.

        `token` None asks without one; `wrong` says that the request itself breaks the description.
        """
        headers = {"User-Agent": "contract", "Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.fake.add_token(REPOSITORY)}"
        base = urlsplit(self.lenient if wrong else self.api)
        connection = http.client.HTTPConnection(base.netloc, timeout=30)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        if answer.status != status:
            text = read.decode("utf-8", "replace")
            raise Unexpected(f"{method} {path}: {answer.status}, not {status}: {text[:2000]}")
        return json.loads(read) if read else None


Scenario = Callable[[Setting], None]
SCENARIOS: list[Scenario] = []


def scenario(play: Scenario) -> Scenario:
    """Register a scenario; its first line of documentation is its name."""
    SCENARIOS.append(play)
    return play


def furnish(fake: FakeGitHub) -> None:
    """Make what most scenarios need: a repository, a fork, and a pull request from each."""
    fake.add_repository(REPOSITORY)
    fake.add_repository(FORK, fork_of=REPOSITORY)
    fake.add_pull(REPOSITORY, 7)
    fake.add_pull(REPOSITORY, 8, head="patch", head_repository=FORK)


def same(found: object, wanted: object) -> None:
    """Raise Unexpected unless the two are equal."""
    if found != wanted:
        raise Unexpected(f"{found!r}, not {wanted!r}")


@scenario
def people(setting: Setting) -> None:
    """Who a token is, and what is left of its hour."""
    user = setting.fake.add_token(REPOSITORY, login="octocat")
    with setting.client(user) as github:
        same(github.get_user().login, "octocat")
        same(github.get_rate_limit().rate.limit, 5000)
    setting.ask("GET", "/user", 403)
    setting.ask("GET", "/user", 401, token=None)
    setting.ask("GET", "/user", 401, token="unknown")
    setting.ask("GET", "/rate_limit", 200)


@scenario
def repositories(setting: Setting) -> None:
    """Repositories: of one's own, forked, private, renamed, absent."""
    with setting.client() as github:
        same(github.get_repo(FORK).parent.full_name, REPOSITORY)
    setting.fake.add_repository("octo/secret", private=True)
    setting.ask("GET", "/repos/octo/secret", 404)
    weak = setting.fake.add_token("octo/secret", permissions={})
    setting.ask("GET", "/repos/octo/secret", 200, token=weak)
    setting.ask("GET", "/repos/octo/secret/pulls", 403, token=weak)
    setting.ask("GET", "/repos/octo/none", 404)
    setting.fake.rename_repository(REPOSITORY, "octo/modules")
    setting.ask("GET", BASE, 301, token=None)
    setting.ask("POST", f"{BASE}/issues/7/comments", 307, {"body": "Hello"}, token=None)


@scenario
def pulls(setting: Setting) -> None:
    """Pull requests: lists and filters, closed ones, a deleted fork."""
    with setting.client(per_page=1) as github:
        repo = github.get_repo(REPOSITORY)
        same([pull.number for pull in repo.get_pulls()], [8, 7])
        found = repo.get_pulls(state="open", head="contributor:patch")
        same([pull.head.repo.full_name for pull in found], [FORK])
        same(repo.get_pull(7).head.sha, COMMIT)
        setting.fake.close_pull(REPOSITORY, 7, merged=True)
        same(repo.get_pull(7).merged, True)
        same([pull.number for pull in repo.get_pulls(state="all")], [8, 7])
    setting.ask("GET", f"{BASE}/pulls/99", 404)
    setting.fake.delete_repository(FORK)
    same(setting.ask("GET", f"{BASE}/pulls/8", 200)["head"]["repo"], None)
    same(setting.ask("GET", f"{BASE}/pulls?head=contributor:patch", 200)[0]["head"]["repo"], None)


@scenario
def comments(setting: Setting) -> None:
    """Comments: written, paged, changed, deleted, by a bot and by a user."""
    with setting.client(per_page=2) as github:
        pull = github.get_repo(REPOSITORY).get_pull(7)
        made = [pull.create_issue_comment(f"Comment {number}") for number in range(5)]
        same(len(list(pull.get_issue_comments())), 5)
        made[0].edit("Changed")
        same(pull.get_issue_comment(made[0].id).body, "Changed")
        made[0].delete()
    gone = f"{BASE}/issues/comments/{made[0].id}"
    setting.ask("GET", gone, 404)
    setting.ask("PATCH", gone, 404, {"body": "Back"})
    setting.ask("DELETE", gone, 404)
    user = setting.fake.add_token(REPOSITORY, login="octocat")
    setting.ask("POST", f"{BASE}/issues/7/comments", 201, {"body": "Mine"}, token=user)
    setting.ask("GET", f"{BASE}/issues/7/comments?since=2026-01-01T00:00:00Z", 200)
    setting.ask("GET", f"{BASE}/issues/99/comments", 404)


@scenario
def reactions(setting: Setting) -> None:
    """Reactions to a comment: made, asked for again, taken back, refused."""
    made = setting.fake.add_comment(REPOSITORY, 7, "There")
    path = f"{BASE}/issues/comments/{made.id}/reactions"
    first = setting.ask("POST", path, 201, {"content": "eyes"})
    same(setting.ask("POST", path, 200, {"content": "eyes"})["id"], first["id"])
    user = setting.fake.add_token(REPOSITORY, login="octocat")
    setting.ask("POST", path, 201, {"content": "eyes"}, token=user)
    setting.ask("POST", path, 422, {"content": "nose"}, wrong=True)
    same([each["content"] for each in setting.ask("GET", path, 200)], ["eyes", "eyes"])
    same(setting.ask("GET", f"{path}?content=heart", 200), [])
    setting.ask("DELETE", f"{path}/{first['id']}", 204)
    setting.ask("DELETE", f"{path}/{first['id']}", 404)
    weak = setting.fake.add_token(REPOSITORY, permissions={"contents": "read"})
    setting.ask("POST", path, 403, {"content": "eyes"}, token=weak)
    setting.ask("POST", f"{BASE}/issues/comments/1/reactions", 404, {"content": "eyes"})


@scenario
def refused_comments(setting: Setting) -> None:
    """Comments that are refused: too long, empty, without a body, without permission, locked."""
    path = f"{BASE}/issues/7/comments"
    setting.ask("POST", path, 422, {"body": "a" * 65_537})
    setting.ask("POST", path, 422, {"body": ""})
    setting.ask("POST", path, 422, {}, wrong=True)
    setting.ask("POST", path, 422, {"body": 5}, wrong=True)
    setting.ask("POST", path, 400, [], wrong=True)
    made = setting.fake.add_comment(REPOSITORY, 7, "There")
    own = f"{BASE}/issues/comments/{made.id}"
    setting.ask("PATCH", own, 422, {"body": " "})
    weak = setting.fake.add_token(REPOSITORY, permissions={"contents": "read"})
    for method, where, body in (("POST", path, "a"), ("PATCH", own, "a"), ("DELETE", own, None)):
        content = None if body is None else {"body": body}
        setting.ask(method, where, 403, content, token=weak)
        setting.ask(method, where, 401, content, token=None)
    setting.fake.add_pull(REPOSITORY, 9, locked=True)
    setting.ask("POST", f"{BASE}/issues/9/comments", 403, {"body": "Hello"})


@scenario
def runs(setting: Setting) -> None:
    """Runs: of a branch, of a fork, of a deleted fork."""
    own = setting.fake.add_run(REPOSITORY, head_branch="feature", event="pull_request")
    other = setting.fake.add_run(
        REPOSITORY,
        head_branch="patch",
        head_repository=FORK,
        event="pull_request",
        conclusion="failure",
    )
    setting.fake.rerun(other)
    with setting.client() as github:
        repo = github.get_repo(REPOSITORY)
        same([pull.number for pull in repo.get_workflow_run(own.id).pull_requests], [7])
        same(repo.get_workflow_run(other.id).head_repository.full_name, FORK)
    setting.fake.delete_repository(FORK)
    path = f"{BASE}/actions/runs/{other.id}"
    same(setting.ask("GET", path, 200)["head_repository"], None)
    setting.ask("GET", f"{BASE}/actions/runs/1", 404)
    waiting = setting.fake.add_run(REPOSITORY, status="in_progress", conclusion=None)
    setting.ask("GET", f"{BASE}/actions/runs/{waiting.id}", 200)


@scenario
def artifacts(setting: Setting) -> None:
    """Artifacts: listed, found by name, redirected to the storage, expired, absent, forbidden."""
    run = setting.fake.add_run(REPOSITORY)
    made = setting.fake.upload_artifact(run, "report", {"report.json": b"{}"})
    old = setting.fake.upload_artifact(run, "old", {"report.json": b"{}"}, expired=True)
    with setting.client(per_page=1) as github:
        repo = github.get_repo(REPOSITORY)
        found = repo.get_workflow_run(run.id).get_artifacts()
        same({each.name for each in found}, {"report", "old"})
        same(repo.get_artifact(made.id).name, "report")
    named = setting.ask("GET", f"{BASE}/actions/runs/{run.id}/artifacts?name=report", 200)
    same([each["id"] for each in named["artifacts"]], [made.id])
    path = f"{BASE}/actions/artifacts"
    setting.ask("GET", f"{path}/{made.id}/zip", 302)
    setting.ask("GET", f"{path}/{old.id}/zip", 410)
    setting.ask("GET", f"{path}/1/zip", 404)
    setting.ask("GET", f"{path}/1", 404)
    setting.ask("GET", f"{BASE}/actions/runs/1/artifacts", 404)
    weak = setting.fake.add_token(REPOSITORY, permissions={"contents": "read"})
    setting.ask("GET", f"{path}/{made.id}/zip", 403, token=weak)
    setting.ask("GET", f"{path}/{made.id}/zip", 403, token=None)


@scenario
def checks(setting: Setting) -> None:
    """Check runs: made, changed in batches, listed, with annotations."""
    output: Any = {"title": "Title", "summary": "Summary", "annotations": [ANNOTATION] * 50}
    with setting.client() as github:
        repo = github.get_repo(REPOSITORY)
        run = repo.create_check_run("cc-lb", COMMIT, status="in_progress", output=output)
        run.edit(output={"title": "Title", "summary": "More", "annotations": [ANNOTATION] * 50})
        run.edit(status="completed", conclusion="failure", output={"title": "T", "summary": "S"})
        same(run.output.annotations_count, 100)
        same(len(list(run.get_annotations())), 100)
        same(repo.get_check_run(run.id).conclusion, "failure")
    bare = {"name": "bare", "head_sha": COMMIT}
    setting.ask("POST", f"{BASE}/check-runs", 201, bare)
    listed = setting.ask("GET", f"{BASE}/commits/{COMMIT}/check-runs?filter=all", 200)
    same(listed["total_count"], 2)
    named = f"{BASE}/commits/{COMMIT}/check-runs?check_name=cc-lb"
    same(setting.ask("GET", named, 200)["total_count"], 1)
    job = setting.fake.add_job_check(REPOSITORY, COMMIT, "build")
    same(setting.ask("GET", f"{BASE}/actions/jobs/{job.id}", 200)["name"], "build")
    setting.ask("GET", f"{BASE}/actions/jobs/{run.id}", 404)
    own = f"{BASE}/check-runs/{job.id}"
    setting.ask("PATCH", own, 200, {"output": {"summary": "Mine"}})
    setting.ask("PATCH", own, 403, {"status": "completed", "conclusion": "success"})


@scenario
def refused_checks(setting: Setting) -> None:
    """Check runs that are refused."""
    path = f"{BASE}/check-runs"
    good = {"name": "cc-lb", "head_sha": COMMIT}
    text = {"title": "Title", "summary": "Summary"}
    setting.ask("POST", path, 422, good | {"output": text | {"summary": "é" * 32_768}})
    setting.ask("POST", path, 422, good | {"status": "completed"})
    setting.ask("POST", path, 422, good | {"head_sha": sha("unknown")})
    setting.ask("POST", path, 422, {"name": "cc-lb"}, wrong=True)
    many = {"output": text | {"annotations": [ANNOTATION] * 51}}
    setting.ask("POST", path, 422, good | many, wrong=True)
    long = {"output": text | {"summary": "a" * 65_536}}
    setting.ask("POST", path, 422, good | long, wrong=True)
    setting.ask("POST", path, 422, good | {"conclusion": "fine"}, wrong=True)
    setting.ask("POST", path, 422, good | {"output": {"summary": "S"}}, wrong=True)
    columns = {"output": text | {"annotations": [ANNOTATION | {"end_line": 4}]}}
    setting.ask("POST", path, 422, good | columns)
    user = setting.fake.add_token(REPOSITORY, login="octocat")
    setting.ask("POST", path, 403, good, token=user)
    weak = setting.fake.add_token(REPOSITORY, permissions={"checks": "read"})
    setting.ask("POST", path, 403, good, token=weak)
    setting.ask("PATCH", f"{path}/1", 404, {"output": {"summary": "S"}})
    setting.ask("GET", f"{path}/1", 404)
    setting.ask("GET", f"{path}/1/annotations", 404)
    setting.ask("GET", f"{BASE}/commits/{sha('unknown')}/check-runs", 422)


@scenario
def limits(setting: Setting) -> None:
    """Both rate limits, as 403 and as 429."""
    for how in (primary(), primary(status=429), secondary(3), secondary(None, 429)):
        setting.fake.fail(1, how)
        try:
            with setting.client() as github:
                github.get_repo(REPOSITORY)
        except GithubException as refused:
            same(refused.status in (403, 429), True)
            continue
        raise Unexpected("A request went through a rate limit.")

"""The fake of GitHub as a server of another address, and as a program."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.asking import COMMENTS, FORK, REPOSITORY, client, send
from tests.support.github import ACTIONS_BOT, FakeGitHub

ROOT = Path(__file__).resolve().parents[2]


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

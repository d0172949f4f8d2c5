"""The token: which requests bear it, and who does not see it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cc_lb_selfcheck.host.process import WorkerProcess
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    RED,
    REPOSITORY,
    asked,
    client,
    publish,
    publisher,
    write_report,
)

DIST = Path(__file__).parents[1] / "plugins" / "dist"


def test_every_request_bears_the_token_and_our_name(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    assert {request.token for request in fake.requests} == {token}
    agents = {request.headers["user-agent"].partition("/")[0] for request in fake.requests}
    assert agents == {"cc-lb-selfcheck"}


def test_a_netrc_file_replaces_no_token(
    fake: FakeGitHub, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login octocat password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    publish(fake, token, RED, 100)
    assert {request.token for request in fake.requests} == {token}


def test_no_log_holds_the_token(
    fake: FakeGitHub, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fail("POST *", fakes.hang_up("after"))
    publish(fake, token, RED, 100)
    assert len(caplog.records) >= len(asked(fake, "GET"))
    assert token not in caplog.text


def test_no_child_gets_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = Path("/proc")
    if not (environ / "self" / "environ").exists():
        pytest.skip("needs /proc")
    for name in ("GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        monkeypatch.setenv(name, "ghs_secret")
    worker = WorkerProcess()
    try:
        worker.start()
        assert b"ghs_secret" not in (environ / str(worker.pid) / "environ").read_bytes()
        assert b"ghs_secret" not in (environ / str(worker.pid) / "cmdline").read_bytes()
    finally:
        worker.close()


PUSH = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_RUN_ID": "100",
    "GITHUB_SHA": HEAD,
}


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({}, ["check", str(DIST / "shape.wasm")]),
        (PUSH, ["check", str(DIST / "shape.wasm")]),
        ({}, ["publish", "report.json", "--dry-run", "--check-run"]),
        (PUSH, ["publish", "report.json"]),
    ],
    ids=["at home", "of a push", "a dry run", "a push's report"],
)
def test_who_asks_github_nothing_loads_no_client(
    tmp_path: Path, environment: dict[str, str], arguments: list[str]
) -> None:
    write_report(tmp_path, GREEN)
    script = (
        "import sys\n"
        "from cc_lb_selfcheck.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    sys.stderr.write(' '.join(sorted(sys.modules)))\n"
    )
    foreign = ("GITHUB_", "INPUT_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**clean, **environment, "GITHUB_TOKEN": "ghs_secret"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "pydantic" in loaded
    assert loaded.isdisjoint({"github", "requests", "urllib3", "jwt", "nacl"})
    assert "ghs_secret" not in done.stdout


def test_a_client_shows_no_token(fake: FakeGitHub, token: str) -> None:
    api = client(fake, token)
    assert token not in repr(api) + str(api) + repr(vars(publisher()))

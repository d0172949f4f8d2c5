"""Artifacts that a run uploaded, checked or published by the commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Leg
from tests.support import github as fakes
from tests.support.hostile import CURATED
from tests.support.packing import tgz_of, zip_of
from tests.support.publishing import (
    HEAD,
    PULL,
    REPOSITORY,
    command,
    only_body,
    runner_environment,
)
from tests.support.reader_runner import read_log
from tests.support.reports import accepted, leg_report, refused
from tests.support.uploads import Place

from .test_uploads import BAD, GOOD


def real(
    environment: dict[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, with nothing but its environment."""
    paths = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        cwd=folder,
        env=environment | paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def environment_of(place: Place, folder: Path, **more: Any) -> dict[str, str]:
    told = {"token": place.token, "GITHUB_RUN_ID": str(place.run.id), **more}
    return runner_environment(place.fake, folder, **told)


def test_check_takes_what_the_run_uploaded(place: Place, tmp_path: Path) -> None:
    files = {"a.wasm": GOOD, "deep/b.tar.gz": tgz_of({"x/c.wasm": BAD}), "notes.txt": b"x"}
    place.fake.upload_artifact(place.run, "dist", files)
    place.fake.upload_artifact(place.run, "not wanted", {"d.wasm": BAD})
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/a.wasm").write_bytes(BAD)
    arguments = ["check", "dist", "--artifacts", "dist", "--report", "told.json"]
    done = real(environment_of(place, tmp_path), tmp_path, *arguments)
    assert done.returncode == 1
    told = json.loads((tmp_path / "told.json").read_text())
    assert {item["path"]: item["status"] for item in told["artifacts"]} == {
        "dist/a.wasm": "refused",
        "dist/a.wasm#2": "passed",
        "dist/deep/b.tar.gz!/x/c.wasm": "refused",
    }
    assert place.token not in done.stdout + done.stderr
    assert "would refuse 2 of 3 plugins" in only_body(place.fake)


def test_a_file_uploaded_as_it_is_is_one(place: Place, tmp_path: Path) -> None:
    """By ``archive: false``; the artifact has the file's name then, but a zip may be called so."""
    place.fake.upload_artifact(place.run, "a.wasm", content=GOOD)
    place.fake.upload_artifact(place.run, "b.wasm", {"inside.wasm": BAD})
    place.fake.upload_artifact(place.run, "c.tgz", content=tgz_of({"d.wasm": BAD}))
    environment = environment_of(place, tmp_path)
    report = str(tmp_path / "told.json")
    assert command(environment, "check", "--artifacts=*", "--report", report).exit_code == 1
    told = json.loads((tmp_path / "told.json").read_text())
    assert {item["path"]: item["status"] for item in told["artifacts"]} == {
        "a.wasm": "passed",
        "b.wasm/inside.wasm": "refused",
        "c.tgz/d.wasm": "refused",
    }
    place.fake.upload_artifact(place.run, "told.json", content=Path(report).read_bytes())
    assert command(environment, "publish", "--artifacts=told.json").exit_code == 1
    assert "cc-lb would refuse 2 of 3 plugins" in only_body(place.fake)


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"<html>not found</html>" * 99, 2, "`dist` is no archive that can be read: "),
        (zip_of({"a.txt": b"x"}), 2, "`dist` holds no .wasm file."),
    ],
)
def test_check_tells_what_is_no_artifact_and_checks_the_rest(
    place: Place, tmp_path: Path, content: bytes, status: int, words: str
) -> None:
    place.fake.upload_artifact(place.run, "dist", content=content)
    place.fake.upload_artifact(place.run, "gone", expired=True)
    (tmp_path / "a.wasm").write_bytes(GOOD)
    environment = environment_of(place, tmp_path)
    result = command(
        environment,
        *("check", str(tmp_path / "a.wasm"), "--report", str(tmp_path / "told.json")),
        *("--artifacts", "dist", "--artifacts", "gone"),
    )
    told = json.loads((tmp_path / "told.json").read_text())
    assert result.exit_code == status
    assert told["summary"]["passed"] == 1
    problems = [f"`{item['path']}` {item['message']}" for item in told["problems"]]
    assert any(problem.startswith(words) for problem in problems)
    assert any("The artifact `gone` has expired" in problem for problem in problems)


def leg(number: int) -> Leg:
    return Leg(name=f"test ({number})", job="test", number=number, total=2)


def test_publish_merges_the_reports_that_the_events_run_uploaded(
    place: Place, tmp_path: Path
) -> None:
    """In workflow_run the run is the event's; its own has nothing."""
    for number, outcome in ((1, accepted()), (2, refused())):
        told = leg_report(leg(number), {("a.wasm", "x"): outcome})
        name, files = f"report-{number}", {"report.json": render_json(told).encode()}
        place.fake.upload_artifact(place.run, name, files)
    owner, _, _ = REPOSITORY.partition("/")
    payload = {
        "workflow_run": {
            "id": place.run.id,
            "run_attempt": 1,
            "head_sha": HEAD,
            "head_branch": "feature",
            "event": "pull_request",
            "head_repository": {"owner": {"login": owner}},
        }
    }
    environment = environment_of(
        place, tmp_path, event="workflow_run", payload=payload, GITHUB_RUN_ID="999"
    )
    done = real(environment, tmp_path, "publish", "--artifacts", "report-*")
    assert done.returncode == 1, done.stderr
    body = only_body(place.fake)
    assert "although its content is the same" in body
    assert "test (1)" in body
    assert f"/actions/runs/{place.run.id}" in body
    assert (
        f"[JSON report](https://github.com/{REPOSITORY}/actions/runs/{place.run.id}#artifacts)"
        in body
    )
    assert place.token not in done.stdout + done.stderr + body


def test_reading_and_publishing_have_one_budget(place: Place, tmp_path: Path) -> None:
    """Half a second is waited for the list of artifacts, and is not there for the comment."""
    told = leg_report(leg(1), {("a.wasm", "x"): accepted()})
    place.fake.upload_artifact(place.run, "report", {"report.json": render_json(told).encode()})
    place.fake.fail("GET */artifacts", fakes.bad_gateway())
    place.fake.fail("POST */comments", fakes.bad_gateway())
    environment = environment_of(place, tmp_path, GITHUB_RUN_ID=str(place.run.id))
    done = command(environment, "publish", "--artifacts=report", "--max-wait=0.9")
    assert "GitHub is in trouble and did not comment on the pull request (502" in done.output
    assert place.fake.comments(REPOSITORY, PULL) == []


def test_publish_names_each_report_that_it_cannot_use(place: Place, tmp_path: Path) -> None:
    good = render_json(leg_report(leg(1), {("a.wasm", "x"): accepted()})).encode()
    files = {"good.json": good, "bad.json": b"{", "::error::x.json": b"[]"}
    place.fake.upload_artifact(place.run, "reports", files)
    result = command(environment_of(place, tmp_path), "publish", "--artifacts", "reports")
    assert result.exit_code == 2
    told = [item.data for item in read_log(result.output) if item.name == "error"]
    assert len(told) == 2
    assert told[0].startswith(
        "The report `reports/::error::x.json` is no report of cc-lb-selfcheck"
    )
    assert told[1].startswith("The report `reports/bad.json` is no JSON")
    assert result.stderr == ""
    body = only_body(place.fake)
    assert "## ⚠️ cc-lb accepts the plugin, but not everything was checked" in body
    assert "Leg 2 of 2" in body
    assert "reports/bad.json" in body


def test_another_run_of_another_repository(place: Place, tmp_path: Path) -> None:
    place.fake.add_repository("octo-org/other")
    run = place.fake.add_run("octo-org/other")
    told = leg_report(Leg(name="test", job="test", check_run=77), {("a.wasm", "x"): refused()})
    place.fake.upload_artifact(run, "r", {"r.json": render_json(told).encode()})
    place.token = place.fake.add_token([REPOSITORY, "octo-org/other"])
    environment = environment_of(place, tmp_path)
    arguments = ["publish", "--artifacts", "r", "--run-id", str(run.id)]
    assert command(environment, *arguments).exit_code == 2
    result = command(environment, *arguments, "--repository", "octo-org/other")
    assert result.exit_code == 1
    assert "cc-lb would refuse 1 of 1 plugin" in only_body(place.fake)
    # The log of the job that checked is that run's, too.
    there = f"https://github.com/octo-org/other/actions/runs/{run.id}"
    assert f"[JSON report]({there}#artifacts)" in only_body(place.fake)
    assert f"Logs: [test]({there}/job/77)" in only_body(place.fake)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"GITHUB_TOKEN": ""}, "--artifacts needs a token that may read them: set GITHUB_TOKEN,"),
        ({"INPUT_GITHUB-TOKEN": ""}, "leave the input `github-token` out rather than empty."),
        ({"GITHUB_REPOSITORY": ""}, "name it by --repository OWNER/NAME."),
        ({"GITHUB_RUN_ID": "x"}, "unless --run-id names another: GITHUB_RUN_ID is no number."),
        ({"GITHUB_API_URL": "evil"}, "GITHUB_API_URL is no address of an API"),
    ],
)
@pytest.mark.parametrize("name", ["check", "publish"])
def test_what_is_needed_to_ask_is_named(
    place: Place, tmp_path: Path, name: str, change: dict[str, str], words: str
) -> None:
    environment = environment_of(place, tmp_path) | change
    result = command(environment, name, "--artifacts", "dist")
    assert result.exit_code == 2
    assert words in result.stderr
    assert place.fake.requests == []


def test_names_of_artifacts_act_nowhere(place: Place, tmp_path: Path) -> None:
    """GitHub forbids some of these letters; that is not relied on."""
    texts = [text for text in CURATED if text.strip() and text.isprintable()][:60]
    for text in texts:
        place.fake.upload_artifact(place.run, text, content=b"x")
    result = command(environment_of(place, tmp_path), "publish", "--artifacts", "*")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == len(set(texts))
    assert all(line.startswith("::error title=") for line in lines)

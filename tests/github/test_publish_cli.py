"""The command ``publish``: what it writes, its inputs, and a pull request that is mended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from junitparser import JUnitXml

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Leg, Problem, Report
from tests.report.build import artifact, outcome_untold, report
from tests.support.github import FakeGitHub
from tests.support.modules import output_module
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    asked,
    command,
    conclusion,
    markers,
    only_body,
    posted,
    report_of,
    runner_environment,
    runs,
    said,
    write_report,
)
from tests.support.publishing import (
    publish_by_command as publish,
)
from tests.support.reader_runner import read_env_file, read_log
from tests.support.reader_sarif import read_sarif

DIST = Path(__file__).parents[1] / "plugins" / "dist"


# Files and formats ---------------------------------------------------------------------------


def test_the_merged_report_is_written_and_printed_in_any_format(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    files = {form: tmp_path / form for form in ("sarif", "junit", "json")}
    outputs = [f"--output={form}={path}" for form, path in files.items()]
    result = publish(fake, tmp_path, token, RED, "--format=sarif", *outputs)
    assert result.exit_code == 1
    assert read_sarif(result.stdout) == read_sarif(files["sarif"].read_text("utf-8"))
    run = read_sarif(result.stdout)
    assert run["versionControlProvenance"][0]["revisionId"] == HEAD
    assert run["automationDetails"]["id"] == "cc-lb-selfcheck/"
    assert JUnitXml.fromfile(str(files["junit"])).failures == RED.summary.refused
    assert json.loads(files["json"].read_text("utf-8"))["summary"]["refused"] == 1
    outputs_told = read_env_file((tmp_path / "outputs").read_text("utf-8"))
    assert outputs_told["report"] == str(files["json"])
    commands = [item.name for item in read_log(result.stderr)]
    assert commands == ["error"] * RED.summary.refused


def test_the_only_report_may_be_written_where_it_was(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    """As the Action does by default, where the report of a step before it is published."""
    environment = runner_environment(fake, tmp_path, token=token)
    path = Path(write_report(tmp_path, RED))
    before = path.read_bytes()
    result = command(environment, "publish", str(path), f"--report={path}")
    assert result.exit_code == 1
    assert path.read_bytes() == before
    assert read_env_file((tmp_path / "outputs").read_text("utf-8"))["report"] == str(path)


def test_one_of_several_reports_is_not_written_over(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    environment = runner_environment(fake, tmp_path, token=token)
    path = write_report(tmp_path, RED)
    before = Path(path).read_bytes()
    for others in ([str(tmp_path)], ["missing.json"]):
        (tmp_path / "other.json").write_bytes(before)
        result = command(environment, "publish", path, *others, f"--report={path}")
        assert result.exit_code == 2
        assert "is to be written, and to be read as well" in result.stderr
        assert "(input `report`)" in result.stderr
        assert Path(path).read_bytes() == before
    result = command(environment, "publish", path, f"--output=sarif={path}")
    assert result.exit_code == 2
    assert Path(path).read_bytes() == before


def test_what_another_runs_report_says_is_told_as_a_quotation(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    """A fork writes what it likes into the report of its run: it is not to speak as we do."""
    words = "Security team: this was reviewed and `approved` for merging."
    outcomes = {"a.wasm": outcome_untold(words), "b.wasm": outcome_untold(words, skipped=True)}
    artifacts = [artifact(path, outcome) for path, outcome in outcomes.items()]
    told = report(artifacts, [Problem(path="", message=words, is_usage_error=False)])
    environment = runner_environment(fake, tmp_path, token=token)
    for event, is_quoted in (("workflow_run", True), ("pull_request", False)):
        environment["GITHUB_EVENT_NAME"] = event
        result = command(environment, "publish", write_report(tmp_path, told), "--dry-run")
        lines = [line for line in result.stdout.splitlines() if "Security team" in line]
        assert len(lines) >= 5
        assert all(("The run says: " in line) == is_quoted for line in lines)


# What is asked for ---------------------------------------------------------------------------


def test_a_pull_requests_commit_is_its_head(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    publish(fake, tmp_path, token, RED, "--check-run")
    assert [marker.sha for marker in markers(fake)] == [HEAD]
    assert [check.head_sha for check in fake.check_runs(REPOSITORY)] == [HEAD]


def test_inputs_are_options(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    environment = runner_environment(fake, tmp_path) | {
        "INPUT_GITHUB-TOKEN": token,
        "INPUT_COMMENT-ID": "from the input",
        "INPUT_MAX-WAIT": "0",
        "INPUT_REPORTS": f"\n{write_report(tmp_path)}\n",
        "INPUT_CONTINUE-ON-REFUSAL": "true",
    }
    result = command(environment, "publish")
    assert result.exit_code == 0
    assert [marker.comment_id for marker in markers(fake)] == ["from the input"]
    assert token not in result.output


@pytest.mark.parametrize(
    ("given", "flag", "is_used"),
    [
        ({}, "", True),
        ({"INPUT_GITHUB-TOKEN": ""}, "", False),
        ({"INPUT_GITHUB-TOKEN": " \n"}, "", False),
        ({"INPUT_GITHUB-TOKEN": ""}, "--github-token={token}", True),
    ],
    ids=["left out", "empty", "blank", "empty, but the flag"],
)
def test_a_token_is_none_where_the_workflow_empties_the_input(
    fake: FakeGitHub,
    token: str,
    tmp_path: Path,
    given: dict[str, str],
    flag: str,
    is_used: bool,
) -> None:
    """Even where the job's environment has one: strangers' code runs there."""
    environment = runner_environment(fake, tmp_path, token=token) | given
    (tmp_path / "a.wasm").write_bytes(output_module(b""))
    flags = [flag.format(token=token)] if flag else []
    result = command(environment, "check", str(tmp_path / "a.wasm"), "--max-wait=0", *flags)
    assert result.exit_code == 1
    assert bool(fake.requests) is is_used
    assert len(fake.comments(REPOSITORY, PULL)) == is_used


def test_reports_are_merged_in_any_order(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    legs = [report_of(a="r"), report_of(b="p"), report_of(c="u")]
    for number, leg in enumerate(legs):
        (tmp_path / f"{number}.json").write_text(render_json(leg), "utf-8")
    bodies = set()
    for order in ("012", "210", "1021"):
        paths = [str(tmp_path / f"{number}.json") for number in order]
        environment = runner_environment(fake, tmp_path, token=token)
        assert command(environment, "publish", *paths, "--max-wait=0").exit_code == 1
        bodies.add(only_body(fake))
        fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)
    assert len(bodies) == 1


USAGE = Problem(path="nope.wasm", message="does not exist.", is_usage_error=True)


@pytest.mark.parametrize("told", [RED, GREEN, report([])], ids=["red", "green", "empty"])
@pytest.mark.parametrize("options", [[], ["--fail-on=never"]], ids=["", "never"])
def test_what_was_not_checked_is_wrong_usage_here_as_in_check(
    fake: FakeGitHub, token: str, tmp_path: Path, told: Report, options: list[str]
) -> None:
    short = told.model_copy(update={"problems": [USAGE]})
    result = publish(fake, tmp_path, token, short, "--check-run", *options)
    assert (result.exit_code, conclusion(tmp_path)) == (2, "usage-error")
    assert command({}, "merge", write_report(tmp_path, short), *options).exit_code == 2
    [check] = fake.check_runs(REPOSITORY)
    assert check.conclusion == "failure"


def test_a_leg_that_is_missing_is_a_warning(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    leg = Leg(name="check (1)", job="check", number=1, total=2)
    told = GREEN.model_copy(update={"legs": [leg]})
    sentence = "Leg 2 of 2 of the job `check` sent no report: its plugins are not here."
    result = publish(fake, tmp_path, token, told)
    assert (result.exit_code, conclusion(tmp_path)) == (0, "success")
    assert [(item.name, item.data) for item in said(result)] == [("warning", sentence)]
    assert f"! {sentence}" in result.stdout.splitlines()
    document = publish(fake, tmp_path, token, told, "--format=junit")
    assert [(item.name, item.data) for item in said(document)] == [("warning", sentence)]
    assert JUnitXml.fromstring(document.stdout.encode()).errors == 1
    shown = publish(fake, tmp_path, token, told, "--dry-run")
    assert sentence in shown.stdout.partition("=== Annotations ===")[2]


def test_the_same_run_may_publish_twice(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    for told in (RED, GREEN):
        publish(fake, tmp_path, token, told, "--check-run")
    assert runs(fake) == [100]
    assert len(fake.check_runs(REPOSITORY)) == 1
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


def test_only_a_report_that_was_uploaded_is_linked_to(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    publish(fake, tmp_path, token, RED)
    assert "[Workflow run](" in only_body(fake)
    assert "JSON report" not in only_body(fake)
    assert "JSON report" not in (tmp_path / "summary").read_text("utf-8")


# As a process of its own ---------------------------------------------------------------------


def run(
    environment: Mapping[str, str], *arguments: str, directory: Path
) -> subprocess.CompletedProcess[str]:
    foreign = ("GITHUB_", "INPUT_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        env={**clean, **environment},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pull_request_is_refused_and_then_mended(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    """By ``check`` with a real plugin, then by ``publish``; nothing tells the token."""
    plugin = DIST / "misspelt-export.wasm"
    environment = runner_environment(fake, tmp_path, token=token)
    options = ["--max-wait=0", "--report=kept.json"]
    checked = run(environment, "check", str(plugin), *options, directory=tmp_path)
    assert checked.returncode == 1, checked.stderr
    assert "cc-lb would refuse 1 of 1 plugin" in only_body(fake)
    kept = json.loads((tmp_path / "kept.json").read_text("utf-8"))
    assert kept["artifacts"][0]["legs"] == ["selfcheck"]

    mended = report_of(**{plugin.stem: "p"}).model_copy()
    renamed = mended.artifacts[0].model_copy(update={"path": str(plugin)})
    path = write_report(tmp_path, mended.model_copy(update={"artifacts": [renamed]}))
    later = runner_environment(fake, tmp_path, token=token, GITHUB_RUN_ID="101")
    published = run(later, "publish", path, "--max-wait=0", "--check-run", directory=tmp_path)
    assert published.returncode == 0, published.stderr
    assert runs(fake) == [101]
    assert "- 1 mended" in only_body(fake)
    assert [check.conclusion for check in fake.check_runs(REPOSITORY)] == ["success"]

    texts = [checked.stdout, checked.stderr, published.stdout, published.stderr, only_body(fake)]
    texts += [file.read_text("utf-8") for file in tmp_path.iterdir() if file.is_file()]
    assert not any(token in text for text in texts)
    assert not re.search(r"Traceback|Warning:", "".join(texts))
    assert (posted(fake), len(asked(fake, "PATCH"))) == (1, 1)

"""The command ``publish``: its exit status, the ladder of what GitHub refuses, and its inputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from junitparser import JUnitXml
from typer.testing import Result

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Leg, Problem, Report
from tests.report.build import artifact, outcome_untold, report
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.github.model import Level, Permission
from tests.support.modules import output_module
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    asked,
    command,
    markers,
    only_body,
    posted,
    report_of,
    runner_environment,
    runs,
    write_report,
)
from tests.support.reader_runner import SHOWN_PER_TYPE, Command, read_env_file, read_log
from tests.support.reader_sarif import read_sarif

DIST = Path(__file__).parents[1] / "plugins" / "dist"
Permissions = Mapping[Permission, Level]


def publish(
    fake: FakeGitHub, directory: Path, token: str | None, told: Report, *arguments: str
) -> Result:
    """Publish a report by the command, without waiting."""
    environment = runner_environment(fake, directory, token=token)
    path = write_report(directory, told)
    return command(environment, "publish", path, "--max-wait=0", *arguments)


def said(result: Result) -> list[Command]:
    """Return what the command told about itself, not about plugins."""
    about_us = {"title": "cc-lb-selfcheck"}
    return [item for item in read_log(result.output) if item.properties == about_us]


def conclusion(directory: Path) -> str:
    return read_env_file((directory / "outputs").read_text("utf-8"))["conclusion"]


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


# The exit status -----------------------------------------------------------------------------

STATUSES = [
    # the report, options, the status
    (GREEN, [], 0),
    (RED, [], 1),
    (UNTOLD, [], 3),
    (report_of(a="r", b="u"), [], 1),
    (report([]), [], 0),
    (RED, ["--continue-on-refusal"], 0),
    (UNTOLD, ["--continue-on-refusal"], 3),
    (RED, ["--fail-on=refused"], 1),
    (UNTOLD, ["--fail-on=refused"], 0),
    (RED, ["--fail-on=never"], 0),
    (UNTOLD, ["--fail-on=never"], 0),
]
CONCLUSIONS = {0: "success", 1: "failure", 2: "usage-error", 3: "undetermined"}


@pytest.mark.parametrize(("told", "options", "status"), STATUSES)
def test_the_exit_status_is_that_of_check(
    fake: FakeGitHub, token: str, tmp_path: Path, told: Report, options: list[str], status: int
) -> None:
    result = publish(fake, tmp_path, token, told, *options)
    assert result.exit_code == status
    assert conclusion(tmp_path) == CONCLUSIONS[status]
    assert (said(result), runs(fake)) == ([], [100])
    assert f"Commented on pull request {PULL}." in result.stdout


@pytest.mark.parametrize(("told", "options", "status"), STATUSES)
def test_what_is_not_published_changes_it_only_where_asked(
    fake: FakeGitHub, token: str, tmp_path: Path, told: Report, options: list[str], status: int
) -> None:
    reader = fake.add_token(REPOSITORY, permissions={"pull_requests": "read"})
    warned = publish(fake, tmp_path, reader, told, *options)
    assert warned.exit_code == status
    assert [item.name for item in said(warned)] == ["warning"]
    (tmp_path / "outputs").unlink()
    failed = publish(fake, tmp_path, reader, told, *options, "--publish-errors=fail")
    assert failed.exit_code == 4
    assert [item.name for item in said(failed)] == ["error"]
    assert conclusion(tmp_path) == "publishing-failed"


# Reports that cannot be read -----------------------------------------------------------------

UNREADABLE = {
    "no JSON": b"{",
    "not ours": b"{}",
    "another version": b'{"schema_version": 2}',
    "half": render_json(RED).encode()[:200],
    "forged": render_json(RED).replace('"MissingSelfCheckExport"', '"Forged"').encode(),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_report_is_named_and_the_others_are_published(
    fake: FakeGitHub, token: str, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "leg::error::.json").write_bytes(content)
    for policy in ("warn", "fail"):
        result = publish(
            fake,
            tmp_path,
            token,
            GREEN,
            str(tmp_path / "leg::error::.json"),
            f"--publish-errors={policy}",
        )
        assert result.exit_code == 2
        [error] = said(result)
        assert error.name == "error"
        assert "leg::error::.json" in error.data
        # What is not there must not pass for green.
        body = only_body(fake)
        assert "## ⚠️ cc-lb accepts all 2 plugins, but not everything was checked" in body
        assert "leg:" in body


def test_an_unreadable_report_outweighs_what_is_not_published(
    fake: FakeGitHub, token: str, tmp_path: Path
) -> None:
    (tmp_path / "other.json").write_bytes(b"{")
    reader = fake.add_token(REPOSITORY, permissions={"pull_requests": "read"})
    other = str(tmp_path / "other.json")
    result = publish(fake, tmp_path, reader, RED, other, "--publish-errors=fail")
    assert result.exit_code == 2
    assert len(said(result)) == 2


# The ladder ----------------------------------------------------------------------------------

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
    assert f"\n\npermissions:\n{lines}\n\n" in notice.data
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


@pytest.mark.parametrize(
    ("make", "words"),
    [
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


@pytest.mark.parametrize("event", ["push", "merge_group", "schedule", "release"])
def test_a_dry_run_shows_no_comment_where_none_would_be_posted(
    fake: FakeGitHub, tmp_path: Path, event: str
) -> None:
    environment = runner_environment(fake, tmp_path, event=event, payload={"action": "x"})
    result = command(environment, "publish", write_report(tmp_path), "--dry-run")
    _, _, shown = result.stdout.partition("=== Comment ===\n")
    assert shown == "None would be posted: the event is about no pull request.\n"


@pytest.mark.parametrize("mode", ["off", "on-refusal"])
def test_a_dry_run_shows_no_comment_that_no_mode_wants(
    fake: FakeGitHub, tmp_path: Path, mode: str
) -> None:
    result = publish(fake, tmp_path, None, GREEN, "--dry-run", f"--comment-mode={mode}")
    _, _, shown = result.stdout.partition("=== Comment ===\n")
    assert shown == "None would be posted: comment-mode wants none now.\n"


@pytest.mark.parametrize("told", [RED, GREEN, UNTOLD], ids=["red", "green", "untold"])
def test_a_dry_run_shows_what_would_be_posted_and_posts_nothing(
    fake: FakeGitHub, token: str, tmp_path: Path, told: Report
) -> None:
    dry = publish(fake, tmp_path, None, told, "--dry-run", "--check-run")
    assert fake.requests == []
    for name in ("Job summary", "Annotations", "Comment", "Check run"):
        assert f"=== {name} ===\n" in dry.stdout
    assert read_log(dry.output) == []
    real = publish(fake, tmp_path, token, told)
    assert dry.exit_code == real.exit_code
    assert only_body(fake) in dry.stdout


def test_a_dry_run_at_home_heeds_what_is_asked_for(tmp_path: Path) -> None:
    path = write_report(tmp_path, GREEN)
    shown = command({}, "publish", path, "--dry-run", "--check-run", "--comment-id=linux")
    assert shown.exit_code == 0
    rest = shown.stdout.partition("=== Comment ===\n")[2]
    comment, _, check = rest.partition("\n=== Check run ===\n")
    assert comment.startswith("## ✅ cc-lb accepts all 2 plugins (linux)\n")
    told = json.loads(check)
    assert (told["name"], told["conclusion"]) == ("cc-lb-selfcheck (linux)", "success")
    for mode in ("off", "on-refusal"):
        silent = command({}, "publish", path, "--dry-run", f"--comment-mode={mode}")
        _, _, comment = silent.stdout.partition("=== Comment ===\n")
        assert comment == "None would be posted: comment-mode wants none now.\n"


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

"""Nothing to publish: what the pull request says where no report came, or none that can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.memory import Spot
from cc_lb_selfcheck.report.model import Report
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    FORK,
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    command,
    furnish,
    markers,
    only_body,
    runner_environment,
    runs,
)
from tests.support.reader_runner import Command, read_env_file, read_log

NAME = "cc-lb-selfcheck-report"
NOTHING = "## ⚠️ No plugin was checked"


class Fork:
    """A fork's pull request, whose runs are followed by a run that publishes."""

    def __init__(self, fake: FakeGitHub, folder: Path) -> None:
        self.fake, self.folder = fake, folder
        self.token = furnish(fake)
        fake.add_repository(FORK, fork_of=REPOSITORY)
        # Of another number than the one that the other tests have.
        self.pull = fake.add_pull(REPOSITORY, PULL + 1, head="patch", head_repository=FORK)

    def publish(
        self, told: Report | bytes | None, conclusion: str, *options: str, name: str = NAME
    ) -> Result:
        """Let the fork's run end, with what it uploaded, and publish after it."""
        run = self.fake.add_run(REPOSITORY, head_sha=self.pull.head_sha, conclusion=conclusion)
        if told is not None:
            content = told if isinstance(told, bytes) else render_json(told).encode()
            self.fake.upload_artifact(run, NAME, {"report.json": content})
        about: Mapping[str, Any] = {
            "id": run.id,
            "run_attempt": 1,
            "conclusion": conclusion,
            "event": "pull_request",
            "head_sha": run.head_sha,
            "head_branch": "patch",
            "head_repository": {"owner": {"login": FORK.partition("/")[0]}},
        }
        environment = runner_environment(
            self.fake,
            self.folder,
            event="workflow_run",
            payload={"workflow_run": about},
            token=self.token,
        )
        for file in ("summary", "outputs"):
            (self.folder / file).unlink(missing_ok=True)
        return command(environment, "publish", f"--artifacts={name}", "--max-wait=1", *options)

    @property
    def body(self) -> str:
        [comment] = self.fake.comments(REPOSITORY, PULL + 1)
        return comment.body


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Fork]:
    with FakeGitHub() as fake:
        yield Fork(fake, tmp_path)


def said(result: Result) -> list[Command]:
    return read_log(result.output)


@pytest.mark.parametrize(
    ("options", "status", "conclusion"),
    [
        ([], 3, "undetermined"),
        (["--fail-on=refused"], 0, "success"),
        (["--fail-on=never"], 0, "success"),
    ],
)
@pytest.mark.parametrize("ended", ["failure", "timed_out", "startup_failure", "cancelled"])
def test_a_run_that_failed_before_its_check_is_told_in_the_pull_request(
    fork: Fork, ended: str, options: list[str], status: int, conclusion: str
) -> None:
    result = fork.publish(None, ended, *options)
    assert result.exit_code == status
    levels = [item.name for item in said(result)]
    assert levels == ["warning", "warning"]
    assert said(result)[0].data.endswith(f"has no artifact `{NAME}`; it has none.")
    assert fork.body.splitlines()[1] == NOTHING
    assert "That run failed, perhaps before its self-check" in fork.body
    assert "/actions/runs/" in fork.body
    assert (fork.folder / "summary").read_text("utf-8").startswith(NOTHING)
    outputs = read_env_file((fork.folder / "outputs").read_text("utf-8"))
    assert outputs["conclusion"] == conclusion


@pytest.mark.parametrize("ended", ["action_required", "skipped", "neutral", "stale"])
@pytest.mark.parametrize("told", [None, RED], ids=["no report", "a report"])
def test_of_a_run_that_did_not_take_place_nothing_is_posted(
    fork: Fork, ended: str, told: Report | None
) -> None:
    """As GitHub tells a run of a first contributor's that waits for approval."""
    result = fork.publish(told, ended, "--check-run")
    assert result.exit_code == (0 if told is None else 1)
    notices = [item.data for item in said(result) if item.name == "notice"]
    [notice] = notices
    assert notice.startswith("That run ")
    assert notice.endswith(f" ({ended}), so nothing was posted.")
    assert fork.fake.comments(REPOSITORY, PULL + 1) == []
    assert fork.fake.check_runs(REPOSITORY) == []
    if told is None:
        assert len(said(result)) == 1
        outputs = read_env_file((fork.folder / "outputs").read_text("utf-8"))
        assert outputs["conclusion"] == "undetermined"


def test_a_run_that_succeeded_without_a_report_is_wrong_usage(fork: Fork) -> None:
    """Then the name is wrong, or nothing is uploaded."""
    result = fork.publish(RED, "success", "--fail-on=never", name="report")
    assert result.exit_code == 2
    [error] = said(result)
    assert error.name == "error"
    assert error.data.endswith(f"has no artifact `report`; it has `{NAME}`.")
    assert fork.body.splitlines()[1] == NOTHING


def test_another_runs_artifact_is_not_excused(fork: Fork) -> None:
    other = fork.fake.add_run(REPOSITORY)
    result = fork.publish(None, "failure", f"--run-id={other.id}")
    assert result.exit_code == 2
    assert [item.name for item in said(result)] == ["error"]


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"schema_version": 2}'])
def test_a_report_that_cannot_be_used_is_named_in_the_pull_request(
    fork: Fork, content: bytes
) -> None:
    result = fork.publish(content, "failure")
    assert result.exit_code == 2
    assert [item.name for item in said(result)] == ["error"]
    assert fork.body.splitlines()[1] == NOTHING
    assert f"{NAME}/report.json" in fork.body


def test_what_was_green_is_green_no_more_and_the_next_compares_to_it(fork: Fork) -> None:
    fork.publish(RED, "failure")
    fork.publish(None, "failure")
    assert "cc-lb would refuse" not in fork.body
    assert "Since the last run" not in fork.body
    fork.publish(GREEN, "success")
    assert "- 1 mended: " in fork.body
    assert "cc-lb accepts all 2 plugins" in fork.body


def test_what_comes_after_nothing_at_all_is_compared_to_nothing(fork: Fork) -> None:
    fork.publish(None, "failure")
    fork.publish(RED, "failure")
    assert "Since the last run" not in fork.body
    assert "No plugin" not in fork.body


MODES: dict[str, list[tuple[Report | None, str | None]]] = {
    # mode, the reports: what the comment's headline says after each, None without a comment
    "always": [(None, "No"), (GREEN, "accepts"), (None, "No"), (RED, "refuse")],
    "on-change": [(None, "No"), (GREEN, "accepts"), (None, "No"), (GREEN, "accepts")],
    "on-refusal": [(None, None), (GREEN, None), (RED, "refuse"), (None, "No"), (GREEN, "accepts")],
    "off": [(None, None)],
}


@pytest.mark.parametrize("mode", MODES)
def test_the_modes(fork: Fork, mode: str) -> None:
    for told, words in MODES[mode]:
        fork.publish(told, "failure", f"--comment-mode={mode}")
        comments = fork.fake.comments(REPOSITORY, PULL + 1)
        assert len(comments) == (0 if words is None else 1)
        assert all(words in comment.body.splitlines()[1] for comment in comments if words)


def test_its_check_run_is_no_success(fork: Fork) -> None:
    fork.publish(None, "failure", "--check-run", "--fail-on=never")
    fork.publish(None, "failure", "--check-run")
    checks = fork.fake.check_runs(REPOSITORY)
    assert [check.conclusion for check in checks] == ["neutral", "failure"]
    assert {check.title for check in checks} == {"⚠️ No plugin was checked"}


def test_a_dry_run_posts_nothing(fork: Fork) -> None:
    assert fork.publish(None, "failure", "--dry-run").exit_code == 3
    assert fork.fake.comments(REPOSITORY, PULL + 1) == []


# In one workflow -----------------------------------------------------------------------------


def test_a_job_that_finds_no_report_of_the_others_says_so(fork: Fork) -> None:
    fake, folder = fork.fake, fork.folder
    (folder / "kept.json").write_text(render_json(GREEN), "utf-8")
    environment = runner_environment(fake, folder, token=fork.token)
    command(environment, "publish", str(folder / "kept.json"))
    run = fake.add_run(REPOSITORY, event="pull_request", status="in_progress", conclusion=None)
    later = runner_environment(fake, folder, token=fork.token, GITHUB_RUN_ID=str(run.id))
    result = command(later, "publish", "--artifacts=reports-*")
    assert result.exit_code == 2
    assert runs(fake) == [run.id]
    assert only_body(fake).splitlines()[1] == NOTHING
    [marker] = markers(fake)
    assert marker.memory.statuses == {Spot("a.wasm"): "passed", Spot("b.wasm"): "passed"}
    assert not marker.told


def test_a_check_that_finds_no_plugin_keeps_what_is_remembered(fork: Fork) -> None:
    fake, folder = fork.fake, fork.folder
    (folder / "kept.json").write_text(render_json(RED), "utf-8")
    environment = runner_environment(fake, folder, token=fork.token)
    command(environment, "publish", str(folder / "kept.json"))
    later = runner_environment(fake, folder, token=fork.token, GITHUB_RUN_ID="101")
    result = command(later, "check", str(folder / "dist" / "*.wasm"))
    assert result.exit_code == 2
    assert only_body(fake).splitlines()[1] == NOTHING
    assert "gone" not in only_body(fake)
    [marker] = markers(fake)
    assert marker.memory.statuses == {Spot("a.wasm"): "refused", Spot("b.wasm"): "passed"}


def test_at_home_a_missing_report_is_told_on_stderr_alone(tmp_path: Path) -> None:
    result = command({"LANG": "C.UTF-8"}, "publish", str(tmp_path / "none.json"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none.json" in result.stderr

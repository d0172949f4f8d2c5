"""The command ``publish --dry-run``: each surface as it would be posted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cc_lb_selfcheck.report.model import Report
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    RED,
    UNTOLD,
    command,
    only_body,
    runner_environment,
    write_report,
)
from tests.support.publishing import (
    publish_by_command as publish,
)
from tests.support.reader_runner import read_log


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

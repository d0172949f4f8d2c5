"""The command ``publish``: its exit status, also where reports cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Report
from tests.report.build import report
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    conclusion,
    only_body,
    report_of,
    runs,
    said,
)
from tests.support.publishing import (
    publish_by_command as publish,
)

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

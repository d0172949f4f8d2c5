"""What the product itself asks of GitHub: the real command, from report to comment."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.github import WRITER, secondary
from tests.support.github.model import Level, Permission, Run

from .scenarios import BASE, FORK, REPOSITORY, Setting, Unexpected, same, scenario

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGINS = ROOT / "tests/plugins/dist"
READER: Mapping[Permission, Level] = {"contents": "read"}


def command(*arguments: str, **environ: str) -> tuple[int, str]:
    """Run the command with an environment of its own; return its exit status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "entrypoint"), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@cache
def report(*plugins: str) -> str:
    """Return the JSON report on some of the example plugins."""
    with tempfile.TemporaryDirectory(prefix="contract-") as folder:
        path = Path(folder, "report.json")
        _, said = command(
            "check", *(f"{PLUGINS}/{name}.wasm" for name in plugins), f"--report={path}"
        )
        if not path.exists():
            raise Unexpected(f"There is no report: {said}")
        return path.read_text("utf-8")


def publish(
    setting: Setting,
    payload: Mapping[str, Any],
    run: Run,
    *options: str,
    reports: str = "",
    permissions: Mapping[Permission, Level] = WRITER,
) -> tuple[int, str]:
    """Publish a report as a workflow run does that an event started."""
    with tempfile.TemporaryDirectory(prefix="contract-") as name:
        folder = Path(name)
        (folder / "event.json").write_text(json.dumps(payload), "utf-8")
        (folder / "report.json").write_text(reports, "utf-8")
        given = [str(folder / "report.json")] if reports else []
        return command(
            "publish",
            *given,
            *options,
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=setting.api,
            GITHUB_EVENT_NAME="workflow_run" if "workflow_run" in payload else "pull_request",
            GITHUB_EVENT_PATH=str(folder / "event.json"),
            GITHUB_REPOSITORY=REPOSITORY,
            GITHUB_RUN_ID=str(run.id),
            GITHUB_RUN_ATTEMPT=str(run.attempt),
            GITHUB_TOKEN=setting.fake.add_token(REPOSITORY, permissions=permissions),
        )


def pull_request(setting: Setting, number: int) -> tuple[dict[str, Any], Run]:
    """Return the event of a pull request, and the run that it starts."""
    pull = setting.ask("GET", f"{BASE}/pulls/{number}", 200)
    head = pull["head"]
    run = setting.fake.add_run(
        REPOSITORY,
        event="pull_request",
        head_branch=head["ref"],
        head_sha=head["sha"],
        head_repository=head["repo"]["full_name"],
    )
    return {"number": number, "pull_request": pull}, run


def bodies(setting: Setting, number: int) -> list[str]:
    """Return the comments on a pull request."""
    return [comment.body for comment in setting.fake.comments(REPOSITORY, number)]


@scenario
def published_comment(setting: Setting) -> None:
    """Publish: a comment, created, then edited by the next run."""
    payload, run = pull_request(setting, 7)
    status, _ = publish(setting, payload, run, reports=report("shape", "misspelt-export"))
    same((status, len(bodies(setting, 7))), (1, 1))
    payload, run = pull_request(setting, 7)
    status, said = publish(setting, payload, run, reports=report("shape"))
    same((status, len(bodies(setting, 7))), (0, 1))
    same("Edited the comment on pull request 7." in said, True)


@scenario
def published_by_races(setting: Setting) -> None:
    """Publish: two comments become one, and GitHub asks to wait."""
    payload, run = pull_request(setting, 7)
    publish(setting, payload, run, reports=report("shape"))
    setting.fake.add_comment(REPOSITORY, 7, bodies(setting, 7)[0])
    payload, run = pull_request(setting, 7)
    setting.fake.fail("PATCH */comments/*", secondary(0))
    setting.fake.fail("GET */comments", secondary(0, 429))
    status, _ = publish(setting, payload, run, reports=report("shape"))
    same((status, len(bodies(setting, 7))), (0, 1))


@scenario
def published_check_run(setting: Setting) -> None:
    """Publish: a check run, made once, completed again by the same run."""
    payload, run = pull_request(setting, 7)
    bad = report("shape", "misspelt-export")
    for _ in range(2):
        status, _ = publish(setting, payload, run, "--check-run", "--comment-mode=off", reports=bad)
        same(status, 1)
    (check,) = setting.fake.check_runs(REPOSITORY)
    same((check.status, check.conclusion), ("completed", "failure"))
    same(bodies(setting, 7), [])


@scenario
def published_from_artifacts(setting: Setting) -> None:
    """Publish: reports that a matrix uploaded, of many artifacts."""
    payload, run = pull_request(setting, 7)
    for number in range(120):
        setting.fake.upload_artifact(run, f"other-{number}", {"a.txt": b"a"})
    for plugin in ("shape", "filter"):
        text = report(plugin).encode()
        setting.fake.upload_artifact(run, f"report-{plugin}", {"report.json": text})
    status, _ = publish(setting, payload, run, "--artifacts=report-*")
    same((status, len(bodies(setting, 7))), (0, 1))
    status, _ = publish(setting, payload, run, "--artifacts=none")
    same(status, 2)
    status, _ = publish(setting, payload, run, "--artifacts=report-*", permissions=READER)
    same(status, 2)


@scenario
def published_for_a_fork(setting: Setting) -> None:
    """Publish: after another workflow, for a fork's pull request, found by its head."""
    _, run = pull_request(setting, 8)
    setting.fake.upload_artifact(run, "report", {"report.json": report("shape").encode()})
    after = setting.fake.add_run(REPOSITORY, event="workflow_run")
    payload = {"workflow_run": setting.ask("GET", f"{BASE}/actions/runs/{run.id}", 200)}
    status, said = publish(setting, payload, after, "--artifacts=report")
    same((status, len(bodies(setting, 8)), bodies(setting, 7)), (0, 1, []))
    setting.fake.close_pull(REPOSITORY, 8)
    status, said = publish(setting, payload, after, "--artifacts=report")
    same((status, "No open pull request comes from" in said), (0, True))
    setting.fake.delete_repository(FORK)
    payload = {"workflow_run": setting.ask("GET", f"{BASE}/actions/runs/{run.id}", 200)}
    status, said = publish(setting, payload, after, "--artifacts=report")
    same((status, len(bodies(setting, 8))), (0, 1))


@scenario
def publishing_forbidden(setting: Setting) -> None:
    """Publish: with a token that may only read, down the ladder to the summary."""
    payload, run = pull_request(setting, 8)
    options = ("--check-run",)
    status, said = publish(
        setting, payload, run, *options, reports=report("shape"), permissions=READER
    )
    same((status, bodies(setting, 8), setting.fake.check_runs(REPOSITORY)), (0, [], []))
    for permission in ("pull-requests: write", "checks: write"):
        same(permission in said, True)
    status, _ = publish(
        setting,
        payload,
        run,
        *options,
        "--publish-errors=fail",
        reports=report("shape"),
        permissions=READER,
    )
    same(status, 4)

"""Publishing to the fake of GitHub as the product does it, where no wait is a real one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.github.api import ApiError, GitHubApi
from cc_lb_selfcheck.github.event import Plan, RunId
from cc_lb_selfcheck.github.legs import Step
from cc_lb_selfcheck.github.marker import Marker, read_marker
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.github.publish import Published, Publisher
from cc_lb_selfcheck.protocol.errors import MissingSelfCheckExport
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.memory import Memory
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.seen import Seen
from cc_lb_selfcheck.report.status import verdict_status
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.settings import PublishSettings
from tests.report.build import artifact, outcome_passed, outcome_refused, outcome_untold, report
from tests.support.github import FakeGitHub, Request, sha
from tests.support.reader_runner import Command, read_env_file, read_log

REPOSITORY = "octo-org/plugins"
FORK = "contributor/plugins"
PULL = 7
HEAD = sha("the pull request's head")
OLD_HEAD = sha("what its head was before")
NO_LINKS = Links()
NOW = 1_800_000_000


def furnish(fake: FakeGitHub) -> str:
    """Make the repository and its pull request; return a token of the workflow's own."""
    fake.add_repository(REPOSITORY)
    fake.add_pull(REPOSITORY, PULL, head_sha=HEAD)
    return fake.add_token(REPOSITORY)


# Reports.


def report_of(**statuses: str) -> Report:
    """Return a report on plugins by their names: ``p`` passed, ``r`` refused, ``u`` untold."""
    outcomes = {
        "p": outcome_passed(),
        "r": outcome_refused(MissingSelfCheckExport()),
        "u": outcome_untold("The engine's process ended."),
    }
    return report([artifact(f"{name}.wasm", outcomes[status]) for name, status in statuses.items()])


RED = report_of(a="r", b="p")
GREEN = report_of(a="p", b="p")
UNTOLD = report_of(a="u", b="p")


def with_names(names: Iterable[str]) -> Report:
    """Return a report of refused plugins with these names."""
    outcome = outcome_refused(MissingSelfCheckExport())
    made: list[Artifact] = [artifact(name, outcome) for name in names]
    return report(made)


# So many names that the marker cannot hold all of them.
BIG = with_names(f"{hashlib.sha512(b'%d' % number).hexdigest()}.wasm" for number in range(200))

# Publishing without the command.


def client(
    fake: FakeGitHub,
    token: str,
    *,
    max_wait_s: float = 60,
    sleep: Callable[[float], None] = lambda _seconds: None,
    stopwatch: Callable[[], float] = lambda: 0,
    **more: Any,
) -> GitHubApi:
    """Return the product's client, for which time passes as the test says."""
    return GitHubApi(
        token=token,
        repository=REPOSITORY,
        api_url=fake.url,
        patience=Patience(max_wait_s, sleep),
        stopwatch=stopwatch,
        **more,
    )


def read_pull(api: GitHubApi) -> str:
    """Read the pull request's head, as any request would do."""
    return api.read("read the pull request", lambda: api.repository.get_pull(PULL).head.sha)


def waits(fake: FakeGitHub, token: str, max_wait_s: float) -> tuple[list[float], ApiError | None]:
    """Read a pull request; return the seconds of each wait, and what went wrong."""
    slept: list[float] = []
    api = client(fake, token, max_wait_s=max_wait_s, sleep=slept.append, clock=lambda: NOW)
    try:
        read_pull(api)
    except ApiError as error:
        return slept, error
    return slept, None


def publisher(
    told: Report = RED,
    run: int = 100,
    attempt: int = 1,
    *,
    commit: str = HEAD,
    plan: Plan | None = None,
    writer: str = "",
    whole: Report | None = None,
    **settings: Any,
) -> Publisher:
    """Return a publisher of a report for the pull request."""
    chosen = PublishSettings(reports=("report.json",), **settings)
    where = plan or Plan(REPOSITORY, commit, RunId(run, attempt), pull_request=PULL)
    return Publisher(
        told, verdict_status(told, chosen), chosen, where, NO_LINKS, step=Step(writer), whole=whole
    )


def publish(
    fake: FakeGitHub,
    token: str,
    told: Report = RED,
    run: int = 100,
    attempt: int = 1,
    *,
    commit: str = HEAD,
    **settings: Any,
) -> Published:
    """Publish a report, and return what became of it."""
    made = publisher(told, run, attempt, commit=commit, **settings)
    return made.publish(client(fake, token))


# Looking.


def markers(fake: FakeGitHub) -> list[Marker]:
    """Return the markers of the pull request's comments, oldest comment first."""
    read = (read_marker(comment.body) for comment in fake.comments(REPOSITORY, PULL))
    return [marker for marker in read if marker is not None]


def runs(fake: FakeGitHub) -> list[int]:
    """Return the runs that the pull request's comments are of, oldest comment first."""
    return [marker.run.number for marker in markers(fake)]


def only_body(fake: FakeGitHub) -> str:
    """Return the text of the pull request's only comment."""
    [comment] = fake.comments(REPOSITORY, PULL)
    return comment.body


def asked(fake: FakeGitHub, method: str) -> list[Request]:
    """Return the requests of a method."""
    return [request for request in fake.requests if request.method == method]


def posted(fake: FakeGitHub) -> int:
    """Return how many times a comment was posted on the pull request."""
    path = f"/repos/{REPOSITORY}/issues/{PULL}/comments"
    return sum(request.path == path for request in asked(fake, "POST"))


def body_of(told: Report, run: int, *, commit: str = HEAD, attempt: int = 1) -> str:
    """Return a comment as a run would have left it."""
    marker = Marker("", commit, RunId(run, attempt), Memory(Seen.of(told).statuses))
    return f"{marker.line()}\nWritten by run {run}."


# The command.


def runner_environment(
    fake: FakeGitHub,
    directory: Path,
    *,
    event: str = "pull_request",
    payload: Mapping[str, Any] | None = None,
    token: str | None = None,
    **more: str,
) -> dict[str, str]:
    """Return what GitHub's runner sets, with its files in a directory."""
    told = payload or {"pull_request": {"number": PULL, "head": {"sha": HEAD}}}
    (directory / "event.json").write_text(json.dumps(told), "utf-8")
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": fake.url,
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(directory / "event.json"),
        "GITHUB_JOB": "selfcheck",
        "GITHUB_OUTPUT": str(directory / "outputs"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "100",
        # In pull_request that is a merge commit, which no report is about.
        "GITHUB_SHA": sha("a merge commit"),
        "GITHUB_STEP_SUMMARY": str(directory / "summary"),
        "LANG": "C.UTF-8",
    }
    if token is not None:
        environment["GITHUB_TOKEN"] = token
    return environment | more


def command(environment: Mapping[str, str], *arguments: str) -> Result:
    """Run the command in this process, in its environment alone; nothing may escape it."""
    foreign = {name: None for name in RUNNER_VARIABLES if name not in environment}
    result = CliRunner().invoke(whole_app(), list(arguments), env={**foreign, **environment})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


RUNNER_VARIABLES = (
    "GITHUB_ACTIONS",
    "GITHUB_API_URL",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_JOB",
    "GITHUB_OUTPUT",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TOKEN",
    "GITHUB_WORKSPACE",
)


def write_report(directory: Path, told: Report = RED) -> str:
    """Write a report's file and return its path."""
    path = directory / "report.json"
    path.write_text(render_json(told), "utf-8")
    return str(path)


def publish_by_command(
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
    """Return the output that says in a word how the command ended."""
    return read_env_file((directory / "outputs").read_text("utf-8"))["conclusion"]

"""Runs workflows with act, and reads what GitHub's runner would have been told."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_RUNNER_IMAGE = "python:3.13-slim"
"""Stands for GitHub's machine: the steps need a shell and Python."""
_LABELS = ("ubuntu-latest", "self-hosted", "linux")
_COMMAND = re.compile(r"::(?P<name>[a-z]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)


class Annotation(NamedTuple):
    """An ``error``, ``warning`` or ``notice`` command, unescaped."""

    level: str
    properties: dict[str, str]
    message: str


@dataclass
class Job:
    """What one job said."""

    annotations: list[Annotation] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    failed: bool = False
    """Whether a step failed, be it one after which the job goes on."""
    succeeded: bool = False
    log: list[str] = field(default_factory=list)

    def told(self, level: str) -> list[str]:
        """Return the messages of one level."""
        return [item.message for item in self.annotations if item.level == level]


@dataclass
class Start:
    """What starts a workflow, and where: by default a push, as nobody in particular."""

    event: str = "push"
    payload: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    actions: Mapping[str, Path] = field(default_factory=dict)
    """Folders that stand for actions, by ``owner/name@ref``."""
    mounts: Mapping[Path, str] = field(default_factory=dict)
    """What the jobs find where, read and written."""


def run_workflow(repository: Path, workflow: str, start: Start | None = None) -> dict[str, Job]:
    """Run a workflow and return its jobs by name; a job without a name has its id."""
    start = start or Start()
    event = repository.parent / "event.json"
    event.write_text(json.dumps(start.payload), "utf-8")
    done = subprocess.run(
        ["act", start.event, "--json", "-W", workflow, "-e", event, *_options(start)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    jobs: dict[str, Job] = defaultdict(Job)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if "jobID" in record:
            _note(jobs[_name(record)], record)
    assert jobs, f"act ran no job:\n{done.stdout}{done.stderr}"
    return dict(jobs)


def _name(record: dict[str, Any]) -> str:
    """Return a job's name: act writes WORKFLOW/NAME, with a number after each of several legs."""
    name = str(record["job"]).partition("/")[2].strip()
    return re.sub(r"-\d+$", "", name) if record.get("matrix") else name


def _options(start: Start) -> list[str]:
    """Return act's options. Secrets stay unmasked, so that a test sees a token that is printed."""
    options = ["--pull=false", "--network", "host", "--rm", "--insecure-secrets"]
    for label in _LABELS:
        options += ["-P", f"{label}={_RUNNER_IMAGE}"]
    for name, value in start.environment.items():
        options += ["--env", f"{name}={value}"]
    for action, folder in start.actions.items():
        options += ["--local-repository", f"{action}={folder}"]
    mounts = " ".join(f"--volume {folder}:{place}" for folder, place in start.mounts.items())
    options += ["--container-options", mounts] if mounts else []
    return options + (["--secret", f"GITHUB_TOKEN={start.token}"] if start.token else [])


def _note(job: Job, record: dict[str, Any]) -> None:
    job.log.append(record["msg"].rstrip("\n"))
    job.failed |= record.get("stepResult") == "failure"
    # act has one result for all legs of a matrix: of a leg it says no more than that it has ended.
    is_success = not job.failed if record.get("matrix") else record.get("jobResult") == "success"
    job.succeeded |= "jobResult" in record and is_success
    match record.get("command"):
        case "error" | "warning" | "notice":
            job.annotations.append(_annotation(record["raw"]))
        case "set-output":
            job.outputs[record["name"]] = record["arg"]
        case "summary":
            job.summary += record["content"]


def _annotation(line: str) -> Annotation:
    """Read a command as the runner does: act looks for the last ``::``, the runner for the first.

    Source: actions/runner ``ActionCommand.cs``.
    """
    command = _COMMAND.fullmatch(line.rstrip("\n"))
    assert command, line
    pairs = (pair.partition("=") for pair in (command["properties"] or "").split(",") if pair)
    properties = {key: _unescaped(value, "%3A:", "%2C,") for key, _, value in pairs}
    return Annotation(command["name"], properties, _unescaped(command["data"]))


def _unescaped(text: str, *more: str) -> str:
    for escape in ("%0D\r", "%0A\n", *more, "%25%"):
        text = text.replace(escape[:3], escape[3:])
    return text

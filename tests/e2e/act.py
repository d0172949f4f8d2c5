"""Runs workflows with act, and reads what GitHub's runner would have been told."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_RUNNER_IMAGE = "python:3.13-slim"
"""Stands for GitHub's machine: the steps need a shell and Python."""
_COMMAND = re.compile(r"::(?P<name>[a-z]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)


class Annotation(NamedTuple):
    """An ``error`` or ``warning`` command, unescaped."""

    level: str
    properties: dict[str, str]
    message: str


@dataclass
class Job:
    """What one job said."""

    annotations: list[Annotation] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    succeeded: bool = False
    log: list[str] = field(default_factory=list)


def run_workflow(repository: Path, workflow: str) -> dict[str, Job]:
    """Run a workflow as a push would, and return its jobs by id."""
    command = ["act", "push", "--json", "-W", workflow, "-P", f"ubuntu-latest={_RUNNER_IMAGE}"]
    options = ["--pull=false", "--network", "host", "--rm"]
    done = subprocess.run(
        command + options, cwd=repository, capture_output=True, text=True, check=False
    )
    jobs: dict[str, Job] = defaultdict(Job)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if "jobID" in record:
            _note(jobs[record["jobID"]], record)
    assert jobs, f"act ran no job:\n{done.stdout}{done.stderr}"
    return dict(jobs)


def _note(job: Job, record: dict[str, Any]) -> None:
    job.log.append(record["msg"].rstrip("\n"))
    job.succeeded |= record.get("jobResult") == "success"
    match record.get("command"):
        case "error" | "warning":
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

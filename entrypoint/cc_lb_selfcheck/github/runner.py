"""The runner's own surfaces: its files for outputs and the summary, and its paths.

Source: actions/runner ``FileCommandManager.cs`` and ``ContainerActionHandler.cs``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.report.model import Leg
from cc_lb_selfcheck.settings import Shard
from cc_lb_selfcheck.surfaces.command import command
from cc_lb_selfcheck.surfaces.envfile import EnvFileEntry, env_entry
from cc_lb_selfcheck.surfaces.markdown import Markdown
from cc_lb_selfcheck.surfaces.visible import shorten

_LEG_MAX_CHARS: Final = 200
_WRITER_CHARS: Final = 8


class RunnerFileError(Exception):
    """One of the runner's files cannot be written; the message is a sentence."""


def in_actions(environ: Mapping[str, str]) -> bool:
    """Tell whether GitHub's runner started us."""
    return environ.get("GITHUB_ACTIONS") == "true"


def complain(
    stderr: Printer, sentence: str, environ: Mapping[str, str], level: str = "error"
) -> None:
    """Tell a fault to whoever reads stderr."""
    if in_actions(environ):
        stderr.commands([command(level, sentence, {"title": "cc-lb-selfcheck"})])
    else:
        stderr.say(f"cc-lb-selfcheck: {sentence}")


def set_outputs(environ: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Set the step's outputs, where the runner takes them. Raises ``RunnerFileError``."""
    _append(environ, "GITHUB_OUTPUT", *(env_entry(*output) for output in outputs.items()))


def add_summary(environ: Mapping[str, str], markdown: Markdown) -> None:
    """Add to the job summary, where the runner takes one. Raises ``RunnerFileError``."""
    _append(environ, "GITHUB_STEP_SUMMARY", markdown)


def _append(environ: Mapping[str, str], variable: str, *texts: EnvFileEntry | Markdown) -> None:
    path = environ.get(variable)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(texts)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunnerFileError(f"{variable} cannot be written: {reason}.") from error


class Step(NamedTuple):
    """The step that publishes.

    ``key`` is short, and the same in each attempt at a run; empty at home. It does not tell apart
    the calls of one reusable workflow: that does the name of the ``job`` with this number, where
    GitHub tells it.
    """

    key: str = ""
    job: int | None = None

    def called(self, job: str) -> str:
        """Return a key of the step in the job with a name."""
        return _short(self.key, job) if self.key and job else self.key


AT_HOME: Final = Step()
"""Where there are no others."""


class Contexts(NamedTuple):
    """GitHub's contexts of these names, as far as they are known (GitHub Docs, "Contexts")."""

    matrix: object = None
    strategy: object = None
    job: object = None


def container_path(text: str, environ: Mapping[str, str]) -> str:
    """Translate a host's path in the workspace or temporary directory to the container's.

    It may stand behind a ``!`` or a ``format=``.

    The runner translates an input only when the whole of it is such a path; in a list of paths,
    a line each, that is not so.
    """
    workspace, host_parent = environ.get("GITHUB_WORKSPACE"), environ.get("RUNNER_WORKSPACE")
    if workspace != "/github/workspace" or not host_parent:
        return text
    repository = environ.get("GITHUB_REPOSITORY", "").rpartition("/")[2]
    mounts = [(PurePosixPath(host_parent, repository), workspace)]
    mounts.append((PurePosixPath(host_parent).parent / "_temp", "/github/runner_temp"))
    found = re.match(r"!|[a-z]+=", text)
    before = found[0] if found else ""
    path = text[len(before) :]
    for host, inside in mounts:
        if path == str(host) or path.startswith(f"{host}/"):
            return before + inside + path[len(str(host)) :]
    return text


def leg_of(environ: Mapping[str, str], contexts: Contexts, shard: Shard | None) -> Leg | None:
    """Name this run among the legs of a workflow; None at home, where there are no others."""
    matrix, strategy = contexts.matrix, contexts.strategy
    job = environ.get("GITHUB_JOB", "") if in_actions(environ) else ""
    if not job and shard is None:
        return None
    number, total = 1, 1
    if isinstance(strategy, Mapping):
        index, count = strategy.get("job-index"), strategy.get("job-total")
        if isinstance(index, int) and isinstance(count, int) and 0 <= index < count:
            number, total = index + 1, count
    values = list(matrix.values()) if isinstance(matrix, Mapping) else []
    told = [value if isinstance(value, str) else json.dumps(value) for value in values]
    if shard is not None:
        told += [] if told else [f"{shard.number}/{shard.total}"]
        if total == 1:
            number, total = shard
    name = f"{job} ({', '.join(told)})" if told else job
    return Leg(
        name=shorten(name.strip(), _LEG_MAX_CHARS),
        job=job,
        number=number,
        total=total,
        shares=shard is not None,
        check_run=_check_run(contexts.job),
    )


def step_of(environ: Mapping[str, str], contexts: Contexts, shard: Shard | None) -> Step:
    """Return the step that publishes, by its job, its leg, and its id in the job."""
    leg = leg_of(environ, contexts, shard) if in_actions(environ) else None
    if leg is None:
        return AT_HOME
    action = environ.get("GITHUB_ACTION", "")
    return Step(_short(leg.job, leg.name, leg.number, action), leg.check_run)


def _short(*told: str | int) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_WRITER_CHARS]


def _check_run(job: object) -> int | None:
    """Return the number of the job's own check run; older servers do not tell it."""
    number = job.get("check_run_id") if isinstance(job, Mapping) else None
    text = str(number) if isinstance(number, int | str) else ""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,14}", text) else None

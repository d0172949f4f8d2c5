"""The runner's own surfaces: its files for outputs and the summary, and its paths.

Source: actions/runner ``FileCommandManager.cs`` and ``ContainerActionHandler.cs``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.command import command
from cc_lb_selfcheck.surfaces.envfile import EnvFileEntry, env_entry
from cc_lb_selfcheck.surfaces.markdown import Markdown


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

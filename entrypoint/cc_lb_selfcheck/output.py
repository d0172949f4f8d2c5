"""Tells the report to whoever is there: a person, a pipe, a file, GitHub's runner."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from cc_lb_selfcheck.github.annotations import annotation_commands
from cc_lb_selfcheck.github.runner import (
    RunnerFileError,
    add_summary,
    give_to_owner_of,
    in_actions,
    set_outputs,
)
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.surfaces.command import command
from cc_lb_selfcheck.surfaces.terminal import terminal

OUTPUTS = {
    "passed": "How many artifacts the host accepts.",
    "refused": "How many artifacts the host refuses.",
    "undetermined": "How many artifacts have no verdict.",
    "report": "Path of the JSON report, relative to the workspace.",
    "conclusion": "One word: success, failure, usage-error or undetermined.",
}
"""The Action's outputs."""
_CONCLUSIONS = {0: "success", 1: "failure", 2: "usage-error", 3: "undetermined"}
_PIPE_WIDTH = 100


def publish_locally(
    report: Report, settings: CheckSettings, status: int, environ: Mapping[str, str]
) -> int:
    """Print the report and write its files; return the exit status, 2 where one cannot be."""
    complaints = _nothing_found(report, settings)
    written = ""
    if settings.report is not None:
        try:
            _write_report(settings.report, render_json(report))
            written = str(settings.report)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            complaints.append((True, f"The report {settings.report} cannot be written: {reason}."))
            status = 2
    commands = _to_runner(report, status, written, environ, complaints)
    if settings.format == "json":
        sys.stdout.write(render_json(report))
    else:
        width = None if sys.stdout.isatty() else _PIPE_WIDTH
        render_text(report, Console(highlight=False, width=width))
    sys.stdout.flush()
    # A format on stdout stays whole: the runner reads commands from stderr as well.
    stream = sys.stderr if settings.format == "json" else sys.stdout
    for line in commands:
        stream.write(f"{line}\n")
    for is_error, sentence in complaints:
        sys.stderr.write(_complaint(sentence, environ, is_error=is_error))
    stream.flush()
    return status


def _nothing_found(report: Report, settings: CheckSettings) -> list[tuple[bool, str]]:
    summary = report.summary
    if summary.artifacts > summary.skipped or settings.if_no_plugins == "ignore":
        return []
    sentence = (
        "No plugin was found. Name the artifacts that the build writes, or say"
        " `--if-no-plugins warn`."
    )
    return [(settings.if_no_plugins == "fail", sentence)]


def _to_runner(
    report: Report,
    status: int,
    written: str,
    environ: Mapping[str, str],
    complaints: list[tuple[bool, str]],
) -> list[str]:
    if not in_actions(environ):
        return []
    summary = report.summary
    outputs = {
        "passed": str(summary.passed),
        "refused": str(summary.refused),
        "undetermined": str(summary.undetermined),
        "report": written,
        "conclusion": _CONCLUSIONS[status],
    }
    tasks: tuple[Callable[[], None], ...] = (
        lambda: set_outputs(environ, outputs),
        lambda: add_summary(environ, render_markdown(report)),
    )
    for task in tasks:
        try:
            task()
        except RunnerFileError as error:
            complaints.append((False, str(error)))
    return list(annotation_commands(report))


def _complaint(sentence: str, environ: Mapping[str, str], *, is_error: bool) -> str:
    if in_actions(environ):
        name = "error" if is_error else "warning"
        return f"{command(name, sentence, {'title': 'cc-lb-selfcheck'})}\n"
    return f"cc-lb-selfcheck: {terminal(sentence)}\n"


def _write_report(path: Path, text: str) -> None:
    """Write the whole report or nothing: to a file beside it, then renamed."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)
        give_to_owner_of(path.parent, temporary)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

"""A report on its way to files, to the runner and to whoever reads what is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cc_lb_selfcheck.github.runner import (
    RunnerFileError,
    add_summary,
    complain,
    in_actions,
    set_outputs,
)
from cc_lb_selfcheck.printing import complaining, printing, stderr
from cc_lb_selfcheck.report.formats import writer_of
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.status import CONCLUSIONS, EXIT_USAGE
from cc_lb_selfcheck.report.surroundings import Surroundings
from cc_lb_selfcheck.settings import ReportSettings
from cc_lb_selfcheck.surfaces.markdown import joined, prose, written
from cc_lb_selfcheck.targets import write_whole

OUTPUTS: Final = {
    "passed": "How many artifacts the host accepts.",
    "refused": "How many artifacts the host refuses.",
    "undetermined": "How many artifacts have no verdict.",
    "report": "Path of the JSON report, relative to the workspace.",
    "conclusion": "One word: success, failure, usage-error, undetermined or publishing-failed.",
}
"""The Action's outputs."""
_COLOUR_ASKED_BY: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Variables by which rich takes a pipe for a terminal."""
_FAULTS_MAX: Final = 100


@dataclass
class Telling:
    """A report on its way, the exit status so far, and what is still to be said on stderr."""

    report: Report
    settings: ReportSettings
    environ: Mapping[str, str]
    status: int
    whole: Report | None = None
    """What is written as JSON, where that says more than what is shown."""
    complaints: list[tuple[str, str]] = field(default_factory=list)
    """A level of the runner's (``error``, ``warning``, ``notice``) and a sentence each."""

    def report_as(self, form: str) -> Report:
        """Return the report that is written in a format."""
        return self.whole if form == "json" and self.whole is not None else self.report

    def complain(self, level: str, sentence: str, status: int | None = None) -> None:
        """Keep a sentence for the end; ``status`` is the exit status from now on."""
        self.complaints.append((level, sentence))
        self.status = self.status if status is None else status

    def end(self) -> int:
        """Write the complaints, and return the exit status."""
        with complaining() as printer:
            for level, sentence in self.complaints:
                complain(printer, sentence, self.environ, level)
        return self.status


def tell_failure(
    faults: Sequence[str], environ: Mapping[str, str], status: int, level: str = "error"
) -> None:
    """Tell what was wrong where there is no report: on stderr, and to the runner."""
    with complaining() as printer:
        for fault in faults:
            complain(printer, fault, environ, level)
    if not in_actions(environ):
        return
    lines = joined(written("- {}\n", prose(fault)) for fault in faults[:_FAULTS_MAX])
    with suppress(RunnerFileError):
        set_outputs(environ, {"conclusion": CONCLUSIONS[status]})
        add_summary(environ, written("## ⚠️ No plugin was checked\n\n{}", lines))


def tell_here(telling: Telling, around: Surroundings, *, aside: bool = False) -> None:
    """Write the report's files, the runner's files, what is printed, and the annotations.

    ``aside``, nothing of it is printed to stdout.
    """
    report, environ, form = telling.report, telling.environ, telling.settings.format
    kept = keep_files(telling, around)
    if in_actions(environ):
        from cc_lb_selfcheck.report.github import annotation_commands
        from cc_lb_selfcheck.report.markdown import render_markdown

        to_runner(telling, lambda: set_outputs(environ, _outputs(telling, kept)))
        summary = render_markdown(report, links=around.links)
        to_runner(telling, lambda: add_summary(environ, summary))
    print_report(telling, around, aside=aside)
    if in_actions(environ) and form != "github":
        # A format on stdout stays whole: the runner reads commands from stderr as well.
        with printing(aside=aside) as stdout:
            printer = stdout if form == "text" else stderr()
            printer.commands(annotation_commands(report, around.missing))


def print_report(telling: Telling, around: Surroundings, *, aside: bool = False) -> None:
    """Print the report in the format that is asked for."""
    is_coloured = any(telling.environ.get(name) for name in _COLOUR_ASKED_BY)
    with printing(aside=aside) as stdout:
        write = writer_of(telling.settings.format)
        report = telling.report_as(telling.settings.format)
        write(report, around._replace(is_coloured=is_coloured), stdout)


def to_runner(telling: Telling, task: Callable[[], None]) -> None:
    """Write one of the runner's files; that it cannot be written is a warning."""
    try:
        task()
    except RunnerFileError as error:
        telling.complain("warning", str(error))


def _outputs(telling: Telling, written: str) -> dict[str, str]:
    summary = telling.report.summary
    counts = {name: str(getattr(summary, name)) for name in ("passed", "refused", "undetermined")}
    return {**counts, "report": written, **conclusion_of(telling)}


def conclusion_of(telling: Telling) -> dict[str, str]:
    """Return the output that says in a word how it ends."""
    return {"conclusion": CONCLUSIONS[telling.status]}


def keep_files(telling: Telling, around: Surroundings) -> str:
    """Write each file that is asked for; return the path of the first JSON report, if any."""
    reports = []
    for form, path in telling.settings.outputs:
        try:
            write_whole(path, partial(writer_of(form), telling.report_as(form), around))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            sentence = f"The report {path} cannot be written: {reason}."
            telling.complain("error", sentence, EXIT_USAGE)
            continue
        if form == "json":
            reports.append(path.as_posix())
    return next(iter(reports), "")

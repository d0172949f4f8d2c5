"""The report as annotations: workflow commands, worst first, within the runner's limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import Finding, Severity
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.command import CommandLine, command

from .brief import brief, names_of
from .model import Artifact, Report, shared_blocks
from .surroundings import Surroundings

_MOST: Final = {"error": 10, "warning": 9, "notice": 9}
"""The runner shows ten of a type a step (actions/runner, ``ExecutionContext.cs``).

Of warnings and notices one is left for what the step says of itself, as of a comment that it may
not write.
"""
_TYPES: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def write(report: Report, around: Surroundings, printer: Printer) -> None:
    """Write the commands, a line each."""
    printer.commands(annotation_commands(report, around.missing))


def annotation_commands(report: Report, missing: Iterable[str] = ()) -> list[CommandLine]:
    """Return the commands that annotate a run, a type at a time, the worst type first.

    Errors are problems and refusals; warnings and notices what is ``missing`` (a sentence each),
    what is undetermined, then what is worth a word about plugins that passed.
    """
    told: dict[str, list[CommandLine]] = {"error": [], "warning": [], "notice": []}
    for problem in report.problems:
        name = "error" if problem.is_usage_error else "warning"
        told[name].append(command(name, str(problem), {"title": "cc-lb-selfcheck"}))
    for sentence in missing:
        told["warning"].append(command("warning", sentence, {"title": "cc-lb-selfcheck"}))
    for artifact, paths in shared_blocks(report.worth_telling()):
        if artifact.finding is not None:
            name = _TYPES[artifact.finding.severity]
            told[name].append(_command(name, artifact, artifact.finding, paths))
    return [line for name, lines in told.items() for line in _limited(name, lines)]


def _command(name: str, artifact: Artifact, finding: Finding, paths: list[str]) -> CommandLine:
    location = finding.location
    place = location if location is not None and location.in_repository else None
    words = [f"{names_of(paths)}: {finding.title}.", *brief(artifact, finding)]
    properties = {
        "title": f"{finding.title} ({finding.id})",
        "file": place.path if place else None,
        "line": place.line if place else None,
        "col": place.column if place else None,
    }
    return command(name, "\n".join(words), properties)


def _limited(name: str, commands: list[CommandLine]) -> list[CommandLine]:
    if len(commands) <= _MOST[name]:
        return commands
    kept = commands[: _MOST[name] - 1]
    more = len(commands) - len(kept)
    text = f"{more:,} more are not shown here; the job summary and the report list all."
    return [*kept, command(name, text, {"title": f"{more:,} more"})]

"""The report as annotations: workflow commands, worst first, within the runner's limits."""

from __future__ import annotations

from itertools import chain
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import Finding, Severity
from cc_lb_selfcheck.report.model import Artifact, Report, shared_blocks
from cc_lb_selfcheck.report.place import place_words
from cc_lb_selfcheck.surfaces.command import CommandLine, command

PER_TYPE_MAX: Final = 10
"""The runner shows ten of a type a step (actions/runner, ``ExecutionContext.cs``)."""
_TYPES: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def annotation_commands(report: Report) -> list[CommandLine]:
    """Return the commands that annotate a run, a type at a time, the worst type first.

    Errors are problems and refusals; warnings and notices what is undetermined, then what is worth
    a word about plugins that passed.
    """
    told: dict[str, list[CommandLine]] = {"error": [], "warning": [], "notice": []}
    for problem in report.problems:
        name = "error" if problem.is_usage_error else "warning"
        told[name].append(command(name, str(problem), {"title": "cc-lb-selfcheck"}))
    passed = (item for item in report.artifacts if item.status == "passed" and item.finding)
    for artifact, paths in shared_blocks(chain(report.worst_first(), passed)):
        if artifact.finding is not None:
            name = _TYPES[artifact.finding.severity]
            told[name].append(_command(name, artifact, artifact.finding, paths))
    return [line for name, lines in told.items() for line in _limited(name, lines)]


def _command(name: str, artifact: Artifact, finding: Finding, paths: list[str]) -> CommandLine:
    location = finding.location
    place = location if location is not None and location.in_repository else None
    words = [f"{', '.join(paths[:5])}: {finding.title}.", finding.cause, finding.fix]
    if finding.hint is not None:
        words.append(finding.hint)
    if location is not None and place is None:
        words.append(f"It is in {place_words(location)}.")
    if artifact.verdict and artifact.verdict.message:
        words.append(f"The host says: {artifact.verdict.message}")
    properties = {
        "title": f"{finding.title} ({finding.id})",
        "file": place.path if place else None,
        "line": place.line if place else None,
        "col": place.column if place else None,
    }
    return command(name, "\n".join(words), properties)


def _limited(name: str, commands: list[CommandLine]) -> list[CommandLine]:
    if len(commands) <= PER_TYPE_MAX:
        return commands
    kept = commands[: PER_TYPE_MAX - 1]
    more = len(commands) - len(kept)
    text = f"{more:,} more are not shown here; the job summary and the report list all."
    return [*kept, command(name, text, {"title": f"{more:,} more"})]

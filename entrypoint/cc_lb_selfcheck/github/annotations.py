"""The report as annotations: workflow commands, worst first, within the runner's limits."""

from __future__ import annotations

from typing import Final

from cc_lb_selfcheck.report.model import Report, shared_blocks
from cc_lb_selfcheck.surfaces.command import CommandLine, command

PER_TYPE_MAX: Final = 10
"""The runner shows ten of a type a step (actions/runner, ``ExecutionContext.cs``)."""


def annotation_commands(report: Report) -> list[CommandLine]:
    """Return the commands that annotate a run: problems, refusals, then what is undetermined."""
    errors: list[CommandLine] = []
    warnings: list[CommandLine] = []
    for problem in report.problems:
        target = errors if problem.is_usage_error else warnings
        name = "error" if problem.is_usage_error else "warning"
        target.append(command(name, str(problem), {"title": "cc-lb-selfcheck"}))
    for artifact, paths in shared_blocks(report.worst_first()):
        finding = artifact.finding
        if finding is None:
            continue
        location = finding.location
        place = location if location is not None and location.in_repository else None
        name = "error" if artifact.status == "refused" else "warning"
        words = [f"{', '.join(paths[:5])}: {finding.title}.", finding.cause, finding.fix]
        if artifact.verdict and artifact.verdict.message:
            words.append(f"The host says: {artifact.verdict.message}")
        properties = {
            "title": f"{finding.title} ({finding.id})",
            "file": place.path if place else None,
            "line": place.line if place else None,
            "col": place.column if place else None,
        }
        (errors if name == "error" else warnings).append(
            command(name, "\n".join(words), properties)
        )
    return _limited("error", errors) + _limited("warning", warnings)


def _limited(name: str, commands: list[CommandLine]) -> list[CommandLine]:
    if len(commands) <= PER_TYPE_MAX:
        return commands
    kept = commands[: PER_TYPE_MAX - 1]
    more = len(commands) - len(kept)
    text = f"{more:,} more are not shown here; the job summary and the report list all."
    return [*kept, command(name, text, {"title": f"{more:,} more"})]

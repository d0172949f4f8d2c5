"""The report for a person at a terminal, or in a log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.surfaces.terminal import terminal
from cc_lb_selfcheck.surfaces.visible import shorten

from .layout import paragraph, print_lines
from .model import Artifact, Report, first_sentence, shared_blocks, verdict_name

_MARKS: Final[dict[Status, tuple[str, str]]] = {
    "passed": ("✓", "green"),
    "refused": ("✗", "bold red"),
    "undetermined": ("?", "bold yellow"),
    "skipped": ("-", "dim"),
}
_LABEL_WIDTH: Final = 12
_HOST_TEXT_MAX_CHARS: Final = 2000


def render_text(report: Report, console: Console) -> None:
    """Print one line a path, then a block for each content that did not pass, then the counts."""
    print_lines(console, _lines(report, console))


def _lines(report: Report, console: Console) -> Iterator[Text]:
    yield from map(_line, report.artifacts)
    for artifact, paths in shared_blocks(report.worst_first()):
        yield Text()
        yield from _block(artifact, paths, console)
    if report.artifacts:
        yield Text()
    for problem in report.problems:
        style = "bold red" if problem.is_usage_error else "yellow"
        yield Text(f"! {terminal(str(problem))}", style=style)
    yield _counts(report)


def _line(artifact: Artifact) -> Text:
    mark, style = _MARKS[artifact.status]
    line = Text.assemble((f"{mark} {artifact.status:<12} ", style))
    line.append(terminal(artifact.path), style="default" if artifact.status != "skipped" else "dim")
    if name := verdict_name(artifact):
        line.append(f"  {name}", style="red")
    elif artifact.status == "skipped":
        line.append(f"  {terminal(first_sentence(artifact.reason or ''))}", style="dim")
    elif artifact.status == "passed" and artifact.evidence.wall_ms is not None:
        line.append(f"  {artifact.evidence.wall_ms:.1f} ms", style="dim")
    return line


def _block(artifact: Artifact, paths: list[str], console: Console) -> Iterator[Text]:
    finding = artifact.finding
    mark, style = _MARKS[artifact.status]
    for path in paths:
        yield Text(f"{mark} {terminal(path)}", style=style)
    if finding is None:
        return
    yield Text(f"  {terminal(finding.title)}", style="bold")
    labelled = [
        ("meaning", first_sentence(finding.meaning)),
        ("why", finding.cause),
        ("what to do", finding.fix),
        ("more", f"cc-lb-selfcheck explain {finding.id}"),
    ]
    verdict = artifact.verdict
    if verdict is not None and verdict.message:
        labelled.insert(0, ("host says", shorten(verdict.message, _HOST_TEXT_MAX_CHARS)))
    for label, text in labelled:
        # Hanging lines begin with a bar: white space alone would let the runner see a command.
        first = Text.assemble((f"  │ {label:<{_LABEL_WIDTH}}", "dim"))
        rest = Text.assemble((f"  │ {'':<{_LABEL_WIDTH}}", "dim"))
        yield from paragraph(console, terminal(text.strip(), lines=True), first, rest)


def _counts(report: Report) -> Text:
    summary = report.summary
    counts: tuple[tuple[int, Status], ...] = (
        (summary.passed, "passed"),
        (summary.refused, "refused"),
        (summary.undetermined, "undetermined"),
        (summary.skipped, "skipped"),
    )
    noun = "artifact" if summary.artifacts == 1 else "artifacts"
    text = Text(f"{summary.artifacts:,} {noun}: ", style="bold")
    told = [(f"{count:,} {status}", _MARKS[status][1]) for count, status in counts if count]
    for number, (words, style) in enumerate(told or [("nothing checked", "yellow")]):
        text.append(", " if number else "", style="default").append(words, style=style)
    return text

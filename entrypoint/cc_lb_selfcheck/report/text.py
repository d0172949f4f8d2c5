"""The report for a person at a terminal, or in a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from cc_lb_selfcheck.diagnosis.finding import Excerpt, Finding, Location
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.visible import shorten

from .layout import paragraph, print_lines, styled
from .model import Artifact, Report, first_sentence, shared_blocks, verdict_name
from .place import place_words, source_lines
from .surroundings import Surroundings

_MARKS: Final[dict[Status, tuple[str, str]]] = {
    "passed": ("✓", "green"),
    "refused": ("✗", "bold red"),
    "undetermined": ("?", "bold yellow"),
    "skipped": ("-", "dim"),
}
_LABEL_WIDTH: Final = 16
_HOST_TEXT_MAX_CHARS: Final = 2000
_FRAME: Final = re.compile(r"^ +[0-9]+: ", re.MULTILINE)


def write(report: Report, _around: Surroundings, printer: Printer) -> None:
    """Write the report: to a terminal as wide as it is and in colours, else plain."""
    render_text(report, printer.console())


def render_text(report: Report, console: Console) -> None:
    """Print one line a path, then a block for each content that did not pass, then the counts."""
    print_lines(console, _lines(report, console))


def artifact_text(artifact: Artifact, console: Console) -> str:
    """Return what is printed about one artifact, without styles, for a console's width."""
    lines = [_line(artifact)]
    if artifact.status == "passed" and artifact.finding is not None:
        lines += _remark(artifact.finding, console)
    elif artifact.status in ("refused", "undetermined"):
        lines += _block(artifact, [], console)
    return "\n".join(line.plain for line in lines)


def _lines(report: Report, console: Console) -> Iterator[Text]:
    for artifact in report.artifacts:
        yield _line(artifact)
        if artifact.status == "passed" and artifact.finding is not None:
            yield from _remark(artifact.finding, console)
    for artifact, paths in shared_blocks(report.worst_first()):
        yield styled("")
        yield from _block(artifact, paths, console)
    if report.artifacts:
        yield styled("")
    for problem in report.problems:
        style = "bold red" if problem.is_usage_error else "yellow"
        yield styled(f"! {problem}", style)
    yield _counts(report)


def _without_frames(message: str) -> str:
    """Return the host's text for a person; its backtrace stays in the report."""
    head, found, frames = message.partition("\n    0: ")
    if not found:
        return shorten(message, _HOST_TEXT_MAX_CHARS)
    count = 1 + len(_FRAME.findall(frames))
    noun = "frame" if count == 1 else "frames"
    return f"{shorten(head, _HOST_TEXT_MAX_CHARS)} … {count} {noun}, which the JSON report has"


def _line(artifact: Artifact) -> Text:
    mark, style = _MARKS[artifact.status]
    line = styled(f"{mark} {artifact.status:<12} ", style)
    line += styled(artifact.path, "default" if artifact.status != "skipped" else "dim")
    if name := verdict_name(artifact):
        line += styled(f"  {name}", "red")
    elif artifact.status == "skipped":
        line += styled(f"  {first_sentence(artifact.reason or '')}", "dim")
    elif artifact.status == "passed" and artifact.evidence.wall_ms is not None:
        line += styled(f"  {artifact.evidence.wall_ms:.1f} ms", "dim")
    return line


def _block(artifact: Artifact, paths: list[str], console: Console) -> Iterator[Text]:
    finding = artifact.finding
    mark, style = _MARKS[artifact.status]
    for path in paths:
        yield styled(f"{mark} {path}", style)
    if finding is None:
        return
    yield styled(f"  {finding.title}", "bold")
    verdict = artifact.verdict
    if verdict is not None and verdict.message:
        yield from _labelled(console, "host says", _without_frames(verdict.message))
    yield from _labelled(console, "meaning", first_sentence(finding.meaning))
    sure = "" if finding.confidence == "certain" else f" ({finding.confidence})"
    yield from _labelled(console, f"why{sure}", finding.cause)
    if finding.excerpt is not None:
        yield from _excerpt(finding.excerpt)
    if finding.location is not None:
        yield from _place(finding.location, console)
    for seen in finding.seen:
        yield from _labelled(console, "seen", seen)
    for other in finding.others:
        yield from _labelled(console, "also", f"{other.text} ({other.confidence}, {other.id})")
    yield from _labelled(console, "what to do", finding.fix)
    yield from _labelled(console, "more", f"cc-lb-selfcheck explain {finding.id}")


def _remark(finding: Finding, console: Console) -> Iterator[Text]:
    """Yield what is worth a word about a plugin that passed."""
    words = f"{finding.title} ({finding.id}). {finding.cause}"
    yield from _labelled(console, finding.severity, words)
    for other in finding.others:
        yield from _labelled(console, "also", f"{other.text} ({other.id})")


def _labelled(console: Console, label: str, text: str) -> Iterator[Text]:
    # Hanging lines begin with a bar: white space alone would let the runner see a command.
    yield from paragraph(console, text.strip(), _margin(label), _margin())


def _margin(label: str = "") -> Text:
    return styled(f"  │ {label:<{_LABEL_WIDTH}}", "dim")


def _excerpt(excerpt: Excerpt) -> Iterator[Text]:
    """Yield the response's line and the caret under it, which only stays there unwrapped."""
    shown = styled(excerpt.text, "cyan")
    yield _margin() + shown
    if shown.plain == excerpt.text:
        yield _margin() + styled(excerpt.caret, "bold red")


def _place(location: Location, console: Console) -> Iterator[Text]:
    """Yield where it is in the sources, and the line itself as compilers show one."""
    yield from _labelled(console, "where", place_words(location))
    for line, style in zip(source_lines(location), ("cyan", "bold red"), strict=False):
        yield _margin() + styled(line, style)


def _counts(report: Report) -> Text:
    summary = report.summary
    counts: tuple[tuple[int, Status], ...] = (
        (summary.passed, "passed"),
        (summary.refused, "refused"),
        (summary.undetermined, "undetermined"),
        (summary.skipped, "skipped"),
    )
    noun = "artifact" if summary.artifacts == 1 else "artifacts"
    text = styled(f"{summary.artifacts:,} {noun}: ", "bold")
    told = [(f"{count:,} {status}", _MARKS[status][1]) for count, status in counts if count]
    for number, (words, style) in enumerate(told or [("nothing checked", "yellow")]):
        text += styled(", " if number else "", "default") + styled(words, style)
    return text

"""The report for a person at a terminal, or in a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.diagnosis.budgets import budgets_of
from cc_lb_selfcheck.diagnosis.finding import MENDS, Excerpt, Finding, Location
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.printing import PLAIN_WIDTH, Printer
from cc_lb_selfcheck.surfaces.visible import shorten

from .brief import host_words
from .layout import Line, paragraph, plain, print_lines, styled
from .meter import meter
from .model import Artifact, Report, first_sentence, shared_blocks, verdict_name
from .place import place_words, source_lines
from .surroundings import Surroundings

if TYPE_CHECKING:
    from rich.console import Console

_MARKS: Final[dict[Status, tuple[str, str]]] = {
    "passed": ("✓", "green"),
    "refused": ("✗", "bold red"),
    "undetermined": ("?", "bold yellow"),
    "skipped": ("-", "dim"),
}
_LABEL_WIDTH: Final = 16
_HOST_TEXT_MAX_CHARS: Final = 2000
_FRAME: Final = re.compile(r"^ +[0-9]+: ", re.MULTILINE)


def write(report: Report, around: Surroundings, printer: Printer) -> None:
    """Write the report: in colours on a terminal, as wide as it is, or where they are asked for."""
    if printer.is_terminal or around.is_coloured:
        render_text(report, printer.console(), around.missing)
    else:
        printer.lines(map(plain, _lines(report, PLAIN_WIDTH, around.missing)))


def render_text(report: Report, console: Console, missing: Iterable[str] = ()) -> None:
    """Print one line a path, then a block for each content that did not pass, then the counts.

    Before these come the problems, and sentences on what is ``missing``.
    """
    print_lines(console, _lines(report, console.width, missing))


def artifact_text(artifact: Artifact, width: int) -> str:
    """Return what is printed about one artifact, in lines of that width without styles."""
    lines = [_line(artifact)]
    if artifact.status == "passed" and artifact.finding is not None:
        lines += _remark(artifact.finding, width)
    elif artifact.status in ("refused", "undetermined"):
        lines += _block(artifact, [], width)
    return "\n".join(map(plain, lines))


def _lines(report: Report, width: int, missing: Iterable[str]) -> Iterator[Line]:
    for artifact in report.artifacts:
        yield _line(artifact)
        if artifact.status == "passed" and artifact.finding is not None:
            yield from _remark(artifact.finding, width)
    for artifact, paths in shared_blocks(report.worst_first()):
        yield styled("")
        yield from _block(artifact, paths, width)
    if report.artifacts:
        yield styled("")
    for problem in report.problems:
        style = "bold red" if problem.is_usage_error else "yellow"
        yield styled(f"! {problem}", style)
    for sentence in missing:
        yield styled(f"! {sentence}", "yellow")
    yield _counts(report)


def _without_frames(message: str) -> str:
    """Return the host's text for a person; its backtrace stays in the report."""
    head, found, frames = message.partition("\n    0: ")
    if not found:
        return shorten(host_words(message), _HOST_TEXT_MAX_CHARS)
    count = 1 + len(_FRAME.findall(frames))
    noun = "frame" if count == 1 else "frames"
    return f"{shorten(head, _HOST_TEXT_MAX_CHARS)} … {count} {noun}, which the JSON report has"


def _line(artifact: Artifact) -> Line:
    mark, style = _MARKS[artifact.status]
    line = styled(f"{mark} {artifact.status:<12} ", style)
    line += styled(artifact.path, "default" if artifact.status != "skipped" else "dim")
    if name := verdict_name(artifact):
        line += styled(f"  {name}", "red")
    elif artifact.status == "skipped":
        line += styled(f"  {first_sentence(artifact.reason or '')}", "dim")
    elif artifact.status == "passed":
        line += styled(f"  {_used(artifact)}", "dim")
    return line


def _used(artifact: Artifact) -> str:
    """Return what the call took of its limits; nothing where there was none."""
    return "  ".join(map(meter, budgets_of(artifact.evidence)))


def _block(artifact: Artifact, paths: list[str], width: int) -> Iterator[Line]:
    finding = artifact.finding
    mark, style = _MARKS[artifact.status]
    for path in paths:
        yield styled(f"{mark} {path}", style)
    if finding is None:
        return
    yield styled(f"  {finding.title}", "bold")
    verdict = artifact.verdict
    if verdict is not None and verdict.message:
        yield from _labelled(width, "host says", _without_frames(verdict.message))
    yield from _labelled(width, "meaning", first_sentence(finding.meaning))
    sure = "" if finding.confidence == "certain" else f" ({finding.confidence})"
    yield from _labelled(width, f"why{sure}", finding.cause)
    if finding.excerpt is not None:
        yield from _excerpt(finding.excerpt)
    if finding.location is not None:
        yield from _place(finding.location, width)
    for seen in finding.seen:
        yield from _labelled(width, "seen", seen)
    for other in finding.others:
        yield from _labelled(width, "also", f"{other.text} ({other.confidence}, {other.id})")
    if used := _used(artifact):
        yield from _labelled(width, "used", used)
    yield from _labelled(width, "what to do", finding.fix)
    if finding.hint is not None:
        yield from _labelled(width, "to see the line", finding.hint)
    if finding.suggestion is not None:
        words = f"`--fix-suggestions` prints a patch that {MENDS[finding.suggestion.mend]}."
        yield from _labelled(width, "patch", words)
    yield from _labelled(width, "more", f"cc-lb-selfcheck explain {finding.id}")


def _remark(finding: Finding, width: int) -> Iterator[Line]:
    """Yield what is worth a word about a plugin that passed."""
    words = f"{finding.title} ({finding.id}). {finding.cause}"
    yield from _labelled(width, finding.severity, words)
    for other in finding.others:
        yield from _labelled(width, "also", f"{other.text} ({other.id})")


def _labelled(width: int, label: str, text: str) -> Iterator[Line]:
    # Hanging lines begin with a bar: white space alone would let the runner see a command.
    return paragraph(text.strip(), width, _margin(label), _margin())


@cache
def _margin(label: str = "") -> Line:
    return styled(f"  │ {label:<{_LABEL_WIDTH}}", "dim")


def _excerpt(excerpt: Excerpt) -> Iterator[Line]:
    """Yield the response's line and the caret under it, which only stays there unwrapped."""
    shown = styled(excerpt.text, "cyan")
    yield _margin() + shown
    if plain(shown) == excerpt.text:
        yield _margin() + styled(excerpt.caret, "bold red")


def _place(location: Location, width: int) -> Iterator[Line]:
    """Yield where it is in the sources, and the line itself as compilers show one."""
    yield from _labelled(width, "where", place_words(location))
    for line, style in zip(source_lines(location), ("cyan", "bold red"), strict=False):
        yield _margin() + styled(line, style)


def _counts(report: Report) -> Line:
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
        text += styled(", " if number else "", "bold") + styled(words, f"bold {style}")
    return text

"""What changed between two reports: as text, JSON or Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cc_lb_selfcheck.diagnosis.budgets import Budget
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.json import indented, json_text
from cc_lb_selfcheck.surfaces.markdown import Markdown, code, joined, prose, written

from .diff import Change, Diff, Judged, Move, Used
from .layout import Line, plain, print_lines, styled
from .meter import numbers

_STYLES: Final = {
    "newly refused": "bold red",
    "mended": "green",
    "with another verdict": "yellow",
    "no longer determined": "bold yellow",
}
_NOTHING: Final = "Nothing changed."


def write(diff: Diff, form: str, printer: Printer) -> None:
    """Write the changes in a format: ``text``, ``json`` or ``markdown``."""
    if form == "json":
        printer.json([indented(diff.model_dump()), json_text("\n")])
    elif form == "markdown":
        printer.markdown(joined(_markdown(diff)))
    elif printer.is_terminal:
        print_lines(printer.console(), _text(diff))
    else:
        printer.lines(map(plain, _text(diff)))


def _text(diff: Diff) -> Iterator[Line]:
    for words, changes in diff.told():
        if changes:
            yield styled(f"{len(changes):,} {words}", _STYLES.get(words, "bold"))
        for change in changes:
            # White space alone before a name would let the runner see a command.
            yield styled(f"  - {change.name}  {_became(change)}")
    if diff.budgets:
        yield styled("budgets that moved", "bold")
    for move in diff.budgets:
        yield styled(f"  - {move.name}  {_moved(move)}")
    for sentence in diff.missing:
        yield styled(f"! {sentence}", "yellow")
    if _is_empty(diff):
        yield styled(_NOTHING, "green")


def _markdown(diff: Diff) -> Iterator[Markdown]:
    for words, changes in diff.told():
        if not changes:
            continue
        yield written("### {} {}\n\n", len(changes), prose(words))
        for change in changes:
            yield written("- {}: {}\n", code(change.name), prose(_became(change)))
        yield written("\n")
    if diff.budgets:
        yield written("### Budgets that moved\n\n| Plugin | Budget |\n|---|---|\n")
        for move in diff.budgets:
            yield written("| {} | {} |\n", code(move.name), prose(_moved(move)))
    for sentence in diff.missing:
        yield written("- ⚠️ {}\n", prose(sentence))
    if _is_empty(diff):
        yield written("{}{}\n", prose("\n" if diff.missing else ""), prose(_NOTHING))


def _is_empty(diff: Diff) -> bool:
    return not diff.budgets and not any(changes for _, changes in diff.told())


def _became(change: Change) -> str:
    """Return what a plugin was and is, as far as both reports tell."""
    before, now = change.before, change.now
    if now is None:
        return f"was {_word(before)}"
    if before is None or _word(before) == _word(now):
        return f"{_word(now)}{_title(now)}"
    return f"was {_word(before)}, is {_word(now)}{_title(now)}"


def _word(judged: Judged | None) -> str:
    if judged is None:
        return ""
    why = [text for text in (judged.verdict, judged.finding) if text]
    return f"{judged.status} ({', '.join(why)})" if why else judged.status


def _title(judged: Judged) -> str:
    return f": {judged.title}" if judged.title else ""


def _moved(move: Move) -> str:
    before, now = _numbers(move, move.before), _numbers(move, move.now)
    words = f"{move.budget}: was {before}, is {now} of {move.limit:,} {move.unit}"
    if move.before.least and move.now.least:
        change = (move.now.least - move.before.least) / move.before.least
        return f"{words} ({change:+.0%})"
    return words


def _numbers(move: Move, used: Used) -> str:
    return numbers(Budget(move.budget, move.unit, move.limit, used.least, used.most))

"""The report as Markdown: the job summary, and what a pull request's comment says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TextIO

from cc_lb_selfcheck.diagnosis.finding import Confidence, Finding, Location
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.surfaces.markdown import Markdown, block, code, prose
from cc_lb_selfcheck.surfaces.terminal import log_safe
from cc_lb_selfcheck.surfaces.visible import shorten

from .changes import Changes
from .merge import disagreements, is_whole, missing_legs
from .model import Artifact, Report, shared_blocks
from .place import NOT_HERE, place_of, source_lines
from .surroundings import Links, Surroundings

SUMMARY_MAX_BYTES: Final = 900 * 1024
"""The runner drops a whole summary above 1 MiB (FileCommandManager.cs); others share the file."""

COMMENT_MAX_BYTES: Final = 65_000
"""GitHub takes 65,536 characters, and each has at least one byte."""

_ICONS: Final[dict[Status, str]] = {
    "passed": "✅",
    "refused": "❌",
    "undetermined": "❔",
    "skipped": "\N{WHITE CIRCLE}",
}
_SURENESS: Final[dict[Confidence, str]] = {
    "certain": "",
    "likely": " (likely)",
    "possible": " (possible)",
}
_NAMED_MAX: Final = 10
_NOTES_MAX: Final = 20
_NAMES_MAX_BYTES: Final = 2_000
_NOTE_MAX_CHARS: Final = 500
_NOTES_PART: Final = 8
"""Notes take an eighth of the room at most."""
_REASONS_MAX: Final = 5
_REASON_PART: Final = 10
"""A tenth of what was not accepted shares a reason that is counted."""
_BRIEF_MAX_CHARS: Final = 300
_LEFT_OUT_ROOM_BYTES: Final = 600


def write(report: Report, around: Surroundings, stream: TextIO) -> None:
    """Write what a pull request's comment would say."""
    document = render_markdown(report, COMMENT_MAX_BYTES, links=around.links)
    stream.write(log_safe(document) if around.is_log else document)


def render_markdown(
    report: Report,
    max_bytes: int = SUMMARY_MAX_BYTES,
    *,
    changes: Changes | None = None,
    links: Links = Links(),
    whole: str = "The JSON report holds all.",
) -> Markdown:
    """Return the report within ``max_bytes``: the most useful first, then what was left out.

    ``whole`` is a sentence that says where all of it is. What goes first when there is no room:
    rows of what was accepted, details of the blocks, blocks, rows.
    """
    head = [f"## {headline(report)}\n", *_notes(report, max_bytes // _NOTES_PART)]
    head += _reasons(report)
    if changes is not None:
        head.append(_changes(changes))
    foot = _foot(report, links)
    legs = len(report.legs) > 1
    table_head = (
        "\n| | Artifact | Leg | Verdict |\n|---|---|---|---|\n"
        if legs
        else "\n| | Artifact | Verdict |\n|---|---|---|\n"
    )
    room = max_bytes - _LEFT_OUT_ROOM_BYTES - _size(*head, foot, table_head)
    worst = report.worst_first()
    worst_rows = _fit((_row(artifact, legs=legs) for artifact in worst), room // 2)
    room -= _size(*worst_rows)
    groups = shared_blocks(worst)
    blocks = _blocks(groups, room)
    room -= _size(*blocks)
    others = _others(report)
    other_rows: list[Markdown] = []
    if len(worst_rows) == len(worst):
        other_rows = _fit((_row(artifact, legs=legs) for artifact in others), room)
    left_out = _left_out(
        len(worst) - len(worst_rows), len(others) - len(other_rows), len(groups) - len(blocks)
    )
    parts: list[str] = [*head]
    if worst_rows or other_rows:
        parts += [table_head, *worst_rows, *other_rows]
    if left_out:
        parts.append(f"\nLeft out for size: {left_out}. {whole}\n")
    return Markdown("".join([*parts, *blocks, foot]))


def headline(report: Report) -> str:
    """Return one line with the counts that matter."""
    summary = report.summary
    checked = summary.artifacts - summary.skipped
    counted = "1 plugin" if checked == 1 else f"{checked:,} plugins"
    if summary.refused:
        more = f", {summary.undetermined:,} undetermined" if summary.undetermined else ""
        return f"{_ICONS['refused']} cc-lb would refuse {summary.refused:,} of {counted}{more}"
    if summary.undetermined:
        return f"{_ICONS['undetermined']} {summary.undetermined:,} of {counted} undetermined"
    if not checked:
        return "⚠️ No plugin was checked"
    accepted = "the plugin" if checked == 1 else f"all {checked:,} plugins"
    if not is_whole(report):
        return f"⚠️ cc-lb accepts {accepted}, but not everything was checked"
    return f"{_ICONS['passed']} cc-lb accepts {accepted}{_warned(report)}"


def _warned(report: Report) -> str:
    """Count the plugins that passed with a warning: the host may refuse them elsewhere."""
    warned = (item for item in report.artifacts if item.status == "passed" and item.finding)
    count = sum(1 for item in warned if item.finding and item.finding.severity == "warning")
    return f", {count:,} with a warning" if count else ""


def _notes(report: Report, room: int) -> list[str]:
    notes = [*missing_legs(report), *disagreements(report), *map(str, report.problems)]
    told = (Markdown(f"- ⚠️ {prose(shorten(note, _NOTE_MAX_CHARS))}\n") for note in notes)
    shown: list[str] = [*_fit(islice(told, _NOTES_MAX), room)]
    more = len(notes) - len(shown)
    return [*shown, f"- ⚠️ and {more:,} more\n"] if more else shown


def _reasons(report: Report) -> list[str]:
    """Count the reasons that many plugins share, where there are too many to take in."""
    worst = report.worst_first()
    if len(worst) <= _NAMED_MAX:
        return []
    counts = Counter(item.finding.title for item in worst if item.finding is not None)
    common = counts.most_common(_REASONS_MAX)
    shared = [(title, count) for title, count in common if count * _REASON_PART >= len(worst)]
    if not shared:
        return []
    lines = (f"- {count:,} plugins: {prose(title)}\n" for title, count in shared)
    return ["\nMost often:\n\n", *lines]


def _changes(changes: Changes) -> str:
    lines = [
        f"- {len(names):,} {words}: {_names(names)}\n" for words, names in changes.told() if names
    ]
    if changes.incomplete:
        lines.append("- The last run had too many plugins to remember: changes are incomplete.\n")
    if not lines:
        return "\nNothing changed since the last run.\n"
    return f"\nSince the last run:\n\n{''.join(lines)}"


def _names(names: Sequence[str]) -> str:
    shown = _fit((code(name, 100) for name in names[:_NAMED_MAX]), _NAMES_MAX_BYTES)
    more = len(names) - len(shown)
    return f"{', '.join(shown)}{f' and {more:,} more' if more else ''}"


def _foot(report: Report, links: Links) -> str:
    engine = f" on extism {report.engine.extism}" if report.engine.extism else ""
    protocol = f"{report.protocol.crate} {report.protocol.version}"
    said = f"Self-check of {protocol}{engine}, by cc-lb-selfcheck {report.tool.version}."
    named = (("Workflow run", links.run), ("JSON report", links.report))
    linked = [f"[{words}]({address})" for words, address in named if address]
    return f"\n{prose(said)}{' ' if linked else ''}{' · '.join(linked)}\n"


def _others(report: Report) -> list[Artifact]:
    rest = [item for item in report.artifacts if item.status in ("passed", "skipped")]
    return sorted(rest, key=lambda item: (item.status != "passed", item.finding is None, item.path))


def _row(artifact: Artifact, *, legs: bool) -> Markdown:
    if artifact.finding is not None and artifact.status in ("refused", "undetermined"):
        words = f"{prose(artifact.finding.title)}"
    elif artifact.status == "passed":
        words = _accepted(artifact.finding)
    else:
        words = f"{artifact.status}: {prose(shorten(artifact.reason or '', _NOTE_MAX_CHARS))}"
    cells = [_ICONS[artifact.status], code(artifact.path)]
    if legs:
        cells.append(_names(artifact.legs))
    return Markdown(f"| {' | '.join([*cells, words])} |\n")


def _accepted(finding: Finding | None) -> str:
    if finding is None:
        return "accepted"
    return (
        f"accepted, with a {finding.severity}: {prose(finding.title)}"
        f" ([{finding.id}]({finding.link})). {prose(finding.cause)}"
    )


def _blocks(groups: list[tuple[Artifact, list[str]]], room: int) -> list[Markdown]:
    """Return as many blocks as fit, and briefer ones where the full ones do not all fit."""
    full = [_block(artifact, paths, is_open=len(groups) == 1) for artifact, paths in groups]
    if _size(*full) <= room:
        return full
    return _fit((_block(artifact, paths, brief=True) for artifact, paths in groups), room)


def _block(
    artifact: Artifact, paths: list[str], *, brief: bool = False, is_open: bool = False
) -> Markdown:
    finding, verdict = artifact.finding, artifact.verdict
    if finding is None:
        return Markdown("")
    shown = ", ".join(code(path) for path in paths[:5])
    more = f" and {len(paths) - 5:,} more" if len(paths) > 5 else ""
    cut: Callable[[str], str] = (lambda text: shorten(text, _BRIEF_MAX_CHARS)) if brief else str
    lines = [
        f"\n<details{' open' if is_open else ''}>",
        f"<summary>{_ICONS[artifact.status]} {shown}{more}: {prose(finding.title)}</summary>\n",
        *([] if brief else [f"{prose(finding.meaning)}\n"]),
        f"**Why{_SURENESS[finding.confidence]}.** {prose(cut(finding.cause))}\n",
        *([] if finding.location is None else _place(finding.location, brief=brief)),
        *([] if brief else _evidence(finding)),
        f"**What to do.** {prose(cut(finding.fix))} ([{finding.id}]({finding.link}))\n",
    ]
    if verdict is not None and verdict.message:
        lines.append(f"The host says:\n\n{block(cut(verdict.message))}\n")
    lines.append("</details>\n")
    return Markdown("\n".join(lines))


def _evidence(finding: Finding) -> Iterator[str]:
    """Yield what speaks for the cause, and what else is or may be wrong."""
    if finding.excerpt is not None:
        pointed = "\n".join((finding.excerpt.text, finding.excerpt.caret))
        yield f"{block(pointed)}\n"
    told = [prose(seen) for seen in finding.seen]
    told += [
        Markdown(f"Also{_SURENESS[other.confidence]}: {prose(other.text)} ({other.id})")
        for other in finding.others
    ]
    if told:
        yield "".join(f"- {line}\n" for line in told)


def _place(location: Location, *, brief: bool) -> Iterator[str]:
    """Yield where it is in the sources, and the line itself as compilers show one."""
    note = "" if location.in_repository else NOT_HERE
    function = f", in {code(location.function)}" if location.function else ""
    yield f"**Where.** {code(place_of(location))}{note}{function}\n"
    shown = "\n".join(source_lines(location))
    if shown and not brief:
        yield f"{block(shown)}\n"


def _left_out(worst_rows: int, other_rows: int, blocks: int) -> str:
    left = []
    if worst_rows:
        left.append(f"{worst_rows:,} rows of plugins that were not accepted")
    if other_rows:
        left.append(f"{other_rows:,} rows of the table")
    if blocks:
        left.append(f"the details of {blocks:,} plugins")
    return " and ".join(filter(None, [", ".join(left[:-1]), *left[-1:]]))


def _fit(parts: Iterable[Markdown], room: int) -> list[Markdown]:
    kept: list[Markdown] = []
    for part in parts:
        room -= _size(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def _size(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)

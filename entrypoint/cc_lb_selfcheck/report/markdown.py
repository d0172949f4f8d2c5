"""The report as Markdown: the job summary, and what a pull request's comment says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.markdown import (
    Markdown,
    code,
    joined,
    link,
    prose,
    written,
)
from cc_lb_selfcheck.surfaces.visible import shorten

from .blocks import ICONS, blocks_of
from .changes import Changes
from .merge import disagreements, is_whole, missing_legs
from .model import Artifact, Report, shared_blocks
from .room import and_more, fit, size
from .seen import worst_by_path
from .surroundings import Links, Surroundings
from .used import used_table

SUMMARY_MAX_BYTES: Final = 900 * 1024
"""The runner drops a whole summary above 1 MiB (FileCommandManager.cs); others share the file."""

COMMENT_MAX_BYTES: Final = 65_000
"""GitHub takes 65,536 characters, and each has at least one byte."""

WHOLE: Final = written("The JSON report holds all.")

_ELSEWHERE: Final[dict[int, str]] = {
    1: f"{ICONS['undetermined']} Another job of this run could not judge everything",
    2: f"{ICONS['refused']} cc-lb would refuse what another job of this run has checked",
}
_TO_SEE_ALL: Final = (
    "To see all of it here, publish the reports together in one job, or give each job a"
    " `comment-id`."
)
_OF_ONE: Final = written(
    "\n{}\n\n",
    prose(
        "What follows is of one job or step alone; no other of this run told a worse result."
        f" {_TO_SEE_ALL}"
    ),
)
_TABLE_HEAD: Final = written("\n| | Artifact | Verdict |\n|---|---|---|\n")
_TABLE_HEAD_LEGS: Final = written("\n| | Artifact | Leg | Verdict |\n|---|---|---|---|\n")
_ROWS_MAX: Final = 20
"""So many rows are seen at a glance."""
_NOTHING: Final = written("")
_NAMED_MAX: Final = 10
_NOTES_MAX: Final = 20
_NAMES_MAX_BYTES: Final = 2_000
_JOB_MAX_CHARS: Final = 60
_TITLE_MAX_CHARS: Final = 60
_NOTE_MAX_CHARS: Final = 500
_NOTES_PART: Final = 8
"""Notes take an eighth of the room at most."""
_REASONS_MAX: Final = 5
_REASON_PART: Final = 10
"""A tenth of what was not accepted shares a reason that is counted."""
_LEFT_OUT_ROOM_BYTES: Final = 800
"""For that line, and for what is around rows that are folded up."""


def write(report: Report, around: Surroundings, printer: Printer) -> None:
    """Write what a pull request's comment would say."""
    printer.markdown(render_markdown(report, COMMENT_MAX_BYTES, links=around.links))


def render_markdown(
    report: Report,
    max_bytes: int = SUMMARY_MAX_BYTES,
    *,
    changes: Changes | None = None,
    links: Links = Links(),
    whole: Markdown = WHOLE,
    name: str = "",
    elsewhere: int = 0,
    is_of_one: bool = False,
) -> Markdown:
    """Return the report within ``max_bytes``: the most useful first, then what was left out.

    ``name``, if any, stands in the headline, to tell it apart from others. ``elsewhere`` is how bad
    the worst is that another job has told, if that is worse; see ``merge.badness``. ``is_of_one``:
    others have told something as well, which is not here.
    ``whole`` is a sentence that says where all of it is. What goes first when there is no room:
    what was used of the limits, rows of what was accepted, details of the blocks, blocks, rows. Of
    many plugins those that were accepted, and about which there is nothing to say, are folded up at
    the end.
    """
    head = [*_title(report, name, elsewhere)]
    if is_of_one and not elsewhere:
        head.append(_OF_ONE)
    head += [*_notes(report, max_bytes // _NOTES_PART), *_reasons(report)]
    if changes is not None:
        head.append(_changes(changes))
    foot = _foot(report, links)
    legs = len(report.legs) > 1
    table_head = _TABLE_HEAD_LEGS if legs else _TABLE_HEAD
    room = max_bytes - _LEFT_OUT_ROOM_BYTES - size(*head, foot, table_head)
    worst = report.worst_first()
    worst_rows = fit((_row(artifact, legs=legs) for artifact in worst), room // 2)
    room -= size(*worst_rows)
    groups = shared_blocks(worst)
    blocks, are_brief = blocks_of(groups, room)
    room -= size(*blocks)
    others = _others(report)
    other_rows: list[Markdown] = []
    if len(worst_rows) == len(worst):
        other_rows = fit((_row(artifact, legs=legs) for artifact in others), room)
    left_out = _left_out(
        len(worst) - len(worst_rows),
        len(others) - len(other_rows),
        len(groups) - len(blocks),
        are_brief=are_brief,
    )
    parts = [*head]
    shown = len(other_rows)
    if len(worst_rows) + len(other_rows) > _ROWS_MAX:
        shown = sum(1 for artifact in others[:shown] if artifact.finding is not None)
    if worst_rows or shown:
        parts += [table_head, *worst_rows, *other_rows[:shown]]
    if left_out:
        parts.append(written("\nLeft out for size: {}. {}\n", prose(left_out), whole))
    parts += blocks
    if folded := other_rows[shown:]:
        parts.append(_folded(folded, others[shown:], table_head))
    used = _NOTHING if left_out else used_table(report, room - size(*other_rows))
    return joined([*parts, used, foot])


def _title(report: Report, name: str, elsewhere: int) -> Iterator[Markdown]:
    title = _ELSEWHERE.get(elsewhere) or headline(report)
    title = f"{title} ({shorten(name, _TITLE_MAX_CHARS)})" if name else title
    yield written("## {}\n", prose(title))
    if elsewhere:
        yield _of_this_job(report)


def _of_this_job(report: Report) -> Markdown:
    return written(
        "\n{} What follows is of one job alone: {}.\n\n",
        prose(f"The summary of that job tells what. {_TO_SEE_ALL}"),
        prose(headline(report)),
    )


def _folded(rows: list[Markdown], artifacts: Sequence[Artifact], table_head: Markdown) -> Markdown:
    """Return a table to unfold with rows of artifacts, of which all are counted."""
    told = _counted(artifacts)
    if len(rows) < len(artifacts):
        told += f" ({len(rows):,} shown)"
    return written(
        "\n<details>\n<summary>{}</summary>\n{}{}\n</details>\n",
        prose(told),
        table_head,
        joined(rows),
    )


def _counted(artifacts: Sequence[Artifact]) -> str:
    counts = Counter(artifact.status for artifact in artifacts)
    words: tuple[tuple[Status, str], ...] = (("passed", "accepted"), ("skipped", "skipped"))
    told = (f"{ICONS[key]} {counts[key]:,} {word}" for key, word in words if counts[key])
    return ", ".join(told)


def headline(report: Report) -> str:
    """Return one line with the counts that matter; a plugin that many legs saw counts once."""
    worst = worst_by_path(report)
    counts = Counter(artifact.status for artifact in worst.values())
    refused, undetermined, checked = counts["refused"], counts["undetermined"], len(worst)
    counted = "1 plugin" if checked == 1 else f"{checked:,} plugins"
    if refused:
        more = f", {undetermined:,} undetermined" if undetermined else ""
        return f"{ICONS['refused']} cc-lb would refuse {refused:,} of {counted}{more}"
    if undetermined:
        return f"{ICONS['undetermined']} {undetermined:,} of {counted} undetermined"
    if not checked:
        return "⚠️ No plugin was checked"
    accepted = "the plugin" if checked == 1 else f"all {checked:,} plugins"
    if not is_whole(report):
        return f"⚠️ cc-lb accepts {accepted}, but not everything was checked"
    return f"{ICONS['passed']} cc-lb accepts {accepted}{_warned(report)}"


def _warned(report: Report) -> str:
    """Count the plugins that passed with a warning: the host may refuse them elsewhere."""
    passed = (item for item in report.artifacts if item.status == "passed" and item.finding)
    warned = {item.path for item in passed if item.finding and item.finding.severity == "warning"}
    count = len(warned)
    return f", {count:,} with a warning" if count else ""


def _notes(report: Report, room: int) -> list[Markdown]:
    notes = [*missing_legs(report), *disagreements(report), *map(str, report.problems)]
    told = (written("- ⚠️ {}\n", prose(shorten(note, _NOTE_MAX_CHARS))) for note in notes)
    shown = fit(islice(told, _NOTES_MAX), room)
    more = len(notes) - len(shown)
    return [*shown, written("- ⚠️ and {:,} more\n", more)] if more else shown


def _reasons(report: Report) -> list[Markdown]:
    """Count the reasons that many plugins share, where there are too many to take in."""
    worst = report.worst_first()
    if len(worst) <= _NAMED_MAX:
        return []
    counts = Counter(item.finding.title for item in worst if item.finding is not None)
    common = counts.most_common(_REASONS_MAX)
    shared = [(title, count) for title, count in common if count * _REASON_PART >= len(worst)]
    if not shared:
        return []
    lines = (written("- {:,} plugins: {}\n", count, prose(title)) for title, count in shared)
    return [written("\nMost often:\n\n"), *lines]


def _changes(changes: Changes) -> Markdown:
    lines = [
        written("- {:,} {}: {}\n", len(names), prose(words), _names(names))
        for words, names in changes.told()
        if names
    ]
    if changes.incomplete:
        lines.append(
            written("- Not all that the last run found is known: changes are incomplete.\n")
        )
    if not lines:
        return written("\nNothing changed since the last run.\n")
    return written("\nSince the last run:\n\n{}", joined(lines))


def _names(names: Sequence[str]) -> Markdown:
    shown = fit((code(name, 100) for name in names[:_NAMED_MAX]), _NAMES_MAX_BYTES)
    return and_more(shown, len(names) - len(shown))


def _foot(report: Report, links: Links) -> Markdown:
    engine = f" on extism {report.engine.extism}" if report.engine.extism else ""
    protocol = f"{report.protocol.crate} {report.protocol.version}"
    said = f"Self-check of {protocol}{engine}, by cc-lb-selfcheck {report.tool.version}."
    named = (
        ("Workflow run", links.run),
        ("JSON report", links.report),
        (f"Commit {(links.commit or '').rpartition('/')[2][:7]}", links.commit),
    )
    linked = [link(words, address) for words, address in named if address]
    logs = [
        link(shorten(leg.name, _JOB_MAX_CHARS), f"{links.jobs}{leg.check_run}")
        for leg in report.legs
        if links.jobs and leg.check_run
    ]
    if logs:
        shown = fit(logs[:_NAMED_MAX], _NAMES_MAX_BYTES)
        linked.append(written("Logs: {}", and_more(shown, len(logs) - len(shown))))
    lines = [joined(linked, " · "), written("<sub>{}</sub>", prose(said))]
    return written("\n{}\n", joined(filter(None, lines), "\n\n"))


def _others(report: Report) -> list[Artifact]:
    rest = [item for item in report.artifacts if item.status in ("passed", "skipped")]
    return sorted(rest, key=lambda item: (item.status != "passed", item.finding is None, item.path))


def _row(artifact: Artifact, *, legs: bool) -> Markdown:
    if artifact.finding is not None and artifact.status in ("refused", "undetermined"):
        words = prose(artifact.finding.title)
    elif artifact.status == "passed":
        words = _accepted(artifact.finding)
    else:
        reason = prose(shorten(artifact.reason or "", _NOTE_MAX_CHARS))
        words = written("{}: {}", prose(artifact.status), reason)
    cells = [prose(ICONS[artifact.status]), code(artifact.path)]
    if legs:
        cells.append(_names(artifact.legs))
    return written("| {} |\n", joined([*cells, words], " | "))


def _accepted(finding: Finding | None) -> Markdown:
    if finding is None:
        return written("accepted")
    return written(
        "accepted, with a {}: {} ({}). {}",
        prose(finding.severity),
        prose(finding.title),
        link(finding.id, finding.link),
        prose(finding.cause),
    )


def _left_out(worst_rows: int, other_rows: int, blocks: int, *, are_brief: bool) -> str:
    left = []
    if worst_rows:
        left.append(f"{worst_rows:,} rows of plugins that were not accepted")
    if other_rows:
        left.append(f"{other_rows:,} rows of the table")
    if blocks:
        left.append(f"the details of {blocks:,} plugins")
    if are_brief:
        left.append("parts of the details that are shown")
    return " and ".join(filter(None, [", ".join(left[:-1]), *left[-1:]]))

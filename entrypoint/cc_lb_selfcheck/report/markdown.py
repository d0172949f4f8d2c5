"""The report as Markdown: the job summary."""

from __future__ import annotations

from typing import Final

from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.surfaces.markdown import Markdown, block, code, prose

from .model import Artifact, Report, shared_blocks

SUMMARY_MAX_BYTES: Final = 900 * 1024
"""The runner drops a whole summary above 1 MiB (FileCommandManager.cs); others share the file."""

_ICONS: Final[dict[Status, str]] = {
    "passed": "✅",
    "refused": "❌",
    "undetermined": "❔",
    "skipped": "\N{WHITE CIRCLE}",
}


def render_markdown(report: Report, max_bytes: int = SUMMARY_MAX_BYTES) -> str:
    """Return the summary within ``max_bytes``: the most useful first, and what was left out."""
    note_room = 400
    parts = [f"## {headline(report)}\n"]
    parts += [f"- ⚠️ {prose(str(problem))}\n" for problem in report.problems]
    parts.append(_versions(report))
    used = sum(_size(part) for part in parts)
    rows = [_row(artifact) for artifact in _table_order(report)]
    blocks = [_block(artifact, paths) for artifact, paths in shared_blocks(report.worst_first())]
    header = "\n| | Artifact | Verdict |\n|---|---|---|\n"
    kept_rows, used = _fit(rows, used + _size(header), max_bytes // 2)
    kept_blocks, used = _fit(blocks, used, max_bytes - note_room)
    if rows:
        parts += [header, *kept_rows]
    left = []
    if len(kept_rows) < len(rows):
        left.append(f"{len(rows) - len(kept_rows):,} rows of the table")
    if len(kept_blocks) < len(blocks):
        left.append(f"the details of {len(blocks) - len(kept_blocks):,} artifacts")
    if left:
        parts.append(f"\n> Left out for size: {' and '.join(left)}. The JSON report holds all.\n")
    return "".join([*parts, *kept_blocks])


def headline(report: Report) -> str:
    """Return one line with the counts that matter."""
    summary = report.summary
    checked = summary.artifacts - summary.skipped
    if summary.refused:
        return f"{_ICONS['refused']} cc-lb would refuse {summary.refused:,} of {checked:,} plugins"
    if summary.undetermined:
        return (
            f"{_ICONS['undetermined']} {summary.undetermined:,} of {checked:,} plugins undetermined"
        )
    if not checked:
        return "⚠️ No plugin was checked"
    accepted = "the plugin" if checked == 1 else f"all {checked:,} plugins"
    return f"{_ICONS['passed']} cc-lb accepts {accepted}"


def _versions(report: Report) -> str:
    engine = f" on extism {report.engine.extism}" if report.engine.extism else ""
    protocol = f"{report.protocol.crate} {report.protocol.version}"
    return f"\nSelf-check of {protocol}{engine}, by cc-lb-selfcheck {report.tool.version}.\n"


def _table_order(report: Report) -> list[Artifact]:
    told = report.worst_first()
    rest = [item for item in report.artifacts if item.status in ("passed", "skipped")]
    return told + sorted(rest, key=lambda item: (item.status != "passed", item.path))


def _row(artifact: Artifact) -> Markdown:
    if artifact.finding is not None and artifact.status in ("refused", "undetermined"):
        words = f"{prose(artifact.finding.title)}"
    elif artifact.status == "passed":
        words = "accepted"
    else:
        words = f"{artifact.status}: {prose(artifact.reason or '')}"
    return Markdown(f"| {_ICONS[artifact.status]} | {code(artifact.path)} | {words} |\n")


def _block(artifact: Artifact, paths: list[str]) -> Markdown:
    finding, verdict = artifact.finding, artifact.verdict
    if finding is None:
        return Markdown("")
    shown = ", ".join(code(path) for path in paths[:5])
    more = f" and {len(paths) - 5:,} more" if len(paths) > 5 else ""
    lines = [
        f"\n<details{' open' if artifact.status == 'refused' else ''}>",
        f"<summary>{_ICONS[artifact.status]} {shown}{more}: {prose(finding.title)}</summary>\n",
        f"{prose(finding.meaning)}\n",
        f"**Why.** {prose(finding.cause)}\n",
        f"**What to do.** {prose(finding.fix)} ([{finding.id}]({finding.link}))\n",
    ]
    if verdict is not None and verdict.message:
        lines.append(f"The host says:\n\n{block(verdict.message)}\n")
    lines.append("</details>\n")
    return Markdown("\n".join(lines))


def _fit(parts: list[Markdown], used: int, limit: int) -> tuple[list[Markdown], int]:
    kept: list[Markdown] = []
    for part in parts:
        size = _size(part)
        if used + size > limit:
            break
        kept.append(part)
        used += size
    return kept, used


def _size(text: str) -> int:
    return len(text.encode())

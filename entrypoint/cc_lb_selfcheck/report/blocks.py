"""A block to unfold for each plugin that was not accepted: why, where, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import (
    MENDS,
    Confidence,
    Finding,
    Location,
    Suggestion,
)
from cc_lb_selfcheck.diagnosis.patch import PATCH_MAX_CHARS
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.surfaces.markdown import (
    Markdown,
    block,
    code,
    joined,
    link,
    prose,
    written,
)
from cc_lb_selfcheck.surfaces.visible import shorten

from .brief import host_words
from .model import Artifact
from .place import NOT_HERE, place_of, source_lines
from .room import and_more, fit, size

ICONS: Final[dict[Status, str]] = {
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
_NOTHING: Final = written("")
_PATHS_MAX: Final = 5
_BRIEF_MAX_CHARS: Final = 300


def blocks_of(groups: list[tuple[Artifact, list[str]]], room: int) -> tuple[list[Markdown], bool]:
    """Return as many blocks as fit, and whether they are brief, as the full ones do not all fit."""
    full = [_block(artifact, paths, is_open=len(groups) == 1) for artifact, paths in groups]
    if size(*full) <= room:
        return full, False
    return fit((_block(artifact, paths, brief=True) for artifact, paths in groups), room), True


def _block(
    artifact: Artifact, paths: list[str], *, brief: bool = False, is_open: bool = False
) -> Markdown:
    finding, verdict = artifact.finding, artifact.verdict
    if finding is None:
        return _NOTHING
    shown = and_more((code(path) for path in paths[:_PATHS_MAX]), max(len(paths) - _PATHS_MAX, 0))
    cut: Callable[[str], str] = (lambda text: shorten(text, _BRIEF_MAX_CHARS)) if brief else str
    icon, title = prose(ICONS[artifact.status]), prose(finding.title)
    sure, cause = prose(_SURENESS[finding.confidence]), prose(cut(finding.cause))
    fix, page = prose(cut(finding.fix)), link(finding.id, finding.link)
    lines = [
        written("\n<details open>") if is_open else written("\n<details>"),
        written("<summary>{} {}: {}</summary>\n", icon, shown, title),
        *([] if brief else [written("{}\n", prose(finding.meaning))]),
        written("**Why{}.** {}\n", sure, cause),
        *([] if finding.location is None else _place(finding.location, brief=brief)),
        *([] if brief else _evidence(finding)),
        written("**What to do.** {} ({})\n", fix, page),
        *([] if brief or finding.suggestion is None else [_patch(finding.suggestion)]),
    ]
    if verdict is not None and verdict.message:
        lines.append(written("The host says:\n\n{}\n", block(cut(host_words(verdict.message)))))
    return joined([*lines, written("</details>\n")], "\n")


def _evidence(finding: Finding) -> Iterator[Markdown]:
    """Yield what speaks for the cause, and what else is or may be wrong."""
    if finding.excerpt is not None:
        pointed = "\n".join((finding.excerpt.text, finding.excerpt.caret))
        yield written("{}\n", block(pointed))
    told = [prose(seen) for seen in finding.seen]
    told += [
        prose(f"Also{_SURENESS[other.confidence]}: {other.text} ({other.id})")
        for other in finding.others
    ]
    if finding.hint is not None:
        told.append(prose(finding.hint))
    if told:
        yield joined(written("- {}\n", line) for line in told)


def _patch(suggestion: Suggestion) -> Markdown:
    """Return a patch, folded; what it says may be a stranger's, and stays in its fence."""
    words = prose(f"A patch that {MENDS[suggestion.mend]}")
    lines = suggestion.patch.removesuffix("\n").replace("\r\n", "\n")
    shown = block(lines, PATCH_MAX_CHARS, "diff")
    return written("<details>\n<summary>{}</summary>\n\n{}\n\n</details>\n", words, shown)


def _place(location: Location, *, brief: bool) -> Iterator[Markdown]:
    """Yield where it is in the sources, and the line itself as compilers show one."""
    note = _NOTHING if location.in_repository else prose(NOT_HERE)
    function = written(", in {}", code(location.function)) if location.function else _NOTHING
    yield written("**Where.** {}{}{}\n", code(place_of(location)), note, function)
    shown = "\n".join(source_lines(location))
    if shown and not brief:
        yield written("{}\n", block(shown))

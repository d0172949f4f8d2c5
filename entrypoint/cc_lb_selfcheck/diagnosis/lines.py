"""What makes a build keep the debug information that files and lines are read from."""

from __future__ import annotations

from typing import Final

from cc_lb_selfcheck.host.outcome import Evidence, Verdict

_LINES_IN: Final = (
    (
        "Rust",
        'With `debug = 1` and `strip = "none"` under `[profile.release]` in Cargo.toml, file and'
        " line are told.",
    ),
    (
        "AssemblyScript",
        'With `"debug": true` in asconfig.json, at least the functions are named.',
    ),
    ("C", "Compiled and linked with `-g`, file and line are told."),
)
_LINES_ARE_LOST: Final = (
    "The profile in Cargo.toml keeps debug information, and this artifact has none: perhaps another"
    " profile built it, or something strips it afterwards. With it, file and line are told."
)
"""In place of the above, where it is done already."""
_WITH_A_FUNCTION: Final = frozenset(
    ("CCLB-MISSPELT-EXPORT", "CCLB-EXPORT-SIGNATURE", "CCLB-START-FUNCTION")
)
"""Findings on plugins that are not called, and yet on a function of theirs."""


def how_to_get_lines(verdict: Verdict, evidence: Evidence, entry: str) -> str | None:
    """Say how to build so that a refusal's line is told; None where it is, or cannot be.

    ``entry`` is the id of the finding.
    """
    if entry == "CCLB-DEBUG-BUILD" or (evidence.wall_ms is None and entry not in _WITH_A_FUNCTION):
        return None
    authors = [frame for frame in evidence.trace if not frame.library]
    if evidence.declared is not None or any(frame.line for frame in authors):
        return None
    has_some = any(section.name == ".debug_info" for section in evidence.custom_sections)
    # Where functions of the author's are named, and no line of them, it is the standard library's.
    if has_some and not any(frame.function for frame in authors):
        return None
    for start, words in _LINES_IN:
        if any(language.startswith(start) for language in evidence.languages):
            is_named = start == "AssemblyScript" and any(f.function for f in evidence.trace)
            told = _LINES_ARE_LOST if evidence.debug_info_kept else words
            return None if is_named else told
    is_crash = verdict.variant in ("Call", "Instantiate")
    return "Built with debug information (DWARF), file and line are told." if is_crash else None

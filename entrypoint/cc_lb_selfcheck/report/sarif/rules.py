"""The catalogue as rules of SARIF."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from cc_lb_selfcheck.diagnosis.catalogue import Entry, entries, near_misses
from cc_lb_selfcheck.surfaces.visible import shorten

from ..page import page_markdown, page_text

_DESCRIPTION_MAX_CHARS: Final = 1024
"""GitHub takes no more (GitHub Docs, "SARIF support for code scanning")."""
_TAGS: Final = ("cc-lb", "plugin", "self-check", "webassembly")
_TAGS_MAX: Final = 10
"""GitHub shows ten of a rule's tags, and takes twenty."""
_PROBLEM_SEVERITIES: Final = {"error": "error", "warning": "warning", "note": "recommendation"}


def all_rules() -> list[dict[str, Any]]:
    """Return a rule for each entry of the catalogue."""
    return [_rule(entry) for entry in _catalogue()]


@cache
def rule_indexes() -> dict[str, int]:
    """Return the place of each rule by its id."""
    return {entry.id: index for index, entry in enumerate(_catalogue())}


def _catalogue() -> tuple[Entry, ...]:
    return (*entries(), *near_misses())


def _rule(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": _name(entry.id),
        "shortDescription": {"text": f"{entry.title}."},
        "fullDescription": {"text": shorten(entry.meaning, _DESCRIPTION_MAX_CHARS)},
        "help": {"text": page_text(entry), "markdown": page_markdown(entry)},
        "helpUri": entry.link,
        "defaultConfiguration": {"level": entry.severity},
        "properties": {
            "tags": [*_TAGS, *entry.told_with][:_TAGS_MAX],
            "problem.severity": _PROBLEM_SEVERITIES[entry.severity],
        },
    }


def _name(rule_id: str) -> str:
    """Return an id in Pascal case, in which a word has two letters at least."""
    words = rule_id.removeprefix("CCLB-").split("-")
    return "".join(word.title() for word in words if len(word) > 1)

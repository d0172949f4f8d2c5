"""Reads and renews ``CHANGELOG.md``, which has the form of Keep a Changelog."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NamedTuple

from tools.refusal import Refusal

UNRELEASED: Final = "Unreleased"
_HEADING: Final = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\S+))?$", re.MULTILINE)


class Section(NamedTuple):
    """One version's part: its name, the day of its release as written, what is said of it."""

    name: str
    date: str | None
    text: str


def sections(changelog: str) -> list[Section]:
    """Return all sections, in the order of the file: the newest first."""
    headings = list(_HEADING.finditer(changelog))
    ends = [*(heading.start() for heading in headings[1:]), len(changelog)]
    return [
        Section(heading["name"], heading["date"], changelog[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    ]


def rotated(changelog: str, version: str, day: dt.date) -> str:
    """Return the changelog with what was unreleased as the section of ``version``.

    Raises ``Refusal`` where nothing is unreleased, or the version has a section already.
    """
    found = {section.name: section for section in sections(changelog)}
    if version in found:
        raise Refusal(f"CHANGELOG.md has a section [{version}] already.")
    if UNRELEASED not in found or not found[UNRELEASED].text:
        raise Refusal(f"CHANGELOG.md has nothing under [{UNRELEASED}]: what is to be released?")
    heading = f"## [{UNRELEASED}]"
    return changelog.replace(heading, f"{heading}\n\n## [{version}] - {day.isoformat()}", 1)


def released(changelog: str, version: str) -> Section:
    """Return the section of a version that is to be released: the newest, dated, with a text.

    Raises ``Refusal`` where it is not so, or where something else is still unreleased.
    """
    unreleased, *rest = sections(changelog) or [Section("", None, "")]
    if unreleased.name != UNRELEASED or not rest:
        raise Refusal(f"CHANGELOG.md has to begin with [{UNRELEASED}], then [{version}].")
    if unreleased.text:
        raise Refusal(f"CHANGELOG.md has entries under [{UNRELEASED}], above [{version}].")
    newest = rest[0]
    if newest.name != version:
        raise Refusal(f"CHANGELOG.md's newest section is [{newest.name}], not [{version}].")
    try:
        dt.date.fromisoformat(newest.date or "")
    except ValueError:
        raise Refusal(f"CHANGELOG.md's section [{version}] has no date (YYYY-MM-DD).") from None
    if not newest.text:
        raise Refusal(f"CHANGELOG.md says nothing of [{version}].")
    return newest

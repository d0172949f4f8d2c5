"""Puts the files in archives in the archives' place."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, cast

from .find import Findings, Found, Problem
from .opened import OpenedAtNeed, Spool
from .patterns import PatternError, expand_braces, matches_path
from .suffixes import is_archive


def expand(findings: Findings, resources: ExitStack, suffix: str = ".wasm") -> Findings:
    """Return the findings with each archive replaced by the files in it that end in ``suffix``.

    ``resources`` keeps open what they are read from.
    """
    plain = [found for found in findings.found if not _is_archive(found)]
    if len(plain) == len(findings.found):
        return findings
    spool = Spool(resources)
    parts = [
        archive(Path(found.path), f"{found.shown}!", spool, suffix)
        for found in findings.found
        if _is_archive(found)
    ]
    return joined(Findings(plain, findings.problems), *parts)


def _is_archive(found: Found) -> bool:
    return found.obstacle is None and is_archive(found.shown)


def archive(path: Path, origin: str, spool: Spool, suffix: str = ".wasm") -> Findings:
    """Return the files in one archive that end in ``suffix``, shown with ``origin`` before."""
    from .archive import BadArchive, members

    findings = Findings()
    name = origin.removesuffix("!")
    file = OpenedAtNeed(path)
    try:
        for member in members(cast("IO[bytes]", file), origin, (suffix,), spool):
            kept = member._replace(read=_resting(member.read, file))
            findings.found.append(
                Found(str(path), member.shown, named=False, obstacle=member.obstacle, member=kept)
            )
    except BadArchive as error:
        findings.problems.append(Problem(name, f"{error}.", is_usage_error=True))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        findings.problems.append(Problem(name, f"cannot be read: {reason}.", is_usage_error=True))
    finally:
        file.rest()
    if not findings.found and not findings.problems:
        findings.problems.append(Problem(name, f"holds no {suffix} file.", is_usage_error=False))
    return findings


def _resting(read: Callable[[], bytes], file: OpenedAtNeed) -> Callable[[], bytes]:
    def read_and_rest() -> bytes:
        try:
            return read()
        finally:
            file.rest()

    return read_and_rest


def excluding(findings: Findings, patterns: Sequence[str]) -> Findings:
    """Return the findings without the files in archives whose origins match a pattern.

    A pattern that cannot be used excludes nothing: ``find`` has told so.
    """
    excluded = [segments for pattern in patterns for segments in _expanded(pattern) if segments]
    if not excluded:
        return findings

    def is_kept(found: Found) -> bool:
        names = PurePosixPath(found.shown).parts
        return found.member is None or not any(matches_path(each, names) for each in excluded)

    return Findings([found for found in findings.found if is_kept(found)], findings.problems)


def _expanded(pattern: str) -> list[tuple[str, ...]]:
    try:
        return [
            PurePosixPath(option.replace(os.sep, "/")).parts for option in expand_braces(pattern)
        ]
    except PatternError:
        return []


def joined(*several: Findings) -> Findings:
    """Return all that was found, in the order of what is shown, and each problem once.

    No two are shown alike: of several files of one origin, the second is shown with ``#2``.
    """
    found = [item for findings in several for item in findings.found]
    problems = dict.fromkeys(chain.from_iterable(findings.problems for findings in several))
    taken: set[str] = set()
    again: Counter[str] = Counter()
    numbered: list[Found] = []
    for item in found:
        shown = item.shown
        while shown in taken:
            again[item.shown] += 1
            shown = f"{item.shown}#{again[item.shown] + 1}"
        taken.add(shown)
        numbered.append(item if shown == item.shown else item._replace(shown=shown))
    return Findings(sorted(numbered, key=lambda item: item.shown), list(problems))

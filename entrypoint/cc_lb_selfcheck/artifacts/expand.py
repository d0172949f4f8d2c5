"""Puts the files in archives in the archives' place."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from .archive import BadArchive, is_archive, members
from .find import Findings, Found, Problem

T = TypeVar("T")


def expand(findings: Findings, resources: ExitStack, suffix: str = ".wasm") -> Findings:
    """Return the findings with each archive replaced by the files in it that end in ``suffix``.

    ``resources`` keeps open what they are read from.
    """
    expanded = Findings(problems=list(findings.problems))
    for found in findings.found:
        if found.obstacle is None and is_archive(found.shown):
            expanded = joined(expanded, archive(found.path, f"{found.shown}!", resources, suffix))
        else:
            expanded.found.append(found)
    return expanded


def archive(path: Path, origin: str, resources: ExitStack, suffix: str = ".wasm") -> Findings:
    """Return the files in one archive that end in ``suffix``, shown with ``origin`` before."""
    findings = Findings()
    name = origin.removesuffix("!")
    try:
        file = resources.enter_context(path.open("rb"))
        for member in members(file, origin, (suffix,), resources):
            findings.found.append(
                Found(path, member.shown, named=False, obstacle=member.obstacle, member=member)
            )
    except BadArchive as error:
        findings.problems.append(Problem(name, f"{error}.", is_usage_error=True))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        findings.problems.append(Problem(name, f"cannot be read: {reason}.", is_usage_error=True))
    if not findings.found and not findings.problems:
        findings.problems.append(Problem(name, f"holds no {suffix} file.", is_usage_error=False))
    return findings


def joined(*several: Findings) -> Findings:
    """Return all that was found, each path once, in the order of the paths."""
    found: dict[str, Found] = {}
    for item in _each(findings.found for findings in several):
        found.setdefault(item.shown, item)
    problems = dict.fromkeys(_each(findings.problems for findings in several))
    return Findings(sorted(found.values(), key=lambda item: item.shown), list(problems))


def _each(lists: Iterable[Iterable[T]]) -> Iterable[T]:
    return (item for items in lists for item in items)

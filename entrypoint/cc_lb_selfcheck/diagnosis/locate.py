"""Where in the author's repository a refusal comes from, as far as that can be told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT

from .finding import Location
from .library import crate_of
from .matching import Matcher
from .packages import Package, plain_name
from .repository import Repository
from .trace import is_near

_SOURCE_MAX_CHARS: Final = 400
_FILE_MAX_CHARS: Final = 1_000
_NEAR_MAX: Final = 3
"""Names for which all sources are searched."""
_STACK_OVERFLOW: Final = "call stack exhausted"
_NAMES_OF_ALL: Final = frozenset(("plugin", "release", "module", "index", "main", "lib"))
"""File names that say nothing of the package."""


class Locator:
    """Finds places of refusals in one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def locate(self, artifact: str, outcome: Outcome) -> Location | None:
        """Return the place that a refusal of the artifact at that path comes from, where known."""
        if outcome.evidence.file_kind is not None:
            return None
        evidence = outcome.evidence
        names = list(_names(artifact, evidence))
        told = [frame for frame in _suspects(evidence) if frame.file]
        files = self._files(told, names, evidence)
        for frame in told:
            if frame in files:
                return self._in_repository(frame, files[frame])
        if told:
            return _elsewhere(told[0])
        variant = outcome.verdict.variant if outcome.verdict else None
        if variant == "MissingSelfCheckExport":
            place = self._function(evidence, names)
            if place is not None:
                return place
        return self._manifest(artifact, outcome)

    def resolved(self, artifact: str, outcome: Outcome) -> Outcome:
        """Return the outcome with the files of its stack as the repository has them."""
        trace = outcome.evidence.trace
        if not any(frame.file and not frame.library for frame in trace):
            return outcome
        names = list(_names(artifact, outcome.evidence))
        authors = [frame for frame in trace if not frame.library]
        files = self._files(authors, names, outcome.evidence)
        frames = [
            frame.model_copy(update={"file": str(path)[:_FILE_MAX_CHARS]})
            if (path := files.get(frame))
            else frame
            for frame in trace
        ]
        evidence = outcome.evidence.model_copy(update={"trace": frames})
        return outcome.model_copy(update={"evidence": evidence})

    def package_of(self, artifact: str, outcome: Outcome) -> Package | None:
        """Return the package that made the artifact, where one alone matches."""
        for name in _names(artifact, outcome.evidence):
            made_by = _surest(self._repository.packages, plain_name(name))
            if len(made_by) == 1:
                return made_by[0]
        return None

    def _files(
        self, frames: list[Frame], names: list[str], evidence: Evidence
    ) -> dict[Frame, PurePosixPath]:
        exported = (item.name for item in evidence.exports if item.kind == "function")
        return Matcher(self._repository, frames, names, (*exported, SELF_CHECK_EXPORT)).files()

    def _in_repository(self, frame: Frame, path: PurePosixPath) -> Location:
        source = self._source(path, frame.line)
        return Location(
            path=str(path),
            line=frame.line,
            column=_in_characters(frame.column, source),
            function=frame.function,
            source=source,
            in_repository=True,
        )

    def _source(self, path: PurePosixPath, line: int | None) -> str | None:
        lines = self._repository.lines(path)
        if line is None or not 1 <= line <= len(lines):
            return None
        return lines[line - 1][:_SOURCE_MAX_CHARS]

    def _function(self, evidence: Evidence, names: list[str]) -> Location | None:
        """Find the function that should be the export by its name in the sources."""
        near = (item.name for item in evidence.exports if is_near(item.name))
        packages = self._repository.packages
        plain = {plain_name(each) for each in names}
        is_known = any(_surest(packages, name) for name in plain)
        named = {package.folder for package in packages if package.names}
        for name in (*islice(near, _NEAR_MAX), SELF_CHECK_EXPORT):
            found = self._repository.functions(name)
            # Of an artifact that bears another name, the one function may be another plugin's.
            if is_known or len(found) > 1 or len(named) > 1:
                found = [place for place in found if self._repository.is_of(place[0], plain)]
            for path, line, column in found:
                return Location(
                    path=str(path),
                    line=line,
                    column=column,
                    function=name,
                    source=self._source(path, line),
                    in_repository=True,
                )
        return None

    def _manifest(self, artifact: str, outcome: Outcome) -> Location | None:
        """Return the manifest of the package that made the artifact, where one alone matches."""
        package = self.package_of(artifact, outcome)
        if package is None:
            return None
        authors = (f.function for f in outcome.evidence.trace if not f.library and f.function)
        return Location(
            path=str(package.manifest),
            line=None,
            column=None,
            function=next(authors, None),
            source=None,
            in_repository=True,
        )


def _surest(packages: list[Package], name: str) -> list[Package]:
    """Return the packages of that name, of the kind of manifest that tells most surely."""
    named = [package for package in packages if name in package.names]
    return [package for package in named if package.manifest.name == named[0].manifest.name]


def _suspects(evidence: Evidence) -> Iterator[Frame]:
    """Yield frames of the author's code, the likeliest first."""
    if not evidence.trace:
        if evidence.declared is not None:
            yield evidence.declared
        return
    authors = [frame for frame in evidence.trace if not frame.library]
    if _STACK_OVERFLOW in (evidence.engine_message or ""):
        authors = sorted(authors, key=lambda frame: authors.count(frame) == 1)
    yield from authors


def _elsewhere(frame: Frame) -> Location:
    return Location(
        path=frame.file or "",
        line=frame.line,
        column=frame.column,
        function=frame.function,
        source=None,
        in_repository=False,
    )


def _names(artifact: str, evidence: Evidence) -> Iterator[str]:
    """Yield what the package that made the artifact may be called, the surest first."""
    if evidence.identity is not None and evidence.identity.name:
        yield evidence.identity.name
    modules = (line.partition("!")[0].rpartition(" ")[2] for line in evidence.backtrace)
    yield from (name[: -len(".wasm")] for name in modules if name.endswith(".wasm"))
    crates = (crate_of(frame.function) for frame in evidence.trace if not frame.library)
    yield from filter(None, crates)
    stem = PurePosixPath(artifact.replace(os.sep, "/")).stem
    if plain_name(stem) not in _NAMES_OF_ALL:
        yield stem


def _in_characters(column: int | None, source: str | None) -> int | None:
    """Return a column in characters, where it was told in bytes."""
    if column is None or source is None:
        return column
    before = source.encode()[: column - 1].decode(errors="ignore")
    return min(len(before), len(source)) + 1

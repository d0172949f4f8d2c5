"""Where in the author's repository a refusal comes from.

Debug information names files as the compiler saw them, on whatever machine that was: absolute or
not, remapped, seen from a workspace's root or a member's. A file in the repository is meant where
one path ends as the other does; what stays open between several is not decided.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT

from .finding import Location
from .library import crate_of
from .repository import Package, Repository, plain_name
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
        """Return the place that a refusal of the artifact at that path comes from."""
        if outcome.status != "refused" or outcome.evidence.file_kind is not None:
            return None
        evidence = outcome.evidence
        names = list(_names(artifact, evidence))
        told = [frame for frame in _suspects(evidence) if frame.file]
        for frame in told:
            place = self._in_repository(frame, names)
            if place is not None:
                return place
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
        files = {frame: self._file(frame, names) for frame in trace if not frame.library}
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

    def _in_repository(self, frame: Frame, names: list[str]) -> Location | None:
        path = self._file(frame, names)
        if path is None:
            return None
        source = self._source(path, frame.line)
        return Location(
            path=str(path),
            line=frame.line,
            column=_in_characters(frame.column, source),
            function=frame.function,
            source=source,
            in_repository=True,
        )

    def _file(self, frame: Frame, names: list[str]) -> PurePosixPath | None:
        """Return the one file that a frame means, or None."""
        wanted = _wanted(frame.file or "", self._repository.root)
        if not wanted.parts:
            return None
        named = self._repository.named(wanted.parts[-1])
        if wanted.is_exact and PurePosixPath(*wanted.parts) in named:
            return PurePosixPath(*wanted.parts)
        alike = {path: _alike(path.parts, wanted.parts) for path in named}
        best = max(alike.values(), default=0)
        files = [path for path in named if alike[path] == best and self._has_line(path, frame)]
        crate = crate_of(frame.function)
        of_crate = [path for path in files if self._is_of(path, [crate] if crate else names)]
        is_whole = not wanted.is_absolute and best == len(wanted.parts)
        if len(of_crate) == 1 and (crate or is_whole or _is_enough(best, of_crate[0])):
            return of_crate[0]
        if len(files) != 1 or of_crate:
            return None
        if is_whole:
            return files[0]
        if crate is None:  # of line tables, which name functions alone
            return files[0] if _is_enough(best, files[0]) else None
        is_others = not (frame.function or "").startswith("<")
        enough = _ENOUGH if is_others and self._repository.packages_of(files[0]) else 2
        return files[0] if best >= enough else None

    def _has_line(self, path: PurePosixPath, frame: Frame) -> bool:
        return frame.line is None or frame.line <= len(self._repository.lines(path))

    def _is_of(self, path: PurePosixPath, names: Iterable[str]) -> bool:
        """Tell whether a file is of a package with one of the names."""
        wanted = {plain_name(name) for name in names}
        return any(package.names & wanted for package in self._repository.packages_of(path))

    def _source(self, path: PurePosixPath, line: int | None) -> str | None:
        lines = self._repository.lines(path)
        if line is None or not 1 <= line <= len(lines):
            return None
        return lines[line - 1][:_SOURCE_MAX_CHARS]

    def _function(self, evidence: Evidence, names: list[str]) -> Location | None:
        """Find the function that should be the export by its name in the sources."""
        near = (item.name for item in evidence.exports if is_near(item.name))
        packages = self._repository.packages
        is_known = any(_surest(packages, plain_name(name)) for name in names)
        for name in (*islice(near, _NEAR_MAX), SELF_CHECK_EXPORT):
            found = self._repository.functions(name)
            if is_known or len(found) > 1:
                found = [place for place in found if self._is_of(place[0], names)]
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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A path out of debug information, in parts. ``is_exact``: it begins at the root."""

    parts: tuple[str, ...]
    is_absolute: bool
    is_exact: bool


def _wanted(file: str, root: Path) -> _Wanted:
    text = file.replace("\\", "/")
    prefix = f"{root.as_posix().rstrip('/')}/"
    is_exact = text.startswith(prefix)
    text = text.removeprefix(prefix)
    parts: list[str] = []
    for part in text.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    is_absolute = text.startswith("/") or text[1:3] == ":/"
    return _Wanted(tuple(parts), is_absolute, is_exact)


_ENOUGH: Final = 3
"""Last parts of a path that are no coincidence; `src/lib.rs` is one of many crates."""


def _is_enough(alike: int, path: PurePosixPath) -> bool:
    """Tell whether so many last parts in common suffice, or are all of the file's path."""
    return alike >= min(_ENOUGH, len(path.parts))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Count the last parts that two paths share."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count


def _in_characters(column: int | None, source: str | None) -> int | None:
    """Return a column in characters, where it was told in bytes."""
    if column is None or source is None:
        return column
    before = source.encode()[: column - 1].decode(errors="ignore")
    return min(len(before), len(source)) + 1

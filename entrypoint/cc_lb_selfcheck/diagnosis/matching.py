"""Which file of the repository a frame of the stack means.

Debug information names files as the compiler saw them, on whatever machine that was: absolute or
not, remapped, seen from a workspace's root or a member's. A file in the repository is meant where
one path ends as the other does. `src/lib.rs` is in every crate: where the path tells no more than
that, the function's crate has to agree, or the function that the source has on that line. What
stays open is no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from cc_lb_selfcheck.host.evidence import Frame

from .declarations import C_FAMILY
from .library import crates_of, own_name
from .packages import plain_name
from .repository import Repository

_ENOUGH: Final = 3
"""Last parts of a path that are no coincidence where no package tells them apart."""
_BY_MACRO: Final = re.compile(r"\w!|#\[derive\b|\$\w")
"""On a line outside of all functions: what may have made one there, or is part of a macro."""

_GENERATED: Final = re.compile(r"[/\\]build[/\\][\w-]{1,100}-[0-9a-f]{16}[/\\]out[/\\]")
"""Where build scripts write, which is no part of a repository."""


class _Wanted(NamedTuple):
    """A path out of debug information, in parts. ``is_exact``: it begins at the root."""

    parts: tuple[str, ...]
    is_absolute: bool
    is_exact: bool


class _Needs(Enum):
    """What a match needs, besides the path, to be one."""

    NOTHING = auto()
    NO_CONTRADICTION = auto()
    """The source may not have another function on that line."""
    THE_ARTIFACT = auto()
    """The source has the function there, or the function is the artifact's own as it seems."""
    THE_FUNCTION = auto()


class _Match(NamedTuple):
    """A file that a frame may mean. ``before``: what the debug information has before its path."""

    path: PurePosixPath
    package: PurePosixPath | None
    before: tuple[str, ...]
    needs: _Needs


class Matcher:
    """Finds the files of one plugin's frames.

    ``names`` are what the package that made the artifact may be called, and ``exported`` the names
    of its exports.
    """

    def __init__(
        self,
        repository: Repository,
        frames: Sequence[Frame],
        names: Iterable[str],
        exported: Iterable[str],
    ) -> None:
        self._repository = repository
        self._frames = frames
        self._names = {plain_name(name) for name in names}
        self._exported = frozenset(exported)

    def files(self) -> dict[Frame, PurePosixPath]:
        """Return the one file that each frame means, where there is one."""
        matches = {frame: self._match(frame) for frame in dict.fromkeys(self._frames)}
        found = {frame: match for frame, match in matches.items() if match}
        taken = {frame: match for frame, match in found.items() if self._is_sure(frame, match)}
        # Twice: what the source confirms tells how the package's other files are written.
        for _ in range(2):
            seen = {each.package: each.before for each in taken.values()}
            taken |= {
                frame: match
                for frame, match in found.items()
                if frame not in taken and self._is_likely(frame, match, seen)
            }
        return {frame: match.path for frame, match in taken.items()}

    def _match(self, frame: Frame) -> _Match | None:
        wanted = _wanted(frame.file or "", self._repository.root)
        if not wanted.parts:
            return None
        exact = PurePosixPath(*wanted.parts)
        if wanted.is_exact and exact in self._repository.named(exact.name):
            # A file elsewhere that was remapped to a bare path is told below the root as well.
            return self._made(exact, wanted, self._needs_below_root(frame, exact))
        path, alike = self._candidate(frame, wanted)
        if path is None or _GENERATED.search(frame.file or ""):
            return None
        judge = self._needs if path.suffix == ".rs" else _needs_of_others
        needs = judge(frame, path, wanted, alike)
        return self._made(path, wanted, needs) if needs else None

    def _made(self, path: PurePosixPath, wanted: _Wanted, needs: _Needs) -> _Match:
        packages = self._repository.packages_of(path)
        folder = packages[0].folder if packages else None
        below = len(path.relative_to(folder).parts) if folder is not None else 0
        return _Match(path, folder, wanted.parts[: len(wanted.parts) - below], needs)

    def _candidate(self, frame: Frame, wanted: _Wanted) -> tuple[PurePosixPath | None, int]:
        """Return the one file that may be meant, and how many of its last parts are alike."""
        named = self._repository.named(wanted.parts[-1])
        alike = {path: _alike(path.parts, wanted.parts) for path in named}
        best = max(alike.values(), default=0)
        files = [path for path in named if alike[path] == best and self._has_line(path, frame)]
        crates = crates_of(frame.function) if wanted.parts[-1].endswith(".rs") else []
        names = set(map(plain_name, crates)) or self._names
        of_crate = [path for path in files if self._repository.is_of(path, names)]
        found = of_crate or files
        return (found[0] if len(found) == 1 else None), best

    def _needs_below_root(self, frame: Frame, path: PurePosixPath) -> _Needs:
        """Return what a file needs that is at that very path."""
        if path.suffix != ".rs":
            return _Needs.NO_CONTRADICTION
        crates, own = self._crates(frame, path)
        if crates and own == crates:
            return _Needs.NOTHING
        is_other = crates and not own and self._repository.packages_of(path)
        return _Needs.THE_FUNCTION if is_other else _Needs.NO_CONTRADICTION

    def _needs(
        self, frame: Frame, path: PurePosixPath, wanted: _Wanted, alike: int
    ) -> _Needs | None:
        """Return what a match in Rust needs; None where it is none."""
        packages = self._repository.packages_of(path)
        by_chance = len(path.relative_to(packages[0].folder).parts) if packages else _ENOUGH - 1
        crates, own = self._crates(frame, path)
        if alike < min(by_chance, len(wanted.parts)):
            return None  # a crate's own file has the same folders below the crate's
        if crates and own == crates:
            return _Needs.NOTHING
        if alike > by_chance:
            is_whole = alike == len(path.parts)
            is_other = crates and not own and packages and not is_whole
            return None if is_other else _Needs.NO_CONTRADICTION
        if crates:
            return _Needs.THE_FUNCTION if own or not packages else None
        return _Needs.THE_ARTIFACT if _is_enough(alike, path, wanted) else _Needs.THE_FUNCTION

    def _crates(self, frame: Frame, path: PurePosixPath) -> tuple[list[str], list[str]]:
        """Return the crates that the function may be of, and those whose file that is."""
        crates = [plain_name(crate) for crate in crates_of(frame.function)]
        return crates, [crate for crate in crates if self._repository.is_of(path, {crate})]

    def _is_sure(self, frame: Frame, match: _Match) -> bool:
        if match.needs is _Needs.NO_CONTRADICTION:
            return self._stands_there(frame, match.path) is not False
        return match.needs is _Needs.NOTHING

    def _is_likely(
        self, frame: Frame, match: _Match, seen: Mapping[PurePosixPath | None, tuple[str, ...]]
    ) -> bool:
        """Decide by the source, and by how the package's other files are written."""
        if match.needs is _Needs.NO_CONTRADICTION:
            return False
        before = seen.get(match.package) if match.package is not None else None
        if before is not None and before != match.before:
            return False
        stands = self._stands_there(frame, match.path)
        if stands is None and match.needs is _Needs.THE_ARTIFACT:
            return bool(before) or (frame.function in self._exported and self._is_own(match.path))
        return stands is True

    def _is_own(self, path: PurePosixPath) -> bool:
        """Tell whether a file may be of the artifact's package, by what they are called."""
        packages = self._repository.packages_of(path)
        return not (packages and self._names) or self._repository.is_of(path, self._names)

    def _stands_there(self, frame: Frame, path: PurePosixPath) -> bool | None:
        """Tell whether the source has that function on that line; None where it cannot be told."""
        name, line = own_name(frame.function), frame.line
        if line is None:
            return None
        if path.suffix.lower() in C_FAMILY:
            return self._repository.declares(path, frame.function or "", line)
        if path.suffix != ".rs":
            return None
        around = self._repository.function_at(path, line)
        if name is not None and around is None and self._repository.bodies(path):
            text = "".join(self._repository.lines(path)[line - 1 : line])
            return None if _BY_MACRO.search(text) or name in text else False
        if not around:
            return None
        if name is None:
            return True if self._is_on_stack(around, frame.file) else None
        return around == name

    def _is_on_stack(self, name: str, file: str | None) -> bool:
        """Tell whether a function of that file calls a closure of its own, or has handed it on."""
        return any(
            f"::{name}::{{" in (frame.function or "")
            or (frame.file == file and own_name(frame.function) == name)
            for frame in self._frames
        )

    def _has_line(self, path: PurePosixPath, frame: Frame) -> bool:
        return frame.line is None or frame.line <= len(self._repository.lines(path))


def _wanted(file: str, root: Path) -> _Wanted:
    text = file.replace("\\", "/")
    parts: list[str] = []
    for part in text.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    is_absolute = text.startswith("/") or text[1:3] == ":/"
    above = [part for part in root.as_posix().split("/") if part]
    is_exact = is_absolute and parts[: len(above)] == above
    return _Wanted(tuple(parts[len(above) :] if is_exact else parts), is_absolute, is_exact)


def _needs_of_others(
    _frame: Frame, path: PurePosixPath, wanted: _Wanted, alike: int
) -> _Needs | None:
    """Return what a match in another language than Rust needs; None where it is none."""
    return _Needs.NO_CONTRADICTION if _is_enough(alike, path, wanted) else None


def _is_enough(alike: int, path: PurePosixPath, wanted: _Wanted) -> bool:
    """Tell whether so many last parts in common suffice, or are all of a path."""
    is_whole = not wanted.is_absolute and alike == len(wanted.parts)
    return is_whole or alike >= min(_ENOUGH, len(path.parts))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Count the last parts that two paths share."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count

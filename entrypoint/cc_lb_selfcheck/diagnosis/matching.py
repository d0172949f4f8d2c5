"""Which file of the repository a frame of the stack means.

Debug information names files as the compiler saw them, on whatever machine that was: absolute or
not, remapped, seen from a workspace's root or a member's. A file in the repository is meant where
one path ends as the other does. `src/lib.rs` is in every crate: where the path tells no more than
that, the function's crate has to agree, or the function that the source has on that line. What
stays open is no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame

from .declarations import declared_at
from .library import crate_of, crates_of, own_name
from .repository import Repository, plain_name

_ENOUGH: Final = 3
"""Last parts of a path that are no coincidence where no package tells them apart."""
_CHECKED: Final = frozenset((".rs", ".c"))
"""Sources in which functions are found by their lines."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A path out of debug information, in parts. ``is_exact``: it begins at the root."""

    parts: tuple[str, ...]
    is_absolute: bool
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Match:
    """A file that a frame may mean. ``before``: what the debug information has before its path."""

    path: PurePosixPath
    package: PurePosixPath | None
    before: tuple[str, ...]
    is_sure: bool | None
    """None where the path and the function's name leave it open."""


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
        seen: dict[PurePosixPath | None, tuple[str, ...]] = {
            match.package: match.before for match in matches.values() if match and match.is_sure
        }
        return {
            frame: match.path
            for frame, match in matches.items()
            if match and (match.is_sure or self._agrees(frame, match, seen))
        }

    def _match(self, frame: Frame) -> _Match | None:
        wanted = _wanted(frame.file or "", self._repository.root)
        if not wanted.parts:
            return None
        exact = PurePosixPath(*wanted.parts)
        if wanted.is_exact and exact in self._repository.named(exact.name):
            return self._made(exact, wanted, is_sure=True)
        path, alike = self._candidate(frame, wanted)
        if path is None:
            return None
        if alike > self._depth(path) or path.suffix not in _CHECKED:
            return self._made(path, wanted, is_sure=True)
        if path.suffix == ".c":
            return self._made(path, wanted, is_sure=None if wanted.is_absolute else True)
        return self._by_crate(frame, path, wanted)

    def _made(self, path: PurePosixPath, wanted: _Wanted, *, is_sure: bool | None) -> _Match:
        packages = self._repository.packages_of(path)
        folder = packages[0].folder if packages else None
        below = len(path.relative_to(folder).parts) if folder is not None else 0
        return _Match(path, folder, wanted.parts[: len(wanted.parts) - below], is_sure)

    def _depth(self, path: PurePosixPath) -> int:
        """Return how many parts of a path may be alike by chance: those below its package."""
        packages = self._repository.packages_of(path)
        return len(path.relative_to(packages[0].folder).parts) if packages else _ENOUGH - 1

    def _candidate(self, frame: Frame, wanted: _Wanted) -> tuple[PurePosixPath | None, int]:
        """Return the one file that may be meant, and how many of its last parts are alike."""
        named = self._repository.named(wanted.parts[-1])
        alike = {path: _alike(path.parts, wanted.parts) for path in named}
        best = max(alike.values(), default=0)
        files = [path for path in named if alike[path] == best and self._has_line(path, frame)]
        crate = crate_of(frame.function)
        crates = {plain_name(crate)} if crate else self._names
        of_crate = [path for path in files if self._repository.is_of(path, crates)]
        is_whole = not wanted.is_absolute and best == len(wanted.parts)
        if len(of_crate) == 1 and (crate or is_whole or _is_enough(best, of_crate[0])):
            return of_crate[0], best
        if len(files) != 1 or of_crate:
            return None, best
        if is_whole:
            return files[0], best
        if crate is None:  # of line tables, which name functions alone
            return (files[0] if _is_enough(best, files[0]) else None), best
        is_others = not (frame.function or "").startswith("<")
        enough = _ENOUGH if is_others and self._repository.packages_of(files[0]) else 2
        return (files[0] if best >= enough else None), best

    def _by_crate(self, frame: Frame, path: PurePosixPath, wanted: _Wanted) -> _Match | None:
        """Judge a match of a path that many crates have, by the crate that the function is of."""
        crates = [plain_name(crate) for crate in crates_of(frame.function)]
        own = [crate for crate in crates if self._repository.is_of(path, {crate})]
        if crates and not own and self._repository.packages_of(path):
            return None
        return self._made(path, wanted, is_sure=True if crates and own == crates else None)

    def _agrees(
        self, frame: Frame, match: _Match, seen: Mapping[PurePosixPath | None, tuple[str, ...]]
    ) -> bool:
        """Decide what is open by the source, and by how the package's other files are written."""
        if match.package is not None and seen.get(match.package, match.before) != match.before:
            return False
        stands = self._stands_there(frame, match.path)
        if stands is not None:
            return stands
        if crates_of(frame.function):
            return False
        is_seen = match.package is not None and match.package in seen
        return frame.function in self._exported or (is_seen and bool(match.before))

    def _stands_there(self, frame: Frame, path: PurePosixPath) -> bool | None:
        """Tell whether the source has that function on that line; None where it cannot be told."""
        name, line = own_name(frame.function), frame.line
        if line is None:
            return None
        if path.suffix == ".c":
            lines = self._repository.lines(path)[:line]
            return any(declared_at(text, name) is not None for text in lines) if name else None
        bodies = self._repository.bodies(path)
        around = next((body for body in bodies if body.first <= line <= body.last), None)
        if around is None or not around.name:
            return None
        if name is None:  # a closure: the function around it calls it, or hands it on
            others = (other for other in self._frames if other.file == frame.file)
            return True if any(own_name(each.function) == around.name for each in others) else None
        return around.name == name

    def _has_line(self, path: PurePosixPath, frame: Frame) -> bool:
        return frame.line is None or frame.line <= len(self._repository.lines(path))


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

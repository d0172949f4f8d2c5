"""Finds artifacts: what is named, what a directory holds, what a pattern matches.

A directory stands for the ``.wasm`` files in and below it. Links to directories are not
followed, and no link may lead out of the working directory (or, for a path outside of it, out of
the directory that was named): in a pull request the links are a stranger's.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from .patterns import (
    PatternError,
    ends_at,
    enter,
    expand_braces,
    is_pattern,
    matches_path,
    through_stars,
)
from .read import is_own_directory, read_artifact

if TYPE_CHECKING:
    from .archive import Member

_LIKE_A_BYTE: Final = re.compile(r"\\(?=x[0-9a-f]{2})")


class Found(NamedTuple):
    """A path to check. ``named``: given by name, not found by a directory or pattern."""

    path: str
    shown: str
    named: bool
    obstacle: str | None = None
    """Why it cannot be opened safely; None for a regular file."""
    member: Member | None = None
    """The file in the archive at ``path`` that is meant; None: the file at ``path`` itself."""

    def read(self) -> bytes:
        """Return the content. Raises ``Unreadable``."""
        return read_artifact(self.path) if self.member is None else self.member.read()


class Problem(NamedTuple):
    """Something wrong with a path that was given. ``is_usage_error`` makes the run exit 2.

    ``is_absence``: a source was asked, and has nothing by that name.
    """

    path: str
    message: str
    is_usage_error: bool
    is_absence: bool = False


@dataclass
class Findings:
    """Everything that the given paths stand for, in the order of the paths shown."""

    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find(
    paths: Sequence[str], exclude: Sequence[str], root: Path, suffix: str = ".wasm"
) -> Findings:
    """Find the files that ``paths`` stand for, seen from the directory ``root``.

    A directory stands for those whose names end in ``suffix``. A path that begins with ``!``
    excludes, as ``exclude`` does. Never raises for a bad path: it is named among the problems.
    """
    finder = _Finder(root, suffix)
    for text in exclude:
        finder.exclude(text)
    for text in paths:
        if text.startswith("!"):
            finder.exclude(text[1:])
    for text in paths:
        if not text.startswith("!"):
            finder.add(text)
    return finder.findings()


def shown_path(path: str) -> str:
    r"""Return a path as text: with ``/``, and with bytes that are no UTF-8 as ``\xff``.

    No two paths are shown alike: where a name itself holds ``\xff``, its backslash is ``\x5c``.
    """
    plain = _LIKE_A_BYTE.sub(r"\\x5c", path.replace(os.sep, "/"))
    shown = os.fsencode(plain).decode("utf-8", "backslashreplace")
    return path if shown == path else shown  # of thousands, no two texts that are the same


class _Finder:
    def __init__(self, root: Path, suffix: str) -> None:
        self._suffix = suffix
        self._root = Path(os.path.normpath(root.absolute()))
        self._below_root = os.path.normcase(f"{str(self._root).rstrip(os.sep)}{os.sep}")
        self._excluded: list[tuple[str, ...]] = []
        self._found: dict[str, Found] = {}
        self._problems: dict[Problem, None] = {}

    def findings(self) -> Findings:
        found = sorted(self._found.values(), key=lambda item: item.shown)
        return Findings(found, list(self._problems))

    def exclude(self, text: str) -> None:
        if not text:
            self._problem("!", "excludes nothing: name what to leave out.")
            return
        for pattern in self._expanded(text):
            self._excluded.append(PurePath(self._relative(pattern)).parts)

    def add(self, text: str) -> None:
        if not text:
            self._problem("", "A path is empty: name a file, a directory or a pattern.")
            return
        if "\0" in text:
            self._problem(text, "is no path: name a file, a directory or a pattern.")
            return
        path = self._root / text
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            if is_pattern(text):
                self._add_matches(text)
            elif isinstance(error, FileNotFoundError):
                self._problem(text, "does not exist.")
            else:
                self._problem(text, f"cannot be looked at: {_reason(error)}.")
            return
        if not stat.S_ISDIR(mode) and not os.path.isdir(path):  # noqa: PTH112 - it never raises
            self._add_named(text, path)
        elif not self._collect(text, path, ("**", f"*{self._suffix}")):
            self._problem(text, f"holds no {self._suffix} file.", usage=False)

    def _add_matches(self, text: str) -> None:
        patterns = self._expanded(text)
        any_match = not patterns
        for pattern in patterns:
            absolute = self._root / pattern
            fixed = 1  # behind the root, which on Windows may hold a question mark
            while fixed < len(absolute.parts) - 1 and not is_pattern(absolute.parts[fixed]):
                fixed += 1
            base = Path(*absolute.parts[:fixed])
            any_match |= self._collect(text, base, absolute.parts[fixed:])
        if not any_match:
            self._problem(text, "matches no file.", usage=False)

    def _collect(self, text: str, base: Path, segments: tuple[str, ...]) -> bool:
        """Add what matches below a directory; tell whether anything did, excluded or not."""
        base = Path(os.path.normpath(base))
        allowed = self._allowed(base)
        if not Path(os.path.realpath(base)).is_relative_to(allowed):
            self._problem(
                text, "leads outside through a symbolic link; name the directory it leads to."
            )
            return True
        any_match = False
        for entry in _walk(base, segments, self._is_excluded):
            any_match = True
            if isinstance(entry, _Unlisted):
                shown = self._shown(str(entry.directory))
                self._problem(
                    shown, f"cannot be listed: {entry.reason}.", usage=entry.directory == base
                )
            elif entry is not None and not self._is_excluded(path := entry.path):
                self._put(
                    Found(path, self._shown(path), named=False, obstacle=_obstacle(entry, allowed))
                )
        return any_match

    def _add_named(self, text: str, path: Path) -> None:
        path = Path(os.path.normpath(path))
        if self._is_excluded(str(path)):
            return
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            self._problem(text, f"leads nowhere: {_reason(error)}.")
            return
        if not resolved.is_relative_to(self._allowed(path.parent)):
            self._problem(text, "is a symbolic link that leads outside; name the file it leads to.")
        elif not os.path.isfile(resolved):  # noqa: PTH113 - it never raises
            self._problem(text, "is no regular file.")
        else:
            self._put(Found(str(path), self._shown(str(path)), named=True))

    def _put(self, found: Found) -> None:
        known = self._found.get(found.path)
        if known is None or (found.named and not known.named):
            self._found[found.path] = found

    def _allowed(self, directory: Path) -> Path:
        """Return the real directory that links may not lead out of."""
        inside = Path(os.path.normpath(directory)).is_relative_to(self._root)
        return (self._root if inside else directory).resolve()

    def _relative(self, pattern: str) -> str:
        # As text: for thousands of files, objects of paths would take longer than reading them.
        path = os.path.normpath(os.path.join(self._root, pattern))  # noqa: PTH118
        if os.path.normcase(path).startswith(self._below_root):
            path = path[len(self._below_root) :]
        return path or "."

    def _is_excluded(self, path: str) -> bool:
        if not self._excluded:
            return False
        names = PurePath(self._relative(path)).parts
        return any(matches_path(segments, names) for segments in self._excluded)

    def _shown(self, path: str) -> str:
        return shown_path(self._relative(path))

    def _expanded(self, text: str) -> list[str]:
        try:
            return expand_braces(text)
        except PatternError as error:
            self._problem(text, f"cannot be used: {error}.")
            return []

    def _problem(self, text: str, message: str, *, usage: bool = True) -> None:
        self._problems[Problem(shown_path(text), message, usage)] = None


class _Unlisted(NamedTuple):
    """A directory on the way that cannot be listed."""

    directory: Path
    reason: str


def _walk(
    base: Path, segments: tuple[str, ...], is_excluded: Callable[[str], bool]
) -> Iterator[os.DirEntry[str] | _Unlisted | None]:
    """Yield the entries, other than directories, that match the segments below ``base``.

    None stands for a directory that is left out, with whatever is in it.
    """
    waiting = [(base, through_stars(segments, {0}))]
    while waiting:
        directory, states = waiting.pop()
        if is_excluded(str(directory)):
            yield None
            continue
        try:
            with os.scandir(directory) as scan:
                entries = [(entry, is_own_directory(entry)) for entry in scan]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield _Unlisted(directory, _reason(error))
            continue
        entries.reverse()
        while entries:  # each is let go when it was looked at: there may be many thousands
            entry, is_directory = entries.pop()
            if not is_directory:
                if ends_at(segments, states, entry.name):
                    yield entry
            elif inner := enter(segments, states, entry.name):
                waiting.append((Path(entry.path), inner))


def _obstacle(entry: os.DirEntry[str], allowed: Path) -> str | None:
    try:
        if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(allowed):
            return "It is a symbolic link that leads outside."
        if not entry.is_file():
            return "It is no regular file."
    except (OSError, RuntimeError) as error:
        return f"It is a symbolic link that leads nowhere: {_reason(error)}."
    return None


def _reason(error: OSError | RuntimeError) -> str:
    # Before Python 3.13 a loop of links is a RuntimeError, with the whole path in its text.
    looping = os.strerror(errno.ELOOP)
    told = error.strerror or str(error) if isinstance(error, OSError) else looping
    return told.lower()

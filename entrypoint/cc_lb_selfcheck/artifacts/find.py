"""Finds artifacts: what is named, what a directory holds, what a pattern matches.

A directory stands for the ``.wasm`` files in and below it. Symbolic links to directories are not
followed, and no link may lead out of the working directory (or, for a path outside of it, out of
the directory that was named): in a pull request the links are a stranger's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .patterns import PatternError, expand_braces, is_pattern, matches_name, matches_path

_DIRECTORY_PATTERN: Final = ("**", "*.wasm")


@dataclass(frozen=True, slots=True)
class Found:
    """A path to check. ``named``: given by name, not found by a directory or pattern."""

    path: Path
    shown: str
    named: bool
    obstacle: str | None = None
    """Why it cannot be opened safely; None for a regular file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a path that was given. ``is_usage_error`` makes the run exit 2."""

    path: str
    message: str
    is_usage_error: bool


@dataclass
class Findings:
    """Everything that the given paths stand for, in the order of the paths shown."""

    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find(paths: Sequence[str], exclude: Sequence[str], root: Path) -> Findings:
    """Find the artifacts that ``paths`` stand for, seen from the directory ``root``.

    A path that begins with ``!`` excludes, as ``exclude`` does. Never raises for a bad path: it is
    named among the problems.
    """
    finder = _Finder(root)
    for text in exclude:
        finder.exclude(text)
    for text in paths:
        if text.startswith("!"):
            finder.exclude(text[1:])
    for text in paths:
        if not text.startswith("!"):
            finder.add(text)
    finder.findings.found = [finder.by_shown[shown] for shown in sorted(finder.by_shown)]
    return finder.findings


def shown_path(path: str) -> str:
    r"""Return a path as text: with ``/``, and with bytes that are no UTF-8 as ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace").replace(os.sep, "/")


class _Finder:
    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.normpath(root.absolute()))
        self._excluded: list[tuple[str, ...]] = []
        self.by_shown: dict[str, Found] = {}
        self.findings = Findings()

    def exclude(self, text: str) -> None:
        for pattern in self._expanded(text):
            self._excluded.append(self._relative(pattern).parts)

    def add(self, text: str) -> None:
        if not text or "\0" in text:
            self._problem(text, "is no path: name a file, a directory or a pattern.")
            return
        path = self._root / text
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            self._add_unseen(text)
            return
        except OSError as error:
            self._problem(text, f"cannot be looked at: {_reason(error)}.")
            return
        if stat.S_ISDIR(mode) or (stat.S_ISLNK(mode) and path.is_dir()):
            self._add_all(text, path, _DIRECTORY_PATTERN, "holds no .wasm file.")
        else:
            self._add_named(text, path)

    def _add_unseen(self, text: str) -> None:
        if not is_pattern(text):
            self._problem(text, "does not exist.")
            return
        before = len(self.by_shown)
        excluded = False
        for pattern in self._expanded(text):
            absolute = self._root / pattern
            fixed = 0
            while not is_pattern(absolute.parts[fixed]) and fixed < len(absolute.parts) - 1:
                fixed += 1
            base = Path(*absolute.parts[:fixed])
            excluded |= self._collect(base, absolute.parts[fixed:])
        if len(self.by_shown) == before and not excluded:
            self._problem(text, "matches no file.", usage=False)

    def _add_all(self, text: str, base: Path, segments: tuple[str, ...], nothing: str) -> None:
        if not self._collect(base, segments):
            self._problem(text, nothing, usage=False)

    def _collect(self, base: Path, segments: tuple[str, ...]) -> bool:
        """Add what matches below a directory; tell whether anything did, excluded or not."""
        any_match = False
        allowed = self._allowed(base)
        for entry in _walk(base, segments):
            any_match = True
            path = Path(os.path.normpath(entry.path))
            if not self._is_excluded(path):
                self._put(
                    Found(path, self._shown(path), named=False, obstacle=_obstacle(entry, allowed))
                )
        return any_match

    def _add_named(self, text: str, path: Path) -> None:
        path = Path(os.path.normpath(path))
        if self._is_excluded(path):
            return
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            self._problem(text, f"leads nowhere: {_reason(error)}.")
            return
        if not resolved.is_relative_to(self._allowed(path.parent)):
            self._problem(text, "is a symbolic link that leads outside; name the file it leads to.")
        elif not resolved.is_file():
            self._problem(text, "is no regular file.")
        else:
            self._put(Found(path, self._shown(path), named=True))

    def _put(self, found: Found) -> None:
        known = self.by_shown.get(found.shown)
        if known is None or (found.named and not known.named):
            self.by_shown[found.shown] = found

    def _allowed(self, directory: Path) -> Path:
        """Return the real directory that links may not lead out of."""
        inside = Path(os.path.normpath(directory)).is_relative_to(self._root)
        return (self._root if inside else directory).resolve()

    def _relative(self, pattern: str) -> Path:
        path = Path(os.path.normpath(self._root / pattern))
        return path.relative_to(self._root) if path.is_relative_to(self._root) else path

    def _is_excluded(self, path: Path) -> bool:
        names = self._relative(str(path)).parts
        return any(matches_path(segments, names) for segments in self._excluded)

    def _shown(self, path: Path) -> str:
        return shown_path(str(self._relative(str(path))))

    def _expanded(self, text: str) -> list[str]:
        try:
            return expand_braces(text)
        except PatternError as error:
            self._problem(text, f"cannot be used: {error}.")
            return []

    def _problem(self, text: str, message: str, *, usage: bool = True) -> None:
        problem = Problem(shown_path(text), message, usage)
        if problem not in self.findings.problems:
            self.findings.problems.append(problem)


def _walk(base: Path, segments: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    """Yield the entries, other than directories, that match the segments below ``base``."""
    segment, rest = segments[0], segments[1:]
    if segment == "**" and rest:
        yield from _walk(base, rest)
    try:
        with os.scandir(base) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return  # a directory that cannot be listed holds nothing that we could read
    for entry in entries:
        is_directory = entry.is_dir(follow_symlinks=False)
        if segment == "**":
            if is_directory and not entry.name.startswith("."):
                yield from _walk(Path(entry.path), segments)
            elif not rest and not is_directory and matches_name("*", entry.name):
                yield entry
        elif matches_name(segment, entry.name):
            if rest and is_directory:
                yield from _walk(Path(entry.path), rest)
            elif not rest and not is_directory:
                yield entry


def _obstacle(entry: os.DirEntry[str], allowed: Path) -> str | None:
    try:
        if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(allowed):
            return "It is a symbolic link that leads outside."
        if not entry.is_file():
            return "It is no regular file."
    except (OSError, RuntimeError) as error:
        return f"It is a symbolic link that leads nowhere: {_reason(error)}."
    return None


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()

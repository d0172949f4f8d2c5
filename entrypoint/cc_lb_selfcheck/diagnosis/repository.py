"""The author's repository: its source files, and the packages that it builds.

Its content is a pull request's. It is read within bounds, and no symbolic link is followed.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from cc_lb_selfcheck.artifacts.read import READ_AS_IT_IS, is_own_directory

from .declarations import declared_at, declared_in_c
from .packages import MANIFESTS, Package, package_of, plain_name
from .rust_source import Body, rust_bodies, rust_functions

_ENTRIES_MAX: Final = 100_000
"""Files and folders that are looked at."""
_SOURCES_MAX: Final = 20_000
_FILE_MAX_BYTES: Final = 2 << 20
_MANIFESTS_MAX: Final = 2_000
_MANIFESTS_MAX_BYTES: Final = 8 << 20
"""Of all manifests together."""
_EDITED_MAX_BYTES, _EDITED_MAX_LINES = 256 << 10, 5_000
"""Of a file that may be edited: the work on a patch grows with the square of its lines."""
_SEARCHED_MAX: Final = 2_000
"""Files in which a function is searched for by its name."""
_SEARCHED_MAX_BYTES: Final = 64 << 20
_SEARCHING_MAX: Final = 4 << 30
"""In a whole run, whatever it searches for: bytes that are read, and those parsed, which cost more.

Thousands of plugins may each have names of their own, and a second parses a MiB.
"""
_PARSING_COSTS: Final = 128
_LOOKING_COSTS: Final = 32
"""The same of text that is looked through line by line."""
_DECLARATIONS_MAX: Final = 100
_LINES_MAX: Final = 100_000
_LINE_MAX_CHARS: Final = 2_000
_LEFT_OUT: Final = frozenset((".git", "target", "node_modules", "__pycache__", "venv", ".venv"))
_SOURCES: Final = frozenset(
    (".rs", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".inc", ".ts", ".go", ".zig",
     ".d", ".nim", ".swift", ".hs", ".m", ".mbt", ".odin", ".wat")
)  # fmt: skip
_BUILD_FILES: Final = frozenset(
    (".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain", "Makefile",
     "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "package.json", "build.sh")
)  # fmt: skip
_BUILD_FOLDERS: Final = frozenset((".github/workflows", "scripts", "ci"))
_BUILD_SUFFIXES: Final = frozenset((".yml", ".yaml", ".sh", ".mk"))
_BUILD_FILES_MAX: Final = 200
_PROGRAMS: Final = ("src/bin", "examples")
"""Folders of crates that are named after their files."""


class Repository:
    """The files under ``root``; everything is looked up when first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._searching_left = _SEARCHING_MAX

    @classmethod
    def around(cls, folder: Path, environ: Mapping[str, str]) -> Repository:
        """Return the repository that holds a folder; without one, the folder itself.

        In GitHub Actions that is the workspace.
        """
        workspace = environ.get("GITHUB_WORKSPACE")
        if environ.get("GITHUB_ACTIONS") == "true" and workspace and Path(workspace).is_dir():
            return cls(Path(workspace))
        folder = folder.absolute()
        own = (parent for parent in (folder, *folder.parents) if (parent / ".git").exists())
        return cls(next(own, folder))

    def named(self, name: str) -> list[PurePosixPath]:
        """Return the sources with that file name, as paths from the root."""
        return self._index.get(name, [])

    @cached_property
    def build_files(self) -> list[PurePosixPath]:
        """Files that say how the project is built: configurations, workflows, scripts."""
        found = (
            path
            for paths in self._index.values()
            for path in paths
            if _is_build_file(path.parent.as_posix(), path.name, path.suffix)
        )
        return sorted(islice(found, _BUILD_FILES_MAX))

    @lru_cache(maxsize=64)  # noqa: B019 - a repository lives as long as the run
    def text(self, path: PurePosixPath) -> str | None:
        """Return a file's whole text; None where it is no text, too large or cannot be read."""
        data = self._read(path)
        if len(data) > _EDITED_MAX_BYTES or data.count(b"\n") > _EDITED_MAX_LINES:
            return None
        try:
            return data.decode() if data else None
        except UnicodeDecodeError:
            return None

    @cached_property
    def packages(self) -> list[Package]:
        """The packages, those first whose manifests tell most surely."""
        manifests = (path for name in MANIFESTS for path in self._index.get(name, []))
        left, packages = _MANIFESTS_MAX_BYTES, []
        for path in islice(manifests, _MANIFESTS_MAX):
            text = self._read(path).decode(errors="replace")
            left -= len(text)
            if left < 0:
                break
            packages.append(package_of(path, text))
        return packages

    def packages_of(self, path: PurePosixPath) -> list[Package]:
        """Return the packages whose manifests lie in the nearest folder that has any."""
        folders = self._packages_by_folder
        return next((folders[folder] for folder in path.parents if folder in folders), [])

    def is_of(self, path: PurePosixPath, names: AbstractSet[str]) -> bool:
        """Tell whether a file is of a package, or of a program in it, with one of the names.

        They are as ``plain_name`` makes them.
        """
        packages = self.packages_of(path)
        if any((package.names | package.programs) & names for package in packages):
            return True
        folders = {package.folder / kind for package in packages for kind in _PROGRAMS}
        return any(
            plain_name(each.stem) in names for each in (path, path.parent) if each.parent in folders
        )

    @cached_property
    def _packages_by_folder(self) -> dict[PurePosixPath, list[Package]]:
        folders: dict[PurePosixPath, list[Package]] = {}
        for package in self.packages:
            folders.setdefault(package.folder, []).append(package)
        return folders

    def lines(self, path: PurePosixPath) -> list[str]:
        """Return a file's lines; none where it cannot be read."""
        return self._lines(path)

    @lru_cache(maxsize=64)  # noqa: B019 - a repository lives as long as the run
    def functions(self, name: str) -> list[tuple[PurePosixPath, int, int]]:
        """Return where functions of that name, or exported by it, are declared.

        That is path, line and column, from 1.
        """
        return list(islice(self._declarations(name), _DECLARATIONS_MAX))

    @lru_cache(maxsize=64)  # noqa: B019 - a repository lives as long as the run
    def bodies(self, path: PurePosixPath) -> list[Body]:
        """Return what each function in a Rust source spans; nothing once too much was parsed."""
        data = self._read(path)
        self._searching_left -= len(data) * _PARSING_COSTS
        if self._searching_left < 0:
            return []
        return list(rust_bodies("\n".join(_lines_of(data))))

    @lru_cache(maxsize=1024)  # noqa: B019 - a repository lives as long as the run
    def function_at(self, path: PurePosixPath, line: int) -> str | None:
        """Return the name of the innermost function around a line of Rust; None outside of all."""
        bodies = self.bodies(path)
        self._searching_left -= len(bodies) * _LOOKING_COSTS
        return next((body.name for body in bodies if body.first <= line <= body.last), None)

    @lru_cache(maxsize=1024)  # noqa: B019 - a repository lives as long as the run
    def declares(self, path: PurePosixPath, function: str, line: int) -> bool | None:
        """Tell whether a source in C declares a function up to a line, as ``declared_in_c`` does.

        None once too much was looked through.
        """
        lines = self.lines(path)[:line]
        self._searching_left -= sum(map(len, lines)) * _LOOKING_COSTS
        return declared_in_c(lines, function) if self._searching_left >= 0 else None

    def _declarations(self, name: str) -> Iterator[tuple[PurePosixPath, int, int]]:
        sources = sorted(path for paths in self._index.values() for path in paths)
        left = _SEARCHED_MAX_BYTES
        for path in [path for path in sources if path.suffix in _SOURCES][:_SEARCHED_MAX]:
            data = self._read(path)
            is_named = name.encode() in data
            left -= len(data)
            self._searching_left -= len(data) * (_PARSING_COSTS if is_named else 1)
            if left < 0 or self._searching_left < 0:
                return
            if is_named:
                for number, column in _declared_in(path, _lines_of(data), name):
                    yield path, number, column

    @cached_property
    def _index(self) -> dict[str, list[PurePosixPath]]:
        index: dict[str, list[PurePosixPath]] = {}
        found = 0
        for folder, name in self._walk():
            suffix = os.path.splitext(name)[1]  # noqa: PTH122 - of many, most of them in vain
            is_source = suffix.lower() in _SOURCES
            if is_source or name in MANIFESTS or _is_build_file(folder, name, suffix):
                index.setdefault(name, []).append(PurePosixPath(folder, name))
                found += 1
                if found >= _SOURCES_MAX:
                    break
        return index

    def _walk(self) -> Iterator[tuple[str, str]]:
        """Yield folder and name of regular files, those near the root first.

        Names that are no UTF-8 are left out: what points there is text, in reports and for GitHub.
        """
        folders = deque([""])
        looked_at = 0
        while folders:
            folder = folders.popleft()
            try:
                with os.scandir(self.root / folder) as entries:
                    for entry in entries:
                        looked_at += 1
                        if looked_at > _ENTRIES_MAX:
                            return
                        if not _is_text(entry.name):
                            continue
                        if is_own_directory(entry):
                            if entry.name not in _LEFT_OUT:
                                folders.append(f"{folder}/{entry.name}" if folder else entry.name)
                        elif entry.is_file(follow_symlinks=False):
                            yield folder, entry.name
            except OSError:
                continue

    @lru_cache(maxsize=32)  # noqa: B019 - a repository lives as long as the run
    def _lines(self, path: PurePosixPath) -> list[str]:
        return _lines_of(self._read(path))

    def _read(self, path: PurePosixPath) -> bytes:
        """Return a file's content; nothing of what is no plain file, or too large."""
        flags = READ_AS_IT_IS | getattr(os, "O_NOFOLLOW", 0)
        try:
            with open(os.open(self.root / path, flags), "rb") as file:  # noqa: PTH123
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode) or status.st_size > _FILE_MAX_BYTES:
                    return b""
                return file.read(_FILE_MAX_BYTES)
        except (OSError, ValueError):
            return b""


def _declared_in(path: PurePosixPath, lines: list[str], name: str) -> Iterator[tuple[int, int]]:
    if path.suffix == ".rs":
        functions = rust_functions("\n".join(lines))
        yield from ((item.line, item.column) for item in functions if item.is_called(name))
        return
    for number, line in enumerate(lines, 1):
        at = declared_at(line, name)
        if at is not None:
            yield number, at + 1


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lines_of(data: bytes) -> list[str]:
    """Split into lines; none of what has more than any source."""
    if not data or data.count(b"\n") >= _LINES_MAX:
        return []
    lines = data.decode(errors="replace").split("\n")
    return [line.rstrip("\r")[:_LINE_MAX_CHARS] for line in lines]


def _is_build_file(folder: str, name: str, suffix: str) -> bool:
    if suffix in _BUILD_SUFFIXES and folder in _BUILD_FOLDERS:
        return True
    parent = folder.rpartition("/")[2]
    return (name if parent != ".cargo" else f".cargo/{name}") in _BUILD_FILES

"""The engine's compilation cache: a private directory for the length of a run, or a kept one.

The engine compiles its own kernel module anew for every plugin unless a cache remembers it. The
cache's files are native code that the engine will run, so the directory is only ours, and the
workers', to read.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final, Self

from .user import WORKER_UID

_UPKEEP: Final = """worker-event-queue-size = "0"
optimized-compression-usage-counter-threshold = "1P"
"""
"""Lets the engine skip its bookkeeping where that would keep an artifact waiting.

It counts each use of an entry in a file beside it, which costs more than reading the entry, and
compresses anew what is used often. What is new is counted still, and so the cache stays within
the engine's own bounds: 512 MiB, the oldest go first (wasmtime-internal-cache 49 ``worker.rs``).
"""


class CacheUnusable(Exception):
    """The directory asked for cannot hold a cache; the message says why."""


class CompilationCache:
    """A cache directory and its configuration file; ``config`` is empty when there is none."""

    def __init__(self, kept: Path | None = None) -> None:
        """Make the cache in ``kept``, or in a private directory that ``close`` removes.

        Raises ``CacheUnusable`` for a ``kept`` that cannot be used. Without a place for temporary
        files (a read-only container, say) checks go on without a cache, only slower.
        """
        self._temporary: Path | None = None
        self._kept = kept
        self.config = ""
        try:
            if kept is None:
                self._temporary = kept = Path(tempfile.mkdtemp(prefix="cc-lb-selfcheck-"))
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory, config = kept.resolve() / "engine", kept.resolve() / "engine.toml"
            _refuse_links(directory, config)
            if config.exists() and not config.is_file():
                raise CacheUnusable(f"`{config.name}` in it is no regular file")
            directory.mkdir(mode=0o700, exist_ok=True)
            _open_to_workers(directory)
            # A JSON string is a TOML string, too.
            place = f"[cache]\ndirectory = {json.dumps(str(directory))}\n"
            _write(config, place + _UPKEEP)
        except OSError as error:
            self.close()
            if kept is not None and self._temporary is None:
                raise CacheUnusable((error.strerror or str(error)).lower()) from error
            return
        self.config = str(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove a private directory; a kept one stays, and is its owner's again."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
        elif self._kept is not None:
            _give_back(self._kept)


def _write(config: Path, text: str) -> None:
    """Write the configuration, if it says something else, as a whole: another run with the same
    cache may be reading it.
    """
    if config.exists() and config.read_bytes() == text.encode():
        return
    handle, name = tempfile.mkstemp(dir=config.parent, prefix=f".{config.name}.")
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        written.chmod(0o644)
        written.replace(config)
    finally:
        written.unlink(missing_ok=True)


def _refuse_links(*paths: Path) -> None:
    """Raise ``CacheUnusable`` for what would lead us, or the workers, elsewhere."""
    for path in paths:
        if path.is_symlink():
            raise CacheUnusable(f"`{path.name}` in it is a symbolic link")


def _open_to_workers(directory: Path) -> None:
    """Let the workers' own user write here, where root starts them: to others it stays closed.

    What a kept directory holds may be of another user, who brought it here from an earlier run.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    try:
        if directory.stat().st_uid != WORKER_UID:
            # Root's group as well: root may have to do without its capabilities.
            _hand_over(directory, WORKER_UID, os.getegid(), mode=0o770)
        directory.parent.chmod(directory.parent.stat().st_mode | 0o011)
    except OSError:
        return  # then the workers stay root, and say so


def _give_back(kept: Path) -> None:
    """Give a kept directory to the owner of the one around it, who may want to store it.

    So it is in a container, where we are root and the workspace is the runner's.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    try:
        owner = kept.absolute().parent.stat()
        if owner.st_uid != 0:
            _hand_over(kept, owner.st_uid, owner.st_gid)
    except OSError:
        return  # it is a cache: the next run does without


def _hand_over(directory: Path, user: int, group: int, mode: int | None = None) -> None:
    """Give all that is in a directory to a user, and then itself: it tells that all is given."""
    if sys.platform == "win32":
        return
    for folder, _, names in os.walk(directory, topdown=False):
        for path in (*(f"{folder}{os.sep}{name}" for name in names), folder):
            os.chown(path, user, group, follow_symlinks=False)
        if mode is not None:
            Path(folder).chmod(mode)

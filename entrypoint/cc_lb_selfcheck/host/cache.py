"""The engine's compilation cache: a private directory for the length of a run, or a kept one.

The engine compiles its own kernel module anew for every plugin unless a cache remembers it. The
cache's files are native code that the engine will run, so the directory is only ours, and the
workers', to read.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
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
        self.config = ""
        try:
            if kept is None:
                self._temporary = kept = Path(tempfile.mkdtemp(prefix="cc-lb-selfcheck-"))
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory = kept.resolve() / "engine"
            directory.mkdir(mode=0o700, exist_ok=True)
            if self._temporary is not None:
                _open_to_workers(directory)
            config = kept.resolve() / "engine.toml"
            # A JSON string is a TOML string, too.
            place = f"[cache]\ndirectory = {json.dumps(str(directory))}\n"
            config.write_text(place + _UPKEEP, "utf-8")
            config.chmod(0o644)
        except OSError as error:
            self.close()
            if kept is not None and self._temporary is None:
                raise CacheUnusable(f"{error.strerror or error}") from error
            return
        self.config = str(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove a private directory; a kept one stays."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _open_to_workers(directory: Path) -> None:
    """Let the workers' own user write here, where root starts them: to others it stays closed."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    try:
        os.chown(directory, WORKER_UID, -1)
        directory.chmod(0o770)  # root's group: it may have to do without its capabilities
        directory.parent.chmod(0o711)
    except OSError:
        return  # then the workers stay root, and say so

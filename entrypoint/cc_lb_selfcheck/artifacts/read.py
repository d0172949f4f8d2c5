"""Reads an artifact's bytes, whatever lies behind its path."""

from __future__ import annotations

import os
import stat
import sys
from typing import Final

SIZE_MAX_BYTES: Final = 128 << 20
"""Larger files are not read. The host's upload takes 32 MiB (cc-lb-server, admin_plugins.rs)."""
_PIECE_BYTES: Final = 64 << 10
READ_AS_IT_IS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How a stranger's file is opened: waiting for nobody, and on Windows with its line ends kept."""

_JUNCTION: Final = 0xA0000003
"""``stat.IO_REPARSE_TAG_MOUNT_POINT``, which Python knows on Windows alone."""


class Unreadable(Exception):
    """The file cannot be read; the message is a sentence. ``size``: in bytes, where known."""

    def __init__(self, message: str, size: int | None = None) -> None:
        super().__init__(message)
        self.size = size


def is_own_directory(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a directory, and no link to one; on Windows, no junction either."""
    if not entry.is_dir(follow_symlinks=False):
        return False
    if sys.platform != "win32":
        return True
    return getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) != _JUNCTION


def read_artifact(path: str | os.PathLike[str]) -> bytes:
    """Read a regular file of at most ``SIZE_MAX_BYTES``. Raises ``Unreadable``.

    The file is opened without waiting and looked at through its descriptor, so that a pipe or
    device put in its place hangs nobody.
    """
    try:
        descriptor = os.open(path, READ_AS_IT_IS)
    except OSError as error:
        raise Unreadable(f"It cannot be read: {_lower(error)}.") from error
    try:
        return _content(descriptor)
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> bytes:
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        raise Unreadable("It is no regular file.")
    if state.st_size > SIZE_MAX_BYTES:
        raise Unreadable(
            f"It has {state.st_size:,} bytes; this tool reads at most {SIZE_MAX_BYTES >> 20}"
            " MiB, and the host's upload takes 32 MiB.",
            state.st_size,
        )
    pieces: list[bytes] = []
    left = SIZE_MAX_BYTES
    try:
        while piece := os.read(descriptor, max(state.st_size, _PIECE_BYTES)):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise Unreadable("It grows while it is read.")
    except OSError as error:
        raise Unreadable(f"It cannot be read: {_lower(error)}.", state.st_size) from error
    return b"".join(pieces)


def _lower(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

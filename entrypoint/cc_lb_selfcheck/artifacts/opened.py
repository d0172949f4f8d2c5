"""What archives are read from, with few descriptors: a run may have thousands of archives."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final, cast

from .read import READ_AS_IT_IS

_IN_MEMORY_BYTES: Final = 8 << 20


class OpenedAtNeed:
    """A file to be read, which is open only from a read to the next ``rest``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._at = 0
        self._identity: tuple[int, int] | None = None

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes; all that are left by default. Raises ``OSError``."""
        return self._opened().read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go somewhere else. Raises ``OSError``."""
        return self._opened().seek(offset, whence)

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at if self._file is None else self._file.tell()

    def seekable(self) -> bool:
        """Tell that one can go anywhere in it."""
        return True

    def rest(self) -> None:
        """Close it until it is read again, from where it was."""
        if self._file is not None:
            self._at = self._file.tell()
            self._file.close()
            self._file = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = self._open()
            self._file.seek(self._at)
        return self._file

    def _open(self) -> IO[bytes]:
        file = os.fdopen(os.open(self._path, READ_AS_IT_IS), "rb")
        status = os.fstat(file.fileno())
        identity = (status.st_dev, status.st_ino)
        self._identity = self._identity or identity
        if not stat.S_ISREG(status.st_mode) or identity != self._identity:
            file.close()
            raise OSError(errno.ESTALE, "it was replaced while it was read")
        return file


class Spool:
    """A file without a name, in memory while it is small: archives that had to be unpacked lie in
    it one behind another.
    """

    def __init__(self, resources: ExitStack) -> None:
        spooled = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by them
        self.file = cast("IO[bytes]", resources.enter_context(spooled))

    def section(self) -> Section:
        """Return an empty file at the end of it, to be written before there is another one."""
        return Section(self.file)


class Section:
    """A part of a spool, as a file of its own."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._begin = file.seek(0, os.SEEK_END)
        self._size = 0
        self._at = 0

    def write(self, data: bytes) -> None:
        """Add to its end. Raises ``OSError``."""
        self._file.seek(self._begin + self._size)
        self._file.write(data)
        self._size += len(data)

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes; all that are left by default. Raises ``OSError``."""
        left = max(self._size - self._at, 0)
        self._file.seek(self._begin + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go somewhere else. Raises ``OSError`` where that is before its beginning."""
        at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = at
        return at

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at

    def seekable(self) -> bool:
        """Tell that one can go anywhere in it."""
        return True

"""Reads archives: zip, tar and tar.gz, one inside another once, and never extracts them.

An archive may be a stranger's. Members are read one at a time into memory; links and devices are
named and left; entries, sizes, ratios, names and depth have limits.
Sources: PKWARE APPNOTE 6.3.10, section 4.4; RFC 1952; POSIX pax.
"""

from __future__ import annotations

import re
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from gzip import BadGzipFile, GzipFile
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple, cast

from cc_lb_selfcheck.surfaces.visible import shorten

from .opened import Spool
from .read import SIZE_MAX_BYTES, Unreadable
from .suffixes import is_archive

ENTRIES_MAX: Final = 20_000
"""In an archive and those inside it, together."""
NESTED_MAX: Final = 200
"""Archives in one archive."""
UNPACKED_MAX_BYTES: Final = 2 << 30
"""Of all members that are wanted, and of whole archives inside, together."""
RATIO_MAX: Final = 200
"""Unpacked to packed, from a MiB on; deflate itself ends at 1,032."""
NAME_MAX_CHARS: Final = 1_024
_RATIO_FROM_BYTES: Final = 1 << 20
_ZIP_HEADERS_MAX_BYTES: Final = 8 << 20
_TAR_HEADERS_MAX_BYTES: Final = 48 << 20
"""Twenty thousand entries with an extended header each have 30 MiB."""
_TAR_HEADER_MAX_BYTES: Final = 1 << 20
_TAR_BLOCK_BYTES: Final = 512
_DIGITS: Final = re.compile(rb"\d{32,}")
_DIGITS_MAX_WORK: Final = 1 << 28
"""To look through digits, older Pythons take time that grows with the square of their number
(CVE-2024-6232). Twenty thousand names of a hundred digits each stay below it.
"""
_CHUNK_BYTES: Final = 1 << 20
_TOLD_MAX_CHARS: Final = 200
_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others cannot be unpacked within a bound: 45 bytes of bzip2 are 45 MB."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NO_FILE: Final = "It is a link or a special file in its archive."
_DAMAGE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    BadGzipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    MemoryError,
    struct.error,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises on archives that it cannot read."""


class BadArchive(Exception):
    """An archive that cannot be read; the message is a clause that follows its name."""


class Member(NamedTuple):
    """A file in an archive. ``shown`` is its readable origin.

    ``obstacle`` says why it is nothing to read; what should be read and cannot be says so when it
    is read.
    """

    shown: str
    obstacle: str | None
    read: Callable[[], bytes]
    """Returns the content. Raises ``Unreadable``."""


class _Entry(NamedTuple):
    """A file in an archive. ``fault``: why it cannot be read, although it should be."""

    name: str
    size: int
    read: Callable[[], bytes]
    obstacle: str | None = None
    fault: str | None = None


def is_zip(path: Path) -> bool:
    """Tell by its first bytes whether a file is a zip. Raises no ``OSError``: then it is none."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(4) in _ZIP_MAGICS
    return False


def members(
    file: IO[bytes], origin: str, wanted: tuple[str, ...], spool: Spool
) -> Iterator[Member]:
    """Yield the files whose names end as ``wanted``, in this archive and in archives inside it.

    ``origin`` begins what is shown, ``bundle.zip!`` or an uploaded artifact's name. ``spool``
    keeps what is unpacked. Raises ``BadArchive``.
    """
    yield from _Walk(wanted, spool).members(file, origin)


class _Walk:
    """One archive with those inside it, which share its limits."""

    def __init__(self, wanted: tuple[str, ...], spool: Spool) -> None:
        self._wanted = wanted
        self._spool = spool
        self._entries_left = ENTRIES_MAX
        self._nested_left = NESTED_MAX
        self._bytes_left = UNPACKED_MAX_BYTES

    def members(self, file: IO[bytes], origin: str, *, is_nested: bool = False) -> Iterator[Member]:
        for entry in self._entries(file):
            inner = is_archive(entry.name)
            if not (inner or entry.name.endswith(self._wanted)):
                continue
            shown = f"{origin}/{_shown_name(entry.name)}"
            fault = _fault(entry) or entry.fault
            if entry.obstacle is not None:
                yield Member(shown, entry.obstacle, entry.read)
            elif fault is not None:
                yield _unreadable(shown, fault)
            elif not inner:
                self._take_bytes(entry.size)
                yield Member(shown, None, entry.read)
            elif is_nested:
                yield Member(shown, "It is an archive in an archive in an archive.", entry.read)
            else:
                self._take_bytes(entry.size)
                yield from self._inside(shown, entry)

    def _inside(self, shown: str, entry: _Entry) -> Iterator[Member]:
        self._nested_left -= 1
        if self._nested_left < 0:
            raise BadArchive(f"holds more than {NESTED_MAX} archives, which are the most")
        try:
            file = cast("IO[bytes]", self._spool.section())
            file.write(entry.read())
            yield from self.members(file, f"{shown}!", is_nested=True)
        except BadArchive as error:
            yield _unreadable(shown, f"It {error}.")
        except Unreadable as error:
            yield _unreadable(shown, str(error))
        except OSError as error:
            yield _unreadable(shown, f"It cannot be kept to be read: {_told(error)}.")

    def _entries(self, file: IO[bytes]) -> Iterator[_Entry]:
        file.seek(0)
        magic = file.read(4)
        file.seek(0)
        try:
            if magic in _ZIP_MAGICS:
                yield from self._zip_entries(file)
            elif magic.startswith(_GZIP_MAGIC):
                yield from self._tar_entries(self._unpacked(file))
            else:
                yield from self._tar_entries(file)
        except _DAMAGE as error:
            raise BadArchive(f"is no archive that can be read: {_told(error)}") from error

    def _zip_entries(self, file: IO[bytes]) -> Iterator[_Entry]:
        frugal = _Frugal(file, _ZIP_HEADERS_MAX_BYTES, _ZIP_HEADERS_MAX_BYTES)
        archive = zipfile.ZipFile(cast("IO[bytes]", frugal))
        frugal.left = None
        infos = archive.infolist()
        self._take_entries(len(infos))
        for info in infos:
            # An entry may have no name at all, over which is_dir() would stumble.
            if not info.filename.endswith("/"):
                yield _zip_entry(archive, info)

    def _tar_entries(self, file: IO[bytes]) -> Iterator[_Entry]:
        frugal = cast("IO[bytes]", _Frugal(file, _TAR_HEADERS_MAX_BYTES, _TAR_HEADER_MAX_BYTES))
        # The file is the caller's.
        archive = tarfile.open(fileobj=frugal, mode="r:", encoding="utf-8")  # noqa: SIM115 - nothing to close
        start = 0
        # An attribute of tarfile's that typeshed does not know.
        if archive.firstmember is None and archive.offset > 0:  # type: ignore[attr-defined]
            raise BadArchive("is damaged: no entry can be read at byte 0")
        while (info := archive.next()) is not None:
            start = archive.offset
            # The library keeps every entry, with all that its headers say.
            archive.members.clear()  # type: ignore[attr-defined]
            self._take_entries(1)
            if info.size < 0:
                raise BadArchive("is damaged: an entry has a size below zero")
            if not info.isdir():
                yield _tar_entry(file, info)
        # The library takes a header that makes no sense for the end.
        file.seek(start)
        if file.read(_TAR_BLOCK_BYTES).strip(b"\0"):
            raise BadArchive(f"is damaged: no entry can be read at byte {start:,}")

    def _unpacked(self, file: IO[bytes]) -> IO[bytes]:
        """Unpack a gzip into a file without a name, within the limits."""
        packed = file.seek(0, 2)
        file.seek(0)
        most = max(RATIO_MAX * packed, _RATIO_FROM_BYTES)
        target = cast("IO[bytes]", self._spool.section())
        with GzipFile(fileobj=file, mode="rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                self._take_bytes(len(chunk))
                most -= len(chunk)
                if most < 0:
                    raise BadArchive(f"unpacks to more than {RATIO_MAX} times its size")
                target.write(chunk)
        target.seek(0)
        return target

    def _take_entries(self, count: int) -> None:
        self._entries_left -= count
        if self._entries_left < 0:
            raise BadArchive(f"has more than {ENTRIES_MAX:,} entries, which are the most")

    def _take_bytes(self, count: int) -> None:
        self._bytes_left -= count
        if self._bytes_left < 0:
            limit = UNPACKED_MAX_BYTES >> 30
            raise BadArchive(f"unpacks to more than {limit} GiB, which is the most that is read")


class _Frugal:
    """A file of which only ``left`` bytes more are read, and only so many at once.

    It bounds what the libraries read before they come to any content: a directory or an extended
    header may be as large as the file. None lifts the bound.
    """

    def __init__(self, file: IO[bytes], left: int, at_once: int) -> None:
        self._file = file
        self._at_once = at_once
        self._in_a_row = 0
        self._digits_left = _DIGITS_MAX_WORK
        self.left: int | None = left
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.left is None:
            return self._file.read(size)
        data = self._file.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(data)
        # Newer Pythons read what is long in pieces.
        self._in_a_row = self._in_a_row + len(data) if len(data) > _TAR_BLOCK_BYTES else 0
        self._digits_left -= sum(len(digits) ** 2 for digits in _DIGITS.findall(data))
        if min(self.left, self._digits_left) < 0 or self._in_a_row > self._at_once:
            raise BadArchive("says more about its entries than is read")
        return data


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Entry:
    def read() -> bytes:
        with warnings.catch_warnings():
            # Of entries that share their bytes: newer Pythons tell so on stderr, by their names.
            warnings.simplefilter("ignore", UserWarning)
            with archive.open(info) as member:
                data = b"".join(iter(lambda: member.read(_CHUNK_BYTES), b""))
        if len(data) != info.file_size:
            raise zipfile.BadZipFile("its size is not the one that is told")
        return data

    mode = info.external_attr >> 16
    is_file = stat.S_IFMT(mode) in (0, stat.S_IFREG)
    fault = None
    if info.flag_bits & 1:
        fault = "It is encrypted."
    elif info.compress_type not in _METHODS:
        fault = "It is packed by a method that is not read; let the archive use deflate."
    elif info.file_size > max(_RATIO_FROM_BYTES, RATIO_MAX * info.compress_size):
        fault = f"It unpacks to more than {RATIO_MAX} times its size."
    return _Entry(
        info.filename, info.file_size, _careful(read), None if is_file else _NO_FILE, fault
    )


def _tar_entry(file: IO[bytes], info: tarfile.TarInfo) -> _Entry:
    start, size = info.offset_data, info.size

    def read() -> bytes:
        file.seek(start)
        data = file.read(size)
        if len(data) != size:
            raise tarfile.ReadError("unexpected end of data")
        return data

    is_sparse = info.issparse() or any(key.startswith("GNU.sparse.") for key in info.pax_headers)
    if not info.isreg() or is_sparse:
        return _Entry(info.name, 0, read, _NO_FILE)
    return _Entry(info.name, size, _careful(read))


def _fault(entry: _Entry) -> str | None:
    """Return what forbids to read an entry of any archive."""
    if entry.size > SIZE_MAX_BYTES:
        return f"It has {entry.size:,} bytes; at most {SIZE_MAX_BYTES >> 20} MiB are read."
    if len(entry.name) > NAME_MAX_CHARS:
        return f"Its name in the archive has more than {NAME_MAX_CHARS:,} characters."
    path = PurePosixPath(entry.name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(entry.name):
        return "Its name in the archive leads outside."
    return None


def _unreadable(shown: str, sentence: str) -> Member:
    def read() -> bytes:
        raise Unreadable(sentence)

    return Member(shown, None, read)


def _careful(read: Callable[[], bytes]) -> Callable[[], bytes]:
    def carefully() -> bytes:
        try:
            return read()
        except _DAMAGE as error:
            raise Unreadable(f"It cannot be read from its archive: {_told(error)}.") from error

    return carefully


def _told(error: BaseException) -> str:
    """Return an error's words as a clause; they may quote the archive."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = shorten(words.rstrip(".") or "it ends before it should", _TOLD_MAX_CHARS)
    is_word = text[1:2].islower() and not text.startswith("Python ")
    return text[0].lower() + text[1:] if is_word else text


def _shown_name(name: str) -> str:
    r"""Return a name without needless parts, and with bytes that are no UTF-8 as ``\xff``."""
    plain = str(PurePosixPath(name[:NAME_MAX_CHARS]))
    return plain.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

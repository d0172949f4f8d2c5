"""Reads archives: zip, tar and tar.gz, one inside another once, and never extracts them.

An archive may be a stranger's. Members are read one at a time into memory; links, devices and
encrypted members are named and left; entries, sizes, ratios, names and depth have limits.
Sources: PKWARE APPNOTE 6.3.10, sections 4.3.14-16 and 4.4; RFC 1952; POSIX pax.
"""

from __future__ import annotations

import lzma
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from gzip import BadGzipFile, GzipFile
from pathlib import PurePosixPath
from typing import IO, Final

from .read import SIZE_MAX_BYTES, Unreadable

SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz")
"""How the name of an archive ends."""
ENTRIES_MAX: Final = 20_000
UNPACKED_MAX_BYTES: Final = 2 << 30
"""Of all members that are wanted, together; of a whole tar.gz."""
RATIO_MAX: Final = 200
"""Unpacked to packed, from a MiB on; deflate itself ends at 1,032."""
NAME_MAX_CHARS: Final = 1_024
_RATIO_FROM_BYTES: Final = 1 << 20
_CENTRAL_DIRECTORY_MAX_BYTES: Final = 8 << 20
_CHUNK_BYTES: Final = 1 << 20
_END_OF_ZIP: Final = struct.Struct("<4s4H2LH")
_END_OF_ZIP64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_DAMAGE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    UnicodeError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises on archives that it cannot read."""


class BadArchive(Exception):
    """An archive that cannot be read; the message is a clause that follows its name."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. ``shown`` is its readable origin; ``obstacle``: why it is not read."""

    shown: str
    obstacle: str | None
    read: Callable[[], bytes]
    """Returns the content. Raises ``Unreadable``."""


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive."""
    return name.lower().endswith(SUFFIXES)


def members(
    file: IO[bytes], origin: str, wanted: tuple[str, ...], resources: ExitStack
) -> Iterator[Member]:
    """Yield the files whose names end as ``wanted``, in this archive and in archives inside it.

    ``origin`` begins what is shown, ``bundle.zip!`` or an uploaded artifact's name. ``resources``
    keeps what members need to be read. Raises ``BadArchive``.
    """
    yield from _walk(file, origin, wanted, resources, nested=False)


def _walk(
    file: IO[bytes], origin: str, wanted: tuple[str, ...], resources: ExitStack, *, nested: bool
) -> Iterator[Member]:
    unpacked = 0
    seen: Counter[str] = Counter()
    for name, size, obstacle, read in _entries(file, resources):
        inner = is_archive(name)
        if not (inner or name.endswith(wanted)):
            continue
        seen[name] += 1
        again = f"#{seen[name]}" if seen[name] > 1 else ""
        shown = f"{origin}/{_shown_name(name)}{again}"
        unpacked += size
        if unpacked > UNPACKED_MAX_BYTES:
            limit = UNPACKED_MAX_BYTES >> 30
            raise BadArchive(f"unpacks to more than {limit} GiB, which is the most that is read")
        obstacle = obstacle or _name_fault(name)  # noqa: PLW2901
        if obstacle is None and size > SIZE_MAX_BYTES:
            obstacle = f"It has {size:,} bytes; at most {SIZE_MAX_BYTES >> 20} MiB are read."  # noqa: PLW2901
        if not inner or obstacle is not None:
            yield Member(shown, obstacle, read)
        elif nested:
            yield Member(shown, "It is an archive in an archive in an archive.", read)
        else:
            yield from _inside(shown, read, wanted, resources)


def _inside(
    shown: str, read: Callable[[], bytes], wanted: tuple[str, ...], resources: ExitStack
) -> Iterator[Member]:
    try:
        inner = _keep(read(), resources)
        yield from _walk(inner, f"{shown}!", wanted, resources, nested=True)
    except (BadArchive, Unreadable) as error:
        message = str(error) if isinstance(error, Unreadable) else f"It {error}."
        yield Member(shown, message, read)


_Entry = tuple[str, int, str | None, Callable[[], bytes]]
"""A file's name, its size in bytes, what stands in the way of reading it, and how to read it."""


def _entries(file: IO[bytes], resources: ExitStack) -> Iterator[_Entry]:
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    try:
        if magic.startswith(b"PK"):
            yield from _zip_entries(file, resources)
        elif magic.startswith(b"\x1f\x8b"):
            yield from _tar_entries(_unpacked(file, resources), resources)
        else:
            yield from _tar_entries(file, resources)
    except _DAMAGE as error:
        raise BadArchive(f"is no archive that can be read: {_told(error)}") from error


def _zip_entries(file: IO[bytes], resources: ExitStack) -> Iterator[_Entry]:
    size = _central_directory_bytes(file)
    if size > _CENTRAL_DIRECTORY_MAX_BYTES:
        raise BadArchive(f"has a directory of {size:,} bytes, which is more than is read")
    archive = resources.enter_context(zipfile.ZipFile(file))
    infos = archive.infolist()
    if len(infos) > ENTRIES_MAX:
        raise BadArchive(f"has {len(infos):,} entries, and {ENTRIES_MAX:,} are the most")
    for info in infos:
        if info.is_dir():
            continue

        def read(info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as member:
                return member.read(SIZE_MAX_BYTES + 1)

        yield info.filename, info.file_size, _zip_obstacle(info), _careful(read)


def _zip_obstacle(info: zipfile.ZipInfo) -> str | None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "It is a link or a special file in its archive."
    if info.flag_bits & 1:
        return "It is encrypted."
    packed = max(info.compress_size, 1)
    if info.file_size > _RATIO_FROM_BYTES and info.file_size > RATIO_MAX * packed:
        return f"It unpacks to more than {RATIO_MAX} times its size."
    return None


def _central_directory_bytes(file: IO[bytes]) -> int:
    """Return how large a zip says its directory is, before anything reads it whole."""
    end = file.seek(0, 2)
    file.seek(max(end - _END_OF_ZIP.size - 65_535, 0))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_ZIP.size:
        raise BadArchive("is no whole zip: its directory is missing")
    size = int(_END_OF_ZIP.unpack_from(tail, at)[5])
    locator = tail[max(at - _LOCATOR.size, 0) : at]
    if len(locator) == _LOCATOR.size and locator.startswith(b"PK\x06\x07"):
        file.seek(_LOCATOR.unpack(locator)[2])
        record = file.read(_END_OF_ZIP64.size)
        if record.startswith(b"PK\x06\x06"):
            size = max(size if size < 0xFFFFFFFF else 0, _END_OF_ZIP64.unpack(record)[8])
    file.seek(0)
    return size


def _tar_entries(file: IO[bytes], resources: ExitStack) -> Iterator[_Entry]:
    archive = resources.enter_context(tarfile.open(fileobj=file, mode="r:"))  # noqa: SIM115
    for number, info in enumerate(archive, 1):
        if number > ENTRIES_MAX:
            raise BadArchive(f"has more than {ENTRIES_MAX:,} entries, which are the most")
        if info.isdir():
            continue

        def read(info: tarfile.TarInfo = info) -> bytes:
            member = archive.extractfile(info)
            if member is None:
                raise Unreadable("It is no file.")
            with member:
                return member.read(SIZE_MAX_BYTES + 1)

        plain = info.isreg() and not info.issparse()
        obstacle = None if plain else "It is a link or a special file in its archive."
        yield info.name, info.size if plain else 0, obstacle, _careful(read)


def _unpacked(file: IO[bytes], resources: ExitStack) -> IO[bytes]:
    """Unpack a gzip into a file without a name, within the limits."""
    packed = max(file.seek(0, 2), 1)
    file.seek(0)
    limit = min(UNPACKED_MAX_BYTES, max(RATIO_MAX * packed, _RATIO_FROM_BYTES))
    target = _nameless_file(resources)
    total = 0
    with GzipFile(fileobj=file, mode="rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            total += len(chunk)
            if total > limit:
                raise BadArchive("unpacks to more than is read, or to far more than its size")
            target.write(chunk)
    target.seek(0)
    return target


def _nameless_file(resources: ExitStack) -> IO[bytes]:
    """Return a file that nobody else can open, in memory while it is small."""
    return resources.enter_context(tempfile.SpooledTemporaryFile(_CHUNK_BYTES))


def _keep(data: bytes, resources: ExitStack) -> IO[bytes]:
    file = _nameless_file(resources)
    try:
        file.write(data)
    except OSError as error:
        raise Unreadable(f"It cannot be kept to be read: {_told(error)}.") from error
    return file


def _careful(read: Callable[[], bytes]) -> Callable[[], bytes]:
    def carefully() -> bytes:
        try:
            return read()
        except _DAMAGE as error:
            raise Unreadable(f"It cannot be read from its archive: {_told(error)}.") from error

    return carefully


def _told(error: BaseException) -> str:
    return str(error).rstrip(".").lower() or type(error).__name__


def _name_fault(name: str) -> str | None:
    if len(name) > NAME_MAX_CHARS:
        return f"Its name in the archive has more than {NAME_MAX_CHARS:,} characters."
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
        return "Its name in the archive leads outside."
    return None


def _shown_name(name: str) -> str:
    return name[:NAME_MAX_CHARS].encode("utf-8", "backslashreplace").decode()

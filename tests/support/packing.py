"""Archives as nobody should write them: zips and tars with lies in their headers.

Source of the offsets: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16; POSIX ustar.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from typing import Final

LOCAL: Final = b"PK\x03\x04"
CENTRAL: Final = b"PK\x01\x02"
END: Final = b"PK\x05\x06"
CRC_AT: Final = 16
PACKED_AT: Final = 20
SIZE_AT: Final = 24
OFFSET_AT: Final = 42
"""Where these stand in an entry of a zip's directory."""


def zip_of(
    files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Pack files into a zip; pairs may repeat a name."""
    pairs = files.items() if isinstance(files, Mapping) else files
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in pairs:
            with warnings.catch_warnings(action="ignore"):  # of a name that comes twice
                archive.writestr(name, data, method)
    return target.getvalue()


def zip_entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    """Return the header of a file, with its mode as Unix tells it."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def patched(data: bytes, start: bytes, at: int, value: bytes, *, last: bool = False) -> bytes:
    """Overwrite bytes ``at`` places behind the first (or last) occurrence of ``start``."""
    place = (data.rindex(start) if last else data.index(start)) + at
    return data[:place] + value + data[place + len(value) :]


def u32(value: int) -> bytes:
    """Encode a number as zips do."""
    return struct.pack("<L", value)


def encrypted(data: bytes) -> bytes:
    """Say of a zip's first entry that it is encrypted."""
    return patched(patched(data, LOCAL, 6, b"\x01\0"), CENTRAL, 8, b"\x01\0")


def with_zip64_end(data: bytes, size: int | None = None) -> bytes:
    """Move the end of a zip's directory to a record of zip64; ``size`` lies about the directory's.

    Where it does, the locator leads to a record that lies, and the true one stands before it, where
    zipfile looks.
    """
    at = data.rindex(END)
    count, true_size, offset = struct.unpack_from("<HLL", data, at + 10)
    lie = _zip64_record(count, size, offset) if size is not None else b""
    record = _zip64_record(count, true_size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", END, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + lie + record + locator + end


def _zip64_record(count: int, size: int, offset: int) -> bytes:
    told = (b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    return struct.pack("<4sQ2H2L4Q", *told)


def with_far_offset(data: bytes, offset: int) -> bytes:
    """Say of the first entry of a zip that it stands at so large an offset, as zip64 tells them."""
    at = data.index(CENTRAL)
    name_size, extra_size = struct.unpack_from("<HH", data, at + 28)
    extra_at = at + 46 + name_size
    extra = struct.pack("<HHQ", 1, 8, offset)
    data = patched(
        patched(data, CENTRAL, 30, struct.pack("<H", len(extra))),
        CENTRAL,
        OFFSET_AT,
        u32(0xFFFFFFFF),
    )
    data = data[:extra_at] + extra + data[extra_at + extra_size :]
    (size,) = struct.unpack_from("<L", data, data.rindex(END) + 12)
    return patched(data, END, 12, u32(size + len(extra) - extra_size), last=True)


def zip_with_directory(entries: int, name: bytes = b"a.txt") -> bytes:
    """Return a zip that is nothing but a directory of so many entries, and a zip's first bytes."""
    told = (20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    head = struct.pack("<4s6H3L5H2L", CENTRAL, *told)
    directory = (head + name) * entries
    few = min(entries, 0xFFFF)
    return LOCAL + directory + struct.pack("<4s4H2LH", END, 0, 0, few, few, len(directory), 4, 0)


def tar_of(
    files: Mapping[str, bytes] | Iterable[tuple[tarfile.TarInfo, bytes]],
    form: int = tarfile.GNU_FORMAT,
) -> bytes:
    """Pack files into a tar; of pairs the headers are taken as they are, but for the size."""
    pairs = (
        [(tarfile.TarInfo(name), data) for name, data in files.items()]
        if isinstance(files, Mapping)
        else files
    )
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form, encoding="utf-8") as archive:
        for info, data in pairs:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a header alone; a size that octal digits cannot tell is written as GNU's tar would."""
    info = tarfile.TarInfo(name)
    fits = 0 <= size < 8**11
    info.type, info.size = kind, size if fits else 0
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    if not fits:
        sign = b"\xff" if size < 0 else b"\x80"
        header[124:136] = sign + (size % 256**11).to_bytes(11, "big")
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def tgz_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a tar.gz."""
    return gzip.compress(tar_of(files), mtime=0)

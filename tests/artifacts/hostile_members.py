"""Archives with members that are wrong or mean harm: each is told, and the others are read."""

from __future__ import annotations

import os
import tarfile
import zipfile

from cc_lb_selfcheck.artifacts.read import SIZE_MAX_BYTES
from tests.artifacts.reading import BAD, GOOD, MIB, PAIR, Read, with_pax
from tests.support.packing import (
    CENTRAL,
    CRC_AT,
    END,
    OFFSET_AT,
    SIZE_AT,
    encrypted,
    patched,
    tar_header,
    tar_of,
    tgz_of,
    u32,
    with_far_offset,
    zip_entry,
    zip_of,
)

LINK = "(It is a link or a special file in its archive.)"
OUTSIDE = "Its name in the archive leads outside."
METHOD = "It is packed by a method that is not read; let the archive use deflate."
ZEROS = bytes(16 * MIB)


def tar_entry(kind: bytes, name: str = "a.wasm", link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return tar_of([(info, b"")])


MEMBERS: dict[str, tuple[str, bytes, Read]] = {
    "symbolic link in a zip": (
        "x.zip",
        zip_of([(zip_entry("a.wasm", 0o120777), b"/etc/passwd"), ("b.wasm", GOOD)]),
        {"x.zip!/a.wasm": LINK, "x.zip!/b.wasm": GOOD},
    ),
    "device in a zip": (
        "x.zip",
        zip_of([(zip_entry("a.wasm", 0o020666), b"")]),
        {"x.zip!/a.wasm": LINK},
    ),
    **{
        f"{name} in a tar": (
            "x.tar",
            tar_entry(kind, link="/etc/passwd")[:512] + tar_of({"b.wasm": GOOD}),
            {"x.tar!/a.wasm": LINK, "x.tar!/b.wasm": GOOD},
        )
        for name, kind in {
            "symbolic link": tarfile.SYMTYPE,
            "hard link": tarfile.LNKTYPE,
            "character device": tarfile.CHRTYPE,
            "block device": tarfile.BLKTYPE,
            "pipe": tarfile.FIFOTYPE,
            "sparse file": tarfile.GNUTYPE_SPARSE,
        }.items()
    },
    "a size that only some readers of tar know": (
        "x.tar",
        with_pax({"GNU.sparse.realsize": "4"}),
        {"x.tar!/a.wasm": LINK},
    ),
    **{
        f"name {name!r}": (
            "x.zip",
            zip_of({name: GOOD, "b.wasm": GOOD}),
            {shown: OUTSIDE, "x.zip!/b.wasm": GOOD},
        )
        for name, shown in {
            "../a.wasm": "x.zip!/../a.wasm",
            "dist/../../a.wasm": "x.zip!/dist/../../a.wasm",
            "/etc/a.wasm": "x.zip!//etc/a.wasm",
            "//host/share/a.wasm": "x.zip!///host/share/a.wasm",
            "..\\..\\a.wasm": "x.zip!/..\\..\\a.wasm",
            "\\\\host\\a.wasm": "x.zip!/\\\\host\\a.wasm",
            "C:\\a.wasm": "x.zip!/C:\\a.wasm",
            "c:a.wasm": "x.zip!/c:a.wasm",
        }.items()
    },
    "long name": (
        "x.zip",
        zip_of({f"{'n' * 2_000}.wasm": GOOD}),
        {f"x.zip!/{'n' * 1_024}": "Its name in the archive has more than 1,024 characters."},
    ),
    "encrypted": (
        "x.zip",
        encrypted(zip_of({"a.wasm": GOOD, "b.wasm": GOOD})),
        {"x.zip!/a.wasm": "It is encrypted.", "x.zip!/b.wasm": GOOD},
    ),
    "bzip2": ("x.zip", zip_of({"a.wasm": GOOD}, zipfile.ZIP_BZIP2), {"x.zip!/a.wasm": METHOD}),
    "lzma": ("x.zip", zip_of({"a.wasm": GOOD}, zipfile.ZIP_LZMA), {"x.zip!/a.wasm": METHOD}),
    "bomb": (
        "x.zip",
        zip_of({"a.wasm": ZEROS, "b.wasm": GOOD}),
        {"x.zip!/a.wasm": "It unpacks to more than 200 times its size.", "x.zip!/b.wasm": GOOD},
    ),
    "an offset beyond all files": (
        "x.zip",
        with_far_offset(zip_of({"a.wasm": GOOD, "b.wasm": GOOD}), 2**64 - 1),
        {
            "x.zip!/a.wasm": "It cannot be read from its archive: cannot fit 'int' into an"
            " offset-sized integer.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "an offset beyond all memory, nested": (
        "x.zip",
        zip_of({"in.zip": with_far_offset(zip_of({"a.wasm": GOOD, "b.wasm": GOOD}), 2**64 - 1)}),
        {
            "x.zip!/in.zip!/a.wasm": "It cannot be read from its archive: Python int too large to"
            " convert to C ssize_t.",
            "x.zip!/in.zip!/b.wasm": GOOD,
        },
    ),
    "a size beyond all memory, nested": (
        "x.zip",
        zip_of({"in.tar": tar_header("a.wasm", 2**64) + bytes(2048), "b.wasm": GOOD}),
        {
            "x.zip!/in.tar!/a.wasm": "It has 18,446,744,073,709,551,616 bytes; at most 128 MiB are"
            " read.",
            "x.zip!/in.tar": "It is no archive that can be read: Python int too large to convert to"
            " C ssize_t.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "behind another content": (
        "x.zip",
        patched(zip_of({"a.wasm": GOOD}), END, 20, b"\xff\xff") + bytes(0xFFFF),
        {"x.zip!/a.wasm": GOOD},
    ),
    "no UTF-8 in a zip": (
        "x.zip",
        zip_of({"QQ.wasm": GOOD}).replace(b"QQ", b"\xff\xe9"),
        {"x.zip!/\u00a0\u0398.wasm": GOOD},  # as code page 437, which zips without a flag have
    ),
    "a NUL in a zip's name": (
        "x.zip",
        zip_of({"a.wasmQ.txt": GOOD, "b.wasm": GOOD}).replace(b"Q", b"\0"),
        {"x.zip!/a.wasm": GOOD, "x.zip!/b.wasm": GOOD},
    ),
    "a NUL in a tar's name": (
        "x.tar",
        with_pax({"path": "a\0b.wasm"}),
        {"x.tar!/a\0b.wasm": GOOD},
    ),
    "GNU's long name": (
        "x.tar",
        tar_of({f"{'d/' * 200}a.wasm": GOOD}),
        {f"x.tar!/{'d/' * 200}a.wasm": GOOD},
    ),
    "a name that leads outside, in an extended header": (
        "x.tar",
        with_pax({"path": "../../a.wasm"}),
        {"x.tar!/../../a.wasm": OUTSIDE},
    ),
    "a link in an extended header": (
        "x.tar",
        with_pax({"linkpath": "/etc/passwd"}),
        {"x.tar!/a.wasm": GOOD},  # of a file it means nothing
    ),
    "a sparse map in an extended header": (
        "x.tar",
        with_pax({"GNU.sparse.map": "0,99999999999999999999"}),
        {"x.tar!/a.wasm": LINK},
    ),
    "absurd numbers in an extended header": (
        "x.tar",
        with_pax({"mtime": "nan", "uid": "9" * 5_000, "gid": "-1", "atime": "1e999"}),
        {"x.tar!/a.wasm": GOOD},
    ),
    "too large a size": (
        "x.zip",
        patched(
            zip_of({"a.wasm": GOOD, "b.wasm": GOOD}), CENTRAL, SIZE_AT, u32(SIZE_MAX_BYTES + 1)
        ),
        {
            "x.zip!/a.wasm": "It has 134,217,729 bytes; at most 128 MiB are read.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "too many bytes told to count": (
        "x.zip",
        patched(zip_of({"a.wasm": GOOD, "b.wasm": GOOD}), CENTRAL, SIZE_AT, u32(0xFFFFFFFE)),
        {
            "x.zip!/a.wasm": "It has 4,294,967,294 bytes; at most 128 MiB are read.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "too small a size": (
        "x.zip",
        patched(zip_of({"a.wasm": GOOD}), CENTRAL, SIZE_AT, u32(8)),
        {"x.zip!/a.wasm": "It cannot be read from its archive: bad CRC-32 for file 'a.wasm'."},
    ),
    "a size that is not met": (
        "x.zip",
        patched(zip_of({"a.wasm": GOOD}), CENTRAL, SIZE_AT, u32(len(GOOD) + 1)),
        {
            "x.zip!/a.wasm": "It cannot be read from its archive: its size is not the one that is"
            " told."
        },
    ),
    "wrong checksum": (
        "x.zip",
        patched(zip_of({"A.wasm": GOOD, "b.wasm": GOOD}), CENTRAL, CRC_AT, b"\0\0\0\0"),
        {
            "x.zip!/A.wasm": "It cannot be read from its archive: bad CRC-32 for file 'A.wasm'.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "entries that overlap": (
        "x.zip",
        patched(zip_of({"a.wasm": GOOD, "b.wasm": BAD}), CENTRAL, OFFSET_AT, u32(0), last=True),
        {
            "x.zip!/a.wasm": GOOD,
            "x.zip!/b.wasm": "It cannot be read from its archive: file name in directory 'b.wasm'"
            " and header b'a.wasm' differ.",
        },
    ),
    "damaged nested archive": (
        "x.zip",
        zip_of({"in.tar.gz": tgz_of(PAIR)[:-20], "b.wasm": GOOD}),
        {
            "x.zip!/in.tar.gz": "It is no archive that can be read: compressed file ended before"
            " the end-of-stream marker was reached.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "nested bomb": (
        "x.zip",
        zip_of({"in.tar.gz": tgz_of({"a.wasm": ZEROS}), "b.wasm": GOOD}, zipfile.ZIP_STORED),
        {
            "x.zip!/in.tar.gz": "It unpacks to more than 200 times its size.",
            "x.zip!/b.wasm": GOOD,
        },
    ),
    "truncated in a nested tar": (
        "x.zip",
        zip_of({"in.tar": tar_of({"a.wasm": GOOD, "b.wasm": ZEROS})[:40_000]}),
        {
            "x.zip!/in.tar!/a.wasm": GOOD,
            "x.zip!/in.tar!/b.wasm": "It cannot be read from its archive: unexpected end of data.",
            "x.zip!/in.tar": "It is no archive that can be read: unexpected end of data.",
        },
    ),
    "no UTF-8": (
        "x.tar",
        tar_of({os.fsdecode(b"a\xff.wasm"): GOOD, "a\\xff.wasm": BAD, "a\\udcff.wasm": BAD}),
        {"x.tar!/a\\xff.wasm": GOOD, "x.tar!/a\\xff.wasm#2": BAD, "x.tar!/a\\udcff.wasm": BAD},
    ),
}

"""Archives that are wrong or mean harm: members that are, and archives that are as a whole."""

from __future__ import annotations

import gzip
import os
import tarfile
import zipfile

from cc_lb_selfcheck.artifacts.archive import ENTRIES_MAX, NESTED_MAX
from cc_lb_selfcheck.artifacts.read import SIZE_MAX_BYTES
from tests.artifacts.reading import (
    BAD,
    GOOD,
    MIB,
    PAIR,
    Read,
)
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
    with_zip64_end,
    zip_entry,
    zip_of,
    zip_with_directory,
)

LINK = "(It is a link or a special file in its archive.)"
OUTSIDE = "Its name in the archive leads outside."
METHOD = "It is packed by a method that is not read; let the archive use deflate."
ZEROS = bytes(16 * MIB)


def tar_entry(kind: bytes, name: str = "a.wasm", link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return tar_of([(info, b"")])


def with_pax(headers: dict[str, str]) -> bytes:
    info = tarfile.TarInfo("a.wasm")
    info.pax_headers = headers
    return tar_of([(info, GOOD)], tarfile.PAX_FORMAT)


def with_header(content: bytes) -> bytes:
    """Return an extended header with any content, for the entry that follows."""
    info = tarfile.TarInfo("header")
    info.type = tarfile.XHDTYPE
    return tar_of([(info, content)]).rstrip(b"\0") + bytes(-len(content) % 512)


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


def endless_sparse_map() -> bytes:
    info = tarfile.TarInfo("a.wasm")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x"}
    return tar_of([(info, b"99999999\n" + b"1\n" * 2_000)], tarfile.PAX_FORMAT)[:-8_000]


def unreadable(words: str) -> str:
    return f"is no archive that can be read: {words}"


WHOLE: dict[str, tuple[str, bytes, list[str], str | tuple[str, ...]]] = {
    "empty file": ("x.tar", b"", [], unreadable("empty file.")),
    "empty file named zip": ("x.zip", b"", [], unreadable("empty file.")),
    "empty zip": ("x.zip", zip_of({}), [], "holds no .wasm file."),
    "empty tar": ("x.tar", tar_of({}), [], "holds no .wasm file."),
    "without plugins": ("x.zip", zip_of({"a.txt": b"x"}), [], "holds no .wasm file."),
    "a page": ("x.zip", b"<!doctype html>" * 99, [], unreadable("")),
    "behind a script": (
        "x.zip",
        b"#!/bin/sh\n" * 9 + zip_of(PAIR),
        [],
        unreadable("invalid header."),
    ),
    "before much else": (
        "x.zip",
        zip_of(PAIR) + b"junk" * 99_999,
        [],
        unreadable("file is not a zip file."),
    ),
    "a name that is no UTF-8 by its flag": (
        "x.zip",
        zip_of({"\u00e9.wasm": GOOD}).replace("\u00e9".encode(), b"\xff\xff"),
        [],
        unreadable("'utf-8' codec can't decode"),
    ),
    "a sparse size of 5,000 digits": (
        "x.tar",
        with_pax({"GNU.sparse.realsize": "9" * 5_000}),
        [],
        unreadable("exceeds the limit (4300 digits)"),
    ),
    "a size below zero in an extended header": (
        "x.tar",
        with_pax({"size": "-512"}),
        [],
        "is damaged: ",  # the size is below zero, or newer Pythons read no entry there
    ),
    "noise": ("x.tgz", b"\x1f\x8bnoise" * 9, [], unreadable("unknown compression method.")),
    "gzip of a text": ("x.tgz", gzip.compress(b"hello " * 200), [], unreadable("")),
    "cut zip": ("x.zip", zip_of(PAIR)[:-30], [], unreadable("file is not a zip file.")),
    "cut tar": (
        "x.tar",
        tar_of({"a.wasm": b"a", "b.wasm": b"b" * 5_000})[:3_000],
        ["a.wasm", "b.wasm"],
        unreadable("unexpected end of data."),
    ),
    "cut tar.gz": ("x.tar.gz", tgz_of(PAIR)[:60], [], unreadable("compressed file ended")),
    "damaged in the middle": (
        "x.tar",
        tar_of({"a.wasm": b"a"})[:1024] + b"x" * 512 + tar_of({"b.wasm": b"b"}),
        ["a.wasm"],
        "is damaged: no entry can be read at byte 1,024.",
    ),
    "size below zero": (
        "x.tar",
        tar_of({"a.wasm": b"a"})[:1024] + tar_header("b.wasm", -512),
        ["a.wasm"],
        "is damaged: ",  # the size is below zero, or newer Pythons read no entry there
    ),
    "extended header below zero": (
        "x.tar",
        tar_header("x", -1_024, tarfile.XHDTYPE) + tar_of(PAIR),
        [],
        "",
    ),
    "extended headers in a chain": (
        "x.tar",
        (tar_header("x", 6, tarfile.XHDTYPE) + b"6 a=b\n".ljust(512, b"\0")) * 5_000,
        [],
        unreadable("maximum recursion depth exceeded"),
    ),
    "huge extended header": (
        "x.tar",
        tar_header("x", 20 * MIB, tarfile.XHDTYPE) + b"9 abcd=e\n" * (20 * MIB // 9),
        [],
        "says more about its entries than is read.",
    ),
    "huge long name": (
        "x.tar",
        tar_header("x", 20 * MIB, tarfile.GNUTYPE_LONGNAME) + b"n" * 20 * MIB,
        [],
        "says more about its entries than is read.",
    ),
    "a sparse map without an end": ("x.tar", endless_sparse_map(), [], unreadable("")),
    "a million entries": (
        "x.zip",
        zip_with_directory(1_000_000),
        [],
        "says more about its entries than is read.",
    ),
    "more entries than are read": (
        "x.zip",
        zip_with_directory(ENTRIES_MAX + 1),
        [],
        "has more than 20,000 entries, which are the most.",
    ),
    "more entries in a tar": (
        "x.tar",
        (tar_header("a.txt", 0)) * (ENTRIES_MAX + 1),
        [],
        "has more than 20,000 entries, which are the most.",
    ),
    "a million entries, told of as few": (
        "x.zip",
        with_zip64_end(zip_with_directory(1_000_000), size=52),
        [],
        ("says more about its entries than is read.", unreadable("corrupt zip64")),
    ),
    "digits without end, which older Pythons search in the square of their number": (
        "x.tar",
        with_header(b"1" * 900_000) + tar_of({"a.wasm": GOOD}),
        [],
        "says more about its entries than is read.",
    ),
    "a million archives": (
        "x.zip",
        zip_of([(f"{n}.zip", zip_of({})) for n in range(NESTED_MAX + 1)], zipfile.ZIP_STORED),
        [],
        "holds more than 200 archives, which are the most.",
    ),
}

"""Archives that are wrong or mean harm as a whole."""

from __future__ import annotations

import gzip
import tarfile
import zipfile

from cc_lb_selfcheck.artifacts.archive import ENTRIES_MAX, NESTED_MAX
from tests.artifacts.reading import GOOD, MIB, PAIR, with_pax
from tests.support.packing import (
    tar_header,
    tar_of,
    tgz_of,
    with_zip64_end,
    zip_of,
    zip_with_directory,
)


def with_header(content: bytes) -> bytes:
    """Return an extended header with any content, for the entry that follows."""
    info = tarfile.TarInfo("header")
    info.type = tarfile.XHDTYPE
    return tar_of([(info, content)]).rstrip(b"\0") + bytes(-len(content) % 512)


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

"""Archives on disk: what is in them is checked, and what is wrong with them is told."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.artifacts.archive import ENTRIES_MAX, NESTED_MAX
from cc_lb_selfcheck.artifacts.expand import archive, excluding, expand, joined
from cc_lb_selfcheck.artifacts.find import Findings, find
from cc_lb_selfcheck.artifacts.opened import Spool
from cc_lb_selfcheck.artifacts.read import SIZE_MAX_BYTES, Unreadable
from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.status import check_status
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.hostile import CURATED
from tests.support.modules import output_module, success
from tests.support.packing import (
    CENTRAL,
    CRC_AT,
    END,
    LOCAL,
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

ROOT = Path(__file__).resolve().parents[2]
GOOD = output_module(success())
BAD = output_module(b"")
PAIR = {"dist/a.wasm": GOOD, "dist/notes.txt": b"x", "b.wasm": BAD}
MIB = 1 << 20
Read = dict[str, bytes | str]


def looked_into(name: str, data: bytes, root: Path) -> tuple[Read, list[str]]:
    """Return what an archive holds, or why it is not read, by its origin; and the problems."""
    (root / name).write_bytes(data)
    with ExitStack() as resources:
        return contents(expand(find([name], (), root), resources))


def contents(findings: Findings) -> tuple[Read, list[str]]:
    """Read all that was found; what is nothing to read has its reason in brackets."""
    read: Read = {}
    for found in findings.found:
        assert found.shown not in read
        try:
            read[found.shown] = f"({found.obstacle})" if found.obstacle else found.read()
        except Unreadable as error:
            read[found.shown] = str(error)
    return read, [f"{problem.path} {problem.message}" for problem in findings.problems]


def checked(root: Path, *paths: str, **settings: Any) -> tuple[Report, int]:
    """Check for real, and return the report and the exit status."""
    wanted = CheckSettings(paths=paths, jobs=2, **settings)
    report = run_check(wanted, root)
    return report, check_status(report, wanted)


def entries_of(count: int) -> bytes:
    """Return a zip whose directory names one small file many times."""
    whole = zip_of({"a.wasm": GOOD})
    at, end = whole.index(CENTRAL), whole.index(END)
    directory = whole[at:end] * count
    patches = ((8, min(count, 0xFFFF), 2), (10, min(count, 0xFFFF), 2), (12, len(directory), 4))
    tail = whole[end:]
    for place, value, width in patches:
        tail = tail[:place] + value.to_bytes(width, "little") + tail[place + width :]
    return whole[:at] + directory + tail


# What is read --------------------------------------------------------------------------------

KINDS = {
    "stored.zip": zip_of(PAIR, zipfile.ZIP_STORED),
    "deflated.zip": zip_of(PAIR),
    "zip64.zip": with_zip64_end(zip_of(PAIR)),
    "LOUD.ZIP": zip_of(PAIR),
    "commented.zip": patched(zip_of(PAIR), END, 20, b"\x05\0") + b"hello",
    "lying-count.zip": patched(zip_of(PAIR), END, 8, b"\xff\x7f\xff\x7f"),
    "plain.tar": tar_of(PAIR),
    "pax.tar": tar_of({f"{'ä/' * 120}c.txt": b"", **PAIR}, tarfile.PAX_FORMAT),
    "packed.tar.gz": tgz_of(PAIR),
    "packed.tgz": tgz_of(PAIR),
    "in-two-streams.tgz": gzip.compress(tar_of(PAIR)[:700]) + gzip.compress(tar_of(PAIR)[700:]),
    "of-another-kind.zip": tgz_of(PAIR),
    "like-a-zip.tar": tar_of({"PKGBUILD": b"x", **PAIR}),
    "dotted.tar": tar_of({f"./{name}": data for name, data in PAIR.items()}),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_read(name: str, tmp_path: Path) -> None:
    read, problems = looked_into(name, KINDS[name], tmp_path)
    assert read == {f"{name}!/dist/a.wasm": GOOD, f"{name}!/b.wasm": BAD}
    assert problems == []


@pytest.mark.parametrize("inner", ["i.zip", "i.tar", "i.tar.gz", "i.tgz"])
@pytest.mark.parametrize("outer", ["o.zip", "o.tar", "o.tar.gz"])
def test_an_archive_in_an_archive_is_read_and_one_in_that_is_named(
    outer: str, inner: str, tmp_path: Path
) -> None:
    def pack(name: str, files: dict[str, bytes]) -> bytes:
        maker = {"zip": zip_of, "tar": tar_of}.get(name.split(".", 1)[1], tgz_of)
        return maker(files)

    packed = pack(inner, {"dist/a.wasm": GOOD, "deep.zip": zip_of({"b.wasm": BAD})})
    read, problems = looked_into(outer, pack(outer, {f"x/{inner}": packed}), tmp_path)
    assert read == {
        f"{outer}!/x/{inner}!/dist/a.wasm": GOOD,
        f"{outer}!/x/{inner}!/deep.zip": "(It is an archive in an archive in an archive.)",
    }
    assert problems == []


def test_an_uploaded_artifact_is_named_without_a_mark(tmp_path: Path) -> None:
    (tmp_path / "0.zip").write_bytes(zip_of({"plugin.wasm": GOOD, "b.tgz": tgz_of(PAIR)}))
    with ExitStack() as resources:
        read, _ = contents(archive(tmp_path / "0.zip", "artifact", Spool(resources)))
    assert list(read) == [
        "artifact/plugin.wasm",
        "artifact/b.tgz!/dist/a.wasm",
        "artifact/b.tgz!/b.wasm",
    ]


def test_nothing_is_dropped_when_origins_are_alike(tmp_path: Path) -> None:
    """What lies on disk, is uploaded or has a name twice must not hide behind the first."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/a.wasm").write_bytes(GOOD)
    (tmp_path / "up.zip").write_bytes(zip_of([("a.wasm", BAD), ("a.wasm", b"third")]))
    with ExitStack() as resources:
        uploaded = archive(tmp_path / "up.zip", "dist", Spool(resources))
        read, _ = contents(joined(find(["dist"], (), tmp_path), uploaded))
    assert read == {"dist/a.wasm": GOOD, "dist/a.wasm#2": BAD, "dist/a.wasm#3": b"third"}


def test_thousands_of_one_name_are_told_apart_at_once(tmp_path: Path) -> None:
    read, _ = looked_into("a.zip", entries_of(ENTRIES_MAX), tmp_path)
    assert len(read) == ENTRIES_MAX
    assert set(read.values()) == {GOOD}


def test_members_are_excluded_by_their_origin(tmp_path: Path) -> None:
    files = {"dist/a.wasm": GOOD, "dist/b.wasm": BAD, "c.wasm": GOOD, ".d.wasm": GOOD}
    (tmp_path / "x.zip").write_bytes(zip_of(files))
    (tmp_path / "c.wasm").write_bytes(GOOD)
    whole = {f"x.zip!/{name}" for name in files} | {"c.wasm"}

    def left(*patterns: str) -> set[str]:
        with ExitStack() as resources:
            findings = expand(find(["*.zip", "c.wasm"], (), tmp_path), resources)
            return {found.shown for found in excluding(findings, patterns).found}

    assert left() == left("", ".", "{", "{a,b}" * 20, "x.zip", "nothing") == whole
    assert left("x.zip!") == left("x.zip!/**", "x.zip!/.d.wasm") == {"c.wasm"}
    assert left("**/b.wasm") == whole - {"x.zip!/dist/b.wasm"}
    assert left("x.zip!/{dist,other}") == whole - {"x.zip!/dist/a.wasm", "x.zip!/dist/b.wasm"}
    # What lies on disk is left to `find`.
    assert left("**/c.wasm") == whole - {"x.zip!/c.wasm"}


def test_a_check_excludes_members(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of({"a.wasm": GOOD, "b/c.wasm": BAD, "d.wasm": BAD}))
    report, status = checked(tmp_path, "x.zip", "!**/d.wasm", exclude=("x.zip!/b",))
    assert [artifact.path for artifact in report.artifacts] == ["x.zip!/a.wasm"]
    assert status == 0


# What is hostile -----------------------------------------------------------------------------

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


@pytest.mark.parametrize("case", MEMBERS)
def test_a_hostile_member_is_told_and_the_others_are_read(case: str, tmp_path: Path) -> None:
    name, data, wanted = MEMBERS[case]
    read, problems = looked_into(name, data, tmp_path)
    assert read == wanted
    assert problems == []


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


@pytest.mark.parametrize("case", WHOLE)
def test_a_hostile_archive_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    name, data, names, sentence = WHOLE[case]
    read, problems = looked_into(name, data, tmp_path)
    assert list(read) == [f"{name}!/{inner}" for inner in names]
    assert len(problems) == 1
    sentences = (sentence,) if isinstance(sentence, str) else sentence
    assert problems[0].startswith(tuple(f"{name} {begin}" for begin in sentences))
    assert problems[0].endswith(".")
    assert len(problems[0]) < 300


def test_a_member_above_the_limit_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x.tar").open("wb") as file:
        for name, size in (("a.wasm", SIZE_MAX_BYTES + 1), ("huge.txt", 4 << 30)):
            file.write(tar_header(name, size))
            file.truncate(file.seek(size + -size % 512, 1))
        file.write(tar_of({"b.wasm": GOOD}))
    with ExitStack() as resources:
        read, problems = contents(expand(find(["x.tar"], (), tmp_path), resources))
    assert read == {
        "x.tar!/a.wasm": "It has 134,217,729 bytes; at most 128 MiB are read.",
        "x.tar!/b.wasm": GOOD,
    }
    assert problems == []


def test_the_members_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of entries may share the same bytes."""
    monkeypatch.setattr("cc_lb_selfcheck.artifacts.archive.UNPACKED_MAX_BYTES", 3 * len(GOOD))
    read, problems = looked_into("x.zip", entries_of(5), tmp_path)
    assert len(read) == 3
    assert problems == ["x.zip unpacks to more than 0 GiB, which is the most that is read."]
    # Those inside are counted with it: each is no more than the limit alone.
    inner = zip_of({"a.wasm": GOOD}, zipfile.ZIP_STORED)
    read, problems = looked_into("y.zip", zip_of({f"{n}.zip": inner for n in range(5)}), tmp_path)
    assert [shown for shown, told in read.items() if told == GOOD] == ["y.zip!/0.zip!/a.wasm"]
    assert problems == ["y.zip unpacks to more than 0 GiB, which is the most that is read."]


# Memory and disk -----------------------------------------------------------------------------

PROBE = """
import re
from contextlib import ExitStack
from pathlib import Path
from cc_lb_selfcheck.artifacts.expand import expand
from cc_lb_selfcheck.artifacts.find import find
from cc_lb_selfcheck.artifacts.read import Unreadable

def peak():
    # Not ru_maxrss, which begins with the parent's.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
with ExitStack() as resources:
    findings = expand(find(sorted(p.name for p in Path().iterdir()), (), Path()), resources)
    for found in findings.found:
        try:
            len(found.read())
        except Unreadable:
            pass
print(peak() - before >> 10, len(findings.found))
"""


def small_lie(method: int) -> bytes:
    """Return a zip that says of 256 MiB that they are 1,000 bytes."""
    whole = zip_of({"a.wasm": bytes(256 * MIB)}, method)
    return patched(patched(whole, LOCAL, 22, u32(1_000)), CENTRAL, SIZE_AT, u32(1_000))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak of memory")
def test_bombs_take_little_memory(tmp_path: Path) -> None:
    bombs = {
        "deflate.zip": small_lie(zipfile.ZIP_DEFLATED),
        "bzip2.zip": small_lie(zipfile.ZIP_BZIP2),
        "honest.zip": zip_of({"a.wasm": bytes(127 * MIB)}),
        "directory.zip": with_zip64_end(zip_with_directory(1_000_000), size=52),
        "header.tar": WHOLE["huge extended header"][1],
        "gzip.tar.gz": gzip.compress(tar_header("a.wasm", 200 * MIB) + bytes(200 * MIB), 1),
        "layers.zip": zip_of({"a.tgz": gzip.compress(bytes(100 * MIB), 1), "b.tar": tar_of(PAIR)}),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    peak_mib, found = map(int, done.stdout.split())
    assert found >= 5
    assert peak_mib < 128


def test_nothing_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, temporary = tmp_path / "work", tmp_path / "temporary"
    place.mkdir()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    large = {"a.wasm": os.urandom(2 * MIB), "../b.wasm": GOOD, "/c.wasm": GOOD}
    (place / "x.zip").write_bytes(zip_of({"in.tgz": tgz_of(large), **large}))
    with ExitStack() as resources:
        findings = expand(find(["x.zip"], (), place), resources)
        read, _ = contents(findings)
        assert read["x.zip!/in.tgz!/a.wasm"] == large["a.wasm"]
        assert list(temporary.iterdir()) == []
    assert list(place.iterdir()) == [place / "x.zip"]
    assert list(temporary.iterdir()) == []


# The whole check -----------------------------------------------------------------------------


def test_hostile_archives_leave_the_others_their_verdicts(tmp_path: Path) -> None:
    """All that is wrong at once: each is told, and what is right is checked."""
    hostile = [case[:2] for case in MEMBERS.values()] + [case[:2] for case in WHOLE.values()]
    for number, (name, data) in enumerate(hostile):
        (tmp_path / f"{number}-{name}").write_bytes(data)
    (tmp_path / "good.wasm").write_bytes(GOOD)
    (tmp_path / "good.zip").write_bytes(zip_of({"a.wasm": GOOD, "b.wasm": BAD}))
    report, status = checked(tmp_path, "*.{zip,tar,tgz,tar.gz}", "good.wasm")
    told = {artifact.path: artifact for artifact in report.artifacts}
    assert told["good.wasm"].status == told["good.zip!/a.wasm"].status == "passed"
    assert told["good.zip!/b.wasm"].status == "refused"
    for artifact in report.artifacts:
        assert artifact.status in ("passed", "refused") or str(artifact.reason).endswith(".")
    blamed = [problem.path for problem in report.problems]
    assert len(blamed) == len(set(blamed)) == len(WHOLE)
    assert status == 2
    assert load_report(render_json(report).encode()) == report


def test_what_cannot_be_read_has_no_verdict_and_a_link_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "link.zip").write_bytes(MEMBERS["symbolic link in a zip"][1])
    (tmp_path / "secret.zip").write_bytes(MEMBERS["encrypted"][1])
    (tmp_path / "bomb.zip").write_bytes(MEMBERS["nested bomb"][1])
    report, status = checked(tmp_path, "link.zip")
    assert [artifact.status for artifact in report.artifacts] == ["skipped", "passed"]
    assert status == 0
    for name in ("secret.zip", "bomb.zip"):
        report, status = checked(tmp_path, name)
        assert sorted(item.status for item in report.artifacts) == ["passed", "undetermined"]
        assert report.problems == []
        assert status == 3


def test_names_are_told_as_they_are_and_act_nowhere(tmp_path: Path) -> None:
    texts = [text for text in CURATED if text.isprintable() and text.isascii() and "\0" not in text]
    names = [f"d/{n} {text}.wasm" for n, text in enumerate(texts)]
    files = {name: GOOD if n % 2 else BAD for n, name in enumerate(names)}
    files |= {"line\nfeed ::error::x.wasm": GOOD, "https://evil.example/a.wasm": GOOD}
    (tmp_path / "x.tar").write_bytes(tar_of(files))
    report, status = checked(tmp_path, "x.tar")
    assert len(report.artifacts) == len(files)
    assert status == 1
    assert json.loads(render_json(report))["summary"]["passed"] == report.summary.passed
    assert load_report(render_json(report).encode()) == report

"""Archives on disk: what is in them is read."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from cc_lb_selfcheck.artifacts.archive import ENTRIES_MAX
from cc_lb_selfcheck.artifacts.expand import archive, excluding, expand, joined
from cc_lb_selfcheck.artifacts.find import find
from cc_lb_selfcheck.artifacts.opened import Spool
from tests.artifacts.reading import (
    BAD,
    GOOD,
    PAIR,
    checked,
    contents,
    entries_of,
    looked_into,
)
from tests.support.packing import (
    END,
    patched,
    tar_of,
    tgz_of,
    with_zip64_end,
    zip_of,
)

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

"""What a file is that is no core module."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_lb_selfcheck.wasm.kind import describe_foreign
from tests.support.builder import HEADER
from tests.support.modules import output_module, success

DIST = Path(__file__).parents[1] / "plugins" / "dist"


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("plugin.wasm"))
    return gzip.compress(stream.getvalue(), mtime=0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (output_module(success()), None),
        (HEADER, None),
        (b"\0asm\x0d\0\1\0", "a WebAssembly component, not a core module"),
        (gzip.compress(b"x", mtime=0), "a gzip archive"),
        (tarred(), "a gzip archive"),
        (zipped("plugin.wasm"), "a zip archive"),
        (zipped(), "an empty zip archive"),
        (b"\x7fELF\2\1\1", "an ELF binary for a native target"),
        (b"MZ\x90\0", "a Windows executable or library"),
        (b"\xcf\xfa\xed\xfe\7\0\0\1", "a Mach-O binary for a native target"),
        (b"\xca\xfe\xba\xbe\0\0", "a universal Mach-O binary or a Java class"),
        (b"!<arch>\n/", "a static library or an rlib"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16 text"),
        (b" \r\n <!DOCTYPE HTML><html>", "an HTML page"),
        (b"<html>", "an HTML page"),
        (b"(module (func))", "WebAssembly text, not a binary module"),
        (b";; comment\n(module)", "WebAssembly text, not a binary module"),
        (b'\n{"error": "not found"}', "JSON text"),
        (b"\0asN\1\0\0\0", "no WebAssembly module"),
        (b"Not Found", "no WebAssembly module"),
        (b"\n" + HEADER, "a WebAssembly module behind other bytes"),
    ],
)
def test_says_what_a_file_is(data: bytes, said: str | None) -> None:
    told = describe_foreign(data)
    assert told == said or (said is not None and told is not None and said in told)


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("component", "a WebAssembly component, not a core module"),
        ("html-error-page", "an HTML page"),
        ("lfs-pointer", "a Git LFS pointer, not the file it points to"),
        ("empty-file", "an empty file"),
        ("shape", None),
        ("truncated", None),
    ],
)
def test_real_artifacts(stem: str, said: str | None) -> None:
    assert describe_foreign((DIST / f"{stem}.wasm").read_bytes()) == said


@given(st.binary(max_size=600))
def test_any_file_is_told_and_its_end_does_not_matter(data: bytes) -> None:
    told = describe_foreign(data)
    assert told is None or (told.isprintable() and not told.endswith("."))
    if len(data) >= 512:
        assert describe_foreign(data + b"<html>") == told

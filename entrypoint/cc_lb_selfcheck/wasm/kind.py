"""What a file is when it is not the WebAssembly module that it should be."""

from __future__ import annotations

from typing import Final

from .binary import MAGIC

_SIGNATURES: Final = (
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the file it points to"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"AGFzbQEAAAA", "a WebAssembly module in base64, which is not decoded yet"),
    (b"BC\xc0\xde", "LLVM bitcode, which is not linked yet"),
    (b"\x7fELF", "an ELF binary for a native target"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O binary for a native target"),
    (b"\xce\xfa\xed\xfe", "a Mach-O binary for a native target"),
    (b"\xca\xfe\xba\xbe", "a universal Mach-O binary or a Java class"),
    (b"MZ", "a Windows executable or library"),
    (b"!<arch>\n", "a static library or an rlib"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
TEXT: Final = "WebAssembly text, not a binary module"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_COMPONENT: Final = MAGIC + b"\x0d\0\1\0"
_MODULE: Final = MAGIC + b"\1\0\0\0"
_BEFORE_MODULE_MAX_BYTES: Final = 512


def describe_foreign(data: bytes) -> str | None:
    """Say what the bytes are when they are no core module ("a zip archive"), else None."""
    if not data:
        return "an empty file"
    if data.startswith(_COMPONENT):
        return "a WebAssembly component, not a core module"
    if data.startswith(MAGIC):
        return None
    for signature, description in _SIGNATURES:
        if data.startswith(signature):
            return description
    if data[257:262] == b"ustar":
        return "a tar archive"
    start = data[:512].removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    is_xml = start.startswith((b"<?xml", b"<error>"))
    if start.startswith((b"<!doctype html", b"<html")) or (is_xml and b"<html" in start):
        return "an HTML page"
    if is_xml:
        return "XML text, such as a storage server's error"
    if start.startswith((b"(module", b"(;", b";;", b"(component")):
        return TEXT
    if start.startswith((b"{", b"[")):
        return "JSON text"
    if _MODULE in data[:_BEFORE_MODULE_MAX_BYTES]:
        return "a WebAssembly module behind other bytes"
    return "no WebAssembly module"

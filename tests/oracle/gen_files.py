"""Files that are no binary modules: archives, native binaries, pages, texts good and bad."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

Case = tuple[str, str, bytes]

_CHECK = b'(func (export "cc_lb_self_check") (result i32) i32.const 0)'
_FILES = {
    "empty": b"",
    "zip": b"PK\3\4" + bytes(40),
    "gzip": b"\x1f\x8b\x08" + bytes(20),
    "elf": b"\x7fELF\2\1\1" + bytes(50),
    "zeros": bytes(64),
    "lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    "html": b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
    "manifest": b'{"wasm":[{"path":"/etc/passwd"}]}',
    "utf-16": "(module)".encode("utf-16"),
    "latin-1": "café".encode("latin-1"),
    "text module": b"(module " + _CHECK + b")",
    "text without module": b"(func)",
    "text unclosed": b"(module",
    "text with a NUL in a comment": b"(module (; a\0b ;) " + _CHECK + b")",
    "text with a NUL in a string": b'(module (func (export "a\0b")))',
    "text with a NUL": b"(module \0)",
    "text twice exported": b'(module (func (export "a")) (func (export "a")))',
    "text importing": b'(module (import "env" "f" (func)))',
    "text importing a NUL": b'(module (import "e\\00v" "f" (func)))',
    "text component": b"(component)",
    "half a magic": b"\0as",
}
_PIECES = (b"(", b")", b"module", b"func", b"$f", b'"a"', b"\0", b"\n", b";;", b"(;", b"\xff", b"1")


def fixed_files() -> Iterator[Case]:
    """Yield the files that are the same in each run."""
    for name, data in _FILES.items():
        yield "file", name, data


def random_files(rng: Random, count: int) -> Iterator[Case]:
    """Yield files made of pieces of text, and of the fixed files cut and spoilt."""
    known = list(_FILES.values())
    for number in range(count):
        if number % 2:
            data = b" ".join(rng.choice(_PIECES) for _ in range(rng.randrange(1, 12)))
        else:
            whole = bytearray(rng.choice(known) or b"(")
            whole[rng.randrange(len(whole))] = rng.randrange(256)
            data = bytes(whole[: rng.randrange(1, len(whole) + 1)])
        if not data.startswith(b"\0asm"):
            yield "file", f"spoilt file {number}", data

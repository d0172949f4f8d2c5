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
    "text importing by an escaped name": b"""(module
        (import "extism:host/env" "get\\5flog_level" (func $level (result i32)))
        (func (export "cc_lb_self_check") (result i32) (call $level)))""",
    "text importing by another type": b"""(module (type $t (func (param $a i32) (result i64)))
        (import "extism:host/env" "length" (func (param i64) (result i64)))
        (import "extism:host/env" "\\61lloc" (func (type $t))) (func $x (import
        "extism:host/env" "free")) """
    + _CHECK
    + b")",
    "text importing inline": b"""(module (func $a (import "extism:host/env" "length")
        (param i64) (param i64) (result i64)) """
    + _CHECK
    + b")",
    "text importing a memory as a function": b"""(module
        (import "extism:host/env" "memory" (func)) (func $s unreachable) (start $s))""",
    "text of binary importing": rb"""(module $m binary "\00asm" "\01\00\00\00"
        "\01\04\01\60\00\00" "\02\19\01\0fextism:host/env" "\05alloc\00\00")""",
    "text with every stand-in": b'(data "\\00\\01\\02\\03\\04\\05\\06\\07\\08\\0e\\0f") (x)',
    "text importing": b'(module (import "env" "f" (func)))',
    "text importing a NUL": b'(module (import "e\\00v" "f" (func)))',
    "text component": b"(component)",
    "text of a bad body": b"(module (func $a i32.add))",
    "text of a bad body without a name": b"(func (i32.add (i64.const 0)) drop)",
    "text of a bad body after imports": b"""(module (import "a" "b" (func (param i32)))
        (import "a" "b" (memory 1)) (func (import "c" "d")) (; (func " ;)
        (func $x (export "cc_lb_self_check") (result i32) (i64.const 0)))""",
    "text of a bad body, oddly named": '(func $"é b!" i32.add)'.encode(),
    "text of a bad body, named with escapes": b'(func $"a\\62 \\u{e9}" i32.add)',
    "text of a bad body, annotated": b'(func $a (@name "other") i32.add)',
    "text of binary": b'(module binary "\\00asm\\01\\00\\00\\00")',
    "text of binary, commented": b"""(;a;);; b
        (module(;;)binary;;"c"\r"\\00asm\\01\\00\\00\\00\\02\\07\\01\\02a\\00\\00\\03" (;(;;);))""",
    "text of binary without a space": b'(module binary"\\00asm\\01\\00\\00\\00")',
    "text of binary in touching parts": b'(module binary "\\00asm""\\01\\00\\00\\00")',
    "text of bad binary": b'(module binary "\\00asm\\01\\00\\00\\00\\09")',
    "text quoted": b'(module quote "(func")',
    "text of two modules": b"(module) (module)",
    "text of a bad export": b'(module (export "a" (func 3)))',
    "text of an unknown name": b"(module (func call $nothing))",
    "text of an unknown instruction": "(module\n\t(func\n\t\t(; é🙂 ;) i33.add))".encode(),
    "text of a number too large": b"(module (func (drop (i32.const 0x1_0000_0000))))",
    "text of a bad string": b'(module (export "\\q" (func 0)))',
    "text not UTF-8 in a string": b'(module (data "\xff"))',
    "text of a name not UTF-8": b'(module (import "\\ff" "f" (func)))',
    "text of a bidirectional control": "(module ;; \u202e\n)".encode(),
    "text of a long line": b"(module " + b" " * 300 + b"(func $a $b))",
    "text starting": b'(module (start 0) (func unreachable) (func (export "cc_lb_self_check")))',
    "text initialising": b'(func (export "_initialize") unreachable)',
    "text initialising, a command": b"""(func (export "_initialize") unreachable)
        (func (export "_start"))""",
    "text of an array too large": b"""(module (type $a (array i32))
        (global (ref $a) (array.new_default $a (i32.const -1))))""",
    "text of a heap too large": b"""(module (type $a (array i64))
        (global (ref $a) (array.new_default $a (i32.const 0x10000000))))""",
    "text of an array in a segment": b"""(module (type $a (array i32)) (table 1 (ref null $a))
        (elem (table 0) (i32.const 0) (ref null $a)
        (item (array.new_default $a (i32.const -1)))))""",
    "text of 64-bit memory overrun": b'(module (memory i64 1) (data (i64.const 65536) "x"))',
    "text of 64-bit table overrun": b"(module (table i64 1 funcref) (elem (i64.const 1) 0) (func))",
    "text of a huge table": b"(module (table i64 0x100000000000 funcref))",
    "text of a memory beyond all addresses": b"(module (memory $m i64 2_000_000_000 0x80000000))",
    "text of two memories beyond all addresses": b"""(module (memory (export "m") i64 0x40000000)
        (memory i64 0x40000000) (func (export "_initialize") unreachable))""",
    "text of memories that fit once": b"""(module (memory 65536) (memory i64 0x40000000)
        (func (export "cc_lb_self_check") (result i32) i32.const 0))""",
    "text of a kernel memory": b'(module (import "extism:host/env" "memory" (memory 1)))',
    "text with a bad start": b"(module (start 0) (func (param i32)))",
    "shell script": b"#!/bin/sh\necho wasm\n",
    "json": b'{"status":"success","failures":[],"completed_at":1}',
    "number": b"1",
    "only space": b" \n\t",
    "only a comment": b";; nothing",
    "comment unclosed": b"(; never",
    "bom": "\ufeff(module)".encode(),
    "java class": b"\xca\xfe\xba\xbe\0\0\0\x34",
    "mach-o": b"\xcf\xfa\xed\xfe\x07\0\0\1",
    "portable executable": b"MZ\x90\0\3\0\0\0",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "tar": b"a.wasm" + bytes(94) + b"0000644\0" + bytes(150),
    "ar of rlib": b"!<arch>\n/               0           0     0     0       8         `\n",
    "llvm bitcode": b"BC\xc0\xde5\x14\0\0",
    "compiled by cwasm": b"\x7fELF\2\1\1\xc8" + bytes(40),
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

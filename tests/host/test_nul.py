"""A NUL in the engine's error text would end its process: artifacts are handed over without."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.host.nul import NulGuard
from cc_lb_selfcheck.host.self_check import execute_self_check
from cc_lb_selfcheck.protocol.errors import Instantiate, SelfCheckRefusal
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.builder import Module
from tests.support.modules import output_module, success


def guard(data: bytes) -> NulGuard:
    return NulGuard(data, read_outline(data))


def importing(module: str, name: str) -> bytes:
    built = Module()
    built.import_function(module, name)
    return built.build()


@pytest.mark.parametrize("data", [b"(module)", output_module(success()), importing("a", "b"), b""])
def test_hands_over_unchanged_what_holds_no_nul(data: bytes) -> None:
    assert guard(data).data == data
    assert guard(data).restore("as it \x01 is") == "as it \x01 is"


@pytest.mark.parametrize("data", [importing("a\0b", "\0"), b"(mod\0ule)", b"\0", bytes(100)])
def test_keeps_the_length_and_gives_the_nul_back(data: bytes) -> None:
    guarded = guard(data)
    assert len(guarded.data) == len(data)
    assert guarded.data != data
    changed = next(byte for byte, was in zip(guarded.data, data, strict=True) if byte != was)
    assert guarded.restore(f"a{chr(changed)}b") == "a\0b"


def test_stands_in_with_a_character_that_is_not_there() -> None:
    guarded = guard(b"(module \1 \2 \0)")
    assert guarded.data == b"(module \1 \2 \3)"
    assert guarded.restore("\1 \2 \3") == "\1 \2 \0"


def test_a_nul_that_is_written_in_data_needs_no_stand_in() -> None:
    data = rb'(module (data "\00\01\02\03\04\05\06\07\08\0e\0f") (x))'
    assert guard(data).data == data
    assert guard(data).restore(data.decode()) == data.decode()


ESCAPED = b"".join(b"\\%02x" % byte for byte in importing("a\0b", "n"))
OF_BYTES = b'(module binary "%b")' % ESCAPED
AS_TWO = (ESCAPED[:30], ESCAPED[30:])
UNKNOWN = "unknown import: `a\0b::n` has not been defined"


def test_what_follows_a_module_written_as_bytes_is_not_lost() -> None:
    for data in (OF_BYTES + b" (x)", OF_BYTES[:-1], OF_BYTES[:-1] + b" x)"):
        assert guard(data).data == data


@pytest.mark.parametrize(
    ("artifact", "reason"),
    [
        (importing("a\0b", "n\0"), "unknown import: `a\0b::n\0` has not been defined"),
        (
            b'(module (import "a\\00b" "\\u{0}" (func)))',
            "unknown import: `a\0b::\0` has not been defined",
        ),
        (OF_BYTES, UNKNOWN),
        (bytes(9), "unexpected character '\\u{0}'"),
        (b"PK\3\4\0\0", "unexpected character '\\u{3}'"),
        (b'(module (func (export "a\0b")))', "a\0b"),
    ],
)
def test_the_host_tells_a_nul_and_so_do_we(artifact: bytes, reason: str) -> None:
    with pytest.raises(SelfCheckRefusal) as refusal:
        execute_self_check(artifact)
    assert isinstance(refusal.value.error, Instantiate)
    assert reason in refusal.value.error.reason


@pytest.mark.parametrize(
    ("artifact", "reason"),
    [
        (
            b'(;c;);; c\n(module(;;)$a.b!;;\xc3\xa9 "x"\rbinary(; (;n;) ;)"%b"\n"%b" );; e'
            % AS_TWO,
            UNKNOWN,
        ),
        (b'(;; no line\n;)(module $" a" binary "%b"(;;)"%b";;\x01\0\r\n)' % AS_TWO, UNKNOWN),
        (b'(module binary"%b")' % ESCAPED, "expected `(`\n     --> <anon>:1:9"),
        (b'(module binary "%b""%b")' % AS_TWO, "expected a string\n     --> <anon>:1:16"),
        (b'(module ; binary "%b")' % ESCAPED, "expected `(`\n     --> <anon>:1:9"),
        (b'(;; foo\n module binary "%b")' % ESCAPED, "unterminated block comment"),
        (b'(module binary "%b" ;;\xff\n)' % ESCAPED, "input bytes aren't valid utf-8"),
        (b'(module binary "%b" ;;\xe2\x80\xae\n)' % ESCAPED, "likely-confusing unicode character"),
        (b'(module $a,b binary "%b")' % ESCAPED, "expected `(`\n     --> <anon>:1:11"),
    ],
)
def test_a_module_written_as_bytes_is_read_as_the_host_reads_the_text_around(
    artifact: bytes, reason: str
) -> None:
    with pytest.raises(SelfCheckRefusal) as refusal:
        execute_self_check(artifact)
    assert isinstance(refusal.value.error, Instantiate)
    assert refusal.value.error.reason.startswith(reason)

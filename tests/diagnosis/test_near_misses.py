"""Near misses of exports, files and calls, from evidence; and what is no near miss."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.catalogue import near_misses
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.evidence import (
    ExportEvidence,
    IdentityEvidence,
    SectionEvidence,
    SourceEvidence,
)
from cc_lb_selfcheck.host.messages import TIMEOUT
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.errors import (
    Call,
    Instantiate,
    MissingSelfCheckExport,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.diagnosis.claims import explained
from tests.support.hostile import CURATED

IDS = frozenset(entry.id for entry in near_misses())


def exporting(*exports: str, **more: object) -> Finding:
    """Explain a module with exports as `name`, `name type` or `name:kind`."""
    items = []
    for export in exports:
        name, _, kind = export.partition(":")
        name, _, type_ = name.partition(" ")
        items.append(ExportEvidence(name=name, kind=kind or "function", type=type_ or None))
    known: dict[str, object] = {"identity": IdentityEvidence(name="p", version="1")}
    evidence = Evidence.model_validate({"exports": items, **known, **more})
    return explained(MissingSelfCheckExport(), evidence)


@pytest.mark.parametrize(
    ("exports", "id_"),
    [
        (["cc_lb_selfcheck"], "CCLB-MISSPELT-EXPORT"),
        (["CC_LB_SELF_CHECK"], "CCLB-MISSPELT-EXPORT"),
        (["_cc_lb_self_check"], "CCLB-MISSPELT-EXPORT"),
        (["cc_lb_self_check_v1"], "CCLB-MISSPELT-EXPORT"),
        (["cc_lb_sefl_check"], "CCLB-MISSPELT-EXPORT"),
        (["self_check"], "CCLB-MISSPELT-EXPORT"),
        (["cc_lb_self_check (i32) -> (i32)"], "CCLB-EXPORT-SIGNATURE"),
        (["cc_lb_self_check () -> (i64)"], "CCLB-EXPORT-SIGNATURE"),
        (["cc_lb_self_check () -> (i32, i32)"], "CCLB-EXPORT-SIGNATURE"),
        (["cc_lb_self_check:global"], "CCLB-EXPORT-KIND"),
        (["cc_lb_self_check:table"], "CCLB-EXPORT-KIND"),
        (["cc_lb_self_check:tag"], "CCLB-EXPORT-KIND"),
        (["cc_lb_alloc", "cc_lb_filter"], "CCLB-NEWER-LINE"),
        (["main"], "CCLB-CRATE-TYPE"),
        (["_start", "memory:memory"], "CCLB-CRATE-TYPE"),
        (["cc_lb_handshake", "observe"], "CCLB-MISSING-SELF-CHECK-EXPORT"),
        (["cc_lb_handshake", "main"], "CCLB-MISSING-SELF-CHECK-EXPORT"),
        (["check"], "CCLB-MISSING-SELF-CHECK-EXPORT"),
        (["cc_lb_handshake"], "CCLB-MISSING-SELF-CHECK-EXPORT"),
        ([], "CCLB-MISSING-SELF-CHECK-EXPORT"),
    ],
)
def test_exports(exports: list[str], id_: str) -> None:
    assert exporting(*exports).id == id_


def test_a_program_in_c_is_not_mended_in_cargos_manifest() -> None:
    assert "`-nostartfiles -Wl,--no-entry`" in exporting("_start", languages=["C11"]).fix
    assert "Cargo.toml" in exporting("main", languages=["Rust", "C11"]).fix


def test_what_is_wrong_with_a_type_is_named() -> None:
    cause = exporting("cc_lb_self_check (i32) -> (i64)").cause
    assert "with parameters and another result than `i32`" in cause
    assert "more than one result" in exporting("cc_lb_self_check () -> (i32, i64)").cause


def test_sections_alone_tell_the_newer_line() -> None:
    finding = exporting(custom_sections=[SectionEvidence(name="cc_lb.schema.observe.v1", size=32)])
    assert (finding.id, finding.confidence) == ("CCLB-NEWER-LINE", "certain")


@pytest.mark.parametrize(
    ("sources", "exports", "id_"),
    [
        ({"function": "src/lib.rs:3", "exported": False, "cdylib": True}, [], "CCLB-NO-MANGLE"),
        ({"manifest": "Cargo.toml", "cdylib": False}, [], "CCLB-CRATE-TYPE"),
        # Another export of the plugin shows that the library was built.
        (
            {
                "manifest": "Cargo.toml",
                "cdylib": False,
                "function": "a/src/lib.rs:1",
                "exported": False,
            },
            ["observe"],
            "CCLB-NO-MANGLE",
        ),
        ({"function": "a.rs:1", "exported": True, "cdylib": True}, ["observe"], None),
    ],
)
def test_sources(sources: dict[str, object], exports: list[str], id_: str | None) -> None:
    for same_name, confidence in ((True, "certain"), (False, "likely")):
        seen = SourceEvidence.model_validate({**sources, "same_name": same_name})
        finding = exporting(*exports, sources=seen)
        assert finding.id == (id_ or "CCLB-MISSING-SELF-CHECK-EXPORT")
        assert finding.confidence == (confidence if id_ else "certain")


@pytest.mark.parametrize(
    ("language", "way"),
    [
        ("C11", "export_name("),
        ("C++17", "export_name("),
        ("AssemblyScript", "`export function"),
        ("Go", "go:wasmexport"),
        ("Rust", "cdylib"),
    ],
)
def test_how_to_export_follows_the_language(language: str, way: str) -> None:
    assert way in exporting("cc_lb_handshake", languages=[language]).fix


@pytest.mark.parametrize(
    ("data", "id_"),
    [
        (b"", "CCLB-EMPTY-FILE"),
        (b"\0asm\x0d\0\1\0", "CCLB-COMPONENT"),
        (b"version https://git-lfs.github.com/spec/v1", "CCLB-GIT-LFS-POINTER"),
        (b" <!doctype html>", "CCLB-HTML-PAGE"),
        (b"(module (func", "CCLB-WEBASSEMBLY-TEXT"),
        (b"PK\3\4", "CCLB-ARCHIVE"),
        (b"PK\5\6", "CCLB-ARCHIVE"),
        (b"\x1f\x8b", "CCLB-ARCHIVE"),
        (b"\x28\xb5\x2f\xfd", "CCLB-ARCHIVE"),
        (b"\xfd7zXZ\0", "CCLB-ARCHIVE"),
        (b"BZh9", "CCLB-ARCHIVE"),
        (b"7z\xbc\xaf\x27\x1c", "CCLB-ARCHIVE"),
        (b"x".ljust(257, b"\0") + b"ustar", "CCLB-ARCHIVE"),
        (b"\x7fELF", "CCLB-NATIVE-BINARY"),
        (b"\xcf\xfa\xed\xfe", "CCLB-NATIVE-BINARY"),
        (b"\xca\xfe\xba\xbe", "CCLB-NATIVE-BINARY"),
        (b"MZ", "CCLB-NATIVE-BINARY"),
        (b"!<arch>\n", "CCLB-NATIVE-BINARY"),
        (b"BC\xc0\xde", "CCLB-NATIVE-BINARY"),
        (b"\xff\xfe", "CCLB-NOT-WEBASSEMBLY"),
        (b'{"message":"Not Found"}', "CCLB-NOT-WEBASSEMBLY"),
        (b"Not Found", "CCLB-NOT-WEBASSEMBLY"),
        (b"AGFzbQEAAAABBAFgAAA=", "CCLB-NOT-WEBASSEMBLY"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "CCLB-HTML-PAGE"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html>', "CCLB-HTML-PAGE"),
        (b'<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code>', "CCLB-NOT-WEBASSEMBLY"),
    ],
)
def test_files(data: bytes, id_: str) -> None:
    evidence = Evidence.of(read_outline(data), engine_message="expected `(`\n     --> <anon>:1:1\n")
    finding = explained(Instantiate(reason="expected `(`"), evidence)
    assert finding.id == id_
    assert finding.cause.startswith("The file ")


@pytest.mark.parametrize(
    ("message", "missing", "id_"),
    [
        ("unexpected end-of-file (at offset 0x9)", 7, "CCLB-TRUNCATED"),
        ("malformed section id (at offset 0x9)", 7, "CCLB-DAMAGED-MODULE"),
        ("unexpected end-of-file (at offset 0x9)", None, "CCLB-DAMAGED-MODULE"),
        ("threads must be enabled for shared memories", None, "CCLB-UNSUPPORTED-FEATURE"),
    ],
)
def test_modules_that_are_not_read(message: str, missing: int | None, id_: str) -> None:
    evidence = Evidence(engine_message=message, missing_bytes=missing, file_bytes=9)
    assert explained(Instantiate(reason="failed to parse WebAssembly module"), evidence).id == id_


@pytest.mark.parametrize(
    ("reason", "evidence", "id_"),
    [
        (TIMEOUT, {}, "CCLB-TIMEOUT"),
        (TIMEOUT, {"debug_checks": True}, "CCLB-DEBUG-BUILD"),
        ("plugin ran out of fuel", {"largest_bulk": 5 << 20}, "CCLB-BULK-MEMORY"),
        ("plugin ran out of fuel", {"largest_bulk": 4096}, "CCLB-OUT-OF-FUEL"),
        ("invalid utf-8 sequence of 1 bytes from index 0", {}, "CCLB-OUTPUT-NOT-UTF8"),
        ("unknown field `initiated_at`, expected `x`", {"own_error": True}, "CCLB-REQUEST-TYPE"),
        ("out of fuel, says the plugin", {"own_error": True}, "CCLB-PLUGIN-ERROR"),
    ],
)
def test_calls(reason: str, evidence: dict[str, object], id_: str) -> None:
    assert explained(Call(reason=reason), Evidence.model_validate(evidence)).id == id_


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        ('no key" for this', '`no key" for this`'),
        ("no `key` for this", '"no `key` for this"'),
        # Of both marks, what is inside keeps one alone: it ends no quotation, and adds no words.
        ('`a` b" It is known. "', '`\u02cba\u02cb b" It is known. "`'),
    ],
)
def test_no_text_ends_its_quotation(text: str, quotation: str) -> None:
    told = explained(Call(reason=text), Evidence(own_error=True)).cause
    assert told == f"The plugin itself reported an error: {quotation}."


def test_an_error_text_before_the_limit_is_told_beside_it() -> None:
    finding = explained(Call(reason=TIMEOUT), Evidence(own_text="no key"))
    assert finding.id == "CCLB-TIMEOUT"
    assert finding.seen == ["By then, the plugin's own error text says `no key`."]


TEXT = st.sampled_from([text.encode("utf-8", "replace").decode() for text in CURATED]) | st.text(
    max_size=40
)
SEEN = st.fixed_dictionaries(
    {},
    optional={
        "identity": st.builds(
            IdentityEvidence,
            fault=TEXT,
            rule=TEXT | st.sampled_from(["name-pattern", "field-unknown", "section-too-large"]),
            subject=TEXT,
            keys=st.lists(TEXT, max_size=3),
        ),
        "sources": st.builds(
            SourceEvidence, function=TEXT, exported=st.booleans(), manifest=TEXT,
            export_name=st.none() | TEXT, macro=st.none() | TEXT,
            cdylib=st.booleans(), same_name=st.booleans(),
        ),
        "languages": st.lists(TEXT, max_size=2),
        "features": st.lists(TEXT, max_size=2),
        "largest_bulk": st.integers(0, 2**40),
        "missing_bytes": st.integers(-5, 2**40),
        "file_bytes": st.integers(0, 2**40),
        "debug_checks": st.booleans(),
        "own_error": st.booleans(),
        "own_text": st.none() | TEXT,
        "stopped_in_loop": st.booleans(),
        "bulk_on_stack": st.none() | st.booleans(),
        "debug_info_kept": st.none() | st.booleans(),
        "zeros_from": st.none() | st.integers(-5, 2**40),
        "reads_as_text": st.booleans(),
        "surplus_kinds": st.lists(st.sampled_from(["zero", "line end", "tab"]), max_size=3),
        "surplus_bytes": st.none() | st.integers(-5, 2**40),
        "output_preview": TEXT,
        "file_kind": TEXT | st.just("WebAssembly text, not a binary module"),
    },
)  # fmt: skip


@given(TEXT, SEEN, st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_strange_evidence_is_told_tamely(text: str, seen: dict[str, object], which: int) -> None:
    errors: tuple[SelfCheckExecutionError, ...] = (
        MissingSelfCheckExport(),
        Instantiate(reason=text),
        Call(reason=text),
        Instantiate(reason="failed to parse WebAssembly module"),
        Instantiate(reason=f"unknown import: `{text}` has not been defined"),
        Instantiate(reason=f"Invalid {text} import from {text}: {text} (type {text})"),
    )
    finding = explained(errors[which], Evidence.model_validate(seen))
    words = [finding.cause, finding.fix, *finding.seen, *(other.text for other in finding.others)]
    for sentence in words:
        assert sentence.count("`") % 2 == 0
        assert len(sentence) < 4_000
    assert {other.id for other in finding.others} <= IDS

"""What is claimed of damaged files and of WebAssembly text: nothing false."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.diagnosis.claims import CHECK, Checked, told
from tests.support.builder import HEADER, custom_section
from tests.support.modules import identity_section, output_module, success

TEXTS: Final = {
    '(module (func (export "cc_lb_selfcheck") (result i32) i32.const 0))': "CCLB-MISSPELT-EXPORT",
    f"(module (func $f unreachable) (start $f) {CHECK})": "CCLB-START-FUNCTION",
    f'(module (import "wasi_snapshot_preview1" "fd_write" (func)) {CHECK})': "CCLB-WASI",
    f'(module (func $p (import "env" "puts")) {CHECK})': "CCLB-UNDEFINED-SYMBOLS",
    f'(module (import "extism:host/env" "nope" (func)) {CHECK})': "CCLB-UNKNOWN-EXTISM-FUNCTION",
    f'(module (import "extism:host/env" "alloc" (func)) {CHECK})': "CCLB-IMPORT-TYPE",
    f"(module (memory 1 1 shared) {CHECK})": "CCLB-UNSUPPORTED-FEATURE",
    f'(module (memory 1) (data (i32.const 70000) "x") {CHECK})': "CCLB-INSTANTIATE",
    '(module (func (export "cc_lb_self_check") (result i64) i64.const 0))': "CCLB-EXPORT-SIGNATURE",
    '(module (memory (export "cc_lb_self_check") 1))': "CCLB-EXPORT-KIND",
    '(module (func (export "cc_lb_\\5fself_check")))': "CCLB-MISSING-SELF-CHECK-EXPORT",
    "(component)": "CCLB-COMPONENT",
}


def test_text_that_is_assembled_is_explained_like_a_module(checked: Checked) -> None:
    artifacts = checked({f"{at}.wat": text.encode() for at, text in enumerate(TEXTS)})
    for at, id_ in enumerate(TEXTS.values()):
        finding = told(artifacts[f"{at}.wat"])
        assert finding.id == id_
        assert "CCLB-WEBASSEMBLY-TEXT" in [other.id for other in finding.others]
        assert "no function at all" not in finding.cause


def test_of_a_long_text_the_import_that_the_engine_names_is_told(checked: Checked) -> None:
    padding = ";;" + "x" * (300 << 10)
    text = f'(module (import "wasi_snapshot_preview1" "fd_write" (func)) {CHECK})\n{padding}'
    finding = told(checked({"a.wat": text.encode()})["a.wat"])
    assert finding.id == "CCLB-WASI"
    assert "`wasi_snapshot_preview1::fd_write`" in finding.cause


@pytest.mark.parametrize(
    "text", [f"(module {CHECK}", "(module (func call $nope))", '(module (func (export "\\ff")))']
)
def test_text_that_is_not_assembled_is_told_as_text(checked: Checked, text: str) -> None:
    finding = told(checked({"a.wat": text.encode()})["a.wat"])
    assert (finding.id, finding.others) == ("CCLB-WEBASSEMBLY-TEXT", [])


def test_what_follows_a_whole_module_is_not_taken_for_a_lack(checked: Checked) -> None:
    whole = output_module(success()) + identity_section("p", "1")
    padded = {
        b"\n": "one byte follows it: a line end",
        b"\r\n": "2 bytes follow it: line ends",
        b"\0": "one byte follows it: a zero",
        **{b"\0" * size: f"{size} bytes follow it: zeros" for size in (2, 3, 4, 64)},
        b" " * 9: "9 bytes follow it: spaces",
        b"\0\n" * 20: "40 bytes follow it: zeros and line ends",
        b"\t \x1a": "3 bytes follow it: tabs, spaces and end-of-file marks",
    }
    artifacts = checked({f"{at}.wasm": whole + more for at, more in enumerate(padded)})
    for at, (more, words) in enumerate(padded.items()):
        finding, evidence = told(artifacts[f"{at}.wasm"]), artifacts[f"{at}.wasm"].evidence
        assert finding.id == "CCLB-DAMAGED-MODULE"
        assert finding.cause.startswith(f"The module seems whole, and {words}. Nothing may")
        assert finding.confidence == "likely"
        assert (evidence.surplus_bytes, evidence.missing_bytes) == (len(more), None)


def test_what_is_cut_lacks_bytes(checked: Checked) -> None:
    whole = output_module(success()) + identity_section("p", "1")
    cut = {"one.wasm": whole[:-1], "nine.wasm": whole[:-9], "html.wasm": whole + b"<html>"}
    cut["byte.wasm"] = whole + b"\5"
    found = {name: told(one) for name, one in checked(cut).items()}
    assert "at least one is missing." in found["one.wasm"].cause
    assert "at least 9 are missing." in found["nine.wasm"].cause
    assert {found["one.wasm"].id, found["nine.wasm"].id} == {"CCLB-TRUNCATED"}
    assert found["nine.wasm"].confidence == "certain"
    assert found["byte.wasm"].confidence == "likely"
    assert found["html.wasm"].id == "CCLB-DAMAGED-MODULE"


def test_a_damaged_file_is_told_for_what_has_become_of_it(checked: Checked) -> None:
    whole = (Path(__file__).parents[1] / "plugins" / "dist" / "observe.wasm").read_bytes()
    half = len(whole) // 2
    damaged = {
        "replaced.wasm": whole.decode(errors="replace").encode(),
        "latin1.wasm": whole.decode("latin-1").encode(),
        "filled.wasm": whole[:half] + bytes(len(whole) - half),
        "behind.wasm": b"\xef\xbb\xbf" + whole,
        "length.wasm": whole[:9] + b"\xff\xff\x7f" + whole[11:],
        "object.wasm": HEADER + custom_section("linking", b"\2"),
    }
    found = {name: told(artifact) for name, artifact in checked(damaged).items()}
    for name in ("replaced.wasm", "latin1.wasm"):
        assert (found[name].id, found[name].confidence) == ("CCLB-DAMAGED-MODULE", "likely")
        assert "reads as UTF-8 text throughout" in found[name].cause
    assert (found["filled.wasm"].id, found["filled.wasm"].confidence) == (
        "CCLB-TRUNCATED",
        "likely",
    )
    assert f"From byte {len(whole[:half].rstrip(bytes(1))) + 1:,} on" in found["filled.wasm"].cause
    assert found["behind.wasm"].cause == "The file is a WebAssembly module behind other bytes."
    assert found["length.wasm"].confidence == "likely"
    assert "an object file, which is not linked yet" in found["object.wasm"].cause

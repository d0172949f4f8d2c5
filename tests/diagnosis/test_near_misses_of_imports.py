"""Imports that the host does not define, from evidence: whose they are, and what to do instead."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.evidence import ImportEvidence, SectionEvidence
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.errors import Instantiate
from tests.diagnosis.claims import explained


def importing(*imports: str, reason: str = "unknown import: x", **more: object) -> Finding:
    """Explain a module with imports as `module::name`, or `module::name type`."""
    items = []
    for item in imports:
        path, _, type_ = item.partition(" ")
        module, _, name = path.rpartition("::")
        items.append(ImportEvidence(module=module, name=name, kind="function", type=type_ or None))
    evidence = Evidence.model_validate({"imports": items, **more})
    return explained(Instantiate(reason=reason), evidence)


ABORT = "env::abort (i32, i32, i32, i32) -> ()"


@pytest.mark.parametrize(
    ("imports", "id_"),
    [
        (["wasi_snapshot_preview1::fd_write"], "CCLB-WASI"),
        (["wasi:cli/exit@0.2.0::exit"], "CCLB-WASI"),
        (["wbg::__wbindgen_throw"], "CCLB-WASM-BINDGEN"),
        (["./my_bg.js::__wbg_now"], "CCLB-WASM-BINDGEN"),
        (["env::emscripten_notify_memory_growth"], "CCLB-EMSCRIPTEN"),
        (["env::invoke_vi", "wasi_snapshot_preview1::fd_write"], "CCLB-EMSCRIPTEN"),
        (["a::a", "a::b"], "CCLB-EMSCRIPTEN"),
        (["a::log"], "CCLB-INSTANTIATE"),
        (["./snippets/plugin-0123/inline0.js::now"], "CCLB-WASM-BINDGEN"),
        (["gojs::runtime.ticks", "wasi_snapshot_preview1::fd_write"], "CCLB-JAVASCRIPT"),
        (["go::runtime.wasmExit"], "CCLB-JAVASCRIPT"),
        (["env::Date.now", "env::console.log"], "CCLB-JAVASCRIPT"),
        (["env::seed () -> (f64)"], "CCLB-JAVASCRIPT"),
        (["env::seed (i32) -> ()"], "CCLB-UNDEFINED-SYMBOLS"),
        (["GOT.mem::table"], "CCLB-UNDEFINED-SYMBOLS"),
        ([ABORT], "CCLB-ASSEMBLYSCRIPT-ABORT"),
        (["env::abort () -> ()"], "CCLB-UNDEFINED-SYMBOLS"),
        (["env::extism_alloc", ABORT], "CCLB-OLD-EXTISM-PDK"),
        (["env::puts"], "CCLB-UNDEFINED-SYMBOLS"),
        (["extism:host/user::cc_lb_log"], "CCLB-HOST-FUNCTIONS"),
        (["extism:host/env::alloc", "env::puts"], "CCLB-UNDEFINED-SYMBOLS"),
        (["somewhere::else"], "CCLB-INSTANTIATE"),
        (["extism:host/env::alloc"], "CCLB-INSTANTIATE"),
    ],
)
def test_imports(imports: list[str], id_: str) -> None:
    assert importing(*imports).id == id_


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("extism:host/env::input_len", "If that is meant, import `input_len` as `input_length`;"),
        ("extism:host/env::extism_alloc", "import `extism_alloc` as `alloc`;"),
        ("extism:host/env::store_u32", "Correct the name"),
        ("extism:host/env::error", "Correct the name"),
        ("env::console.log", "Leave out the calls of `console.log`: the host has no JavaScript."),
        ("env::seed () -> (f64)", "Leave out the calls of `Math.random`: the host"),
        (
            "gojs::runtime.ticks",
            "with TinyGo for a target without JavaScript: `-target=wasm-unknown`.",
        ),
        ("env::alloc", "If Extism's `alloc` is meant, import from `extism:host/env`."),
        ("env::puts", "Link without `--allow-undefined` and `--import-undefined`; the linker"),
        ("wasix_32v1::fd_dup2", "Build for a target without a system"),
    ],
)
def test_what_an_import_stands_for_is_not_guessed(name: str, fix: str) -> None:
    assert fix in importing(name).fix


def test_imports_of_several_origins_are_all_told() -> None:
    finding = importing("wbg::x", "extism:host/user::cc_lb_log", "env::puts", ABORT)
    assert finding.id == "CCLB-WASM-BINDGEN"
    assert "Among them: the import `wbg::x`. It is wasm-bindgen's" in finding.cause
    assert [other.id for other in finding.others] == [
        "CCLB-HOST-FUNCTIONS",
        "CCLB-ASSEMBLYSCRIPT-ABORT",
        "CCLB-UNDEFINED-SYMBOLS",
    ]


def test_what_assemblyscript_imports_is_not_blamed_on_a_linker() -> None:
    finding = importing("env::Date.now", ABORT, "env::seed () -> (f64)")
    assert "the imports `env::Date.now`, `env::seed`. They are for JavaScript" in finding.cause
    assert [other.id for other in finding.others] == ["CCLB-ASSEMBLYSCRIPT-ABORT"]


def test_what_only_looks_like_emscripten_is_told_as_likely() -> None:
    assert importing("a::a", "a::b").confidence == "likely"


def test_many_imports_are_listed_in_full_beside_the_cause() -> None:
    finding = importing(*(f"env::f{number}" for number in range(9)))
    assert "and 3 more" in finding.cause
    assert finding.seen == [f"From `env`: {', '.join(f'`f{number}`' for number in range(9))}."]


def test_a_host_function_that_does_not_exist_is_said_not_to() -> None:
    fix = importing("extism:host/user::cc_lb_log", "extism:host/user::cc_lb_sleep").fix
    assert "called `cc_lb_sleep` at all" in fix
    assert "`cc_lb_now_unix_ms`" in fix


def test_an_object_file_is_told_by_its_section() -> None:
    sections = [SectionEvidence(name="linking", size=9)]
    finding = importing("env::__linear_memory", custom_sections=sections)
    assert (finding.id, "not linked" in finding.cause) == ("CCLB-UNDEFINED-SYMBOLS", True)


def test_the_fix_follows_the_language() -> None:
    wasi = "wasi_snapshot_preview1::fd_write"
    assert "cargo build" in importing(wasi, languages=["Rust"]).fix
    assert "-nostdlib" in importing(wasi, languages=["C11"]).fix

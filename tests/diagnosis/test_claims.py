"""What is claimed of plugins whose evidence shows less than it seems to: nothing false."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.diagnosis.library import is_library
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.model import Artifact
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import (
    DROP,
    END,
    ENV,
    HEADER,
    I32,
    I32_SUB,
    I64,
    LOOP,
    UNREACHABLE,
    Module,
    Plugin,
    br,
    call,
    custom_section,
    error_module,
    i32_const,
    i64_const,
    identity_section,
    local_get,
    loop_module,
    output_module,
    return_module,
    success,
)

Checked = Callable[[Mapping[str, bytes]], dict[str, Artifact]]


def bulk_fill(size: int) -> bytes:
    return i32_const(0) + i32_const(0) + i32_const(size) + b"\xfc\x0b\0"


def loop_beside_a_fill() -> bytes:
    plugin = Plugin()
    plugin.function(bulk_fill(64 << 20), title="unused")
    plugin.self_check(call(plugin.function(LOOP + br(0) + END, title="spin")))
    return plugin.build()


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    def check(modules: Mapping[str, bytes]) -> dict[str, Artifact]:
        for name, data in modules.items():
            (tmp_path / name).write_bytes(data)
        settings = CheckSettings(paths=tuple(modules), unmarked="check", jobs=1)
        return {item.path: item for item in run_check(settings, tmp_path).artifacts}

    return check


def told(artifact: Artifact) -> Finding:
    assert artifact.finding is not None
    return artifact.finding


# Calls ---------------------------------------------------------------------------------------


def test_a_loop_is_blamed_before_a_fill_that_nothing_calls(checked: Checked) -> None:
    finding = told(checked({"loop.wasm": loop_beside_a_fill()})["loop.wasm"])
    assert finding.id == "CCLB-OUT-OF-FUEL"
    assert "at a loop, in `spin`" in finding.cause
    [fill] = [other for other in finding.others if other.id == "CCLB-BULK-MEMORY"]
    assert fill.confidence == "possible"
    assert "67,108,864 bytes" in fill.text


OWN_TEXTS: Final = (
    "timeout",
    "plugin ran out of fuel",
    "Returned non-zero exit code: 5",
    "error while executing at wasm backtrace:\n    0: a!b",
    "invalid utf-8 sequence of 1 bytes from index 0",
    "failed to initialize the model",
)


def test_a_plugins_own_error_is_its_own_whatever_it_reads_like(checked: Checked) -> None:
    plugins = {f"{at}.wasm": error_module(text.encode()) for at, text in enumerate(OWN_TEXTS)}
    for artifact in checked(plugins).values():
        finding, evidence = told(artifact), artifact.evidence
        assert finding.id == "CCLB-PLUGIN-ERROR"
        assert "The plugin itself reported an error" in finding.cause
        assert (evidence.own_error, evidence.fuel_at_least, evidence.backtrace) == (True, None, [])


def test_a_deep_recursion_is_not_said_to_have_no_end(checked: Checked) -> None:
    plugin = Plugin()
    own = plugin.imported["func"] + len(plugin.functions)
    again = local_get(0) + i32_const(1) + I32_SUB + call(own)
    plugin.function(local_get(0) + b"\x04\x40" + again + END, [I32])
    plugin.self_check(i32_const(100_000) + call(own))
    finding = told(checked({"deep.wasm": plugin.build()})["deep.wasm"])
    assert finding.id == "CCLB-STACK-OVERFLOW"
    assert "too deep, or without end" in finding.cause
    assert "without end" not in finding.title


def test_functions_that_call_each_other_are_not_said_to_call_themselves(checked: Checked) -> None:
    plugin = Plugin()
    first = plugin.imported["func"] + len(plugin.functions)
    plugin.function(call(first + 1), title="ping")
    plugin.function(call(first), title="pong")
    plugin.self_check(call(first))
    finding = told(checked({"both.wasm": plugin.build()})["both.wasm"])
    assert finding.id == "CCLB-STACK-OVERFLOW"
    assert "which comes up again and again" in finding.cause
    assert "itself" not in finding.cause


def test_the_engines_words_are_not_taken_for_the_plugins(checked: Checked) -> None:
    artifacts = checked({"rc.wasm": return_module(5), "loop.wasm": loop_module()})
    assert told(artifacts["rc.wasm"]).id == "CCLB-EXIT-CODE"
    assert told(artifacts["loop.wasm"]).id == "CCLB-OUT-OF-FUEL"
    assert not any(artifact.evidence.own_error for artifact in artifacts.values())


def test_an_error_text_that_cannot_be_read_is_not_quoted_as_one(checked: Checked) -> None:
    artifacts = checked(
        {"bad.wasm": error_module(b"\xff\xfe"), "blank.wasm": error_module(b" \n \0")}
    )
    lost, blank = told(artifacts["bad.wasm"]), told(artifacts["blank.wasm"])
    assert (lost.id, blank.id) == ("CCLB-PLUGIN-ERROR", "CCLB-PLUGIN-ERROR")
    assert "no UTF-8" in lost.cause
    assert "UTF-8" in lost.fix
    assert "its text is blank" in blank.cause


def test_utf16_is_told_although_no_text_comes_of_it(checked: Checked) -> None:
    text = '{"status":"failure","failures":[{"stage":"é","message":"naïve"}],"completed_at":1}'
    outputs = {
        "utf16.wasm": text.encode("utf-16-le"),
        "marked.wasm": text.encode("utf-16"),
        "latin1.wasm": text.encode("latin-1"),
    }
    artifacts = checked({name: output_module(data) for name, data in outputs.items()})
    found = {name: (told(one).id, told(one).confidence) for name, one in artifacts.items()}
    assert found == {
        "utf16.wasm": ("CCLB-UTF16-OUTPUT", "likely"),
        "marked.wasm": ("CCLB-UTF16-OUTPUT", "likely"),
        "latin1.wasm": ("CCLB-OUTPUT-NOT-UTF8", "certain"),
    }


def test_an_empty_output_is_not_said_to_be_unset(checked: Checked) -> None:
    plugin = Plugin()
    plugin.self_check(i64_const(1 << 40) + i64_const(50) + call(plugin.output_set))
    finding = told(checked({"far.wasm": plugin.build()})["far.wasm"])
    assert finding.id == "CCLB-EMPTY-OUTPUT"
    assert "or one without a length or in no memory that Extism gave out" in finding.cause


# WebAssembly text ----------------------------------------------------------------------------

CHECK: Final = '(func (export "cc_lb_self_check") (result i32) i32.const 0)'
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


# Files ---------------------------------------------------------------------------------------


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


# Imports -------------------------------------------------------------------------------------


def importing(*imports: tuple[str, str, list[bytes]]) -> bytes:
    module = Module()
    for of, name, params in imports:
        module.import_function(of, name, params)
    module.function(i32_const(0), results=[I32], export="cc_lb_self_check")
    return module.build()


def test_every_import_at_fault_is_told_whatever_the_engine_names_first(checked: Checked) -> None:
    wrong = {
        "three.wasm": importing(
            (ENV, "nope", []),
            ("wasi_snapshot_preview1", "fd_write", []),
            ("env", "abort", [I32, I32, I32, I32]),
        ),
        "types.wasm": importing((ENV, "alloc", []), (ENV, "free", [])),
        "both.wasm": importing(("env", "puts", []), (ENV, "free", [])),
    }
    found = {name: told(artifact) for name, artifact in checked(wrong).items()}
    assert found["three.wasm"].id == "CCLB-UNKNOWN-EXTISM-FUNCTION"
    assert [other.id for other in found["three.wasm"].others] == [
        "CCLB-WASI",
        "CCLB-ASSEMBLYSCRIPT-ABORT",
    ]
    assert found["types.wasm"].id == "CCLB-IMPORT-TYPE"
    assert "::alloc` as `() -> ()`" in found["types.wasm"].cause
    assert "::free` as `() -> ()`; the host has it as `(i64) -> ()`" in found["types.wasm"].cause
    assert found["both.wasm"].id == "CCLB-UNDEFINED-SYMBOLS"
    assert [other.id for other in found["both.wasm"].others] == ["CCLB-IMPORT-TYPE"]


def test_one_import_is_told_as_one(checked: Checked) -> None:
    wasi = "wasi_snapshot_preview1"
    one = importing((wasi, "random_get", []))
    two = importing((wasi, "random_get", []), (wasi, "fd_write", []))
    found = {name: told(item) for name, item in checked({"1.wasm": one, "2.wasm": two}).items()}
    assert "random_get`. It is WASI's: " in found["1.wasm"].cause
    assert "They are WASI's: " in found["2.wasm"].cause


def test_imports_of_a_text_are_told_as_those_of_a_module(checked: Checked) -> None:
    wrong = {
        "types.wat": f'''(module (type $t (func (param i32)))
            (import "{ENV}" "alloc" (func (param i32) (result i32)))
            (import "{ENV}" "free" (func (type $t)))
            (import "{ENV}" "\\6cength" (func (param (ref func)) (result i64)))
            {CHECK})''',
        "abort.wat": f"""(module
            (func $a (import "env" "abort") (param i32 i32 i32 i32)) {CHECK})""",
        "both.wat": f'''(module (import "env" "puts" (func (param i32)))
            (import "{ENV}" "free" (func (param i32))) (import "some/where" "x" (func))
            {CHECK})''',
    }
    artifacts = checked({name: text.encode() for name, text in wrong.items()})
    found = {name: told(artifact) for name, artifact in artifacts.items()}
    assert found["types.wat"].id == "CCLB-IMPORT-TYPE"
    assert "::alloc` as `(i32) -> (i32)`" in found["types.wat"].cause
    assert "::free` as `(i32) -> ()`; the host has it as `(i64) -> ()`" in found["types.wat"].cause
    assert "::length" not in found["types.wat"].cause  # no type of it is told
    assert found["abort.wat"].id == "CCLB-ASSEMBLYSCRIPT-ABORT"
    both = found["both.wat"]
    assert (
        "the imports `env::puts`, `some/where::x`. Among them: the import `env::puts`" in both.cause
    )
    assert "CCLB-IMPORT-TYPE" in [other.id for other in both.others]


def test_what_is_imported_beside_functions_is_told_for_what_it_is(checked: Checked) -> None:
    wrong = {
        "memory.wat": f'(module (import "{ENV}" "memory" (memory 1)) {CHECK})',
        "global.wat": f'(module (import "{ENV}" "alloc" (global i32)) {CHECK})',
        "linker.wat": f'(module (import "env" "memory" (memory 1)) {CHECK})',
        "tag.wat": f'(module (import "env" "__cpp_exception" (tag (param i32))) {CHECK})',
        "module.wat": f'(module (import "extism:host" "free" (func (param i64))) {CHECK})',
    }
    artifacts = checked({name: text.encode() for name, text in wrong.items()})
    found = {name: told(artifact) for name, artifact in artifacts.items()}
    assert f"imports `{ENV}::memory` as a memory; Extism gives" in found["memory.wat"].cause
    assert found["memory.wat"].id == "CCLB-INSTANTIATE"
    assert f"imports `{ENV}::alloc` as a global; Extism gives" in found["global.wat"].cause
    assert found["global.wat"].id == "CCLB-IMPORT-TYPE"
    assert found["linker.wat"].id == "CCLB-UNDEFINED-SYMBOLS"
    assert "without `--import-memory`" in found["linker.wat"].fix
    assert "Add the libraries that define it" in found["tag.wat"].fix
    assert found["module.wat"].fix == f"Import `free` from `{ENV}`."


def test_an_import_that_is_there_twice_is_told_once(checked: Checked) -> None:
    module = importing(("env", "puts", [I32]), ("env", "puts", [I32]), (ENV, "free", []))
    finding = told(checked({"a.wasm": module})["a.wasm"])
    assert finding.cause.startswith(
        "The host does not define the import `env::puts`. The linker left it open"
    )
    finding = told(checked({"a.wasm": importing((ENV, "free", []), (ENV, "free", []))})["a.wasm"])
    assert finding.cause.count("::free`") == 1


# Exports -------------------------------------------------------------------------------------


def exporting(name: str) -> bytes:
    plugin = Plugin()
    plugin.function(i32_const(0), results=[I32], export=name)
    return plugin.build()


def test_of_a_list_that_was_cut_no_number_is_claimed(checked: Checked) -> None:
    plugin = Plugin()
    function = plugin.function(i32_const(0), results=[I32], export="cc_lb_handshake")
    for number in range(1_500):
        plugin.export(f"f{number}", "func", function)
    many = plugin.build()
    plugin.export("cc_lb_selfcheck", "func", function)
    imports = importing(*(("env", f"f{number}", []) for number in range(1_500)))
    modules = {"many.wasm": many, "near.wasm": plugin.build(), "imports.wasm": imports}
    found = {name: told(artifact) for name, artifact in checked(modules).items()}
    assert "exports `cc_lb_handshake`, `f0`" in found["many.wasm"].cause
    assert "and at least 994 more" in found["many.wasm"].cause
    assert found["near.wasm"].id == "CCLB-MISSPELT-EXPORT"
    assert "and at least 994 more" in found["imports.wasm"].cause


def test_a_memory_is_not_said_to_be_the_function_misspelt(checked: Checked) -> None:
    plugin = Plugin()
    plugin.memory(1)
    plugin.export("self_check", "memory", 0)
    plugin.function(i32_const(0), results=[I32], export="cc_lb_handshake")
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert finding.id == "CCLB-MISSING-SELF-CHECK-EXPORT"


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("_ZN3foo16cc_lb_self_check17h0123456789abcdefE", "`#[unsafe(no_mangle)]`"),
        ("_RNvCs1234_3foo16cc_lb_self_check", "`#[unsafe(no_mangle)]`"),
        ("_Z16cc_lb_self_checkv", '`extern "C"`'),
        ("_ZN3foo16cc_lb_self_checkEv", '`extern "C"`'),
    ],
)
def test_a_compilers_own_name_proves_what_is_missing(
    checked: Checked, name: str, lacks: str
) -> None:
    finding = told(checked({"a.wasm": exporting(name)})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-NO-MANGLE", "certain")
    assert lacks in finding.cause


@pytest.mark.parametrize(
    "name",
    [
        "_ZN3foo16cc_lb_self_check28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
        "_ZN3foo17cc_lb_self_checks17h0123456789abcdefE",
        "_ZN3foo16cc_lb_self_check7helper17h0123456789abcdefE",
    ],
)
def test_another_function_by_a_compilers_name_proves_nothing(checked: Checked, name: str) -> None:
    finding = told(checked({"a.wasm": exporting(name)})["a.wasm"])
    assert finding.id != "CCLB-NO-MANGLE"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cc_lb_self_check ", "it holds U+0020 SPACE."),
        ("cc_lb_self_\u0441heck", "it holds U+0441 CYRILLIC SMALL LETTER ES."),
        ("cc_lb_self_check\u200b", "it holds U+200B ZERO WIDTH SPACE."),
        ("cc_lb_selfcheck", "letter for letter."),
        ("cc_lb_self_check2", "letter for letter."),
    ],
)
def test_a_character_that_is_easily_overlooked_is_named(
    checked: Checked, name: str, said: str
) -> None:
    finding = told(checked({"a.wasm": exporting(name)})["a.wasm"])
    assert finding.id == "CCLB-MISSPELT-EXPORT"
    assert finding.cause.endswith(said)


# Places and hints ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "library"),
    [
        ("<*const ()>::is_null", True),
        ("<[u64]>::sort_unstable_by::<debug_build::prices::{closure#1}>", True),
        ("<str>::parse::<u32>", True),
        ("<u64 as core::fmt::Display>::fmt", True),
        ("<(quota::A, u8) as core::cmp::PartialEq>::eq", True),
        ("<[<quota::A as quota::B>::C]>::len", True),
        ("<u64 as quota::Price>::of", False),
        ("<[quota::A] as quota::Sum>::sum", False),
        ("<quota::A>::of", False),
        ("<strange::A>::of", False),
        ("quota::prices", False),
    ],
)
def test_functions_of_primitive_types_are_the_standard_librarys(
    function: str, *, library: bool
) -> None:
    assert is_library(function, None) is library


def test_the_text_tells_the_same_path_as_the_location(tmp_path: Path) -> None:
    source = "\n" * 5 + "    self.windows[index]\n" + "\n" * 30
    for name, text in {"src/quota.rs": source, "Cargo.toml": PACKAGE, ".git/x": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    data = (Path(__file__).parents[1] / "plugins/dist/panic-with-debuginfo.wasm").read_bytes()
    (tmp_path / "plugin.wasm").write_bytes(data)
    settings = CheckSettings(paths=("plugin.wasm",), unmarked="check", jobs=1)
    report = run_check(settings, tmp_path)
    finding = told(report.artifacts[0])
    assert finding.location is not None
    assert (finding.location.path, finding.location.line) == ("src/quota.rs", 6)
    assert "at `src/quota.rs:6`" in finding.cause
    assert told(load_report(render_json(report).encode()).artifacts[0]) == finding


PACKAGE: Final = '[package]\nname = "panic-with-debuginfo"\n'


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ('[profile.release]\ndebug = 1\nstrip = "none"\n', "leave out what strips it"),
        ('[profile.release]\ndebug = "full"\n', "leave out what strips it"),
        ("[profile.release]\ndebug = 1\nstrip = true\n", 'With `debug = 1` and `strip = "none"`'),
        ("", 'With `debug = 1` and `strip = "none"`'),
    ],
)
def test_what_the_profile_does_already_is_not_advised(
    tmp_path: Path, profile: str, said: str
) -> None:
    name = "panic-in-self-check"
    (tmp_path / ".git").mkdir()
    (tmp_path / "Cargo.toml").write_text(f'[package]\nname = "{name}"\n{profile}')
    data = (Path(__file__).parents[1] / f"plugins/dist/{name}.wasm").read_bytes()
    (tmp_path / f"{name}.wasm").write_bytes(data)
    settings = CheckSettings(paths=(f"{name}.wasm",), unmarked="check", jobs=1)
    report = run_check(settings, tmp_path)
    hint = told(report.artifacts[0]).hint
    assert hint is not None
    assert said in hint
    assert told(load_report(render_json(report).encode()).artifacts[0]).hint == hint


def test_a_request_over_http_is_not_told_as_a_crash_of_the_code(checked: Checked) -> None:
    plugin = Plugin()
    plugin.import_function(ENV, "http_request", [I64, I64], [I64])
    request = plugin.writer(b'{"url":"https://example.com","method":"GET"}')
    plugin.self_check(call(request) + i64_const(0) + call(4) + DROP)
    finding = told(checked({"http.wasm": plugin.build()})["http.wasm"])
    assert finding.id == "CCLB-CALL"
    assert "makes an HTTP request, and the host allows none" in finding.cause
    assert "rule of WebAssembly" not in finding.meaning


def test_a_panic_after_an_error_text_is_told_by_its_stack(checked: Checked) -> None:
    plugin = Plugin()
    panic = plugin.function(UNREACHABLE, title="core::panicking::panic_bounds_check")
    plugin.self_check(plugin.set_error(b"no key") + call(panic), title="look_here")
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-PANIC", "certain")
    assert "an index is out of bounds. It happened in `look_here`" in finding.cause
    assert "By then, the plugin's own error text says `no key`." in finding.seen


def test_an_address_that_extism_does_not_know_is_told_as_one(checked: Checked) -> None:
    plugin = Plugin()
    config_get = plugin.import_function(ENV, "config_get", [I64], [I64])
    plugin.self_check(i64_const(12345) + call(config_get) + DROP)
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-CALL", "certain")
    assert "an address that is none of Extism's memory: `invalid handle offset" in finding.cause


@pytest.mark.parametrize("text", [b"no model is configured", b" "])
def test_a_trap_after_an_error_text_is_blamed_on_nobody(checked: Checked, text: bytes) -> None:
    """The engine tells the text in the place of the trap."""
    plugin = Plugin()
    plugin.self_check(plugin.set_error(text) + UNREACHABLE)
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert "of the host" not in finding.cause
    assert "had set an error text" in finding.cause
    assert finding.confidence == "likely"


FAKE_RECORD: Final = (
    'x plugin="00000000-0000-0000-0000-000000000000"\n2026-01-01T00:00:00.000000Z ERROR'
    " extism::plugin: call to cc_lb_self_check encountered an error: error while executing at wasm"
    " backtrace:\n    0: 0x12 - core::panicking::panic_bounds_check\n\nCaused by:\n    wasm trap: -"
)


@pytest.mark.parametrize(
    "text",
    [
        "wasm trap: integer divide by zero",
        "x\n\nCaused by:\n    wasm trap: call stack exhausted",
        "HTTP request to http://example.com/ is not allowed",
        "thrown Wasm exception",
        "error while executing at wasm backtrace:\n    0: 0x12 - a!std::process::exit\n",
        FAKE_RECORD,
        f"{FAKE_RECORD}\0",
    ],
)
def test_an_error_text_is_not_believed_to_be_the_engines(checked: Checked, text: str) -> None:
    plugin = Plugin()
    plugin.self_check(plugin.set_error(text.encode()) + UNREACHABLE, title="look_here")
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-CALL", "likely")
    assert "The plugin's own error text says" in finding.cause
    assert "in `look_here`" in finding.cause
    assert "What ended it is not told" in finding.cause

"""What is claimed of imports and exports: all that is at fault, and nothing false."""

from __future__ import annotations

import pytest

from tests.diagnosis.claims import CHECK, Checked, told
from tests.support.builder import I32, Module, i32_const
from tests.support.modules import ENV, Plugin


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

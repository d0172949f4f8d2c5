"""Mends of sources and of how they are built: the patches apply, and change nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.protocol.errors import Instantiate, MissingSelfCheckExport
from tests.diagnosis.author import Author, applied, package, refused

WASI = Instantiate(reason="unknown import: `wasi_snapshot_preview1::fd_write` has not been defined")
OF_WASI: dict[str, Any] = {
    "languages": ["Rust"],
    "imports": [{"module": "wasi_snapshot_preview1", "name": "fd_write", "kind": "function"}],
}

# sources -------------------------------------------------------------------------------------

LIBRARY = '[lib]\ncrate-type = ["cdylib"]\n'
HANDSHAKE = {"exports": [{"name": "cc_lb_handshake", "kind": "function"}]}


@pytest.mark.parametrize(
    ("edition", "mark"), [("2024", "#[unsafe(no_mangle)]"), ("2021", "#[no_mangle]")]
)
@pytest.mark.parametrize("result", [" -> i32", ""])
def test_the_function_is_marked_for_export(
    tmp_path: Path, edition: str, mark: str, result: str
) -> None:
    source = (
        "/// Checks.\n#[inline(never)]\n"
        f'    pub extern "C" fn cc_lb_self_check(){result} {{\n    0\n}}\n'
    )
    files = {"Cargo.toml": package(LIBRARY, edition), "src/lib.rs": source}
    author = applied(tmp_path, files, refused(MissingSelfCheckExport(), **HANDSHAKE))
    lines = author.text("src/lib.rs").split("\n")
    assert lines[2] == f"    {mark}"
    assert lines[3].strip().startswith('pub extern "C" fn')


@pytest.mark.parametrize("tool", ["git", "patch"])
def test_a_patch_applies_in_a_folder_of_any_name(tmp_path: Path, tool: str) -> None:
    source = 'pub extern "C" fn cc_lb_self_check() -> i32 {\n    0\n}\n'
    files = {
        "mein ordner ü/Cargo.toml": package(LIBRARY),
        "mein ordner ü/src/lib.rs": source,
    }
    author = applied(tmp_path, files, refused(MissingSelfCheckExport(), **HANDSHAKE), tool=tool)
    assert author.text("mein ordner ü/src/lib.rs") == f"#[unsafe(no_mangle)]\n{source}"


@pytest.mark.parametrize(
    "declared",
    [
        "fn cc_lb_self_check(input: String) -> String {",
        'pub extern "C" fn cc_lb_self_check(at: u32) -> i32 {',
        'pub extern "C" fn cc_lb_self_check() -> i64 {',
        "pub fn cc_lb_self_check() -> i32 {",
    ],
)
def test_a_function_of_another_type_is_not_exported_for_it(tmp_path: Path, declared: str) -> None:
    files = {"Cargo.toml": package(LIBRARY), "src/lib.rs": f"{declared}\n"}
    author = Author(tmp_path, files)
    assert author.suggest(refused(MissingSelfCheckExport(), **HANDSHAKE)) is None


MISSPELT = refused(
    MissingSelfCheckExport(),
    languages=["Rust"],
    exports=[{"name": "cc_lb_selfcheck", "kind": "function", "type": "() -> (i32)"}],
)


def test_a_misspelt_function_is_renamed(tmp_path: Path) -> None:
    source = '// cc_lb_selfcheck\n#[no_mangle]\npub extern "C" fn cc_lb_selfcheck() -> i32 {\n0}\n'
    files = {"Cargo.toml": package(LIBRARY), "src/lib.rs": source}
    author = applied(tmp_path, files, MISSPELT)
    assert author.text("src/lib.rs") == source.replace("fn cc_lb_selfcheck", "fn cc_lb_self_check")


def test_a_name_that_is_used_elsewhere_stays(tmp_path: Path) -> None:
    source = 'pub extern "C" fn cc_lb_selfcheck() -> i32 {\n0}\nfn f() { cc_lb_selfcheck(); }\n'
    files = {"Cargo.toml": package(LIBRARY), "src/lib.rs": source}
    assert Author(tmp_path, files).suggest(MISSPELT) is None


# target --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".cargo/config.toml", '[build]\ntarget = "wasm32-wasip1" # for all\n'),
        ("a/.cargo/config.toml", '[build]\ntarget = "wasm32-wasip2"\n'),
        (
            ".github/workflows/plugins.yml",
            "      - run: cargo build --release --target wasm32-wasip1\n"
            "      - run: cp target/wasm32-wasip1/release/quota.wasm dist/\n",
        ),
        ("Makefile", "build:\n\tcargo build --target=wasm32-wasi --release\n"),
        ("rust-toolchain.toml", '[toolchain]\ntargets = ["wasm32-unknown-emscripten"]\n'),
        ("a/package.json", '{"scripts": {"build": "cargo build --target wasm32-wasip1"}}\n'),
    ],
)
def test_the_right_target_is_named_where_the_build_names_another(
    tmp_path: Path, path: str, text: str
) -> None:
    files = {"a/Cargo.toml": package(), path: text, "README.md": "wasm32-wasip1\n"}
    author = applied(tmp_path, files, refused(WASI, **OF_WASI))
    after = author.text(path)
    assert "wasm32-unknown-unknown" in after
    assert "wasi" not in after
    assert after.count("\n") == text.count("\n")
    assert author.text("README.md") == "wasm32-wasip1\n"
    if path.endswith(".toml"):
        tomllib.loads(after)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("b/.cargo/config.toml", '[build]\ntarget = "wasm32-wasip1"\n'),
        ("Makefile", "build:\n\tcargo build --target my-wasm32-wasip1x\n"),
        (".cargo/config.toml", "[target.wasm32-wasip1]\n[target.wasm32-unknown-unknown]\n"),
        ("Makefile", "wasm32-wasip1\n" * 21),
        ("Makefile", "a:\n\techo \x1b[31m && cargo build --target wasm32-wasip1\n"),
        ("Makefile", "a:\n\t::set-output::\n\tcargo build --target wasm32-wasip1\n"),
    ],
)
def test_other_plugins_builds_and_what_acts_on_a_log_are_left_alone(
    tmp_path: Path, path: str, text: str
) -> None:
    author = Author(tmp_path, {"a/Cargo.toml": package(), path: text})
    assert author.suggest(refused(WASI, **OF_WASI)) is None

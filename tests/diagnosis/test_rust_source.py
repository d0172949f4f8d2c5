"""Which functions a Rust source declares, and what is claimed of a plugin by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.diagnosis.rust_source import Function, rust_bodies, rust_functions
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.builder import I32, i32_const
from tests.support.modules import Plugin

NAME = "cc_lb_self_check"
CHECK = f'pub extern "C" fn {NAME}() -> i32 {{ 0 }}\n'
CARGO = '[package]\nname = "foo"\nedition = "2024"\n[lib]\ncrate-type = ["cdylib"]\n'


def declared(text: str) -> list[tuple[int, bool | None]]:
    return [(item.line, item.exported) for item in rust_functions(text) if item.name == NAME]


@pytest.mark.parametrize(
    "text",
    [
        f"// {CHECK}",
        f"/*\n{CHECK}*/\n",
        f"/* /* */\n{CHECK}*/\n",
        f"/* never closed\n{CHECK}",
        f'const OLD: &str = r#"\n"{CHECK}"#;\n',
        f'const OLD: &str = "\n\\"{CHECK.replace(chr(34), "")}";\n',
        f'const OLD: &[u8] = br##"\n"#{CHECK}"##;\n',
        f"#[cfg(test)]\nmod tests {{\n{CHECK}}}\n",
        f"#[cfg(all(test, unix))]\nmod tests {{ mod inner {{\n{CHECK}}} }}\n",
        f"#[cfg(test)]\n{CHECK}",
        f"#![cfg(test)]\n{CHECK}",
        f'extern "C" {{\n    fn {NAME}() -> i32;\n}}\n',
        f'unsafe extern "C" {{\n    pub safe fn {NAME}() -> i32;\n}}\n',
        f"macro_rules! old {{ () => {{\n{CHECK}}} }}\n",
        f"impl Plugin {{\n{CHECK}}}\n",
        f"trait Check {{\n    fn {NAME}() -> i32;\n}}\n",
        f"fn other() {{\n{CHECK}}}\n",
        f"fn r#{NAME}s() {{}}\n",
    ],
)
def test_what_is_no_function_of_the_crate_is_none(text: str) -> None:
    assert declared(text) == []
    after = text.removeprefix("/* never closed\n").removeprefix("#![cfg(test)]\n")
    if after == text:
        assert declared(text + CHECK) == [(text.count("\n") + 1, False)]


@pytest.mark.parametrize(
    ("text", "exported"),
    [
        (CHECK, False),
        (f"/// `#[no_mangle]`\n#[inline]\n{CHECK}", False),
        (f"// #[no_mangle]\n{CHECK}", False),
        (f'#[doc = "no_mangle"]\n{CHECK}', False),
        (f"#[cfg(not(test))]\n{CHECK}", False),
        (f"mod inner {{\n{CHECK}}}\n", False),
        (f"const QUOTE: char = '\"';\nfn f<'a>(_: &'a str) {{}}\n{CHECK}", False),
        (f"#[no_mangle]\n{CHECK}", True),
        (f"#[unsafe(no_mangle)] {CHECK}", True),
        (f'#[cfg_attr(\n    target_family = "wasm",\n    unsafe(no_mangle),\n)]\n\n{CHECK}', True),
        (f'#[export_name = "{NAME}"]\n/* [ */\n{CHECK}', True),
        (f"#[plugin_fn]\n{CHECK}", None),
    ],
)
def test_a_function_is_marked_or_not_or_perhaps_by_a_macro(
    text: str, exported: bool | None
) -> None:
    [(line, marked)] = declared(text)
    assert marked is exported
    assert NAME in text.split("\n")[line - 1]


def test_a_place_is_told_by_line_and_column() -> None:
    text = "fn é() {} fn b() {}\n\n  fn c() {}"
    assert list(rust_functions(text)) == [
        Function("é", 1, 4, exported=False),
        Function("b", 1, 14, exported=False),
        Function("c", 3, 6, exported=False),
    ]


PIECES = (
    "//", "/*", "*/", '"', "'", "\\", "r#", 'r##"', '"##', "b'", "#[", "#![", "]", "{", "}", "(",
     ")", ";", "\n", " ", "fn ", "mod ", "x", "cfg(test)", "no_mangle", "extern", "é", "\0",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    lines = text.split("\n")
    for item in rust_functions(text):
        assert lines[item.line - 1].startswith(item.name, item.column - 1)
    for body in rust_bodies(text):
        assert body.name in lines[body.first - 1]
        assert body.first <= body.last <= len(lines)


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_of_any_piece_is_taken(piece: str) -> None:
    """It would not end soon, were the work to grow with the square of the text."""
    assert all(item.name for item in rust_functions(piece * 40_000))
    assert all(item.name for item in rust_functions((piece + "fn x") * 20_000))
    assert all(body.name == "x" for body in rust_bodies((piece + "fn x() {") * 20_000))


# In a check ----------------------------------------------------------------------------------


def finding(
    root: Path, source: str, cargo: str = CARGO, export: str = "cc_lb_handshake"
) -> Finding:
    plugin = Plugin()
    plugin.function(i32_const(0), results=[I32], export=export)
    (root / "src").mkdir(exist_ok=True)
    (root / "src" / "lib.rs").write_text(source)
    (root / "Cargo.toml").write_text(cargo)
    (root / ".git").mkdir()
    (root / "foo.wasm").write_bytes(plugin.build())
    report = run_check(CheckSettings(paths=("foo.wasm",), unmarked="check", jobs=1), root)
    [artifact] = report.artifacts
    assert artifact.finding is not None
    return artifact.finding


@pytest.mark.parametrize(
    "source",
    [
        f"/*\n{CHECK}*/\n",
        f'const OLD: &str = r#"\n{CHECK}"#;\n',
        f"#[cfg(test)]\nmod tests {{\n{CHECK}}}\n",
        f'extern "C" {{\n    fn {NAME}() -> i32;\n}}\n',
    ],
)
def test_nothing_is_claimed_or_mended_of_what_is_no_function(tmp_path: Path, source: str) -> None:
    told = finding(tmp_path, source)
    assert told.id == "CCLB-MISSING-SELF-CHECK-EXPORT"
    assert told.suggestion is None
    assert "CCLB-NO-MANGLE" not in [other.id for other in told.others]
    assert f"Nor was a function `{NAME}` found in the sources" in told.cause
    assert told.location is None or told.location.line is None


def test_the_functions_line_is_told_and_mended(tmp_path: Path) -> None:
    told = finding(tmp_path, f"/*\n{CHECK}*/\n{CHECK.replace(' 0', chr(10))}")
    assert (told.id, told.confidence) == ("CCLB-NO-MANGLE", "certain")
    assert "`src/lib.rs:4`" in told.cause
    assert told.suggestion is not None
    assert "+#[unsafe(no_mangle)]" in told.suggestion.patch


def test_a_mark_that_is_there_is_not_said_to_be_missing(tmp_path: Path) -> None:
    told = finding(tmp_path, f"#[unsafe(no_mangle)]\n{CHECK}")
    [perhaps] = [other for other in told.others if other.id == "CCLB-NO-MANGLE"]
    assert "`src/lib.rs:2` is marked for export" in perhaps.text
    assert "lacks" not in perhaps.text


OTHER_NAME = CHECK.replace(NAME, "check")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            f"#[plugin_fn]\n{CHECK}",
            "`src/lib.rs:2` is marked for export by `#[plugin_fn]`. Perhaps",
        ),
        (
            f"#[wire::export]\n{CHECK}",
            "`src/lib.rs:2` has the attribute `#[wire::export]`. Perhaps",
        ),
        (
            f'#[unsafe(export_name = "{NAME}")]\n{OTHER_NAME}',
            "`src/lib.rs:2` is marked for export. Perhaps the artifact was built before",
        ),
        (
            f'#[export_name = "another"]\n{CHECK}',
            "is marked for export as `another`, by its `export_name`, and the host takes no other.",
        ),
        (
            f'#[export_name = "another"]\n{CHECK}#[export_name = "{NAME}"]\n{OTHER_NAME}',
            "`src/lib.rs:4` is marked for export. Perhaps the artifact was built before",
        ),
    ],
)
def test_how_the_sources_mark_a_function_is_told(tmp_path: Path, source: str, said: str) -> None:
    told = finding(tmp_path, source)
    assert told.id == "CCLB-MISSING-SELF-CHECK-EXPORT"
    [perhaps] = [other for other in told.others if other.id == "CCLB-NO-MANGLE"]
    assert said in perhaps.text
    assert "lacks" not in perhaps.text


@pytest.mark.parametrize("path", ["src/main.rs", "src/bin/tool.rs"])
def test_a_function_of_a_program_is_none_of_the_library(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(CHECK)
    told = finding(tmp_path, "")
    assert told.id == "CCLB-MISSING-SELF-CHECK-EXPORT"
    assert "Nor was a function" in told.cause


@pytest.mark.parametrize("name", ["verify", "cc_lb_self_chek"])
def test_an_export_by_another_name_is_told_from_the_sources(tmp_path: Path, name: str) -> None:
    told = finding(tmp_path, f'#[export_name = "{name}"]\n{CHECK}', export=name)
    assert (told.id, told.confidence) == ("CCLB-MISSPELT-EXPORT", "certain")
    assert f"`src/lib.rs:2` is exported as `{name}`, by its `export_name`." in told.cause
    assert told.fix == f'Write `export_name = "{NAME}"`.'


@pytest.mark.parametrize("key", ["crate-type", "crate_type"])
def test_a_crates_type_may_be_written_either_way(tmp_path: Path, key: str) -> None:
    told = finding(tmp_path, "", CARGO.replace("crate-type", key), export="other")
    assert told.id == "CCLB-NOT-A-PLUGIN"

"""What is claimed of places in the sources, and advised about them: nothing false."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.library import is_library
from cc_lb_selfcheck.host.evidence import Frame, SectionEvidence
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.settings import CheckSettings
from tests.diagnosis.claims import explained, told


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


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("/usr/src/app/src/lib.rs", False),
        ("/usr/local/src/plugin/src/lib.rs", False),
        ("/usr/local/go/src/strconv/atoi.go", True),
        ("/opt/hostedtoolcache/go/1.25.0/x64/src/runtime/panic.go", True),
        ("/home/u/.local/tinygo/src/runtime/panic.go", True),
        ("/usr/include/wasm32-wasi/stdio.h", True),
        ("/usr/src/rustc-1.96.0/library/proc_macro/src/lib.rs", True),
        ("registry/src/index.crates.io-1949cf8c6b5b557f/serde_json-1.0.1/src/de.rs", True),
        ("/remapped/registry/src/index-0123456789abcdef/a-1.0.0/src/lib.rs", True),
        ("serde_json-1.0.150/src/de.rs", True),
        ("/build/plugin-1.2.3/src/lib.rs", False),
        ("/build/vendor/serde/src/lib.rs", True),
        ("src/vendors.rs", False),
        ("registry/src/lib.rs", False),
        ("library/core/src/lib.rs", False),
    ],
)
def test_dependencies_are_known_by_where_they_are(file: str, *, library: bool) -> None:
    assert is_library("a::f", file) is library


def test_where_a_panic_ends_is_not_where_it_began() -> None:
    """A crate without the standard library has a function of its own for panics."""
    assert is_library("__rustc::rust_begin_unwind", "src/lib.rs")
    assert is_library("rust_begin_unwind", "src/lib.rs")
    assert not is_library("plugin::rust_begin_unwinding", "src/lib.rs")


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
        ('[profile.release]\ndebug = 1\nstrip = "none"\n', "or something strips it afterwards"),
        ('[profile.release]\ndebug = "full"\n', "or something strips it afterwards"),
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


def test_lines_of_the_standard_library_alone_are_not_the_authors() -> None:
    sections = [SectionEvidence(name=".debug_info", size=9)]
    evidence = Evidence(languages=["Rust"], wall_ms=1.0, custom_sections=sections)
    error = Call(reason="error while executing at wasm backtrace:")
    assert explained(error, evidence).hint is None
    library = Frame(function="core::f", file="/rustc/0123456789/core.rs", line=1, library=True)
    trace = [library, Frame(function="plugin::parse")]
    hint = explained(error, evidence.model_copy(update={"trace": trace})).hint
    assert hint is not None
    assert "`debug = 1`" in hint

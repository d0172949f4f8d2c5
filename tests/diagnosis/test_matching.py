"""Files that many crates have, such as ``src/lib.rs``: none is annotated in place of another's.

The frames are those of plugins that were built with rustc 1.96, with `debug = "line-tables-only"`
where their functions have no crate.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.library import crates_of, own_name
from cc_lb_selfcheck.diagnosis.matching import Matcher
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.diagnosis.rust_source import rust_bodies
from cc_lb_selfcheck.host.evidence import Frame
from tests.diagnosis.test_locate import cargo, frame, located, repository, trapped

PLUGIN = """\
//! A plugin.

use outer::each;

fn own(input: &[u8]) -> u8 {
    input[3] + outer::take_inline(input)
}

struct Limits(u8);

impl outer::Rule for Limits {
    fn apply(&self) -> u8 {
        own(&[self.0])
    }
}

outer::plugin! { observe }

pub extern "C" fn cc_lb_self_check() -> i32 {
    each(|x| {
        let limits = [1, 2];
        limits[x as usize]
    }) as i32
}
"""
MEMBERS = {
    "Cargo.toml": '[workspace]\nmembers = ["plugins/*"]\n',
    "plugins/a/Cargo.toml": cargo("plugin-a"),
    "plugins/a/src/lib.rs": PLUGIN,
}
ALONE = {"Cargo.toml": cargo("plugin-a"), "src/lib.rs": PLUGIN}
MEMBER, ROOT = "plugins/a/src/lib.rs", "src/lib.rs"
EXPORT = "cc_lb_self_check"


def place_of(root: Path, files: dict[str, str], *trace: Frame) -> str | None:
    location = located(root, files, trapped(*trace), "plugin_a.wasm")
    assert location is not None
    return f"{location.path}:{location.line}" if location.in_repository else None


@pytest.mark.parametrize("file", ["src/lib.rs", "/build/outer/src/lib.rs"])
@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("take_inline", 6),
        ("each<plugin_a::cc_lb_self_check::{closure_env#0}>", 21),
        ("take_generic<u8>", 2),
        ("outer::take", 6),
        ("<outer::Limits as core::clone::Clone>::clone", 12),
        ("<plugin_a::Limits as outer::Rule>::limit", 12),
        ("<alloc::vec::Vec<u8> as outer::Rule>::apply", 12),
    ],
)
def test_a_dependencys_function_is_not_told_in_the_plugin(
    tmp_path: Path, file: str, function: str, line: int
) -> None:
    for files, its in ((MEMBERS, MEMBER), (ALONE, ROOT)):
        dependency = frame(file, function, line=line)
        own = frame(f"/build/plugin/{its}", EXPORT, line=20)
        root = tmp_path / its.partition("/")[0]
        assert place_of(root, files, dependency) is None
        assert place_of(root, files, dependency, own) == f"{its}:20"


@pytest.mark.parametrize(
    ("file", "function", "line"),
    [
        ("src/lib.rs", "own", 6),
        ("src/lib.rs", "own<u8>", 6),
        ("src/lib.rs", "plugin_a::own", 6),
        ("src/lib.rs", "plugin_a::own::{closure#0}", 2),
        ("src/lib.rs", "<plugin_a::Limits as outer::Rule>::apply", 13),
        ("src/lib.rs", "<alloc::vec::Vec<u8> as plugin_a::Sum>::sum", 1),
        ("src/lib.rs", EXPORT, 17),
        ("/remapped/src/lib.rs", "own", 6),
    ],
)
def test_the_authors_own_function_is_told(
    tmp_path: Path, file: str, function: str, line: int
) -> None:
    for files, its in ((MEMBERS, MEMBER), (ALONE, ROOT)):
        if not (file.startswith("/") and its == MEMBER and "::" not in function):
            root = tmp_path / its.partition("/")[0]
            assert place_of(root, files, frame(file, function, line=line)) == f"{its}:{line}"


def test_a_trait_of_the_authors_tells_the_member(tmp_path: Path) -> None:
    other = {"plugins/b/Cargo.toml": cargo("plugin-b"), "plugins/b/src/lib.rs": PLUGIN}
    for file in ("src/lib.rs", "/remapped/src/lib.rs"):
        told = frame(file, "<alloc::vec::Vec<u8> as plugin_b::Sum>::sum", line=6)
        assert place_of(tmp_path, MEMBERS | other, told) == "plugins/b/src/lib.rs:6"


def test_a_closure_is_of_the_function_around_it(tmp_path: Path) -> None:
    closure = frame("src/lib.rs", "{closure#0}", line=22)
    around = frame("src/lib.rs", EXPORT, line=20)
    between = frame("/build/outer/src/lib.rs", "each<plugin_a::f::{closure_env#0}>", line=4)
    assert place_of(tmp_path, ALONE, closure, between, around) == "src/lib.rs:22"
    unknown = frame("/build/outer/src/lib.rs", "each", line=4)
    assert place_of(tmp_path, ALONE, closure, unknown) is None
    handed_on = frame("/x.rs", "run<plugin_a::cc_lb_self_check::{async_fn_env#0}>", line=4)
    assert place_of(tmp_path, ALONE, closure, handed_on) == "src/lib.rs:22"


def test_a_package_is_built_in_one_folder(tmp_path: Path) -> None:
    """What has a file of the same name elsewhere is another package's, whatever it is called."""
    own = frame("/build/plugins/a/src/lib.rs", EXPORT, line=20)
    other = frame("/build/src/lib.rs", "own", line=6)
    assert place_of(tmp_path, MEMBERS, other, own) == f"{MEMBER}:20"
    beside = frame("/build/src/lib.rs", "observe", line=17)
    crate = frame("/build/src/lib.rs", "plugin_a::own", line=6)
    assert place_of(tmp_path / "alone", ALONE, beside) is None
    assert place_of(tmp_path / "alone", ALONE, beside, crate) == "src/lib.rs:17"
    confirmed = frame("/build/src/lib.rs", "own", line=6)
    assert place_of(tmp_path / "alone", ALONE, beside, confirmed) == "src/lib.rs:17"


def test_a_bare_path_that_was_joined_to_the_root_is_no_proof(tmp_path: Path) -> None:
    """The engine joins what was remapped to the folder that the compiler ran in."""
    file = f"{tmp_path}/src/lib.rs"
    for function, line in (("take", 6), ("outer::take", 6), ("take", 2), ("outer::take", 2)):
        assert place_of(tmp_path, ALONE, frame(file, function, line=line)) is None
    for function, line in (("own", 6), ("plugin_a::own", 2), (EXPORT, 17), ("{closure#0}", 22)):
        told = frame(file, function, line=line)
        assert place_of(tmp_path, ALONE, told) == f"src/lib.rs:{line}"
    assert place_of(tmp_path, ALONE, frame(file, "own", line=600)) is None
    files = ALONE | {"common/included.rs": "\nfn own() {\n}\n"}
    told = frame(f"{tmp_path}/src/../common/included.rs", "plugin_b::own", line=2)
    assert place_of(tmp_path, files, told) == "common/included.rs:2"


def test_a_dependency_in_a_folder_of_the_members_name_is_another(tmp_path: Path) -> None:
    """The function's crate tells it apart, or the source, which has another function there."""
    for told in (
        frame("/build/a/src/lib.rs", "outer::take", line=6),
        frame("/build/a/src/lib.rs", "take", line=6),
        frame("/build/a/src/lib.rs", "<outer::Limits as outer::Rule>::apply", line=13),
        frame("/build/a/src/lib.rs", "take", line=2),
    ):
        assert place_of(tmp_path, MEMBERS, told) is None
    for function, line in (("own", 6), ("observe", 17), ("plugin_a::own", 6)):
        told = frame("/build/a/src/lib.rs", function, line=line)
        assert place_of(tmp_path, MEMBERS, told) == f"{MEMBER}:{line}"


def test_an_export_that_a_dependencys_macro_made_is_in_the_dependency(tmp_path: Path) -> None:
    for file in ("/build/outer/src/lib.rs", "src/lib.rs"):
        assert place_of(tmp_path, ALONE, frame(file, EXPORT, line=10)) is None
        made = frame(file, EXPORT, line=17)
        assert place_of(tmp_path, ALONE, made) == "src/lib.rs:17"


def test_an_export_of_an_artifact_with_another_name_is_elsewhere(tmp_path: Path) -> None:
    told = trapped(frame("/bought/src/lib.rs", EXPORT, line=17))
    for name, is_there in (("bought.wasm", False), ("plugin_a.wasm", True), ("plugin.wasm", True)):
        location = located(tmp_path, ALONE, told, name)
        assert location is not None
        assert location.in_repository is is_there


def test_what_stands_in_a_macro_may_be_of_any_function(tmp_path: Path) -> None:
    macro = "outer::exports! {\n    observe => |input| {\n        input[3]\n    }\n}\n"
    files = {"Cargo.toml": cargo("plugin-a"), "src/lib.rs": f"fn other() {{}}\n{macro}"}
    for file in ("src/lib.rs", f"{tmp_path}/src/lib.rs"):
        assert place_of(tmp_path, files, frame(file, EXPORT, line=4)) == "src/lib.rs:4"
        assert place_of(tmp_path, files, frame(file, EXPORT, line=1)) is None


def test_a_deeper_file_of_the_same_name_is_no_proof(tmp_path: Path) -> None:
    files = ALONE | {"src/text/mod.rs": PLUGIN}
    told = frame("/build/outer/src/text/mod.rs", "take_inline", line=6)
    assert place_of(tmp_path, files, told) is None
    told = frame("/build/plugin/src/text/mod.rs", "own", line=6)
    assert place_of(tmp_path, files, told) == "src/text/mod.rs:6"


@pytest.mark.parametrize(
    "file",
    [
        "/target/release/build/plugin-a-f659925bb807ee06/out/text.rs",
        "/target/release/build/plugin-a-f659925bb807ee06/out/src/text.rs",
        "C:\\target\\release\\build\\plugin-a-f659925bb807ee06\\out\\src\\text.rs",
        "/build/plugin-a/generated/text.rs",
    ],
)
def test_what_a_build_script_wrote_is_no_source_of_the_same_name(tmp_path: Path, file: str) -> None:
    files = ALONE | {"src/text.rs": PLUGIN}
    told = frame(file, "plugin_a::text::own", line=6)
    assert place_of(tmp_path, files, told) is None
    caller = frame("src/text.rs", "plugin_a::text::own", line=6)
    assert place_of(tmp_path, files, told, caller) == "src/text.rs:6"


@pytest.mark.parametrize(
    ("manifest", "file", "crate"),
    [
        ('[[example]]\nname = "demo"\npath = "src/shown.rs"\n', "src/shown.rs", "demo"),
        ("", "examples/demo-plugin.rs", "demo_plugin"),
        ("", "examples/demo/main.rs", "demo"),
        ("bin = 1\n", "src/bin/tool.rs", "tool"),
    ],
)
def test_a_program_beside_the_library_is_the_packages(
    tmp_path: Path, manifest: str, file: str, crate: str
) -> None:
    files = {"Cargo.toml": manifest + cargo("plugin-a"), file: PLUGIN}
    assert place_of(tmp_path, files, frame(file, f"{crate}::own", line=6)) == f"{file}:6"


PIECES = [
    "plugin_a",
    "outer",
    "own",
    "::",
    "<",
    ">",
    " as ",
    "{closure#0}",
    "&",
    "(",
    "core::",
    "$",
]
FILES = ["src/lib.rs", "util.c", "..", "/", "C:\\", "", "src/lib.rs/", "./src", "\0", "lib.rs"]


@given(
    function=st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=20),
    file=st.lists(st.sampled_from(FILES), max_size=4).map("/".join),
    line=st.integers(1, 40) | st.none(),
)
@settings(max_examples=200, deadline=None)
def test_any_frame_means_a_file_of_the_repository_or_none(
    made: Repository, function: str, file: str, line: int | None
) -> None:
    frames = [frame(file, function, line=line), frame(f"{made.root}/{file}", function, line=line)]
    files = Matcher(made, frames, ["plugin_a"], [EXPORT]).files()
    assert {str(path) for path in files.values()} <= {"src/lib.rs", "util.c"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return repository(
        tmp_path_factory.mktemp("made"), ALONE | {"util.c": "int own(void) {\n}\n" * 20}
    )


# Names and bodies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "crates", "name"),
    [
        ("a::b::{impl#0}::f", ["a"], "f"),
        ("<a::B as c::D<e::F>>::g::<h::I>::{closure#0}", ["a", "c"], "g"),
        ("<&mut a::B as core::fmt::Debug>::fmt", ["a"], "fmt"),
        ("<[u8] as a::B>::f", ["a"], "f"),
        ("a::f::<fn(u8) -> u8>", ["a"], "f"),
        ("core::ptr::drop_in_place::<a::B>", [], "drop_in_place"),
        ("each<a::b::{closure_env#0}>", [], "each"),
        ("{closure#0}<u8>", [], None),
        ("<<<", [], None),
        (None, [], None),
    ],
)
def test_crates_and_names_of_functions(
    function: str | None, crates: Sequence[str], name: str | None
) -> None:
    assert crates_of(function) == crates
    assert own_name(function) == name


def test_bodies_of_functions_of_all_kinds() -> None:
    text = """\
trait A { fn only_declared(&self, _: [u8; 3]); fn provided(&self) -> fn(u8) -> u8 {
    fn inner<const N: usize>() where [u8; N]: Sized { /* } */ let _ = "}"; }
    |_| 1 }
}
macro_rules! m { ($name:ident) => { fn $name() {
} } }
fn r#match(
    _: fn(u8),
) -> [u8; { 1 + 1 }] {
    [1, 2]
}
outer::exports! (
    observe => |input| input[3],
    fn made() {
        vec![1]
    } { }
);
fn unfinished() {
"""
    assert [tuple(body) for body in rust_bodies(text)] == [
        ("inner", 2, 2),
        ("provided", 1, 3),
        ("", 5, 6),
        ("", 5, 6),
        ("match", 7, 11),
        ("made", 14, 16),
        ("", 12, 17),
    ]
    assert [body.name for body in rust_bodies("fn a(}{)]; fn")] == ["a"]

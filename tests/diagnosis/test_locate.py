"""Where a refusal comes from, in repositories of many shapes, and how every surface shows it."""

from __future__ import annotations

import io
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.diagnosis.locate import Locator
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.errors import Call, DecodeResponse, MissingSelfCheckExport
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.json import json_pieces
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.settings import CheckSettings
from tests.report.build import artifact, outcome_refused, report
from tests.support.reader_runner import read_log

ROOT = Path(__file__).parents[2]
TRAP = Call(reason="error while executing at wasm backtrace:")
LINES = "// 1\n// 2\n// 3\n// 4\n// 5\n    parts[3]\n"


def cargo(name: str, lib: str = "") -> str:
    library = f'[lib]\nname = "{lib}"\n' if lib else ""
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\n{library}'


def repository(root: Path, files: Mapping[str, str]) -> Repository:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Repository(root)


def frame(file: str | None, function: str | None = None, **more: Any) -> Frame:
    return Frame(file=file, function=function, **{"line": 6, "column": 10, **more})


def trapped(*trace: Frame, **evidence: Any) -> Outcome:
    return outcome_refused(TRAP, Evidence(trace=list(trace), **evidence))


def located(
    root: Path, files: Mapping[str, str], outcome: Outcome, name: str = "plugin.wasm"
) -> Location | None:
    return Locator(repository(root, files)).locate(f"dist/{name}", outcome)


def path_of(location: Location | None) -> str | None:
    assert location is not None
    return location.path if location.in_repository else None


# Paths as compilers write them ---------------------------------------------------------------

ONE_CRATE = {"Cargo.toml": cargo("quota"), "src/quota.rs": LINES, "src/lib.rs": LINES}


@pytest.mark.parametrize(
    "file",
    [
        "src/quota.rs",
        "./src/quota.rs",
        "src/../src/quota.rs",
        "/runner/_work/quota/quota/src/quota.rs",
        "/github/workspace/src/quota.rs",
        "C:\\build\\quota\\src\\quota.rs",
        "/remapped/src/quota.rs",
    ],
)
def test_a_path_is_found_however_it_was_written(tmp_path: Path, file: str) -> None:
    location = located(tmp_path, ONE_CRATE, trapped(frame(file, "quota::quota::window")))
    assert location == Location(
        path="src/quota.rs",
        line=6,
        column=10,
        function="quota::quota::window",
        source="    parts[3]",
        in_repository=True,
    )


def test_a_path_below_the_root_is_that_file(tmp_path: Path) -> None:
    files = {"src/lib.rs": LINES, "copy/src/lib.rs": LINES}
    told = trapped(frame(f"{tmp_path}/src/lib.rs"))
    assert path_of(located(tmp_path, files, told)) == "src/lib.rs"


@pytest.mark.parametrize(
    "file",
    [
        "/rustc/ac68faa20c58cbccd01ee7208bf3b6e93a7d7f96/library/core/src/quota.rs",
        "/cargo/registry/src/index-1949cf8c6b5b557f/a-1.0.0/src/quota.rs",
        "/cargo/git/checkouts/a-1/src/quota.rs",
        "~lib/src/quota.rs",
    ],
)
def test_a_library_is_passed_over(tmp_path: Path, file: str) -> None:
    library = frame(file, "quota::f", library=True)
    told = trapped(library, frame("src/lib.rs", "quota::g"))
    assert path_of(located(tmp_path, ONE_CRATE, told)) == "src/lib.rs"


def test_what_is_elsewhere_is_shown_but_not_taken_for_the_repositorys(tmp_path: Path) -> None:
    location = located(tmp_path, ONE_CRATE, trapped(frame("/build/other/src/pool.rs", "pool::f")))
    assert location is not None
    assert not location.in_repository
    assert location.path == "/build/other/src/pool.rs"
    assert location.source is None


def test_a_dependency_with_a_file_of_the_same_name_is_elsewhere(tmp_path: Path) -> None:
    told = trapped(frame("/build/pool/src/lib.rs", "pool::take"))
    location = located(tmp_path, ONE_CRATE, told)
    assert location is not None
    assert not location.in_repository


def test_a_dependency_elsewhere_is_no_member_by_its_files_name_alone(tmp_path: Path) -> None:
    """Line tables name no crate, and there are many files ``src/lib.rs``."""
    for file in ("/build/outer/src/lib.rs", "/build/outer/src/pool.rs"):
        files = WORKSPACE | {"plugins/a/src/pool.rs": LINES}
        location = located(tmp_path, files, trapped(frame(file, "take")), "plugin_a.wasm")
        assert location is not None
        assert (location.in_repository, location.path) == (False, file)
    told = trapped(frame("/remapped/a/src/lib.rs", "take"))
    assert path_of(located(tmp_path, WORKSPACE, told, "plugin_a.wasm")) == "plugins/a/src/lib.rs"


def test_a_file_without_that_line_is_another(tmp_path: Path) -> None:
    told = trapped(frame("src/quota.rs", "quota::f", line=600))
    location = located(tmp_path, ONE_CRATE, told)
    assert location is not None
    assert not location.in_repository


# Several crates ------------------------------------------------------------------------------

WORKSPACE = {
    "Cargo.toml": '[workspace]\nmembers = ["plugins/*"]\n',
    "plugins/a/Cargo.toml": cargo("plugin-a"),
    "plugins/a/src/lib.rs": LINES,
    "plugins/b/Cargo.toml": cargo("plugin-b", lib="other_name"),
    "plugins/b/src/lib.rs": LINES,
}


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("plugin_a::check", "plugins/a/src/lib.rs"),
        ("<plugin_a::Log as core::fmt::Debug>::fmt", "plugins/a/src/lib.rs"),
        ("other_name::check::{closure#0}", "plugins/b/src/lib.rs"),
    ],
)
def test_the_crates_name_decides_between_members(tmp_path: Path, function: str, path: str) -> None:
    told = trapped(frame("src/lib.rs", function))
    assert path_of(located(tmp_path, WORKSPACE, told)) == path


def test_an_export_has_no_crate_and_the_artifact_decides(tmp_path: Path) -> None:
    told = trapped(frame("src/lib.rs", "cc_lb_self_check"))
    assert path_of(located(tmp_path, WORKSPACE, told, "plugin_a.wasm")) == "plugins/a/src/lib.rs"


def test_what_stays_open_is_not_annotated(tmp_path: Path) -> None:
    location = located(tmp_path, WORKSPACE, trapped(frame("src/lib.rs", "cc_lb_self_check")))
    assert location is not None
    assert not location.in_repository


def test_a_workspaces_own_paths_say_the_member(tmp_path: Path) -> None:
    told = trapped(frame("plugins/b/src/lib.rs", "cc_lb_self_check"))
    assert path_of(located(tmp_path, WORKSPACE, told)) == "plugins/b/src/lib.rs"


def test_a_stack_overflow_is_at_the_frame_that_repeats(tmp_path: Path) -> None:
    helper, recursion = frame("src/quota.rs", "quota::hash"), frame("src/lib.rs", "quota::walk")
    message = "Caused by:\n    wasm trap: call stack exhausted"
    told = trapped(helper, recursion, recursion, engine_message=message)
    assert path_of(located(tmp_path, ONE_CRATE, told)) == "src/lib.rs"


# Without a trap, or without lines ------------------------------------------------------------


def test_another_refusal_is_at_the_exports_declaration(tmp_path: Path) -> None:
    declared = frame("src/lib.rs", "quota::cc_lb_self_check", line=2, column=None)
    outcome = outcome_refused(DecodeResponse(reason="EOF"), Evidence(declared=declared))
    location = located(tmp_path, ONE_CRATE, outcome)
    assert location is not None
    assert (location.path, location.line, location.column) == ("src/lib.rs", 2, None)
    assert location.source == "// 2"


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ("a/Cargo.toml", cargo("my-quota")),
        ("a/Cargo.toml", cargo("x", lib="my_quota")),
        ("a/package.json", '{"name": "@org/my-quota"}'),
        ("my-quota/asconfig.json", "{}"),
        ("a/asconfig.json", '{"targets": {"release": {"outFile": "build/my-quota.wasm"}}}'),
        ("a/go.mod", "module example.org/my-quota\n\ngo 1.24\n"),
    ],
)
def test_without_lines_it_is_the_package(tmp_path: Path, manifest: str, text: str) -> None:
    files = {manifest: text, "b/Cargo.toml": cargo("b"), "c/Cargo.toml": "no = [toml"}
    outcome = outcome_refused(DecodeResponse(reason="EOF"))
    by_file = located(tmp_path, files, outcome, "my_quota.wasm")
    assert by_file == Location(
        path=manifest, line=None, column=None, function=None, source=None, in_repository=True
    )
    identified = Evidence.model_validate({"identity": {"name": "my-quota"}})
    outcome = outcome_refused(DecodeResponse(reason="EOF"), identified)
    assert located(tmp_path, files, outcome, "plugin.wasm") == by_file


def test_between_two_packages_of_one_name_none_is_told(tmp_path: Path) -> None:
    files = {"a/Cargo.toml": cargo("same"), "b/Cargo.toml": cargo("same")}
    outcome = outcome_refused(DecodeResponse(reason="EOF"))
    assert located(tmp_path, files, outcome, "same.wasm") is None


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("src/lib.rs", 'pub extern "C" fn cc_lb_self_check() -> i32 {'),
        ("index.ts", "export function cc_lb_self_check(): i32 {"),
        ("plugin.c", "int32_t cc_lb_self_check(void)"),
        ("main.go", "func cc_lb_self_check() int32 {"),
    ],
)
def test_a_function_that_is_not_exported_is_found_by_its_name(
    tmp_path: Path, file: str, line: str
) -> None:
    text = f"// fn cc_lb_self_check() is below\n\n{line}\n    return cc_lb_self_check();\n"
    location = located(tmp_path, {file: text}, outcome_refused(MissingSelfCheckExport()))
    assert location is not None
    assert (location.path, location.line, location.source) == (file, 3, line)
    assert location.column == line.index("cc_lb_self_check") + 1


def test_a_misspelt_export_is_found_by_its_own_name(tmp_path: Path) -> None:
    exports = [{"name": "cc_lb_selfcheck", "kind": "function"}]
    outcome = outcome_refused(
        MissingSelfCheckExport(), Evidence.model_validate({"exports": exports})
    )
    text = "pub fn cc_lb_selfcheck() -> i32 {\n"
    location = located(tmp_path, {"src/lib.rs": text}, outcome)
    assert location is not None
    assert (location.line, location.function) == (1, "cc_lb_selfcheck")


def test_the_function_of_another_plugin_is_not_the_artifacts(tmp_path: Path) -> None:
    files = WORKSPACE | {"plugins/a/src/lib.rs": "pub fn cc_lb_self_check() -> i32 {\n"}
    outcome = outcome_refused(MissingSelfCheckExport())
    assert path_of(located(tmp_path, files, outcome, "plugin_a.wasm")) == "plugins/a/src/lib.rs"
    for name in ("plugin_b.wasm", "bought.wasm"):
        location = located(tmp_path, files, outcome, name)
        assert location is None or location.path == "plugins/b/Cargo.toml"


def test_nothing_is_told_of_what_is_no_module(tmp_path: Path) -> None:
    files = {"Cargo.toml": cargo("plugin-x")}
    foreign = Evidence(file_kind="a zip archive")
    outcome = outcome_refused(DecodeResponse(reason="EOF"), foreign)
    assert located(tmp_path, files, outcome, "plugin_x.wasm") is None


# The repository ------------------------------------------------------------------------------


def test_links_and_what_is_built_or_fetched_are_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "repository"
    repository(outside, {"quota.rs": LINES, "folder/pool.rs": LINES})
    files = dict.fromkeys(("target/a.rs", "node_modules/a/a.rs", ".git/a.rs", "src/real.rs"), LINES)
    found = repository(inside, files)
    (inside / "src/quota.rs").symlink_to(outside / "quota.rs")
    (inside / "linked").symlink_to(outside / "folder")
    os.mkfifo(inside / "src/pipe.rs")
    assert [len(found.named(name)) for name in ("a.rs", "quota.rs", "pool.rs", "pipe.rs")] == [
        0
    ] * 4
    assert len(found.named("real.rs")) == 1


def test_the_root_is_the_workspace_or_the_nearest_git(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    assert Repository.around(folder, actions).root == tmp_path
    assert Repository.around(folder, {"GITHUB_WORKSPACE": str(tmp_path)}).root != tmp_path
    (tmp_path / "a" / ".git").mkdir()
    assert Repository.around(folder, {}).root == tmp_path / "a"


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    files = {"src/lib.rs": '    let x = "äöü"[7];\n'}
    told = trapped(frame("src/lib.rs", "cc_lb_self_check", line=1, column=21))
    location = located(tmp_path, files, told)
    assert location is not None
    assert location.source is not None
    assert location.column is not None
    assert location.source[location.column - 1] == "["


# All surfaces --------------------------------------------------------------------------------


def expected_locations() -> dict[str, str]:
    entries = tomllib.loads((ROOT / "tests/plugins/expected.toml").read_text())["plugin"]
    return {entry["name"]: entry["location"] for entry in entries if "location" in entry}


@pytest.fixture(scope="module")
def checked() -> Report:
    paths = tuple(f"tests/plugins/dist/{name}.wasm" for name in expected_locations())
    return run_check(CheckSettings(paths=paths, jobs=2), ROOT)


def test_real_plugins_are_located_on_their_very_lines(checked: Report) -> None:
    for item in checked.artifacts:
        assert item.finding is not None
        location = item.finding.location
        assert location is not None
        assert location.in_repository
        told = f"{location.path}:{location.line}"
        assert told == expected_locations()[Path(item.path).stem]
        text = (ROOT / location.path).read_text().split("\n")
        assert location.source == text[(location.line or 0) - 1]


def test_every_surface_shows_the_line(checked: Report) -> None:
    path = "tests/plugins/rust/panic-with-debuginfo/src/quota.rs"
    shown = io.StringIO()
    render_text(checked, Console(file=shown, width=160))
    caret = "6 \u2502     parts[3]\n  \u2502 {margin}  \u2502          ^\n".format(margin=" " * 16)
    assert f"{path}:6:10, in `panic_with_debuginfo::quota::window`" in shown.getvalue()
    assert caret in shown.getvalue()
    markdown = render_markdown(checked)
    assert "6 \u2502     parts[3]\n  \u2502          ^\n" in markdown
    annotations = read_log("\n".join(annotation_commands(checked)))
    places = [tuple(map(line.properties.get, ("file", "line", "col"))) for line in annotations]
    assert (path, "6", "10") in places
    document = "".join(json_pieces(checked))
    found = [item["finding"]["location"] for item in json.loads(document)["artifacts"]]
    assert {"path": path, "line": 6, "column": 10}.items() <= next(
        place for place in found if place["path"] == path
    ).items()
    published = load_report(document.encode())
    assert published.artifacts == checked.artifacts


def test_what_is_elsewhere_is_told_and_not_annotated(tmp_path: Path) -> None:
    outcome = trapped(frame("/build/pool.rs", "pool::take"))
    item = artifact("a.wasm", outcome)
    assert item.finding is not None
    location = located(tmp_path, {}, outcome)
    finding = item.finding.model_copy(update={"location": location})
    told = report([item.model_copy(update={"finding": finding})])
    [command] = read_log("\n".join(annotation_commands(told)))
    assert "file" not in command.properties
    assert "/build/pool.rs:6:10 (not in this repository), in `pool::take`" in command.data

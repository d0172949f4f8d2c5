"""Mends by rule: the patches apply to the author's files, and what comes of it is right."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cc_lb_selfcheck.cli import app
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Suggestion
from cc_lb_selfcheck.diagnosis.locate import Locator
from cc_lb_selfcheck.diagnosis.patch import is_ours, patch_of
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.diagnosis.sources import Sources
from cc_lb_selfcheck.diagnosis.suggest import Suggester
from cc_lb_selfcheck.diagnosis.toml_edit import set_value
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.errors import (
    Call,
    Instantiate,
    MissingSelfCheckExport,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from tests.report.build import artifact, outcome_refused, report
from tests.support.reader_gfm import read

TRAP = Call(reason="error while executing at wasm backtrace:")
WASI = Instantiate(reason="unknown import: `wasi_snapshot_preview1::fd_write` has not been defined")
RUST: dict[str, Any] = {"languages": ["Rust"], "wall_ms": 1.0}
OF_WASI: dict[str, Any] = {
    "languages": ["Rust"],
    "imports": [{"module": "wasi_snapshot_preview1", "name": "fd_write", "kind": "function"}],
}


def package(rest: str = "", edition: str = "2024") -> str:
    return f'[package]\nname = "quota"  # the name\nedition = "{edition}"\n{rest}'


def refused(error: SelfCheckExecutionError, **evidence: Any) -> Outcome:
    return outcome_refused(error, Evidence.model_validate(evidence))


class Author:
    """A repository, and what is suggested for its plugins."""

    def __init__(self, root: Path, files: Mapping[str, str]) -> None:
        self.root = root
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        repository = Repository(root)
        self._sources = Sources(repository)
        self._locator = Locator(repository)
        self._suggester = Suggester(repository, self._locator)

    def suggest(self, outcome: Outcome, name: str = "dist/quota.wasm") -> Suggestion | None:
        outcome = self._sources.added_to(outcome, name)
        finding = explain(outcome)
        assert finding is not None
        location = self._locator.locate(name, outcome)
        finding = finding.model_copy(update={"location": location})
        made = self._suggester.suggest(finding, outcome, name)
        assert made is None or is_ours(made.patch)
        return made

    @property
    def patch(self) -> str:
        return self._suggester.patch or ""

    def apply(self, patch: str, *, tool: str = "git") -> None:
        """Apply a patch as an author would; nothing may be fuzzy."""
        command = {
            "git": ["git", "apply", "--whitespace=error-all", "-"],
            "git, whatever the line ends": ["git", "apply", "--whitespace=nowarn", "-"],
            "patch": ["patch", "--strip=1", "--fuzz=0", "--silent"],
        }[tool]
        done = subprocess.run(
            command, cwd=self.root, input=patch.encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()


def applied(
    root: Path,
    files: Mapping[str, str],
    outcome: Outcome,
    *,
    name: str = "dist/quota.wasm",
    tool: str = "git",
) -> Author:
    author = Author(root, files)
    suggestion = author.suggest(outcome, name)
    assert suggestion is not None
    assert suggestion.patch == author.patch
    author.apply(suggestion.patch, tool=tool)
    return author


PROGRAM = refused(MissingSelfCheckExport(), exports=[{"name": "main", "kind": "function"}])

# crate-type ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "after"),
    [
        ("", '\n[lib]\ncrate-type = ["cdylib"]\n'),
        (
            '\n[dependencies]\nserde = "1" # kept\n',
            '\n[lib]\ncrate-type = ["cdylib"]\n\n[dependencies]\nserde = "1" # kept\n',
        ),
        (
            '\n[lib] # here\npath = "x.rs"\n',
            '\n[lib] # here\ncrate-type = ["cdylib"]\npath = "x.rs"\n',
        ),
        (
            '[lib]\ncrate-type = ["rlib"] # both\n',
            '[lib]\ncrate-type = ["cdylib", "rlib"] # both\n',
        ),
        ("[lib]\ncrate-type = []\n", '[lib]\ncrate-type = ["cdylib"]\n'),
        (
            '[lib]\ncrate_type = [\n  "rlib",\n]\n',
            '[lib]\ncrate_type = ["cdylib",\n  "rlib",\n]\n',
        ),
        ('[lib]\nname = "quota"', '[lib]\ncrate-type = ["cdylib"]\nname = "quota"'),
        ("[lib]", '[lib]\ncrate-type = ["cdylib"]\n'),
    ],
)
@pytest.mark.parametrize("tool", ["git", "patch"])
def test_a_cdylib_is_asked_for(tmp_path: Path, rest: str, after: str, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    author = applied(tmp_path, {"Cargo.toml": package(rest)}, PROGRAM, tool=tool)
    assert author.text("Cargo.toml") == package(after)
    assert (
        "cdylib"
        in tomllib.loads(author.text("Cargo.toml"))["lib"][
            "crate_type" if "crate_type" in rest else "crate-type"
        ]
    )


@pytest.mark.parametrize(
    "manifest",
    [
        'lib = { path = "x.rs" }\n' + package(),
        'lib.path = "x.rs"\n' + package(),
        package() + "[lib]\n[lib]\n",
        package() + '[lib]\ncrate-type = "rlib"\n',
        package() + '[lib]\ncrate-type = ["cdylib"]\n',
    ],
)
def test_what_cannot_be_edited_by_the_line_is_left_to_the_author(
    tmp_path: Path, manifest: str
) -> None:
    author = Author(tmp_path, {"Cargo.toml": manifest})
    assert author.suggest(PROGRAM) is None
    assert author.patch == ""


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    text = package("\n[dependencies]\n").replace("\n", "\r\n")
    author = applied(tmp_path, {"Cargo.toml": text}, PROGRAM, tool="git, whatever the line ends")
    assert author.text("Cargo.toml").count("\r\n") == author.text("Cargo.toml").count("\n")


# debug information ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "after"),
    [
        ("", "\n[profile.release]\ndebug = 1\n"),
        ("\n[profile.release]\nlto = true\n", "\n[profile.release]\ndebug = 1\nlto = true\n"),
        (
            "\n[profile.release]\ndebug = false # small\nstrip = true\n",
            '\n[profile.release]\ndebug = 1 # small\nstrip = "none"\n',
        ),
        (
            '\n[profile.release]\ndebug = 2\nstrip = "symbols"\n',
            '\n[profile.release]\ndebug = 2\nstrip = "none"\n',
        ),
        (
            "\n[profile.release.package.other]\nstrip = true\n",
            "\n[profile.release.package.other]\nstrip = true\n\n[profile.release]\ndebug = 1\n",
        ),
    ],
)
def test_a_crash_without_a_line_gets_the_profiles_lines(
    tmp_path: Path, profile: str, after: str
) -> None:
    author = applied(tmp_path, {"Cargo.toml": package(profile)}, refused(TRAP, **RUST))
    assert author.text("Cargo.toml") == package(after)
    release = tomllib.loads(author.text("Cargo.toml"))["profile"]["release"]
    assert release["debug"] in (1, 2)
    assert release.get("strip", "none") == "none"


def test_a_workspaces_profiles_are_in_its_root(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\n',
        "a/Cargo.toml": package(),
    }
    author = applied(tmp_path, files, refused(TRAP, **RUST))
    assert author.text("Cargo.toml").endswith("\n[profile.release]\ndebug = 1\n")
    assert author.text("a/Cargo.toml") == package()


def test_the_profile_is_the_one_that_the_path_names(tmp_path: Path) -> None:
    files = {"Cargo.toml": package('[profile.small]\ninherits = "release"\n')}
    built = "target/wasm32-unknown-unknown/{}/quota.wasm"
    author = applied(tmp_path, files, refused(TRAP, **RUST), name=built.format("small"))
    assert "[profile.small]\ndebug = 1\n" in author.text("Cargo.toml")
    for other in ("debug", "unheard-of"):
        suggestion = Author(tmp_path, files).suggest(refused(TRAP, **RUST), built.format(other))
        assert suggestion is None


@pytest.mark.parametrize(
    ("manifest", "evidence"),
    [
        (package("[profile.release]\ndebug = 1\n"), RUST),
        (package("[profile.release.package.quota]\nstrip = true\n"), RUST),
        (package(), {"languages": ["C11"], "wall_ms": 1.0}),
        (package(), {**RUST, "custom_sections": [{"name": ".debug_info", "size": 9}]}),
        (package().replace("quota", "other"), RUST),
    ],
)
def test_where_it_would_not_help_nothing_is_suggested(
    tmp_path: Path, manifest: str, evidence: dict[str, Any]
) -> None:
    assert Author(tmp_path, {"Cargo.toml": manifest}).suggest(refused(TRAP, **evidence)) is None


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


# All together --------------------------------------------------------------------------------


def test_the_mends_of_several_plugins_are_one_patch_that_applies(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": "[workspace]\n",
        "a/Cargo.toml": package().replace("quota", "one"),
        "b/Cargo.toml": package().replace("quota", "two"),
    }
    author = Author(tmp_path, files)
    for name in ("one", "two", "one"):
        assert author.suggest(refused(TRAP, **RUST), f"{name}.wasm") is not None
    assert author.suggest(PROGRAM, "two.wasm") is not None
    assert author.suggest(PROGRAM, "one.wasm") is not None
    assert author.patch.count("+[profile.release]") == 1
    author.apply(author.patch)
    for member in "ab":
        assert tomllib.loads(author.text(f"{member}/Cargo.toml"))["lib"]["crate-type"] == ["cdylib"]


def test_two_mends_of_one_file_apply_together(tmp_path: Path) -> None:
    author = Author(tmp_path, {"Cargo.toml": package()})
    assert author.suggest(refused(TRAP, **RUST)) is not None
    assert author.suggest(PROGRAM) is not None
    author.apply(author.patch)
    told = tomllib.loads(author.text("Cargo.toml"))
    assert (told["lib"], told["profile"]) == (
        {"crate-type": ["cdylib"]},
        {"release": {"debug": 1}},
    )


def test_the_command_prints_the_patch_and_nothing_else(tmp_path: Path) -> None:
    dist = Path(__file__).parents[1] / "plugins" / "dist"
    crate = {"Cargo.toml": package().replace("quota", "wrong-crate-type"), ".git/HEAD": ""}
    author = Author(tmp_path, crate)
    shutil.copy(dist / "wrong-crate-type.wasm", tmp_path)
    shutil.copy(dist / "observe-c.wasm", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.delenv("GITHUB_ACTIONS", raising=False)
        shown = CliRunner().invoke(app, ["check", ".", "--unmarked", "check", "--fix-suggestions"])
        plain = CliRunner().invoke(app, ["check", "observe-c.wasm", "--fix-suggestions"])
    assert shown.exit_code == 1
    assert "1 refused" in shown.stderr
    assert "--fix-suggestions" in shown.stderr
    author.apply(shown.stdout)
    assert tomllib.loads(author.text("Cargo.toml"))["lib"]["crate-type"] == ["cdylib"]
    assert (plain.exit_code, plain.stdout) == (0, "")


# Surfaces, and what a stranger may send ------------------------------------------------------


@pytest.fixture
def told(tmp_path: Path) -> Report:
    """A report with one suggestion."""
    author = Author(tmp_path, {"Cargo.toml": package()})
    outcome = refused(TRAP, **RUST)
    item = artifact("quota.wasm", outcome)
    assert item.finding is not None
    finding = item.finding.model_copy(update={"suggestion": author.suggest(outcome)})
    return report([item.model_copy(update={"finding": finding})])


def suggestion_in(told: Report) -> Suggestion | None:
    finding = told.artifacts[0].finding
    return finding.suggestion if finding else None


def test_the_comment_shows_it_folded_and_the_json_carries_it(told: Report) -> None:
    markdown = render_markdown(told)
    assert "<summary>A patch that keeps debug information in the artifact</summary>" in markdown
    assert "```diff\n--- a/Cargo.toml\n+++ b/Cargo.toml\n" in markdown
    assert [tag.name for tag in read(markdown).tags].count("details") == 3
    [item] = json.loads(render_json(told))["artifacts"]
    assert item["finding"]["suggestion"]["mend"] == "debug-info"
    assert suggestion_in(load_report(render_json(told).encode())) == suggestion_in(told)


FENCE = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,1 +1,2 @@\n x\n"
HOSTILE = [
    "",
    "debug = 1\n",
    FENCE + '+build = "evil.rs"\n',
    FENCE + "-[dependencies]\n",
    FENCE + "-a\n+debug = 1\n",
    FENCE + "-a\n-b\n+a\n",
    FENCE + "-debug = false\n+debug = 2\n",
    FENCE + "+debug = 1",
    FENCE + "+debug = 1\n```\n# not in the fence\n",
    FENCE + "+debug = 1\n\x1b[31m\n",
    FENCE + " \u202edebug\n+debug = 1\n",
    FENCE + " ::error::x\n+debug = 1\n",
    FENCE + " ##[error]x\n+debug = 1\n",
    FENCE.replace("Cargo.toml", "../Cargo.toml") + "+debug = 1\n",
    FENCE.replace("b/Cargo.toml", "b/other.toml") + "+debug = 1\n",
    FENCE.replace("Cargo.toml", ".git/hooks/x") + "+debug = 1\n",
    FENCE.replace("a/Cargo.toml", "/dev/null") + "+debug = 1\n",
    "rename from a\nrename to b\n" + FENCE + "+debug = 1\n",
    FENCE + " x\n" * 5_000 + "+debug = 1\n",
]


@pytest.mark.parametrize("patch", HOSTILE)
def test_a_strangers_patch_is_shown_only_if_it_could_be_ours(told: Report, patch: str) -> None:
    document = json.loads(render_json(told))
    document["patch"] = patch
    document["artifacts"][0]["finding"]["suggestion"]["patch"] = patch
    loaded = load_report(json.dumps(document).encode())
    assert suggestion_in(loaded) is None
    assert loaded.patch is None
    assert "```diff" not in render_markdown(loaded)


def test_what_surrounds_a_change_stays_in_its_fence(told: Report) -> None:
    document = json.loads(render_json(told))
    patch = FENCE.replace(" x\n", " ```\n @everyone <img src=x>\n") + "+debug = 1\n"
    document["artifacts"][0]["finding"]["suggestion"]["patch"] = patch
    loaded = load_report(json.dumps(document).encode())
    page = read(render_markdown(loaded))
    assert suggestion_in(loaded) is not None
    assert "img" not in [tag.name for tag in page.tags]
    assert "````diff" in render_markdown(loaded)


LINES = st.sampled_from(
    [
        "[lib]",
        "[profile.release]",
        "debug = 1",
        "debug = false",
        'strip = "none"',
        "a = 1",
        "",
        "#x",
    ]
)


@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_patch_is_ours_only_if_each_of_its_lines_is(before: list[str], after: list[str]) -> None:
    patch = patch_of("Cargo.toml", "\n".join([*before, ""]), "\n".join([*after, ""]))
    if patch is None or not is_ours(patch):
        return
    lines = patch.split("\n")[2:]
    assert "+a = 1" not in lines or "-a = 1" in lines
    assert "-#x" not in lines or "+#x" in lines


@given(st.lists(LINES | st.text(max_size=20), max_size=10))
@settings(max_examples=300, deadline=None)
def test_an_edit_says_that_value_and_nothing_else_more(lines: list[str]) -> None:
    text = "\n".join(lines)
    edited = set_value(text, ("profile", "release"), "debug", "1")
    if edited is None:
        return
    before, after = tomllib.loads(text), tomllib.loads(edited)
    assert after["profile"]["release"].pop("debug") == 1
    before.setdefault("profile", {}).setdefault("release", {}).pop("debug", None)
    assert before == after

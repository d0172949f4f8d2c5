"""A repository that a stranger filled: it costs no verdict, and little time and memory."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis import repository as repository_module
from cc_lb_selfcheck.diagnosis.declarations import declared_at
from cc_lb_selfcheck.diagnosis.manifests import parsed_json, parsed_toml
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import Plugin

NAME = "cc_lb_self_check"
MANIFEST = '[package]\nname = "p"\n[lib]\ncrate-type = ["cdylib"]\n'
MANIFESTS = {
    "a number of 5,000 digits": f"{MANIFEST}x = {'9' * 5_000}\n",
    "a key of 30,000 parts": f"{MANIFEST}{'a.' * 30_000}a = 1\n",
    "a table of 30,000 parts": f"{MANIFEST}[{'a.' * 30_000}a]\n",
    "nested without end": f"{MANIFEST}x = {'[' * 50_000}",
    "an absurd date": f"{MANIFEST}x = 9999-99-99T99:99:99Z\n",
    "no text": "\0\x1b[2J\ufffe",
    "names that are none": '[package]\nname = 7\n[lib]\nname = [""]\n',
    "hostile names": '[package]\nname = "##[error]x\\n::error::y"\n',
    "too large": MANIFEST + "#" * 300_000,
}


def without_export(*near: str) -> bytes:
    plugin = Plugin()
    function = plugin.function(b"")
    for name in near:
        plugin.export(name, "func", function)
    return plugin.build()


def checked(root: Path, data: bytes) -> Report:
    (root / ".git").mkdir(exist_ok=True)
    (root / "p.wasm").write_bytes(data)
    report = run_check(CheckSettings(paths=("p.wasm",), jobs=1), root)
    [artifact] = report.artifacts
    assert artifact.verdict is not None
    assert artifact.verdict.variant == "MissingSelfCheckExport"
    assert artifact.finding is not None
    return report


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_manifest_costs_no_verdict(tmp_path: Path, case: str) -> None:
    for folder in ("", "a", "b"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "Cargo.toml").write_text(MANIFESTS[case], "utf-8")
        (tmp_path / folder / "package.json").write_text(MANIFESTS[case], "utf-8")
    (tmp_path / "a" / "lib.rs").write_text(f'extern "C" fn {NAME}() -> i32 {{ 0 }}\n')
    checked(tmp_path, without_export())


@pytest.mark.parametrize(
    "text", [f"x = {'9' * 5_000}", f"{'a.' * 30_000}a = 1", "[" * 9_999, "#" * 300_000, "x"]
)
def test_what_is_no_manifest_says_nothing(text: str) -> None:
    assert parsed_toml(text) is None
    assert parsed_json(text) is None


def test_a_manifest_is_read_as_it_is() -> None:
    assert parsed_toml("[a.b]\nc = 1.5 # " + "." * 150) == {"a": {"b": {"c": 1.5}}}
    assert parsed_json('{"a": [1]}') == {"a": [1]}
    assert parsed_json("[1]") is None


def test_files_that_are_none_are_left(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Cargo.toml")
    (tmp_path / "package.json").symlink_to("/dev/zero")
    (tmp_path / "go.mod").mkdir()
    (tmp_path / "loop.rs").symlink_to("loop.rs")
    (tmp_path / os.fsdecode(b"\xff.rs")).write_text(f"fn {NAME}() {{}}\n")
    with (tmp_path / "huge.rs").open("wb") as file:
        file.truncate(4 << 30)
    checked(tmp_path, without_export())


def test_names_without_end_are_not_all_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    real = Repository.functions

    def note(self: Repository, name: str) -> list[tuple[PurePosixPath, int, int]]:
        searched.append(name)
        return real(self, name)

    monkeypatch.setattr(Repository, "functions", note)
    (tmp_path / "lib.rs").write_text("fn other() {}\n")
    checked(tmp_path, without_export(*(f"{NAME}{n}" for n in range(1_000))))
    assert 1 < len(set(searched)) < 10


def test_sources_without_end_are_not_all_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"fn {NAME}() {{}}\n"
    for number in range(20):
        (tmp_path / f"{number:02}.rs").write_text(line * 10)
    found = Repository(tmp_path).functions(NAME)
    assert len(found) == 100
    assert found[0] == (PurePosixPath("00.rs"), 1, 4)
    monkeypatch.setattr(repository_module, "_SEARCHED_MAX_BYTES", 5 * 10 * len(line))
    assert len(Repository(tmp_path).functions(NAME)) == 50
    (tmp_path / "00.rs").write_text("\n" * 200_000 + line)
    assert Repository(tmp_path).lines(PurePosixPath("00.rs")) == []


def test_names_of_thousands_of_plugins_are_not_all_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"fn {NAME}_{number}() {{}}\n" for number in range(10)]
    (tmp_path / "lib.rs").write_text("".join(lines))
    read = len("".join(lines))
    monkeypatch.setattr(repository_module, "_SEARCHING_MAX", 3 * 128 * read + 5 * read)
    repository = Repository(tmp_path)
    assert repository.functions("nowhere") == []
    found = [repository.functions(f"{NAME}_{number}") for number in range(10)]
    assert [bool(places) for places in found] == [True] * 3 + [False] * 7


def test_lines_of_thousands_of_plugins_are_not_all_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"int {NAME}(void) {{\n  return 0;\n}}\n"
    paths = [PurePosixPath(f"{number}.{kind}") for kind in ("c", "rs") for number in range(10)]
    for path in paths:
        (tmp_path / path).write_text(text if path.suffix == ".c" else f"fn {NAME}() {{ }}\n")
    monkeypatch.setattr(repository_module, "_SEARCHING_MAX", 5 * 32 * len(text))
    repository = Repository(tmp_path)
    told = [repository.declares(path, NAME, 3) for path in paths[:10]]
    assert told.count(True) == 5
    assert set(told[5:]) == {None}
    assert {repository.function_at(path, 1) for path in paths[10:]} == {None}
    assert Repository(tmp_path).function_at(paths[10], 1) == NAME


def test_a_file_that_is_too_large_to_be_edited_is_left(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    for name, text in (("a", "x\n" * 5_001), ("b", "x" * 300_000), ("c", "x\n" * 5_000)):
        (tmp_path / name).write_text(text)
    texts = [repository.text(PurePosixPath(name)) for name in ("a", "b", "c")]
    assert texts == [None, None, "x\n" * 5_000]


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (f'pub extern "C" fn {NAME}() -> i32 {{', 18),
        (f"    fn {NAME} <T>(", 7),
        (f"int32_t {NAME}(void) {{", 8),
        (f"  static unsigned *{NAME}(", 19),
        (f"export function {NAME}(): i32 {{", 16),
        (f"func {NAME}() int32 {{", 5),
        (f"x = {NAME}; fn {NAME}(", 25),
        (f"// fn {NAME}(", None),
        (f"  * int {NAME}(", None),
        (f"return {NAME}(", None),
        (f"#define f {NAME}(", None),
        (f"{NAME}(1);", None),
        (f"let x = {NAME}(1);", None),
        (f"defn {NAME}(", 5),  # as C, where defn may be a type
        (f"a.fn {NAME}(", 5),
        (f"fn {NAME};", None),
        (f"fn {NAME}2(", None),
        ("a " * 1_000_000 + f"{NAME}(", 2_000_000),
        ("*" * 1_000_000 + f"{NAME}(", None),
        ("fn " * 1_000_000 + f"{NAME}", None),
        (f"fn {NAME} " * 100_000, None),
        (f"fn{' ' * 1_000_000}{NAME}(", 1_000_002),
    ],
)
def test_a_declaration_is_found_in_a_line(line: str, at: int | None) -> None:
    assert declared_at(line, NAME) == at


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_folder_whose_name_is_no_text_is_not_pointed_into(tmp_path: Path) -> None:
    try:
        (tmp_path / "\udcff").mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    (tmp_path / "\udcff" / "Cargo.toml").write_text(MANIFEST, "utf-8")
    (tmp_path / "\udcff" / "lib.rs").write_text(f"pub fn {NAME}() {{}}\n", "utf-8")
    report = checked(tmp_path, without_export())
    assert report.problems == []
    assert report.artifacts[0].finding is not None
    assert report.artifacts[0].finding.location is None
    assert report.model_dump_json()

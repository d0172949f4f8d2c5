"""Mends by rule, all together: one patch that applies to the author's files."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cc_lb_selfcheck.cli import whole_app
from tests.diagnosis.author import PROGRAM, RUST, TRAP, Author, package, refused


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
        shown = CliRunner().invoke(
            whole_app(), ["check", ".", "--unmarked", "check", "--fix-suggestions"]
        )
        plain = CliRunner().invoke(whole_app(), ["check", "observe-c.wasm", "--fix-suggestions"])
    assert shown.exit_code == 1
    assert "1 refused" in shown.stderr
    assert "--fix-suggestions" in shown.stderr
    author.apply(shown.stdout)
    assert tomllib.loads(author.text("Cargo.toml"))["lib"]["crate-type"] == ["cdylib"]
    assert (plain.exit_code, plain.stdout) == (0, "")

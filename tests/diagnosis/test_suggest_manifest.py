"""Mends of Cargo.toml: the patches apply, and the manifest then says what it should."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.toml_edit import set_value
from tests.diagnosis.author import LINES, PROGRAM, RUST, TRAP, Author, applied, package, refused

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


# any text ------------------------------------------------------------------------------------


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

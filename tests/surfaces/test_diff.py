"""Hostile text in a patch: shown as it stands, or not at all."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.surfaces.diff import NO_CHANGE, diff
from tests.support.hostile import strings
from tests.support.reader_runner import read_log

from .shown import shown

HOSTILE = tuple(strings())
BEFORE = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1 +1,2 @@\n"

PATCHES = tuple(f"{BEFORE}{mark}{text}\n" for text in HOSTILE for mark in "+- ")


def lines_of(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.split("\n")]


def test_of_the_corpus_much_is_shown_and_much_is_not() -> None:
    assert 1_000 < sum(diff(text) is None for text in PATCHES) < len(PATCHES) - 1_000


def test_what_is_shown_commands_nobody_and_hides_nothing() -> None:
    made = [patch for text in PATCHES if (patch := diff(text)) is not None]
    assert not read_log("\n".join(made))
    for patch in made:
        assert shown(patch, "\n\t").replace("\\r\n", "\r\n") == patch


def test_only_what_might_act_or_hide_makes_none() -> None:
    for text in HOSTILE:
        patch = f"{BEFORE}+{text}\n"
        acts = "##[" in patch or any(line.strip()[:2] == "::" for line in lines_of(patch))
        hides = any(shown(line, "\t") != line for line in lines_of(patch))
        assert diff(patch) == (None if acts or hides else patch), text


@pytest.mark.parametrize(
    "line", ["::error::x", " ::error::x", "\t::x", "\u00a0::x", "a ##[error]x"]
)
def test_a_line_that_the_runner_would_obey_makes_none(line: str) -> None:
    assert diff(f"a\n{line}\nb") is None
    assert diff(f"a\n+{line}\nb") == (None if "##[" in line else f"a\n+{line}\nb")


@pytest.mark.parametrize(
    "text", ["", "a\r\nb\r\n", "+\ta\tb", "+é 🦀 漢字", "+a::b", "## [x]", "##\t[x]", "#[x]"]
)
def test_an_ordinary_patch_stays_as_it_is(text: str) -> None:
    assert diff(text) == text


@pytest.mark.parametrize("text", ["a\rb", "a\r\r\nb", "\x1b[2J", "\u202e", "a\u200bb"])
def test_what_moves_the_cursor_or_hides_makes_none(text: str) -> None:
    assert diff(text) is None


def test_no_change_is_an_empty_patch() -> None:
    assert diff("") == NO_CHANGE

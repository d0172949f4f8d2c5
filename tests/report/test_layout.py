"""Paragraphs for the terminal: everything is there, and fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cc_lb_selfcheck.report.layout import paragraph, plain, styled

FIRST, REST = styled("  │ why  ", "dim"), styled("  │      ", "dim")
WIDE = len(plain(FIRST))
ROOM = 20


def lines(text: str, width: int = ROOM) -> list[str]:
    told = paragraph(text, width + WIDE, FIRST, REST)
    return [plain(line) for line in told]


@given(st.text("ab  -界\n", max_size=200), st.integers(ROOM, 60))
def test_nothing_is_lost_and_each_line_fits(text: str, width: int) -> None:
    told = lines(text, width)
    shown = "".join(line[WIDE:] for line in told)
    assert "".join(shown.split()) == "".join(text.split())
    assert all(cell_len(line) <= width + WIDE for line in told)
    assert all(line == line.rstrip() for line in told)
    assert told[0].startswith(plain(FIRST).rstrip())
    assert all(line.startswith(plain(REST).rstrip()) for line in told[1:])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [""]),
        ("a" * 20, ["a" * 20]),
        ("a" * 41, ["a" * 20, "a" * 20, "a"]),
        ("short " + "a" * 21, ["short", "a" * 20, "a"]),
        ("one two three four five six", ["one two three four", "five six"]),
        ("one two  three  four   five", ["one two  three  four", "five"]),
        ("one\n\n  two", ["one", "", "  two"]),
        ("界" * 11, ["界" * 10, "界"]),
    ],
)
def test_a_line_breaks_between_words_where_it_can(text: str, told: list[str]) -> None:
    assert [line[WIDE:] for line in lines(text)] == told

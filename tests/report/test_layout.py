"""Paragraphs for the terminal: everything is there, and fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cc_lb_selfcheck.report.layout import paragraph

FIRST, REST = ("  │ why  ", "dim"), ("  │      ", "dim")
ROOM = 20


def lines(text: str, width: int = ROOM) -> list[str]:
    told = paragraph(text, width + len(FIRST[0]), FIRST, REST)
    return ["".join(part for part, _ in line) for line in told]


@given(st.text("ab  -界\n", max_size=200), st.integers(ROOM, 60))
def test_nothing_is_lost_and_each_line_fits(text: str, width: int) -> None:
    told = lines(text, width)
    shown = "".join(line[len(FIRST[0]) :] for line in told)
    assert "".join(shown.split()) == "".join(text.split())
    assert all(cell_len(line) <= width + len(FIRST[0]) for line in told)
    assert all(line == line.rstrip() for line in told)
    assert told[0].startswith(FIRST[0].rstrip())
    assert all(line.startswith(REST[0].rstrip()) for line in told[1:])


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
    assert [line[len(FIRST[0]) :] for line in lines(text)] == told

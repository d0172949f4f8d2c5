"""Each character that there is: shown as itself, or written out."""

from __future__ import annotations

import sys

import pytest

from cc_lb_selfcheck.surfaces.visible import shorten, visible

from .shown import shown

ASSIGNED = (*range(0, 0x34000, 64), *range(0xE0000, 0xE1000, 64), sys.maxunicode - 63)
"""Where blocks begin that hold characters; the rest is all alike."""


def test_each_character_shows_or_is_written_out() -> None:
    for begin in ASSIGNED:
        text = " ".join(map(chr, range(begin, begin + 64)))
        assert visible(text) == shown(text), hex(begin)
        assert visible(text, lines=True) == shown(text, "\n\t"), hex(begin)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("a\ufe0f", "a\\u{fe0f}"),
        ("\ufe0f\u2764", "\\u{fe0f}\u2764"),
        ("\u2764\ufe0e", "\u2764\\u{fe0e}"),
        ("\u2764\ufe0f\ufe0f", "\u2764\ufe0f\\u{fe0f}"),
        ("\n\r\t\0", "\\n\\r\\t\\u{0}"),
        ("\ud800", "\\u{d800}"),
        ("plain é 漢字 🦀", "plain é 漢字 🦀"),
        ("\u00a0\u3000", "\u00a0\u3000"),
        ("", ""),
    ],
)
def test_what_is_written_for_what_hides(text: str, written: str) -> None:
    assert visible(text) == written


def test_lines_stay_where_they_are_asked_for() -> None:
    assert visible("a\n\tb\r\n\x1b", lines=True) == "a\n\tb\\r\n\\u{1b}"


@pytest.mark.parametrize(
    ("length", "limit", "kept"),
    [(10, 10, 10), (11, 10, 0), (100, 40, 14), (1_000, 27, 0), (1_000, 28, 0), (1_000, 29, 1)],
)
def test_a_text_is_cut_to_its_limit_with_a_note(length: int, limit: int, kept: int) -> None:
    cut = shorten("x" * length, limit)
    note = "" if length <= limit else f" … ({length:,} characters in all)"
    assert cut == "x" * kept + note

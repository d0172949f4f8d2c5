"""Hostile text in a workflow file, read back by a parser of YAML."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import yaml

from cc_lb_selfcheck.surfaces.yaml import flow, lines, literal, scalar
from tests.support.hostile import strings

HOSTILE = tuple(strings())
SOME = HOSTILE[:2_000]
MEANINGS = (
    *("true", "TRUE", "false", "null", "Null", "NULL", "yes", "Yes", "no", "on", "ON", "off"),
    *("y", "Y", "n", "N", "~", "1", "1.5", ".5", ".5e3", "-1", "+1", "0x10", "0o7", "1_000"),
    *("1:30", ".inf", "-.INF", ".nan", ".NaN", "2026-11-26", "=", "<<", *"-?:*&!|>'\"%@`#[]{},"),
)
"""What a plain scalar would be something else of, in YAML 1.1 or 1.2."""


def read(text: str) -> Any:
    return yaml.safe_load(text)


def test_a_scalar_means_its_text_and_stays_in_its_line() -> None:
    for text in (*HOSTILE, *MEANINGS):
        written = scalar(text)
        assert read(f"a: {written}\nb: 2\n") == {"a": text, "b": 2}, text
        assert len(written.splitlines()) <= 1, text


def test_a_sequence_means_its_texts_and_stays_in_its_line() -> None:
    for first, second in pairwise((*SOME, *MEANINGS)):
        written = flow((first, second))
        assert read(f"a: {written}\nb: 2\n") == {"a": [first, second], "b": 2}, first
        assert len(written.splitlines()) == 1, first
    assert (read(flow(())), read(flow(("a",)))) == ([], ["a"])


def test_lines_mean_their_texts_one_below_another() -> None:
    for first, second in pairwise((*SOME, *MEANINGS)):
        written = lines((first, second), 6)
        told = read(f"  x:\n    a: {written}\n    b: 2\n")["x"]
        assert told["b"] == 2, first
        assert told["a"].removesuffix("\n") == f"{first}\n{second}".removesuffix("\n"), first


def test_one_line_is_a_scalar_and_none_is_empty() -> None:
    assert lines(("true",), 2) == scalar("true") == '"true"'
    assert lines((), 2) == scalar("") == '""'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("dist/*.wasm", "dist/*.wasm"),
        ("./a b", "./a b"),
        ("**/*.wasm", '"**/*.wasm"'),
        ("a, b", '"a, b"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("a ", '"a "'),
        ("a  b", '"a  b"'),
        ("cargo build --release", "cargo build --release"),
        ("A=$B ~/x +y @z", "A=$B ~/x +y @z"),
        ('say "x"', 'say "x"'),
        ("é", '"é"'),
        (".github", ".github"),
        ("..", '".."'),
        ("on", '"on"'),
        ("one", "one"),
        ("Bed", "Bed"),
        ("/bed", "/bed"),
        ('a+b@c$d"e=f~g-h/i.j*k', 'a+b@c$d"e=f~g-h/i.j*k'),
        ('x +a @b $c "d =e ~f -g /h .i *j', 'x +a @b $c "d =e ~f -g /h .i *j'),
        ("a\\b", '"a\\\\b"'),
        ("aé", '"aé"'),
        ("y", '"y"'),
        ("N", '"N"'),
        (".5e3", '".5e3"'),
        (".a5", ".a5"),
    ],
)
def test_a_scalar_is_plain_where_that_means_the_same(text: str, written: str) -> None:
    assert scalar(text) == written


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (("main", "self-hosted", "a_1"), "[main, self-hosted, a_1]"),
        (("on", "a b", "1a", "-a", ""), '["on", "a b", "1a", "-a", ""]'),
        (("é", "aé"), '["é", "aé"]'),
        (("Bed", "_a", "y"), '[Bed, _a, "y"]'),
    ],
)
def test_words_of_a_sequence_are_plain(texts: tuple[str, ...], written: str) -> None:
    assert flow(texts) == written


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (("cargo build", "# a: [b"), "|\n    cargo build\n    # a: [b"),
        (("a", "b", "c"), "|\n    a\n    b\n    c"),
        (("a", "~"), "|\n    a\n    ~"),
        (("!", "a"), "|\n    !\n    a"),
        (("a", " b"), '"a\\n b"'),
        (("a", "b "), '"a\\nb "'),
        (("a", ""), '"a\\n"'),
        (("é", "b"), '"é\\nb"'),
        (("a\tb", "c"), '"a\\tb\\nc"'),
    ],
)
def test_a_block_holds_what_needs_no_quotes(texts: tuple[str, ...], written: str) -> None:
    assert lines(texts, 4) == written


@pytest.mark.parametrize("char", "\x7f\x85\x9f\u2028\u2029\ufeff\ud800\udfff\ufffe\uffff")
def test_what_yaml_does_not_allow_is_escaped(char: str) -> None:
    assert scalar(f"a{char}") == f'"a\\u{ord(char):04x}"'


@pytest.mark.parametrize("char", "\u00a0\u2027\u202a\ud7ff\ue000\ufefe\ufffd")
def test_what_yaml_allows_stands_for_itself(char: str) -> None:
    assert scalar(f"a{char}") == f'"a{char}"'


def test_yaml_of_ours_is_left_alone() -> None:
    assert literal("${{ matrix.plugin }}") == "${{ matrix.plugin }}"

"""Hostile text in JSON that is printed, read back by a parser and by the runner's reader."""

from __future__ import annotations

import json

import pytest

from cc_lb_selfcheck.surfaces.json import indented
from tests.support.hostile import strings
from tests.support.reader_runner import read_log

HOSTILE = tuple(strings())


def test_a_value_says_the_same_and_the_runner_obeys_none_of_it() -> None:
    value = {"##[error]a key": [text.encode("utf-8", "replace").decode() for text in HOSTILE]}
    text = indented(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert "##[" not in text
    assert not read_log(text)


@pytest.mark.parametrize(
    ("depth", "written"),
    [
        (0, '{\n  "a": [\n    1\n  ]\n}'),
        (1, '{\n    "a": [\n      1\n    ]\n  }'),
        (3, '{\n        "a": [\n          1\n        ]\n      }'),
    ],
)
def test_a_value_stands_as_deep_as_its_place(depth: int, written: str) -> None:
    assert indented({"a": [1]}, depth) == written


def test_a_value_stands_at_the_margin_by_default() -> None:
    assert indented([1]) == "[\n  1\n]"

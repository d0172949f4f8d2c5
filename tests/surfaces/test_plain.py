"""Hostile text in JSON that is printed, and where GitHub shows text as it is."""

from __future__ import annotations

import json

import pytest

from cc_lb_selfcheck.surfaces.json import json_text
from cc_lb_selfcheck.surfaces.plain import plain
from tests.support.hostile import strings
from tests.support.reader_runner import read_log

from .shown import shown

HOSTILE = tuple(strings())


@pytest.mark.parametrize("indent", [None, 2])
def test_json_says_the_same_and_commands_nobody(indent: int | None) -> None:
    document = {text: [text, {"text": text}] for text in HOSTILE}
    for ascii_alone in (True, False):
        written = json.dumps(document, indent=indent, ensure_ascii=ascii_alone)
        assert "##[" in written
        safe = json_text(written)
        assert read_log(safe) == []
        assert json.loads(safe) == document


def test_plain_text_is_whole_and_hides_nothing() -> None:
    for text in HOSTILE:
        assert plain(text, 100_000) == shown(text), text
        assert plain(text, 100_000, lines=True) == shown(text, "\n\t"), text


def test_plain_text_is_cut_and_says_so() -> None:
    cut = plain("\x1b" * 1_000, 100)
    assert len(cut) == 100
    assert cut.endswith(" … (6,000 characters in all)")

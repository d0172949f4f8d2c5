"""The caret stands under the byte that serde_json names, whatever the response holds."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.excerpt import cells_of, path_at, point_at, split_place
from cc_lb_selfcheck.protocol.decode import decode_response
from cc_lb_selfcheck.protocol.json_scanner import JsonError
from cc_lb_selfcheck.surfaces.visible import visible

GOOD = (
    '{"status":"failure","failures":[{"stage":"wire_function_test","message":"é"}],'
    '"completed_at":1}'
)
PIECES = st.sampled_from(
    ['{"', '"', "}", "]", ",", ":", "status", "failures", "stage", "\n", "\0", "é", "\u2013", "한",
     "🙂", "e\u0301", "\u202e", "\\u0041", "\\", "1.5", "NaN", " ", "x" * 90]
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A response with something put in, left out, or nothing of one."""
    if draw(st.booleans()):
        return "".join(draw(st.lists(PIECES | st.characters(codec="utf-8"), max_size=12)))
    at = draw(st.integers(0, len(GOOD)))
    gap = draw(st.integers(0, 5))
    return GOOD[:at] + draw(PIECES | st.just("")) + GOOD[at + gap :]


def error_of(text: str) -> JsonError | None:
    try:
        decode_response(text)
    except JsonError as error:
        return error
    return None


def under_the_caret(text: str, caret: str) -> str:
    """Return what begins in the caret's cell."""
    cells = 0
    for at in range(len(text)):
        if cells == len(caret) - 1 and unicodedata.category(text[at]) not in ("Mn", "Me"):
            return text[at:]
        cells += cells_of(text[at])
    return text[len(text) - 1 :]


@given(spoilt())
@example('{"status":"sucess","failures":[],"completed_at":1}')
@example('{"sta\ntus":1}')
@example("x" * 300 + "\n{")
@example("한글🙂{")
@settings(max_examples=400, deadline=None)
def test_the_caret_stands_under_the_byte_that_is_named(text: str) -> None:
    error = error_of(text)
    if error is None or not text:
        return
    said = split_place(str(error))
    assert said == (error.code, error.line, error.column)
    shown = point_at(text, error.line, error.column)
    if shown is None:
        # A byte that is not there: before the first one.
        assert error.column == 0
        assert error.line == 1
        return
    assert shown.caret == " " * (len(shown.caret) - 1) + "^"
    named = text.encode()[: error.offset].decode(errors="ignore")
    char = text[len(named)]
    if unicodedata.category(char) not in ("Mn", "Me"):
        assert under_the_caret(shown.text, shown.caret).startswith(visible(char))


@given(st.text(max_size=300), st.integers(-5, 400), st.integers(-5, 400))
@settings(max_examples=200, deadline=None)
def test_no_place_is_beyond_it(text: str, line: int, column: int) -> None:
    shown = point_at(text, line, column)
    if shown is not None:
        assert cells_of(shown.text) <= 48 + 24 + 2 * 12
        assert len(shown.caret) <= cells_of(shown.text) + 2
        assert "\n" not in shown.text
        assert visible(shown.text) == shown.text
        assert len(shown.path) < 1_000


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_message_is_split_or_not(text: str) -> None:
    said = split_place(text)
    assert said is None or text.startswith(said[0])
    assert split_place(f"{text} at line 3 column 14") == (text, 3, 14)


def test_a_long_line_is_cut_around_the_byte() -> None:
    text = json.dumps({"a" * 500: 1})
    shown = point_at(text, 1, 250)
    assert shown is not None
    assert shown.text == f"…{'a' * 72}…"
    assert shown.caret == " " * 49 + "^"


def test_a_line_feed_inside_a_string_is_shown() -> None:
    error = error_of('{"sta\ntus":1}')
    assert error is not None
    assert (error.line, error.column) == (2, 0)
    shown = point_at('{"sta\ntus":1}', 2, 0)
    assert shown is not None
    assert (shown.text, shown.caret) == ('{"sta\\n', "     ^")


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("", ""),
        ("{", ""),
        ('{"status":', "status"),
        ('{"status":"x","fail', ""),
        ('{"status":"x","failures"', "failures"),
        ('{"failures":[{"stage":"x"', "failures[0].stage"),
        ('{"failures":[{"stage":"x"},{"message":[1,', "failures[1].message[1]"),
        ('{"failures":[{"stage":"}]"}],"completed_at":1', "completed_at"),
        ('["success",[', "[1][0]"),
        ('{"a b":{"c\\"":', '["a b"]["c\\""]'),
        ('{"\\ud800":', '["\\ud800"]'),
        ('{"\\x":', '["\\x"]'),
        ("[" * 20, "[0]" * 8 + "…"),
        ("}]},", ""),
    ],
)
def test_the_field_is_named(prefix: str, path: str) -> None:
    assert path_at(prefix) == path

"""Floats and strings as they stand in serde_json's messages. Expected texts: the host's own."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_lb_selfcheck.protocol.decode import decode_response
from cc_lb_selfcheck.protocol.json_scanner import JsonError
from cc_lb_selfcheck.protocol.rust_debug import debug_string
from cc_lb_selfcheck.protocol.rust_float import float_from_parts, format_float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (100.0, "100.0"),
        (-2.5, "-2.5"),
        (1e15, "1000000000000000.0"),
        (1234567890123456.0, "1234567890123456.0"),
        (1e16, "1e+16"),
        (123456789012345680.0, "1.2345678901234568e+17"),
        (1e-4, "0.0001"),
        (1e-5, "0.00001"),
        (1.5e-5, "0.000015"),
        (1e-6, "1e-6"),
        (-1.5e-6, "-1.5e-6"),
        (5e-324, "5e-324"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ],
)
def test_a_float_is_printed_as_the_host_prints_it(value: float, text: str) -> None:
    assert format_float(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_float_reads_back_as_itself(value: float) -> None:
    text = format_float(value)

    assert float(text) == value
    assert math.copysign(1.0, float(text)) == math.copysign(1.0, value)
    assert "." in text or "e" in text


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("1e2", "100.0"),
        ("-0", "-0.0"),
        ("-0e5", "-0.0"),
        ("0e999999999999", "0.0"),
        ("1e-999999999999", "0.0"),
        ("-1e-400", "-0.0"),
        ("4.9e-324", "5e-324"),
        ("2e-324", "0.0"),
        ("1.1e-310", "1.1e-310"),
        ("17976931348623157e292", "1.7976931348623157e+308"),
        ("0.1e309", "1e+308"),
        ("10e-325", "0.0"),
        ("999999999999999999999e-330", "1e-309"),
        # Not the nearest double: the significand is scaled in floating point.
        ("12345678901234567.0", "1.2345678901234566e+16"),
        # Not the nearest double: digits beyond 64 bits are dropped.
        ("184467440737095516159", "1.844674407370955e+20"),
        ("18446744073709551616.5", "1.8446744073709552e+19"),
    ],
)
def test_a_float_is_read_as_the_host_reads_it(literal: str, shown: str) -> None:
    with pytest.raises(JsonError) as caught:
        decode_response(f'{{"completed_at":{literal}}}')

    assert caught.value.code == f"invalid type: floating point `{shown}`, expected i64"


@pytest.mark.parametrize(
    "literal", ["1e309", "1.8e308", "1.7976931348623158e308", "1e400", "-1e400", "1e99999999999999"]
)
def test_a_float_beyond_the_largest_is_out_of_range(literal: str) -> None:
    with pytest.raises(JsonError) as caught:
        decode_response(f'{{"completed_at":{literal}}}')

    assert caught.value.code == "number out of range"


@pytest.mark.parametrize(
    ("significand", "exponent", "value"),
    [
        (0, 2**31, 0.0),
        (0, -(2**31), 0.0),
        (1, 308, 1e308),
        (1, 309, None),
        (2**64 - 1, 308, None),
        (1, -324, 0.0),
        (5, -324, 5e-324),
        (1, -(2**31), 0.0),
        (123456789012345670, -1, 1.2345678901234566e16),
    ],
)
def test_parts_make_a_float_as_in_serde_json(
    significand: int, exponent: int, value: float | None
) -> None:
    assert float_from_parts(significand, exponent) == value


@given(st.integers(0, 2**64 - 1), st.integers(-700, 700))
def test_parts_make_nearly_the_float_they_say(significand: int, exponent: int) -> None:
    made = float_from_parts(significand, exponent)
    exact = float(f"{significand}e{exponent}")

    if made is None:
        assert exact > sys.float_info.max * (1 - 1e-15)
    else:
        assert math.isclose(made, exact, rel_tol=1e-15, abs_tol=1e-323)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", '""'),
        ("a\"b\\c'/", '"a\\"b\\\\c\'/"'),
        ("\0\t\r\n", r'"\0\t\r\n"'),
        ("\b\x1b\x7f\x80", r'"\u{8}\u{1b}\u{7f}\u{80}"'),
        ("é가😀\U0001fae8\ufffd", '"é가😀\U0001fae8\ufffd"'),
        ("a\u0301", r'"a\u{301}"'),
        ("\xa0\xad\u200b\u202e\u2028", r'"\u{a0}\u{ad}\u{200b}\u{202e}\u{2028}"'),
        ("\u3000\ufeff\ue000\ud7ff", r'"\u{3000}\u{feff}\u{e000}\u{d7ff}"'),
        ("\u0378\u0600\u09be", r'"\u{378}\u{600}\u{9be}"'),
        ("\U000e0100\U0010ffff", r'"\u{e0100}\u{10ffff}"'),
        # Invisible, yet letters to Unicode and to Rust.
        ("\u115f\u1160\u3164", '"\u115f\u1160\u3164"'),
    ],
)
def test_a_string_is_quoted_as_rusts_debug_does(text: str, shown: str) -> None:
    assert debug_string(text) == shown

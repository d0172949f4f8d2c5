"""Floats as serde_json reads and prints them, which is not always how Python does.

serde_json without ``float_roundtrip`` scales a 64-bit significand by a power of ten in floating
point, so the last digits may differ from the nearest double.
Source: serde_json 1.0.154 ``src/de.rs`` (``f64_from_parts``) and the ``zmij`` crate's format.
"""

import math

_POW10_MAX = 308


def float_from_parts(significand: int, exponent: int) -> float | None:
    """Return ``significand * 10**exponent`` as serde_json computes it; None when out of range."""
    value = float(significand)
    while abs(exponent) > _POW10_MAX:
        if value == 0.0:
            return value
        if exponent >= 0:
            return None
        value /= 1e308
        exponent += _POW10_MAX
    if exponent < 0:
        return value / float(f"1e{-exponent}")
    value *= float(f"1e{exponent}")
    return None if math.isinf(value) else value


def format_float(value: float) -> str:
    """Print a finite float: shortest digits, a point always, an exponent from 1e16 and 1e-6."""
    if value == 0.0:
        return "-0.0" if math.copysign(1.0, value) < 0 else "0.0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent_text = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    point = len(whole) - leading_zeros + int(exponent_text or 0)
    digits = digits.rstrip("0")
    if 0 < point <= 16:
        padded = digits.ljust(point, "0")
        return f"{sign}{padded[:point]}.{padded[point:] or '0'}"
    if -5 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    exponent = point - 1
    return f"{sign}{digits[0]}{rest}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"

"""The words of a response, and what JSON takes for a number or an escape, or does not."""

from __future__ import annotations

import json

STATUSES = ["success", "failure"]
STAGES = [
    "request_preparation",
    "wire_function_test",
    "capability_verification",
    "response_validation",
]
FIELDS = ["status", "failures", "completed_at", "stage", "message"]


def words_of(text: str) -> list[str]:
    return text.split()


BROKEN_ESCAPES = words_of(r"""
\x \u \u1 \u12 \u123 \u00zz \U0041 \' \0 \ \é \u{41} LOW HIGH HIGHHIGH LOWHIGH HIGH\u0041 HIGH\n
HIGHx HIGH\ HIGH\u HIGH\udc0 HIGH\udbff HIGH\ue000 HIGH\udc00 HIGH\udfff "
""")
"""Escapes that JSON forbids; HIGH and LOW stand for some surrogate."""

NOT_NUMBERS = words_of("""
- --1 +1 .5 -.5 1. -1. 1.e5 1e 1e+ 1E- 1e+-1 1.5e 01 -01 00 -00 0123 0. 0e -0. 0x10 1_000 1,000
NaN -NaN Infinity -Infinity inf 1f 1i64 1n 0b1 1..2 1.2.3 1e5e5 1e5.5 -a 1a 1- 1+1 -0x1 ٣ ½ 1é
""")

EDGE_FLOATS = words_of("""
-0 -0.0 0.0 0e0 -0e5 0E+9 1.0 1e0 1e1 1e2 1e15 1e16 1e17 1e18 1e19 1e20 1e21 1e22 1e23 123456789e11
1e-4 1e-5 1e-6 1e-7 0.1 0.3 2.5 9007199254740993.0 9007199254740992e0 1e307 1e308 1e309 1e400 -1e400
1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1.8e308 5e-324 1e-323 1e-324
2.4703282292062327e-324 2.5e-324 2.2250738585072014e-308 2.2250738585072011e-308 1e-400
18446744073709551615.0 18446744073709551616 184467440737095516150 1844674407370955161.5 1.7e9 17e8
9223372036854775807.0 9223372036854775808 -9223372036854775809 1700000000.5 1700000000000 0.1e1
4294967296.0 10e-1 100e-2 1.0e+0
""")


def quoted(text: str) -> str:
    """Write a JSON string, unescaped where JSON allows it."""
    return json.dumps(text, ensure_ascii=False)

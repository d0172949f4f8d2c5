"""Reads JSON's words, strings and numbers as serde_json does, and places its errors.

Columns count bytes since the last line feed. Two positions occur in messages: the number of bytes
consumed, and one more where the parser has only peeked at the byte in question.

Source: serde_json 1.0.154 ``src/de.rs``, ``src/read.rs``, ``src/error.rs``.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from .rust_float import float_from_parts

_WHITESPACE: Final = frozenset(b" \n\t\r")
_PLAIN: Final = re.compile(rb'[^"\\\x00-\x1f]+')
"""What stands for itself in a string."""
DIGITS: Final = frozenset(b"0123456789")
_ESCAPES: Final = {
    ord('"'): b'"',
    ord("\\"): b"\\",
    ord("/"): b"/",
    ord("b"): b"\b",
    ord("f"): b"\f",
    ord("n"): b"\n",
    ord("r"): b"\r",
    ord("t"): b"\t",
}
_U64_MAX = 2**64 - 1
_I32_MAX = 2**31 - 1


class JsonError(Exception):
    """serde_json's error. ``line`` counts from 1, ``column`` in bytes, ``offset`` from 0."""

    def __init__(self, code: str, line: int, column: int, offset: int) -> None:
        super().__init__(f"{code} at line {line} column {column}")
        self.code = code
        self.line = line
        self.column = column
        self.offset = offset


class Scanner:
    """A place in some JSON text, which moves on as it is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    # Bytes and positions ----------------------------------

    def peek(self) -> int | None:
        """Return the byte that comes next; None at the end."""
        return self.data[self.at] if self.at < len(self.data) else None

    def take(self) -> int | None:
        """Consume the byte that comes next, and return it; None at the end."""
        byte = self.peek()
        if byte is not None:
            self.at += 1
        return byte

    def skip_whitespace(self) -> int | None:
        """Consume white space, and return the byte that comes after it; None at the end."""
        while (byte := self.peek()) in _WHITESPACE:
            self.at += 1
        return byte

    def fail_at(self, code: str, index: int) -> NoReturn:
        """Fail after so many bytes."""
        start_of_line = self.data.rfind(b"\n", 0, index) + 1
        line = 1 + self.data.count(b"\n", 0, start_of_line)
        raise JsonError(code, line, index - start_of_line, max(index - 1, 0))

    def fail(self, code: str) -> NoReturn:
        """Fail at the byte consumed last."""
        self.fail_at(code, self.at)

    def fail_peek(self, code: str) -> NoReturn:
        """Fail at the byte that comes next."""
        self.fail_at(code, min(len(self.data), self.at + 1))

    def ident(self, rest: bytes) -> None:
        """Read what is left of a word: of ``null``, ``true`` or ``false``."""
        for wanted in rest:
            byte = self.take()
            if byte is None:
                self.fail("EOF while parsing a value")
            if byte != wanted:
                self.fail("expected ident")

    # Strings ----------------------------------------------

    def string_body(self) -> str:
        """Read a string from its opening quote on."""
        self.at += 1
        parts = bytearray()
        while True:
            if plain := _PLAIN.match(self.data, self.at):
                parts += plain[0]
                self.at = plain.end()
            byte = self.peek()
            if byte is None:
                self.fail("EOF while parsing a string")
            self.at += 1
            if byte == ord('"'):
                return parts.decode()
            if byte != ord("\\"):
                self.fail(
                    "control character (\\u0000-\\u001F) found while parsing a string",
                )
            parts += self._escape()

    def _escape(self) -> bytes:
        byte = self.take()
        if byte is None:
            self.fail("EOF while parsing a string")
        if byte in _ESCAPES:
            return _ESCAPES[byte]
        if byte != ord("u"):
            self.fail("invalid escape")
        unit = self._hex4()
        if 0xDC00 <= unit <= 0xDFFF:
            self.fail("lone leading surrogate in hex escape")
        if not 0xD800 <= unit <= 0xDBFF:
            return chr(unit).encode()
        for wanted in b"\\u":
            byte = self.peek()
            if byte is None:
                self.fail("EOF while parsing a string")
            self.at += 1
            if byte != wanted:
                self.fail("unexpected end of hex escape")
        low = self._hex4()
        if not 0xDC00 <= low <= 0xDFFF:
            self.fail("lone leading surrogate in hex escape")
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).encode()

    def _hex4(self) -> int:
        digits = self.data[self.at : self.at + 4]
        self.at += len(digits)
        if len(digits) < 4:
            self.fail("EOF while parsing a string")
        if not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            self.fail("invalid escape")
        return int(digits, 16)

    # Numbers ----------------------------------------------

    def number(self) -> int | float:
        """Read a number as serde_json does: an integer of 64 bits where it fits, else a float."""
        negative = self.peek() == ord("-")
        if negative:
            self.at += 1
        significand = self._first_digit()
        if significand == 0 and self.peek() in DIGITS:
            self.fail_peek("invalid number")
        significand, dropped = self._digits(significand)
        byte = self.peek()
        if byte == ord("."):
            value = self._fraction(significand, dropped)
        elif byte in (ord("e"), ord("E")):
            value = self._exponent(significand, dropped)
        elif dropped:
            value = self._float(significand, dropped)
        elif not negative:
            return significand
        elif 0 < significand <= 2**63:
            return -significand
        else:
            value = float(significand)
        return -value if negative else value

    def _first_digit(self) -> int:
        byte = self.take()
        if byte is None:
            self.fail("EOF while parsing a value")
        if byte not in DIGITS:
            self.fail("invalid number")
        return byte - ord("0")

    def _digits(self, significand: int) -> tuple[int, int]:
        """Read on while 64 bits hold the significand; count the digits that did not fit."""
        dropped = 0
        while (byte := self.peek()) in DIGITS:
            grown = significand * 10 + byte - ord("0")
            if dropped or grown > _U64_MAX:
                dropped += 1
            else:
                significand = grown
            self.at += 1
        return significand, dropped

    def _fraction(self, significand: int, exponent: int) -> float:
        self.at += 1
        start = self.at
        significand, dropped = self._digits(significand)
        read = self.at - start - dropped
        if read == 0 and not dropped:
            at_end = self.peek() is None
            self.fail_peek("EOF while parsing a value" if at_end else "invalid number")
        if self.peek() in (ord("e"), ord("E")):
            return self._exponent(significand, exponent - read)
        return self._float(significand, exponent - read)

    def _exponent(self, significand: int, starting: int) -> float:
        self.at += 1
        sign = self.peek()
        if sign in (ord("+"), ord("-")):
            self.at += 1
        exponent = self._first_digit()
        while (byte := self.peek()) in DIGITS:
            self.at += 1
            exponent = exponent * 10 + byte - ord("0")
            if exponent > _I32_MAX:
                return self._exponent_overflow(significand, negative=sign == ord("-"))
        return self._float(significand, starting + (-exponent if sign == ord("-") else exponent))

    def _exponent_overflow(self, significand: int, *, negative: bool) -> float:
        if significand and not negative:
            self.fail("number out of range")
        while self.peek() in DIGITS:
            self.at += 1
        return 0.0

    def _float(self, significand: int, exponent: int) -> float:
        value = float_from_parts(significand, exponent)
        if value is None:
            self.fail("number out of range")
        return value

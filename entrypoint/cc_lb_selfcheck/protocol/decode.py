"""Decodes a self-check response as ``serde_json::from_str::<SelfCheckResponse>`` does.

What is accepted, what is refused, and the message with its line and column are serde_json's
(1.0.154, default features): one pass over the bytes, straight into the known types, so that an
unknown field is refused before its value is looked at. Columns count bytes since the last line
feed. Two positions occur in messages: the number of bytes consumed, and one more where the
parser has only peeked at the byte in question.

Source: serde_json ``src/de.rs``, ``src/read.rs``, ``src/error.rs``; serde_core ``src/de/mod.rs``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn, TypeVar, cast

from .response import (
    STAGES,
    STATUSES,
    SelfCheckFailure,
    SelfCheckResponse,
    SelfCheckStage,
    SelfCheckStatus,
)
from .rust_debug import debug_string
from .rust_float import float_from_parts, format_float

_T = TypeVar("_T")

_WHITESPACE: Final = frozenset(b" \n\t\r")
_DIGITS: Final = frozenset(b"0123456789")
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
_I64_MIN, _I64_MAX = -(2**63), 2**63 - 1
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


class _Unplaced(Exception):
    """An error of a type's visitor; serde_json gives it the position where the value ends."""


def decode_response(text: str) -> SelfCheckResponse:
    """Decode a response. Raises ``JsonError`` with serde_json's text."""
    decoder = _Decoder(text.encode())
    response = decoder.response()
    decoder.end()
    return response


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    # The contract's types ---------------------------------

    def response(self) -> SelfCheckResponse:
        fields: dict[str, Callable[[], object]] = {
            "status": lambda: self._unit_enum(STATUSES),
            "failures": lambda: self._list(self._failure),
            "completed_at": self._i64,
        }
        values = self._struct("SelfCheckResponse", fields)
        return SelfCheckResponse.model_construct(
            status=cast(SelfCheckStatus, values["status"]),
            failures=cast(list[SelfCheckFailure], values["failures"]),
            completed_at=cast(int, values["completed_at"]),
        )

    def _failure(self) -> SelfCheckFailure:
        fields: dict[str, Callable[[], object]] = {
            "stage": lambda: self._unit_enum(STAGES),
            "message": self._string,
        }
        values = self._struct("SelfCheckFailure", fields)
        return SelfCheckFailure.model_construct(
            stage=cast(SelfCheckStage, values["stage"]), message=cast(str, values["message"])
        )

    def end(self) -> None:
        if self._skip_whitespace() is not None:
            self._fail_peek("trailing characters")

    # Bytes and positions ----------------------------------

    def _peek(self) -> int | None:
        return self._data[self._at] if self._at < len(self._data) else None

    def _next(self) -> int | None:
        byte = self._peek()
        if byte is not None:
            self._at += 1
        return byte

    def _skip_whitespace(self) -> int | None:
        while (byte := self._peek()) in _WHITESPACE:
            self._at += 1
        return byte

    def _fail_at(self, code: str, index: int) -> NoReturn:
        start_of_line = self._data.rfind(b"\n", 0, index) + 1
        line = 1 + self._data.count(b"\n", 0, start_of_line)
        raise JsonError(code, line, index - start_of_line, max(index - 1, 0))

    def _fail(self, code: str) -> NoReturn:
        """Fail at the byte consumed last."""
        self._fail_at(code, self._at)

    def _fail_peek(self, code: str) -> NoReturn:
        """Fail at the byte that comes next."""
        self._fail_at(code, min(len(self._data), self._at + 1))

    def _start_value(self) -> int:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing a value")
        return byte

    # Structures -------------------------------------------

    def _struct(self, name: str, fields: dict[str, Callable[[], _T]]) -> dict[str, _T]:
        """Read a struct: an object with exactly these fields, or an array of them in order."""
        byte = self._start_value()
        try:
            if byte == ord("{"):
                return self._closed(lambda: self._struct_map(fields), self._end_map)
            if byte == ord("["):
                return self._closed(lambda: self._struct_seq(name, fields), self._end_seq)
            self._invalid_type(f"struct {name}")
        except _Unplaced as error:
            self._fail(str(error))

    def _closed(self, body: Callable[[], _T], close: Callable[[], None]) -> _T:
        """Read a bracketed body; a visitor's error is placed after the closing was tried."""
        self._at += 1
        try:
            value = body()
        except _Unplaced as error:
            try:
                close()
            except JsonError:
                raise error from None
            raise
        close()
        return value

    def _struct_map(self, fields: dict[str, Callable[[], _T]]) -> dict[str, _T]:
        values: dict[str, _T] = {}
        first = True
        while self._has_next_key(first=first):
            first = False
            key = self._string_body()
            if key not in fields:
                raise _Unplaced(f"unknown field `{key}`, expected {_one_of(tuple(fields))}")
            if key in values:
                raise _Unplaced(f"duplicate field `{key}`")
            self._colon()
            values[key] = fields[key]()
        for field in fields:
            if field not in values:
                raise _Unplaced(f"missing field `{field}`")
        return values

    def _struct_seq(self, name: str, fields: dict[str, Callable[[], _T]]) -> dict[str, _T]:
        values: dict[str, _T] = {}
        for count, (field, read) in enumerate(fields.items()):
            if not self._has_next_element(first=count == 0):
                raise _Unplaced(
                    f"invalid length {count}, expected struct {name} with {len(fields)} elements"
                )
            values[field] = read()
        return values

    def _list(self, element: Callable[[], _T]) -> list[_T]:
        byte = self._start_value()
        try:
            if byte != ord("["):
                self._invalid_type("a sequence")
            return self._closed(lambda: self._elements(element), self._end_seq)
        except _Unplaced as error:
            self._fail(str(error))

    def _elements(self, element: Callable[[], _T]) -> list[_T]:
        elements: list[_T] = []
        while self._has_next_element(first=not elements):
            elements.append(element())
        return elements

    def _has_next_key(self, *, first: bool) -> bool:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing an object")
        if byte == ord("}"):
            return False
        if not first:
            if byte != ord(","):
                self._fail_peek("expected `,` or `}`")
            self._at += 1
            byte = self._skip_whitespace()
            if byte is None:
                self._fail_peek("EOF while parsing a value")
            if byte == ord("}"):
                self._fail_peek("trailing comma")
        if byte != ord('"'):
            self._fail_peek("key must be a string")
        return True

    def _has_next_element(self, *, first: bool) -> bool:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing a list")
        if byte == ord("]"):
            return False
        if first:
            return True
        if byte != ord(","):
            self._fail_peek("expected `,` or `]`")
        self._at += 1
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing a value")
        if byte == ord("]"):
            self._fail_peek("trailing comma")
        return True

    def _end_map(self) -> None:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing an object")
        if byte != ord("}"):
            self._fail_peek("trailing comma" if byte == ord(",") else "trailing characters")
        self._at += 1

    def _end_seq(self) -> None:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing a list")
        if byte == ord(","):
            self._at += 1
            trailing = self._skip_whitespace() == ord("]")
            self._fail_peek("trailing comma" if trailing else "trailing characters")
        if byte != ord("]"):
            self._fail_peek("trailing characters")
        self._at += 1

    def _colon(self) -> None:
        byte = self._skip_whitespace()
        if byte is None:
            self._fail_peek("EOF while parsing an object")
        if byte != ord(":"):
            self._fail_peek("expected `:`")
        self._at += 1

    # Enums ------------------------------------------------

    def _unit_enum(self, variants: tuple[str, ...]) -> str:
        """Read ``"variant"`` or ``{"variant": null}``."""
        byte = self._start_value()
        if byte == ord('"'):
            return self._variant(variants)
        if byte != ord("{"):
            self._fail_peek("expected value")
        self._at += 1
        key = self._skip_whitespace()
        if key is None:
            self._fail_peek("EOF while parsing an object")
        if key != ord('"'):
            self._fail_peek("expected value" if key == ord("}") else "key must be a string")
        variant = self._variant(variants)
        self._colon()
        self._unit()
        closing = self._skip_whitespace()
        if closing is None:
            self._fail("EOF while parsing an object")
        if closing != ord("}"):
            self._fail("expected value")
        self._at += 1
        return variant

    def _variant(self, variants: tuple[str, ...]) -> str:
        name = self._string_body()
        if name not in variants:
            self._fail(f"unknown variant `{name}`, expected {_one_of(variants)}")
        return name

    def _unit(self) -> None:
        if self._start_value() == ord("n"):
            self._at += 1
            self._ident(b"ull")
            return
        try:
            self._invalid_type("unit")
        except _Unplaced as error:
            self._fail(str(error))

    # Scalars ----------------------------------------------

    def _string(self) -> str:
        if self._start_value() == ord('"'):
            return self._string_body()
        try:
            self._invalid_type("a string")
        except _Unplaced as error:
            self._fail(str(error))

    def _i64(self) -> int:
        byte = self._start_value()
        try:
            if byte != ord("-") and byte not in _DIGITS:
                self._invalid_type("i64")
            number = self._number()
            if isinstance(number, float):
                raise _Unplaced(f"invalid type: {_unexpected_number(number)}, expected i64")
            if not _I64_MIN <= number <= _I64_MAX:
                raise _Unplaced(f"invalid value: {_unexpected_number(number)}, expected i64")
        except _Unplaced as error:
            self._fail(str(error))
        return number

    def _invalid_type(self, expected: str) -> NoReturn:
        """Say what stands here instead; brackets stay unread, as serde_json leaves them."""
        byte = self._peek()
        if byte == ord("n"):
            self._at += 1
            self._ident(b"ull")
            found = "null"
        elif byte == ord("t"):
            self._at += 1
            self._ident(b"rue")
            found = "boolean `true`"
        elif byte == ord("f"):
            self._at += 1
            self._ident(b"alse")
            found = "boolean `false`"
        elif byte == ord("-") or byte in _DIGITS:
            found = _unexpected_number(self._number())
        elif byte == ord('"'):
            found = f"string {debug_string(self._string_body())}"
        elif byte == ord("["):
            found = "sequence"
        elif byte == ord("{"):
            found = "map"
        else:
            self._fail_peek("expected value")
        raise _Unplaced(f"invalid type: {found}, expected {expected}")

    def _ident(self, rest: bytes) -> None:
        for wanted in rest:
            byte = self._next()
            if byte is None:
                self._fail("EOF while parsing a value")
            if byte != wanted:
                self._fail("expected ident")

    # Strings ----------------------------------------------

    def _string_body(self) -> str:
        """Read a string from its opening quote on."""
        self._at += 1
        parts = bytearray()
        while True:
            start = self._at
            while (byte := self._peek()) is not None and byte >= 0x20 and byte not in b'"\\':
                self._at += 1
            parts += self._data[start : self._at]
            if byte is None:
                self._fail("EOF while parsing a string")
            self._at += 1
            if byte == ord('"'):
                return parts.decode()
            if byte != ord("\\"):
                self._fail(
                    "control character (\\u0000-\\u001F) found while parsing a string",
                )
            parts += self._escape()

    def _escape(self) -> bytes:
        byte = self._next()
        if byte is None:
            self._fail("EOF while parsing a string")
        if byte in _ESCAPES:
            return _ESCAPES[byte]
        if byte != ord("u"):
            self._fail("invalid escape")
        unit = self._hex4()
        if 0xDC00 <= unit <= 0xDFFF:
            self._fail("lone leading surrogate in hex escape")
        if not 0xD800 <= unit <= 0xDBFF:
            return chr(unit).encode()
        for wanted in b"\\u":
            byte = self._peek()
            if byte is None:
                self._fail("EOF while parsing a string")
            self._at += 1
            if byte != wanted:
                self._fail("unexpected end of hex escape")
        low = self._hex4()
        if not 0xDC00 <= low <= 0xDFFF:
            self._fail("lone leading surrogate in hex escape")
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).encode()

    def _hex4(self) -> int:
        digits = self._data[self._at : self._at + 4]
        self._at += len(digits)
        if len(digits) < 4:
            self._fail("EOF while parsing a string")
        if not all(digit in b"0123456789abcdefABCDEF" for digit in digits):
            self._fail("invalid escape")
        return int(digits, 16)

    # Numbers ----------------------------------------------

    def _number(self) -> int | float:
        """Read a number as serde_json does: an integer of 64 bits where it fits, else a float."""
        negative = self._peek() == ord("-")
        if negative:
            self._at += 1
        byte = self._next()
        if byte is None:
            self._fail("EOF while parsing a value")
        if byte not in _DIGITS:
            self._fail("invalid number")
        significand = byte - ord("0")
        if significand == 0 and self._peek() in _DIGITS:
            self._fail_peek("invalid number")
        significand, dropped = self._digits(significand)
        byte = self._peek()
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

    def _digits(self, significand: int) -> tuple[int, int]:
        """Read on while 64 bits hold the significand; count the digits that did not fit."""
        dropped = 0
        while (byte := self._peek()) in _DIGITS:
            grown = significand * 10 + byte - ord("0")
            if dropped or grown > _U64_MAX:
                dropped += 1
            else:
                significand = grown
            self._at += 1
        return significand, dropped

    def _fraction(self, significand: int, exponent: int) -> float:
        self._at += 1
        start = self._at
        significand, dropped = self._digits(significand)
        read = self._at - start - dropped
        if read == 0 and not dropped:
            at_end = self._peek() is None
            self._fail_peek("EOF while parsing a value" if at_end else "invalid number")
        if self._peek() in (ord("e"), ord("E")):
            return self._exponent(significand, exponent - read)
        return self._float(significand, exponent - read)

    def _exponent(self, significand: int, starting: int) -> float:
        self._at += 1
        sign = self._peek()
        if sign in (ord("+"), ord("-")):
            self._at += 1
        byte = self._next()
        if byte is None:
            self._fail("EOF while parsing a value")
        if byte not in _DIGITS:
            self._fail("invalid number")
        exponent = byte - ord("0")
        while (byte := self._peek()) in _DIGITS:
            self._at += 1
            exponent = exponent * 10 + byte - ord("0")
            if exponent > _I32_MAX:
                return self._exponent_overflow(significand, negative=sign == ord("-"))
        return self._float(significand, starting + (-exponent if sign == ord("-") else exponent))

    def _exponent_overflow(self, significand: int, *, negative: bool) -> float:
        if significand and not negative:
            self._fail("number out of range")
        while self._peek() in _DIGITS:
            self._at += 1
        return 0.0

    def _float(self, significand: int, exponent: int) -> float:
        value = float_from_parts(significand, exponent)
        if value is None:
            self._fail("number out of range")
        return value


def _unexpected_number(number: float) -> str:
    if isinstance(number, float):
        return f"floating point `{format_float(number)}`"
    return f"integer `{number}`"


def _one_of(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join(quoted) if len(quoted) <= 2 else "one of " + ", ".join(quoted)

"""Reads JSON straight into known types, as serde's derived code does through serde_json.

An unknown field is refused before its value is looked at, and a visitor's error is placed where its
value ends.

Source: serde_json 1.0.154 ``src/de.rs``; serde_core ``src/de/mod.rs``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from .json_scanner import DIGITS, JsonError, Scanner
from .rust_debug import debug_string
from .rust_float import format_float

_T = TypeVar("_T")

_I64_MIN, _I64_MAX = -(2**63), 2**63 - 1


class _Unplaced(Exception):
    """An error of a type's visitor; serde_json gives it the position where the value ends."""


class JsonReader(Scanner):
    """Reads the values of which the contract's types are made. Each raises ``JsonError``."""

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.skip_whitespace() is not None:
            self.fail_peek("trailing characters")

    def start_value(self) -> int:
        """Pass white space, and return the byte at which the next value begins."""
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing a value")
        return byte

    # Structures -------------------------------------------

    def struct(self, name: str, fields: dict[str, Callable[[], _T]]) -> dict[str, _T]:
        """Read a struct: an object with exactly these fields, or an array of them in order."""
        byte = self.start_value()
        try:
            if byte == ord("{"):
                return self._closed(lambda: self._struct_map(fields), self._end_map)
            if byte == ord("["):
                return self._closed(lambda: self._struct_seq(name, fields), self._end_seq)
            self.invalid_type(f"struct {name}")
        except _Unplaced as error:
            self.fail(str(error))

    def _closed(self, body: Callable[[], _T], close: Callable[[], None]) -> _T:
        """Read a bracketed body; a visitor's error is placed after the closing was tried."""
        self.at += 1
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
            key = self.string_body()
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

    def sequence(self, element: Callable[[], _T]) -> list[_T]:
        """Read an array, each element by ``element``."""
        byte = self.start_value()
        try:
            if byte != ord("["):
                self.invalid_type("a sequence")
            return self._closed(lambda: self._elements(element), self._end_seq)
        except _Unplaced as error:
            self.fail(str(error))

    def _elements(self, element: Callable[[], _T]) -> list[_T]:
        elements: list[_T] = []
        while self._has_next_element(first=not elements):
            elements.append(element())
        return elements

    def _has_next_key(self, *, first: bool) -> bool:
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing an object")
        if byte == ord("}"):
            return False
        if not first:
            byte = self._past_comma(byte, "}")
        if byte != ord('"'):
            self.fail_peek("key must be a string")
        return True

    def _has_next_element(self, *, first: bool) -> bool:
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing a list")
        if byte == ord("]"):
            return False
        if not first:
            self._past_comma(byte, "]")
        return True

    def _past_comma(self, byte: int, closing: str) -> int:
        if byte != ord(","):
            self.fail_peek(f"expected `,` or `{closing}`")
        self.at += 1
        after = self.skip_whitespace()
        if after is None:
            self.fail_peek("EOF while parsing a value")
        if after == ord(closing):
            self.fail_peek("trailing comma")
        return after

    def _end_map(self) -> None:
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing an object")
        if byte != ord("}"):
            self.fail_peek("trailing comma" if byte == ord(",") else "trailing characters")
        self.at += 1

    def _end_seq(self) -> None:
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing a list")
        if byte == ord(","):
            self.at += 1
            trailing = self.skip_whitespace() == ord("]")
            self.fail_peek("trailing comma" if trailing else "trailing characters")
        if byte != ord("]"):
            self.fail_peek("trailing characters")
        self.at += 1

    def _colon(self) -> None:
        byte = self.skip_whitespace()
        if byte is None:
            self.fail_peek("EOF while parsing an object")
        if byte != ord(":"):
            self.fail_peek("expected `:`")
        self.at += 1

    # Enums ------------------------------------------------

    def unit_enum(self, variants: tuple[str, ...]) -> str:
        """Read ``"variant"`` or ``{"variant": null}``."""
        byte = self.start_value()
        if byte == ord('"'):
            return self._variant(variants)
        if byte != ord("{"):
            self.fail_peek("expected value")
        self.at += 1
        key = self.skip_whitespace()
        if key is None:
            self.fail_peek("EOF while parsing an object")
        if key != ord('"'):
            self.fail_peek("expected value" if key == ord("}") else "key must be a string")
        variant = self._variant(variants)
        self._colon()
        self._unit()
        closing = self.skip_whitespace()
        if closing is None:
            self.fail("EOF while parsing an object")
        if closing != ord("}"):
            self.fail("expected value")
        self.at += 1
        return variant

    def _variant(self, variants: tuple[str, ...]) -> str:
        name = self.string_body()
        if name not in variants:
            self.fail(f"unknown variant `{name}`, expected {_one_of(variants)}")
        return name

    def _unit(self) -> None:
        if self.start_value() == ord("n"):
            self.at += 1
            self.ident(b"ull")
            return
        try:
            self.invalid_type("unit")
        except _Unplaced as error:
            self.fail(str(error))

    # Scalars ----------------------------------------------

    def string(self) -> str:
        """Read a string."""
        if self.start_value() == ord('"'):
            return self.string_body()
        try:
            self.invalid_type("a string")
        except _Unplaced as error:
            self.fail(str(error))

    def i64(self) -> int:
        """Read a number that is an ``i64``."""
        byte = self.start_value()
        try:
            if byte != ord("-") and byte not in DIGITS:
                self.invalid_type("i64")
            number = self.number()
            if isinstance(number, float):
                raise _Unplaced(f"invalid type: {_unexpected_number(number)}, expected i64")
            if not _I64_MIN <= number <= _I64_MAX:
                raise _Unplaced(f"invalid value: {_unexpected_number(number)}, expected i64")
        except _Unplaced as error:
            self.fail(str(error))
        return number

    def invalid_type(self, expected: str) -> NoReturn:
        """Say what stands here instead; brackets stay unread, as serde_json leaves them."""
        byte = self.peek()
        if byte == ord("n"):
            self.at += 1
            self.ident(b"ull")
            found = "null"
        elif byte == ord("t"):
            self.at += 1
            self.ident(b"rue")
            found = "boolean `true`"
        elif byte == ord("f"):
            self.at += 1
            self.ident(b"alse")
            found = "boolean `false`"
        elif byte == ord("-") or byte in DIGITS:
            found = _unexpected_number(self.number())
        elif byte == ord('"'):
            found = f"string {debug_string(self.string_body())}"
        elif byte == ord("["):
            found = "sequence"
        elif byte == ord("{"):
            found = "map"
        else:
            self.fail_peek("expected value")
        raise _Unplaced(f"invalid type: {found}, expected {expected}")


def _unexpected_number(number: float) -> str:
    if isinstance(number, float):
        return f"floating point `{format_float(number)}`"
    return f"integer `{number}`"


def _one_of(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join(quoted) if len(quoted) <= 2 else "one of " + ", ".join(quoted)

"""What can be told of a module in WebAssembly text without assembling it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from .binary import MAGIC
from .items import Kind, Signature

_PIECES: Final = re.compile(r';;[^\n]*|\(;|\$?"(?:[^"\\]|\\.)*"?|\(|\)|[^\s()";]+', re.DOTALL)
_PLAIN_NAME: Final = re.compile(r'"[^"\\]*"')
_NUMBER: Final = re.compile(r"0x[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*")
_KINDS: Final[dict[str, Kind]] = {
    "func": "function",
    "table": "table",
    "memory": "memory",
    "global": "global",
    "tag": "tag",
}
"""The kinds of imports and exports, by the words that the text has for them."""
_VALUES: Final = (["param"], ["result"])
_ESCAPE: Final = re.compile(rb"\\(u\{[0-9a-fA-F_]{1,8}\}|[0-9a-fA-F]{2}|[tnr\"'\\])")
_ESCAPES: Final = {"t": "\t", "n": "\n", "r": "\r"}
_TURNING: Final = r"\u202a-\u202e\u2066-\u2069"
"""What turns the direction of the text: the engine refuses it in comments."""
_IN_COMMENT: Final = rf"[^(;{_TURNING}]|\((?!;)|;(?!\))"
_COMMENT: Final = rf"\(;(?:{_IN_COMMENT}|\(;(?:{_IN_COMMENT})*;\))*;\)"
"""In brackets; one that is within it has none in itself."""
_SPACE: Final = rf"(?:[ \t\r\n]|;;[^\r\n{_TURNING}]*(?:[\r\n]|\Z)|{_COMMENT})"
_STRING: Final = r"""\"(?:[ !#-\[\]-~]|\\[0-9a-fA-F]{2}|\\[tnr"'\\])*\""""
_NAME: Final = r"""\$(?:[!#-'*+\--:<-Z\\^-z|~]+|"[ !#-\[\]-~]+")"""
_MAX_BYTES_TEXT: Final = 1 << 20
"""Nobody ships such a text; a longer one would take long to read."""
_COMMENT_EDGES: Final = re.compile(r"\(;|;\)")


@dataclass
class _List:
    """A bracketed list: its own words in order, and the lists in it."""

    words: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)

    def starts_with(self, word: str) -> bool:
        return self.words[:1] == [word]

    def has(self, word: str) -> bool:
        return any(part.starts_with(word) for part in self.lists)


class TextImport(NamedTuple):
    """An import as the text has it; ``signature`` is a function's, as far as it can be told."""

    module: str
    name: str
    kind: Kind
    signature: Signature | None


class TextModule:
    """A module in text, as far as its outermost brackets tell of it. Tolerant of nonsense."""

    def __init__(self, data: bytes) -> None:
        self._fields = list(_fields(data.decode(errors="replace")))

    def only_function(self) -> tuple[int, str | None] | None:
        """Return the one function that is defined; None if another number of them is.

        That is its index, imports counted first, and its name without the ``$``.
        """
        imported, defined = 0, []
        for part in self._fields:
            if part.starts_with("func") and not part.has("import"):
                defined.append(part)
            elif part.starts_with("func") or (part.starts_with("import") and part.has("func")):
                imported += 1
        return (imported, _name(defined[0])) if len(defined) == 1 else None

    def has_start_function(self) -> bool:
        """Tell whether a function is run when the module is instantiated."""
        return any(part.starts_with("start") for part in self._fields)

    def exports(self) -> Iterator[tuple[str, Kind]]:
        """Yield the name and the kind of what is exported, where no escape is in the name."""
        for part in self._fields:
            for kind, _, words in _tells(part, "export"):
                if len(words) > 1 and _PLAIN_NAME.fullmatch(words[1]):
                    yield words[1][1:-1], kind

    def imports(self) -> Iterator[TextImport]:
        """Yield what is imported, in its order."""
        types = [_type_of(part.lists[:1]) for part in self._fields if part.starts_with("type")]
        named = [part.words[1:2] for part in self._fields if part.starts_with("type")]
        known = {name[0]: type_ for name, type_ in zip(named, types, strict=True) if name}
        known |= {str(number): type_ for number, type_ in enumerate(types)}
        for part in self._fields:
            for kind, item, words in _tells(part, "import"):
                if len(words) < 3:
                    continue
                use = next((use.words[1:2] for use in item.lists if use.starts_with("type")), [])
                type_ = known.get(use[0]) if use else _type_of([item])
                signature = type_ if kind == "function" else None
                yield TextImport(_unescaped(words[1]), _unescaped(words[2]), kind, signature)

    def memories(self) -> Iterator[int]:
        """Yield the least size of each memory that is defined, in pages."""
        for part in self._fields:
            if part.starts_with("memory") and not part.has("import"):
                yield from (int(word.replace("_", ""), _base(word)) for word in _limits(part)[:1])

    def exports_function(self, name: str) -> bool:
        """Tell whether a function is exported by that name, written without escapes."""
        return any(
            export.words[1:2] == [f'"{name}"']
            for part in self._fields
            for export in (part, *part.lists)
            if export.starts_with("export") and (part.starts_with("func") or part.has("func"))
        )


def module_of_bytes(data: bytes) -> bytes | None:
    """Return the module that a text writes plainly out as bytes; None where it is no such text.

    Source: WebAssembly specification, appendix on scripts: ``(module binary "…" …)``.
    """
    if data.startswith(MAGIC) or len(data) > _MAX_BYTES_TEXT:
        return None
    with suppress(UnicodeDecodeError):
        if whole := _of_bytes().fullmatch(data.decode()):
            return b"".join(map(_bytes, _strings(whole[1])))
    return None


@cache
def _of_bytes() -> re.Pattern[str]:
    # Made when first asked for: to do it takes longer than to read most modules.
    return re.compile(
        rf"{_SPACE}*\((?!;){_SPACE}*module{_SPACE}+(?:{_NAME}{_SPACE}+)?"
        rf"binary((?:{_SPACE}+{_STRING})*{_SPACE}*)\){_SPACE}*"
    )


def _strings(text: str) -> Iterator[str]:
    return (piece for piece in _uncommented(text) if piece.startswith('"'))


def _tells(part: _List, word: str) -> Iterator[tuple[Kind, _List, list[str]]]:
    """Yield the kind of an item that is exported or imported, the item, and what tells of that."""
    inner = part.lists[:1] if part.starts_with(word) else [part]
    for item in inner:
        kind = _KINDS.get(item.words[0]) if item.words else None
        if kind is not None:
            tells = [part] if part.starts_with(word) else part.lists
            yield from ((kind, item, tell.words) for tell in tells if tell.starts_with(word))


def _limits(item: _List) -> list[str]:
    """Return the numbers that an item is written with."""
    return [word for word in item.words if _NUMBER.fullmatch(word)]


def _base(number: str) -> int:
    return 16 if number.startswith("0x") else 10


def _name(function: _List) -> str | None:
    for part in function.lists:
        if part.starts_with("@name") and len(part.words) > 1:
            return _unescaped(part.words[1])
    names = [word[1:] for word in function.words[1:2] if word.startswith("$")]
    return next((_unescaped(name) if name[:1] == '"' else name for name in names), None)


def _fields(text: str) -> Iterator[_List]:
    """Yield the fields of the module as they end; its own brackets may be left out."""
    open_lists: list[_List] = []
    for piece in _uncommented(text):
        if piece == "(":
            open_lists.append(_List())
        elif piece == ")":
            if not open_lists:
                return
            ended = open_lists.pop()
            # What is further in than a part of a field is of no interest, nor kept; but for types.
            if 0 < len(open_lists) <= 2 or _is_of_a_type(open_lists):
                open_lists[-1].lists.append(ended)
            elif open_lists and open_lists[-1].words[:1] in _VALUES:
                open_lists[-1].lists.append(_List())
            in_brackets = bool(open_lists) and open_lists[0].starts_with("module")
            if len(open_lists) == (1 if in_brackets else 0):
                yield ended
        elif open_lists:
            open_lists[-1].words.append(piece)


def _is_of_a_type(open_lists: list[_List]) -> bool:
    """Tell whether this is in the type of an import, or of a type that is defined."""
    if len(open_lists) != 3 or not open_lists[2].starts_with("func"):
        return False
    return open_lists[1].starts_with("import") or open_lists[1].starts_with("type")


def _type_of(functions: list[_List]) -> Signature | None:
    """Return the type that the first of these lists writes out; None where it is no function."""
    if not functions or not functions[0].starts_with("func"):
        return None
    written: dict[str, list[str]] = {"param": [], "result": []}
    for part in functions[0].lists:
        if part.words[:1] in _VALUES:
            if part.lists:  # a type of several words: of references
                return None
            written[part.words[0]] += [word for word in part.words[1:] if word[0] != "$"]
    return Signature(tuple(written["param"]), tuple(written["result"]))


def _unescaped(quoted: str) -> str:
    return _bytes(quoted).decode(errors="replace")


def _bytes(quoted: str) -> bytes:
    """Return what a string writes, whose characters or bytes may be escaped."""

    def plain(escape: re.Match[bytes]) -> bytes:
        told = escape[1].decode()
        if told[0] == "u":
            number = int(told[2:-1].replace("_", "") or "0", 16)
            return chr(number).encode(errors="replace") if number < 0x110000 else escape[0]
        return bytes.fromhex(told) if len(told) == 2 else _ESCAPES.get(told, told).encode()

    return _ESCAPE.sub(plain, quoted.removeprefix('"').removesuffix('"').encode())


def _uncommented(text: str) -> Iterator[str]:
    depth = at = 0
    while match := (_COMMENT_EDGES if depth else _PIECES).search(text, at):
        piece, at = match[0], match.end()
        if piece == "(;":
            depth += 1
        elif depth:
            depth -= 1
        elif not piece.startswith(";;"):
            yield piece

"""The functions that a Rust source declares for its crate, as far as its text alone can tell.

Only those at the level of a module count: what stands in a comment, a string, a macro, an `impl`,
a block `extern "C" { … }` or a module for tests is no function that could be exported. The sources
are a stranger's: any text is taken, and the work grows no faster than the text.
Source: the Rust reference, chapters on comments, tokens, items and attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_PIECE: Final = re.compile(
    r"""//[^\n]* | /\*
    | \b[bc]?r(?P<hashes>\#{0,255})" | [bc]?"[^"\\]*(?:\\.[^"\\]*)*"?
    | b?'(?:[^'\\\n]|\\(?:u\{[^}'\n]{0,12}\}|x[0-9A-Fa-f]{2}|[^\n]))'
    | [^\W\d]\w*""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")
_TOKEN: Final = re.compile(r"#\s{0,40}!?\s{0,40}\[|[{}\[\]();]|(?:r#)?[^\W\d]\w*")
_OF_MACRO: Final = re.compile(r"\w\s{0,9}!\s{0,40}(?:\w{1,60}\s{0,9})?\Z")
"""What comes before the bracket of a macro's call, or of its rules."""
_ATTRIBUTE_MAX_CHARS: Final = 1_000
_OPENING: Final = frozenset("{[(")
_CLOSING: Final = frozenset("}])")
_MARKED: Final = re.compile(r"\bno_mangle\b|\bexport_name\b")
_EXPORT_NAME: Final = re.compile(r'\bexport_name\s{0,40}=\s{0,40}"([^"\\]{1,200})"')
_ATTRIBUTE_NAME: Final = re.compile(r"#\s{0,40}\[\s{0,40}((?:\w|::){1,100})")
_FOR_TESTS: Final = re.compile(r"\bcfg\s{0,40}\(.*\btest\b", re.DOTALL)
_NOT_FOR_TESTS: Final = re.compile(r"\bnot\s{0,40}\(\s{0,40}test\b")
_OWN_ATTRIBUTE: Final = re.compile(
    r"#\s{0,40}\[\s{0,40}(?:allow|warn|deny|forbid|expect|doc|inline|cold|must_use|cfg|deprecated"
    r"|target_feature|track_caller|link_section|used|clippy|rustfmt)\b"
)
"""Attributes of the language itself, which export nothing; any other may be a macro that does."""


class Function(NamedTuple):
    """A function: its name, line and column from 1, and whether it is marked for export."""

    name: str
    line: int
    column: int
    exported: bool | None
    """None where an attribute may do it that is a macro's."""
    export_name: str | None = None
    """The name that an attribute gives the export, in place of the function's own."""
    macro: str | None = None
    """The attribute that may be a macro's: ``plugin_fn``."""

    def is_called(self, name: str) -> bool:
        """Tell whether that is the function's name, or its export's."""
        return name in (self.name, self.export_name)


@dataclass
class _Item:
    """What an item begins with, as far as it is read."""

    attributes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    export_name: str | None = None

    @property
    def is_for_tests(self) -> bool:
        return any(map(_is_for_tests, self.attributes))

    @property
    def exported(self) -> bool | None:
        if any(map(_MARKED.search, self.attributes)):
            return True
        return False if all(map(_OWN_ATTRIBUTE.match, self.attributes)) else None

    @property
    def macro(self) -> str | None:
        others = (each for each in self.attributes if not _OWN_ATTRIBUTE.match(each))
        named = (_ATTRIBUTE_NAME.match(each) for each in others)
        return next((name[1] for name in named if name), None) if self.exported is None else None


def rust_functions(text: str) -> Iterator[Function]:
    """Yield the functions that the text declares at the level of its modules, in its order."""
    code = _without_texts(text)
    line, start, counted = 1, 0, 0
    for at, name, item in _functions(code, text):
        line += code.count("\n", counted, at)
        start = code.rfind("\n", counted, at) + 1 or start
        counted = at
        column = at - start + 1
        yield Function(name, line, column, item.exported, item.export_name, item.macro)


class Body(NamedTuple):
    """What a function of any kind spans, from its name to the end of its body: lines from 1.

    ``name`` is empty where a macro gives it, as with ``fn $name()``, or where the lines are a
    macro's outside of all functions, which may make any of them.
    """

    name: str
    first: int
    last: int


@dataclass
class _Opened:
    """A bracket that is open; ``name`` is that of the function or macro whose body it begins."""

    name: str | None
    first: int
    is_function: bool = False


def rust_bodies(text: str) -> Iterator[Body]:
    """Yield every function with a body, methods and nested ones too, in the order they end."""
    code = _without_texts(text)
    line, counted, before = 1, 0, ""
    named: tuple[_Opened, int] | None = None  # a function whose body is to come, and how deep
    opened: list[_Opened] = []
    functions = 0  # of those that are open
    for token in _TOKEN.finditer(code):
        word = token[0]
        line += code.count("\n", counted, token.start())
        counted = token.start()
        if before == "fn" and word not in "()[]{};":
            name = "" if code[token.start() - 1] == "$" else word.removeprefix("r#")
            named = _Opened(name, line, is_function=True), len(opened)
        elif word[-1] in _OPENING:
            opens = _Opened(None, line)
            if word == "{" and named is not None and named[1] == len(opened):
                opens, named = named[0], None
                functions += 1
            elif not functions and _OF_MACRO.search(code, max(counted - 80, 0), counted):
                opens.name = ""
            opened.append(opens)
        elif word == ";" and named is not None and named[1] >= len(opened):
            named = None
        elif word in _CLOSING and opened:
            ended = opened.pop()
            functions -= ended.is_function
            if ended.name is not None:
                yield Body(ended.name, ended.first, line)
        before = word


def _functions(code: str, original: str) -> Iterator[tuple[int, str, _Item]]:
    modules = [False]  # whether each of those that are open is for tests
    item = _Item()
    tokens = _TOKEN.finditer(code)
    for token in tokens:
        text = token[0]
        if text[0] == "#" or text in "[(":
            end = _end_of_group(tokens, len(code))
            if text[0] == "#" and "!" not in text:
                item.attributes.append(code[token.start() : end])
                if named := _EXPORT_NAME.search(original, token.start(), end):
                    item.export_name = named[1]
            elif text[0] == "#":
                modules[-1] |= _is_for_tests(code[token.start() : end])
        elif text == "{" and item.words[-2:-1] == ["mod"]:
            modules.append(modules[-1] or item.is_for_tests)
            item = _Item()
        elif text in "{};":
            if text == "{":
                _end_of_group(tokens, len(code))
            elif text == "}" and len(modules) > 1:
                modules.pop()
            item = _Item()
        elif text != ")" and text != "]":
            item.words.append(text)
            if item.words[-2:-1] == ["fn"]:
                if not modules[-1] and not item.is_for_tests:
                    yield token.start(), text, item
                item = _Item()


def _end_of_group(tokens: Iterator[re.Match[str]], end: int) -> int:
    """Pass what is in brackets that were opened, and return where they end."""
    depth = 1
    for token in tokens:
        if token[0][-1] in _OPENING:
            depth += 1
        elif token[0] in _CLOSING:
            depth -= 1
        if depth == 0:
            return token.end()
    return end


def _is_for_tests(attribute: str) -> bool:
    attribute = attribute[:_ATTRIBUTE_MAX_CHARS]
    return bool(_FOR_TESTS.search(attribute)) and not _NOT_FOR_TESTS.search(attribute)


def _without_texts(text: str) -> str:
    """Return the text with blanks in place of comments, strings and characters, line by line."""
    parts: list[str] = []
    at = 0
    while match := _PIECE.search(text, at):
        parts.append(text[at : match.start()])
        end = match.end()
        if match[0] == "/*":
            end = _end_of_comment(text, end)
        elif match["hashes"] is not None:
            closed = text.find(f'"{match["hashes"]}', end)
            end = len(text) if closed < 0 else closed + 1 + len(match["hashes"])
        is_word = match[0][-1] not in "\"'" and match["hashes"] is None and match[0][0] != "/"
        piece = text[match.start() : end]
        parts.append(piece if is_word else re.sub(r"[^\n]", " ", piece))
        at = end
    return "".join(parts) + text[at:]


def _end_of_comment(text: str, at: int) -> int:
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, at)):
        depth += 1 if edge[0] == "/*" else -1
        at = edge.end()
    return len(text) if depth else at

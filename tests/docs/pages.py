"""The repository's Markdown pages, read for what can be tested in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_PLACES: Final = ("*.md", ".github/**/*.md", "docs/**/*.md", "examples/**/*.md")
_MORE_PLACES: Final = ("tests/*/README.md",)
"""Pages for those who work on the tool, where links are tested, but no commands."""
_MARKDOWN: Final = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FILE_NAME: Final = re.compile(r"`([\w./-]+)`[^`]*:")


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    page: str
    line: int
    language: str
    text: str
    file: str
    """The file that the block is to be written to: a paragraph that names it and ends in a colon
    stands before the block. Empty for a block that is no file."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_shell(self) -> bool:
        """Tell whether the block holds commands, with or without what they print."""
        return self.language in ("sh", "console")

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block, without what they print."""
        return [command for command, _ in self.steps]

    @property
    def steps(self) -> list[tuple[str, list[str] | None]]:
        """Each command with the lines that it is shown to print: None in a block without prompts.

        In a block without prompts all lines are one script.
        """
        if self.language == "sh":
            return [(self.text, None)]
        steps: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line.startswith("> ") and not steps[-1][1]:
                steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", [])
            else:
                steps[-1][1].append(line)
        return [*steps]


def pages(places: Sequence[str] = _PLACES) -> list[str]:
    """Return the pages that users read, as paths from the root."""
    found = {path for place in places for path in ROOT.glob(place)}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def all_pages() -> list[str]:
    """Return all pages, those about the tests too."""
    return pages(_PLACES + _MORE_PLACES)


def text_of(page: str) -> str:
    """Return a page's source."""
    return (ROOT / page).read_text("utf-8")


@cache
def tokens_of(page: str) -> tuple[Token, ...]:
    """Return a page's tokens."""
    return tuple(_MARKDOWN.parse(text_of(page)))


def inline_of(page: str) -> Iterator[tuple[int, Token]]:
    """Yield a page's inline tokens, each with the line at which its paragraph begins."""
    for token in tokens_of(page):
        for child in token.children or ():
            yield (token.map or [0])[0] + 1, child


@cache
def blocks() -> tuple[Block, ...]:
    """Return the blocks of all pages."""
    return tuple(block for page in pages() for block in _blocks_of(page))


def _blocks_of(page: str) -> Iterator[Block]:
    before = ""
    for token in tokens_of(page):
        if token.type == "inline":
            before = token.content
        elif token.type in ("fence", "code_block"):
            named = _FILE_NAME.search(before) if before.endswith(":") else None
            yield Block(
                page=page,
                line=(token.map or [0])[0] + 1,
                language=token.info.strip(),
                text=token.content,
                file=named[1] if named and named.end() == len(before) else "",
            )
            before = ""


@cache
def anchors_of(page: str) -> frozenset[str]:
    """Return the fragments that lead to a heading of a page, as GitHub makes them."""
    anchors: dict[str, int] = {}
    found = set()
    heading = False
    for token in tokens_of(page):
        if heading:
            words = "".join(child.content for child in token.children or () if child.content)
            anchor = re.sub(r"[^\w -]", "", words).lower().replace(" ", "-")
            seen = anchors[anchor] = anchors.get(anchor, 0) + 1
            found.add(anchor if seen == 1 else f"{anchor}-{seen - 1}")
        heading = token.type == "heading_open"
    return frozenset(found)

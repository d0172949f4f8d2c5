"""What GitHub makes of Markdown: a page, with the links and references that nobody wrote as such.

CommonMark and tables come from markdown-it. What GitHub adds is written anew here, over the
page's text: GFM's extended autolinks (also inside raw ``<code>``, as GitHub does), mentions, issue
references and emoji. In doubt this reader sees a link where GitHub might not: stricter.
Source: GFM specification, "Autolinks (extension)"; html-pipeline's mention filter; GitHub's
documentation of autolinked references.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_VOID: Final = frozenset(("area", "br", "hr", "img", "input", "meta", "wbr"))

_AUTOLINKS: Final = re.compile(
    r"www\.[^\s<]+"
    r"|(?:https?|ftp)://[^\s<]+"
    r"|(?:mailto|xmpp):[^\s<]+"
    r"|[a-z0-9._+-]+@[a-z0-9._-]+",
    re.IGNORECASE,
)
_REFERENCES: Final = re.compile(
    r"(?<![a-z0-9_])@[a-z0-9][a-z0-9/-]*"
    r"|[\w./-]*#[0-9]+"
    r"|(?<![a-z0-9])gh-[0-9]+"
    r"|:[a-z0-9_+-]+:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag with its attributes; a comment or declaration has the name ``!``."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """An uninterrupted text, and the elements around it from outermost to innermost."""

    text: str
    inside: tuple[str, ...]


@dataclass
class Page:
    """A rendered page. Texts are as a reader sees or copies them; ``<wbr>`` adds nothing."""

    tags: list[Tag] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    """The text of each cell of each row of each table, heads included."""
    items: list[list[str]] = field(default_factory=list)
    """The same without heads."""
    summaries: list[str] = field(default_factory=list)
    """The text of each summary of what can be unfolded."""
    codes: list[str] = field(default_factory=list)
    """The text of each code element that is no block."""
    blocks: list[str] = field(default_factory=list)
    """The text of each code block, without the line feed at its end."""

    @property
    def names(self) -> set[str]:
        """The names of all tags."""
        return {tag.name for tag in self.tags}

    @property
    def links(self) -> list[str]:
        """Where one could be led: links and images that were written, then autolinks."""
        targets = [
            value for tag in self.tags for key, value in tag.attributes if key in ("href", "src")
        ]
        free = (node.text for node in self.nodes if not {"pre", "a"} & set(node.inside))
        return targets + [match[0] for text in free for match in _AUTOLINKS.finditer(text)]

    @property
    def references(self) -> list[str]:
        """Mentions, issue references and emoji; GitHub leaves code alone."""
        free = (node.text for node in self.nodes if not {"pre", "code", "a"} & set(node.inside))
        return [match[0] for text in free for match in _REFERENCES.finditer(text)]

    @property
    def text(self) -> str:
        """All text, in order."""
        return "".join(node.text for node in self.nodes)


def read(markdown: str) -> Page:
    """Render Markdown and read the page."""
    builder = _Builder()
    builder.feed(_MARKDOWN.render(markdown))
    builder.close()
    builder.end_node()
    return builder.page


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []
        self._node = ""

    def end_node(self) -> None:
        if self._node:
            self.page.nodes.append(Node(self._node, tuple(self._open)))
        self._node = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end_node()
        self.page.tags.append(Tag(tag, tuple((key, value or "") for key, value in attrs)))
        if tag == "tr":
            self.page.rows.append([])
        elif tag in ("td", "th"):
            if tag == "td" and not self.page.rows[-1]:
                self.page.items.append(self.page.rows[-1])
            self.page.rows[-1].append("")
        elif tag == "summary":
            self.page.summaries.append("")
        elif tag == "pre":
            self.page.blocks.append("")
        elif tag == "code" and "pre" not in self._open:
            self.page.codes.append("")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.end_node()
        if tag in self._open:
            while self._open.pop() != tag:
                continue
        if tag == "pre" and self.page.blocks:
            self.page.blocks[-1] = self.page.blocks[-1].removesuffix("\n")

    def handle_data(self, data: str) -> None:
        self._node += data
        if "pre" in self._open:
            self.page.blocks[-1] += data
        elif "code" in self._open:
            self.page.codes[-1] += data
        if "summary" in self._open:
            self.page.summaries[-1] += data
        if {"td", "th"} & set(self._open):
            self.page.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        self._odd(data)

    def handle_decl(self, decl: str) -> None:
        self._odd(decl)

    def handle_pi(self, data: str) -> None:
        self._odd(data)

    def unknown_decl(self, data: str) -> None:
        self._odd(data)

    def _odd(self, data: str) -> None:
        self.end_node()
        self.page.tags.append(Tag("!", (("text", data),)))

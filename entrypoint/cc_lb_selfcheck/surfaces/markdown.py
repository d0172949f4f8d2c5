"""GitHub-flavoured Markdown: inline code that stays text, and fenced blocks that stay shut.

Neither backslashes nor entities stop GitHub from linking ``@names``, ``#1``, URLs and e-mail
addresses. Inside ``<code>`` names and numbers are left alone, but URLs and addresses are not:
a ``<wbr>`` in the middle breaks those and copies as nothing.
Source: GFM specification, "Autolinks (extension)"; html-pipeline's mention and issue filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, LiteralString, NewType

from .visible import shorten, visible

Markdown = NewType("Markdown", str)

_ENTITIES: Final = {ord(char): f"&#{ord(char)};" for char in "&<>\"'`*_{}[]#|~\\$^"}
_ADDRESS: Final = re.compile(r"https?://[\w.:[\]-]+(?:/[\w.:~/?=&%+@-]*)?(?:#[\w-]*)?", re.ASCII)
"""Addresses without a character that could end a link, a cell or a line."""
_LINK_STARTS: Final = re.compile(r"@|(?<=www)\.|:(?=\S)|#(?=\d)|(?<=gh)-(?=\d)", re.IGNORECASE)


def code(text: str, limit: int = 400) -> Markdown:
    """Return inline code for any place: a sentence, a table's cell, a summary line."""
    return Markdown(f"<code>{_inline(shorten(visible(text), limit))}</code>")


def _inline(shown: str) -> str:
    # visible() left no NUL, so it can stand for the break until the entities are written.
    broken = _LINK_STARTS.sub(lambda match: f"{match[0]}\0", shown)
    return broken.translate(_ENTITIES).replace("\0", "<wbr>")


def block(text: str, limit: int = 4000, language: str = "text") -> Markdown:
    """Return a fenced block whose content cannot end it."""
    shown = shorten(visible(text, lines=True), limit)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{shown}\n{fence}")


def prose(text: str) -> Markdown:
    """Return a sentence of ours, in which `spans` may quote text from outside."""
    pieces = text.split("`")
    return Markdown(
        "".join(code(piece) if index % 2 else _plain(piece) for index, piece in enumerate(pieces))
    )


def _plain(text: str) -> Markdown:
    return Markdown(_inline(visible(text, lines=True).replace("\n", " ")))


def link(words: str, address: str) -> Markdown:
    """Return a link of ours; the words alone where that is no address for one."""
    shown = _plain(words)
    return Markdown(f"[{shown}]({address})") if _ADDRESS.fullmatch(address) else shown


def hidden(name: LiteralString, text: str) -> Markdown:
    r"""Return a comment that shows nothing, on a line of its own, for a program to read.

    ``text`` is JSON on one line, behind a name of ours. HTML comments end at ``>`` and may hold no
    ``--``, so neither ever stands in it: escapes of JSON take their place.
    """
    escaped = "".join(f"\\u{ord(char):04x}" if char in "-<>" else char for char in text)
    return Markdown(f"<!-- {name} {escaped} -->")


def with_first_line(line: Markdown, body: str) -> Markdown:
    """Return a text of ours that was posted before, with another first line."""
    return Markdown(f"{line}\n{body.partition(chr(10))[2]}")


def written(template: LiteralString, *parts: Markdown | int) -> Markdown:
    """Return Markdown of ours, with parts that are safe already in the places of its ``{}``."""
    return Markdown(template.format(*parts))


def joined(parts: Iterable[Markdown], between: LiteralString = "") -> Markdown:
    """Return parts that are safe already, one after another."""
    return Markdown(between.join(parts))

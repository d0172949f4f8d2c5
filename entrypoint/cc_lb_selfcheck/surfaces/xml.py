"""XML: elements, attributes and text that stay what they are, and are well-formed.

Only text that shows is written: XML 1.0 has no way to hold control characters, surrogates, U+FFFE
and U+FFFF at all. Everything beyond ASCII becomes a reference, so that no encoding can spoil it.
Source: Extensible Markup Language (XML) 1.0, sections 2.2, 2.4 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NewType

from .visible import shorten, visible

Xml = NewType("Xml", str)
"""Text, elements or tags, escaped."""

DECLARATION: Final = Xml('<?xml version="1.0" encoding="UTF-8"?>\n')
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_COMMANDS: Final = re.compile(r"(?m)(?<=##)\[|^([^\S\n]*):(?=:)")
"""Where the runner would find a command, should the document be printed in a log."""


def xml_text(text: str, limit: int = 20_000) -> Xml:
    """Return text for an element; line feeds and tabs stay."""
    return _escaped(shorten(visible(text, lines=True), limit))


def element(name: str, attributes: Mapping[str, object], *content: Xml) -> Xml:
    """Return an element. Attributes that are None are left out."""
    inside = "".join(content)
    return Xml(f"{open_tag(name, attributes)}{inside}</{name}>\n")


def open_tag(name: str, attributes: Mapping[str, object]) -> Xml:
    """Return an element's first tag, for one whose content is written piece by piece."""
    kept = {key: _attribute(value) for key, value in attributes.items() if value is not None}
    return Xml("".join([f"<{name}", *(f' {key}="{text}"' for key, text in kept.items()), ">"]))


def close_tags(*names: str) -> Xml:
    """Return the ends of elements whose first tags were written by themselves."""
    return Xml("".join(f"</{name}>\n" for name in names))


def _attribute(value: object, limit: int = 4_000) -> Xml:
    return _escaped(shorten(visible(str(value)), limit))


def _escaped(shown: str) -> Xml:
    plain = shown.translate(_ESCAPES).encode("ascii", "xmlcharrefreplace").decode("ascii")
    return Xml(_COMMANDS.sub(_reference, plain))


def _reference(found: re.Match[str]) -> str:
    return "&#91;" if found[0] == "[" else f"{found[1]}&#58;"

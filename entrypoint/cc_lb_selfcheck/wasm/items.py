"""What a module's sections hold, one by one: signatures, imports, exports, segments."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from .binary import Span

Kind: TypeAlias = Literal["function", "table", "memory", "global", "tag"]
"""What can be imported and exported."""
_SHOWN_TYPES: Final = 16


class Signature(NamedTuple):
    """A function type; None stands for a type that this reader does not decode."""

    params: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        return f"{_tuple_text(self.params)} -> {_tuple_text(self.results)}"


def _tuple_text(types: tuple[str, ...]) -> str:
    # A thousand exports may share one type of a thousand parameters.
    shown = list(types[:_SHOWN_TYPES])
    if len(types) > len(shown):
        shown.append(f"{len(types) - len(shown)} more")
    return f"({', '.join(shown)})"


class Import(NamedTuple):
    """One import. ``signature`` is set for functions of a plain type; ``spans`` place its names."""

    module: str
    name: str
    kind: Kind
    signature: Signature | None
    spans: tuple[Span, Span]


class Export(NamedTuple):
    """One export. ``number`` is its index in the index space of its kind, imports first."""

    name: str
    kind: Kind
    number: int
    signature: Signature | None
    spans: tuple[Span]


class CustomSection(NamedTuple):
    """A custom section's name and its payload's place in the file, in bytes."""

    name: str
    offset: int
    size: int


class Segment(NamedTuple):
    """An active data or element segment: where in which memory or table, in bytes or elements."""

    target: int
    offset: int
    length: int

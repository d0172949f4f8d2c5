"""The catalogue of findings: every word about a variant stands in ``catalogue.toml``, once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from cc_lb_selfcheck.host.outcome import Model

HOMEPAGE: Final = "https://github.com/org/cc-lb-selfcheck"
FINDINGS_PAGE: Final = "docs/findings.md"


class Entry(Model):
    """One finding's words. ``variant`` is empty for outcomes without a verdict."""

    id: str
    variant: str
    kind: str
    severity: Literal["error", "warning", "note"]
    provoked_by_artifact: bool
    title: str
    meaning: str
    causes: tuple[str, ...]
    fix: str
    code: str
    code_language: str
    example: str

    @property
    def link(self) -> str:
        """Address of the finding's section in the documentation."""
        return f"{HOMEPAGE}/blob/main/{FINDINGS_PAGE}#{self.id.lower()}"

    @property
    def name(self) -> str:
        """The variant and kind, as one would ask for them."""
        return ".".join(part for part in (self.variant, self.kind) if part) or "undetermined"


@cache
def entries() -> tuple[Entry, ...]:
    """Return the whole catalogue, in its own order."""
    text = files(__package__).joinpath("catalogue.toml").read_text("utf-8")
    return tuple(Entry(**table) for table in tomllib.loads(text)["finding"])


def entry_of(variant: str, kind: str | None = None) -> Entry:
    """Return the entry of a variant (and kind), or of ``""``: no verdict."""
    return next(
        entry for entry in entries() if entry.variant == variant and entry.kind == (kind or "")
    )


def search(asked: str) -> list[Entry]:
    """Return the entries that a variant, a kind or an id names, case aside."""
    wanted = asked.casefold()
    return [
        entry
        for entry in entries()
        if wanted in (entry.id.casefold(), entry.name.casefold(), entry.kind.casefold())
        or (entry.kind and wanted == entry.variant.casefold())
    ]

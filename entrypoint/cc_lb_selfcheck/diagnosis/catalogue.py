"""The catalogue of findings: every word about one stands in ``*.toml`` beside this file, once.

``catalogue.toml`` has the general ones, for each variant, and ``near_misses/`` a file for each that
is more precise. The file has the name of the finding's id.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from cc_lb_selfcheck import HOMEPAGE
from cc_lb_selfcheck.host.evidence import Model

FINDINGS_PAGE: Final = "docs/findings.md"
FINDINGS_FOLDER: Final = "docs/findings"
NEAR_MISSES: Final = (
    *("files", "imports", "exports", "calls", "undetermined", "responses", "limits", "remarks"),
)
"""The folders under ``near_misses/``, in the order of a check."""
_FILES: Final = files(__package__)
_SUFFIX: Final = ".toml"


class Entry(Model):
    """One finding's words.

    ``variant`` is the verdict's; empty where there is none, and for near misses, which
    ``seen_with`` ties to the verdicts that they occur with.
    """

    id: str
    variant: str = ""
    kind: str = ""
    seen_with: tuple[str, ...] = ()
    severity: Literal["error", "warning", "note"] = "error"
    provoked_by_artifact: bool = True
    title: str
    meaning: str
    causes: tuple[str, ...]
    fix: str
    code: str
    code_language: str
    example: str

    @property
    def page(self) -> str:
        """Path of the finding's page in the repository."""
        return f"{FINDINGS_FOLDER}/{self.id.lower()}.md"

    @property
    def link(self) -> str:
        """Address of the finding's page."""
        return f"{HOMEPAGE}/blob/main/{self.page}"

    @property
    def told_with(self) -> tuple[str, ...]:
        """The verdicts that it occurs with: `passed`, or a variant with its kind."""
        return self.seen_with or (self.name,)

    @property
    def name(self) -> str:
        """What one would ask for: the variant and kind, or the id of a near miss."""
        if self.seen_with:
            return self.id
        return ".".join(part for part in (self.variant, self.kind) if part) or "undetermined"


@cache
def entries() -> tuple[Entry, ...]:
    """Return the general entries, one for each variant and kind, in the catalogue's order."""
    return tuple(Entry(**table) for table in _read("catalogue.toml")["finding"])


@cache
def near_misses() -> tuple[Entry, ...]:
    """Return the entries that are more precise than a variant, in the order of a check."""
    names = (name for folder in NEAR_MISSES for name in sorted(_names_in(folder)))
    return tuple(near_miss(name.removesuffix(_SUFFIX).upper()) for name in names)


@cache
def glossary() -> dict[str, str]:
    """Return the words that the catalogue uses and a newcomer may not know, with their meanings."""
    return _read("glossary.toml")


def entry_of(variant: str, kind: str | None = None) -> Entry:
    """Return the entry of a variant (and kind), or of ``""``: no verdict."""
    return next(
        entry for entry in entries() if entry.variant == variant and entry.kind == (kind or "")
    )


@cache
def near_miss(wanted: str) -> Entry:
    """Return the near miss of that id."""
    name = f"{wanted.lower()}{_SUFFIX}"
    folder = next(folder for folder in NEAR_MISSES if name in _names_in(folder))
    return Entry(id=wanted, **_read(f"near_misses/{folder}/{name}"))


@cache
def _names_in(folder: str) -> frozenset[str]:
    return frozenset(file.name for file in _FILES.joinpath("near_misses", folder).iterdir())


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_FILES.joinpath(name).read_text("utf-8"))


def search(asked: str) -> list[Entry]:
    """Return the entries that a variant, a kind or an id names, case aside."""
    wanted = asked.strip().casefold()
    if not wanted:
        return []
    return [
        entry
        for entry in (*entries(), *near_misses())
        if wanted in (entry.id.casefold(), entry.name.casefold(), entry.kind.casefold())
        or wanted == entry.id.casefold().removeprefix("cclb-")
        or (entry.kind and wanted == entry.variant.casefold())
    ]


def like(asked: str) -> list[str]:
    """Return the names closest to one that names nothing, up to three."""
    from difflib import get_close_matches

    names = {
        name.casefold().removeprefix("cclb-"): entry.name
        for entry in (*entries(), *near_misses())
        for name in (entry.id, entry.name)
    }
    wanted = asked.strip().casefold().removeprefix("cclb-")
    close = get_close_matches(wanted, names, cutoff=0.75)
    return [*dict.fromkeys(names[found] for found in close)]

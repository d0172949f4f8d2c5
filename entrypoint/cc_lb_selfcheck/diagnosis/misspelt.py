"""Fields and words of a response that are not quite the host's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cc_lb_selfcheck.surfaces.visible import visible

from .specifics import Specifics, odd_characters, quote
from .spelling import closest, same_but_for_style

_SYNONYMS: Final = {
    **dict.fromkeys(("ok", "pass", "passed", "true", "healthy", "ready"), "success"),
    **dict.fromkeys(("error", "err", "fail", "false", "unhealthy"), "failure"),
}
_SYNONYM_MAX_CHARS: Final = 20


def meant_field(name: str, right: Collection[str], present: Collection[str]) -> str | None:
    """Return which of the ``right`` fields is meant, if one is; it is not one that is there."""
    styled = same_but_for_style(name, right)
    meant = styled or closest(name, right)
    return meant if styled or meant not in present else None


def misspelt_field(
    name: str, right: Collection[str], present: Collection[str], what: str = "The response"
) -> Specifics | None:
    """Tell which field is meant, if one is. ``what`` has the field."""
    meant = meant_field(name, right, present)
    if meant is None:
        return None
    if same_but_for_style(name, right):
        return Specifics(
            f"{what} has a field {quote(name)}; the host reads `{meant}`.", id="CCLB-KEY-STYLE"
        )
    return Specifics(
        f"{what} has a field {_spelt(name)}; the right spelling is `{meant}`.",
        f"Name the field `{meant}`.",
        id="CCLB-MISSPELT-FIELD",
    )


def misspelt_word(field: str, word: str, right: Collection[str]) -> Specifics | None:
    """Return which of the ``right`` words of a field is meant, if one is."""
    meant = closest(word, right) or _SYNONYMS.get(word[:_SYNONYM_MAX_CHARS].casefold())
    if meant not in right:
        return None
    return Specifics(
        f"The field {quote(field)} says {_spelt(word)}; the host knows `{meant}`.",
        f"Write `{meant}`, letter for letter.",
        id="CCLB-MISSPELT-VALUE",
    )


def _spelt(word: str) -> str:
    odd = odd_characters(word)
    return quote(visible(word)) + (f", with {odd}" if odd else "")

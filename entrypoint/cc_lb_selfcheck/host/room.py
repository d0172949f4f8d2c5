"""Room for what plugins say: together no more than a report may hold that is read again.

A plugin can say megabytes, in its error text and by its names. One says it whole; thousands that do
would fill the memory, and make a report that nobody takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cc_lb_selfcheck.surfaces.visible import shorten

if TYPE_CHECKING:
    from .outcome import Outcome, Verdict

_ALL_MAX_BYTES: Final = 16 << 20
"""Of all outcomes that are long, as JSON; ``report.load`` reads 64 MiB."""
_LONG_FROM_BYTES: Final = 16 << 10
"""Few plugins that mean well come to that."""
_CUT_TO_CHARS: Final = 1_000
"""Each text, and each list, of an outcome for which there is no room."""


class Room:
    """What is left of the room for long outcomes."""

    def __init__(self, max_bytes: int = _ALL_MAX_BYTES) -> None:
        self._left = max_bytes

    def fit(self, outcome: Outcome) -> Outcome:
        """Return the outcome: whole where it is short or there is room, else with its texts cut,
        which say so.
        """
        size = len(outcome.model_dump_json())
        if size < _LONG_FROM_BYTES:
            return outcome
        if size > self._left:
            return _cut(outcome)
        self._left -= size
        return outcome


def _cut(outcome: Outcome) -> Outcome:
    cut: dict[str, Any] = {"lists_cut": True}
    for name, value in outcome.evidence:
        if isinstance(value, str):
            cut[name] = shorten(value, _CUT_TO_CHARS)
        elif isinstance(value, list):
            cut[name] = _first(value)
    evidence = outcome.evidence.model_copy(update=cut)
    verdict = outcome.verdict and _cut_verdict(outcome.verdict)
    return outcome.model_copy(update={"verdict": verdict, "evidence": evidence})


def _first(items: list[Any]) -> list[Any]:
    """Return the first items, as far as they are short together."""
    kept: list[Any] = []
    left = _CUT_TO_CHARS
    for item in items:
        left -= len(str(item))
        if left < 0:
            break
        kept.append(item)
    return kept


def _cut_verdict(verdict: Verdict) -> Verdict:
    """Cut the reason that the host would give, and its message, which ends in it."""
    reason, message = verdict.fields.get("reason"), verdict.message
    if not isinstance(reason, str) or message is None or not message.endswith(reason):
        return verdict
    short = shorten(reason, _CUT_TO_CHARS)
    fields = {**verdict.fields, "reason": short}
    shown = message.removesuffix(reason) + short
    return verdict.model_copy(update={"fields": fields, "message": shown})

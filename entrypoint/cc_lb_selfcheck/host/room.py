"""Room for what plugins say: together no more than a report may hold that is read again.

A plugin can say megabytes, in its error text and by its names. One says it whole; thousands that do
would fill the memory, and make a report that nobody takes. What was seen besides is cut first; the
host's own text has more room, since it is the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cc_lb_selfcheck.surfaces.visible import shorten

if TYPE_CHECKING:
    from .outcome import Outcome, Verdict

_ALL_MAX_BYTES: Final = 16 << 20
"""Of all outcomes that are long and told whole, as JSON; ``report.load`` reads 64 MiB."""
_VERDICTS_MAX_BYTES: Final = 40 << 20
"""Of the verdicts of the others."""
_LONG_FROM_BYTES: Final = 16 << 10
"""Few plugins that mean well come to that."""
_CUT_TO_CHARS: Final = 1_000
"""Each text, and each list, of an outcome for which there is no room."""


class Room:
    """What is left of the room for long outcomes, and for the verdicts of those without any."""

    def __init__(
        self, max_bytes: int = _ALL_MAX_BYTES, verdicts_max_bytes: int = _VERDICTS_MAX_BYTES
    ) -> None:
        self._left = max_bytes
        self._left_for_verdicts = verdicts_max_bytes

    def fit(self, outcome: Outcome) -> Outcome:
        """Return the outcome: whole where it is short or there is room, else with what was seen
        cut, and at last with the verdict's text cut as well; what is cut says so.
        """
        size = len(outcome.model_dump_json())
        if size < _LONG_FROM_BYTES:
            return outcome
        if size <= self._left:
            self._left -= size
            return outcome
        outcome, verdict = _with_less_seen(outcome), outcome.verdict
        if verdict is None:
            return outcome
        size = len(verdict.model_dump_json())
        if size <= self._left_for_verdicts:
            self._left_for_verdicts -= size
            return outcome
        return outcome.model_copy(update={"verdict": _cut_verdict(verdict)})


def _with_less_seen(outcome: Outcome) -> Outcome:
    cut: dict[str, Any] = {"lists_cut": True}
    for name, value in outcome.evidence:
        if isinstance(value, str):
            cut[name] = shorten(value, _CUT_TO_CHARS)
        elif isinstance(value, list):
            cut[name] = _first(value)
    evidence = outcome.evidence.model_copy(update=cut)
    return outcome.model_copy(update={"evidence": evidence})


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

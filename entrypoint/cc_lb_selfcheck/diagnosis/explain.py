"""Explains an outcome: what there is to say of it, and why."""

from __future__ import annotations

from cc_lb_selfcheck.host.outcome import Outcome

from .finding import Finding
from .remarks import remarks

# What explains refusals is imported for one: most plugins pass, and there is much to know.


def explain(outcome: Outcome) -> Finding | None:
    """Return the finding on an outcome; None where there is nothing to say."""
    if outcome.status == "skipped":
        return None
    if outcome.status == "passed":
        found = remarks(outcome)
        if not found:
            return None
        from .findings import remark_on

        return remark_on(found)
    from .findings import finding_on, writable

    return writable(finding_on(outcome))

"""What in *this* artifact led to the refusal: which import, which byte, which field.

Each variant has a function that quotes the evidence and claims nothing that it does not show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cc_lb_selfcheck.host.outcome import Evidence, Verdict
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_OUTPUT_MAX_BYTES

from .calls import failed_call
from .exports import no_self_check
from .judged import contradiction, own_failures, refused_values
from .loading import not_loaded
from .response import decode
from .specifics import Specifics


def specifics(verdict: Verdict, evidence: Evidence) -> Specifics:
    """Return what the evidence shows about a refusal."""
    tell = _BY_VARIANT.get(verdict.variant or "")
    return tell(verdict, evidence) if tell else Specifics()


def _reason(verdict: Verdict) -> str:
    return str(verdict.fields.get("reason", ""))


def _output(evidence: Evidence) -> str:
    return evidence.output_preview or ""


def _too_large(verdict: Verdict, _evidence: Evidence) -> Specifics:
    size = int(verdict.fields["bytes"])
    over = size - SELF_CHECK_OUTPUT_MAX_BYTES
    return Specifics(f"The response has {size:,} bytes, {over:,} more than the host takes.")


def _contradiction(verdict: Verdict, evidence: Evidence) -> Specifics:
    return contradiction(verdict.variant or "", _output(evidence))


_BY_VARIANT: Final[dict[str, Callable[[Verdict, Evidence], Specifics]]] = {
    "Instantiate": lambda verdict, evidence: not_loaded(_reason(verdict), evidence),
    "MissingSelfCheckExport": lambda _, evidence: no_self_check(evidence),
    "Call": lambda verdict, evidence: failed_call(_reason(verdict), evidence),
    "OutputTooLarge": _too_large,
    "DecodeResponse": lambda verdict, evidence: decode(_reason(verdict), _output(evidence)),
    "Validation": lambda verdict, evidence: refused_values(verdict.kind, _output(evidence)),
    "SuccessWithFailures": _contradiction,
    "FailureWithoutFailures": _contradiction,
    "FailureStatus": lambda _, evidence: own_failures(_output(evidence)),
}

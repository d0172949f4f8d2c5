"""The request that the host hands to ``cc_lb_self_check``."""

import math
import time
from collections.abc import Callable, Sequence

from .errors import (
    Clock,
    EmptyRequest,
    InvalidTimestamp,
    SelfCheckRefusal,
    SerializeRequest,
    TooManyFunctions,
    Validation,
)
from .limits import IMPLEMENTED_FUNCTIONS_MAX
from .request_text import request_text

_I64_END = 2**63


def build_request(functions: Sequence[str], clock: Callable[[], float] = time.time) -> str:
    """Build the request's JSON as the host does: validated, compact, fields in struct order.

    ``clock`` gives the present time in seconds since 1970. Raises ``SelfCheckRefusal`` with
    ``Validation``, ``Clock`` or ``SerializeRequest``, in the crate's order of checks.

    Source: cc-lb-runtime-protocol 0.1.0 ``src/self_check.rs`` (``build_request``) and
    cc-lb-plugin-wire 0.1.1 ``src/self_check.rs`` (``SelfCheckRequest::validate``).
    """
    if len(functions) > IMPLEMENTED_FUNCTIONS_MAX:
        raise SelfCheckRefusal(Validation(error=TooManyFunctions()))
    now = clock()
    if now < 0:
        raise SelfCheckRefusal(Clock(reason="second time provided was later than self"))
    if not now < _I64_END:  # infinite, or no number, as well
        raise SelfCheckRefusal(
            Clock(reason="out of range integral type conversion attempted"),
        )
    initiated_at = math.floor(now)
    if not functions:
        raise SelfCheckRefusal(Validation(error=EmptyRequest()))
    if initiated_at <= 0:
        raise SelfCheckRefusal(
            Validation(error=InvalidTimestamp(reason="initiated_at must be positive"))
        )
    try:
        return request_text(tuple(functions), initiated_at)
    except UnicodeEncodeError as error:
        # Rust's strings cannot hold a lone surrogate; Python's can, and cannot be sent.
        raise SelfCheckRefusal(SerializeRequest(reason=str(error))) from error

"""The request that the host hands to ``cc_lb_self_check``."""

import json
import math
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

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
        listed = _listed(tuple(functions))
    except UnicodeEncodeError as error:
        # Rust's strings cannot hold a lone surrogate; Python's can, and cannot be sent.
        raise SelfCheckRefusal(SerializeRequest(reason=str(error))) from error
    return f'{{"functions_to_test":{listed},"initiated_at":{initiated_at}}}'


@lru_cache(maxsize=16)
def _listed(functions: tuple[str, ...]) -> str:
    """Return the list as JSON. Raises ``UnicodeEncodeError`` for what is no Unicode."""
    listed = json.dumps(functions, separators=(",", ":"), ensure_ascii=False)
    listed.encode()
    return listed


def around_the_time(functions: Sequence[str]) -> tuple[str, str]:
    """Return what stands before and behind the time in a request whose time is not known yet.

    Raises ``SelfCheckRefusal`` as ``build_request`` does.
    """
    before, _, behind = build_request(functions, clock=lambda: 1.0).rpartition("1")
    return before, behind

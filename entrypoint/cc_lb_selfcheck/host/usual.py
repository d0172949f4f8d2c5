"""The self-check as the host asks for it: what a worker knows without being told each time."""

from __future__ import annotations

from typing import Any, Final

from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_EXPORT,
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
    WIRE_FUNCTIONS,
)
from cc_lb_selfcheck.protocol.request_text import around_the_time

USUAL_CHECK: Final[dict[str, Any]] = {
    "wall_ms": SELF_CHECK_WALL_MS,
    "fuel": SELF_CHECK_FUEL,
    "name": SELF_CHECK_EXPORT,
    "is_doubtful": False,
    "request": around_the_time(WIRE_FUNCTIONS),
    "output_max": SELF_CHECK_OUTPUT_MAX_BYTES,
}
"""The head of the command ``check``, of which only what is otherwise is sent."""

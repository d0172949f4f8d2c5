"""The request's text, of what is known to be valid."""

import json
from functools import lru_cache


def request_text(functions: tuple[str, ...], initiated_at: int) -> str:
    """Return the request's JSON: compact, fields in struct order.

    Raises ``UnicodeEncodeError`` for a function whose name is no Unicode.

    Source: cc-lb-plugin-wire 0.1.1 ``src/self_check.rs`` (``SelfCheckRequest``).
    """
    return f'{{"functions_to_test":{_listed(functions)},"initiated_at":{initiated_at}}}'


@lru_cache(maxsize=16)
def _listed(functions: tuple[str, ...]) -> str:
    """Return the list as JSON. Raises ``UnicodeEncodeError`` for what is no Unicode."""
    listed = json.dumps(functions, separators=(",", ":"), ensure_ascii=False)
    listed.encode()
    return listed


def around_the_time(functions: tuple[str, ...]) -> tuple[str, str]:
    """Return what stands before and behind the time in a request whose time is not known yet."""
    before, _, behind = request_text(functions, 1).rpartition("1")
    return before, behind

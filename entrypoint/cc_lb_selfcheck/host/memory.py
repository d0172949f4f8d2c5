"""How much memory a process takes, seen from outside.

A limit inside would show: the engine reserves gigabytes of addresses that it never touches, and a
plugin may ask for more memory and be told no.
"""

from __future__ import annotations

import re
from typing import Final

_TAKEN: Final = re.compile(rb"^Vm(?:RSS|Swap):\s*(\d+) kB$", re.MULTILINE)


def taken_bytes(pid: int) -> int | None:
    """Return what a process holds in memory and in swap, in bytes; None where nobody tells.

    Source: Linux ``Documentation/filesystems/proc.rst``, ``/proc/PID/status``.
    """
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123 - twenty times a second
            status = file.read()
    except OSError:
        return None
    sizes = _TAKEN.findall(status)
    return sum(map(int, sizes)) << 10 if sizes else None

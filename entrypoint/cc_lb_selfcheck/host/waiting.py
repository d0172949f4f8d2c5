"""Waits for whichever of several workers says something first."""

from __future__ import annotations

import math
import select
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .process import WorkerProcess

_LOOK_EVERY_S: Final = 0.002
_SIGNALS_EVERY_MS: Final = 250
"""A signal may reach another of our threads, which wakes nobody. Python tells of it here alone, and
only between two waits.
"""


def readable(workers: Sequence[WorkerProcess], timeout_s: float | None) -> list[WorkerProcess]:
    """Return those of which something can be read, be it their end; wait for the first.

    After ``timeout_s`` seconds there may be none; None: wait without end.
    """
    ask: Any = vars(select).get("poll")  # not on Windows
    if sys.platform == "win32" and ask is None:
        # Windows waits for no pipe of this kind; it only tells what is in one.
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while not (ready := [worker for worker in workers if _holds_something(worker)]):
            if time.monotonic() > until:
                break
            time.sleep(_LOOK_EVERY_S)
        return ready
    poll = ask()
    for worker in workers:
        poll.register(worker, vars(select)["POLLIN"])
    if timeout_s is None:
        while not (told := poll.poll(_SIGNALS_EVERY_MS)):
            continue
    else:
        told = poll.poll(math.ceil(timeout_s * 1000))
    descriptors = {descriptor for descriptor, _ in told}
    return [worker for worker in workers if worker.fileno() in descriptors]


if sys.platform == "win32":

    def _holds_something(worker: WorkerProcess) -> bool:
        import _winapi
        import msvcrt

        try:
            handle = msvcrt.get_osfhandle(worker.fileno())
            in_it, _left = _winapi.PeekNamedPipe(handle, 0)[:2]
            return int(in_it) > 0
        except OSError:  # its end
            return True

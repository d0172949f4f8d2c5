"""``execute_self_check``: the crate's function, in Python, on the real engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cc_lb_selfcheck.protocol.limits import WIRE_FUNCTIONS
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.wasm.outline import read_outline

from .answered import AnsweredCheck
from .asked import AskedCheck
from .process import WorkerProcess


def execute_self_check(
    plugin_bytes: bytes,
    *,
    clock: Callable[[], float] = time.time,
    functions: Sequence[str] = WIRE_FUNCTIONS,
) -> SelfCheckResponse:
    """Run the host's self-check on an artifact in a worker process of its own.

    Raises ``SelfCheckRefusal`` for everything that the host refuses, and ``WorkerDied`` when the
    engine's process ended without an answer. For many artifacts, or a deadline, see ``Pool``.

    Source: cc-lb-runtime-protocol 0.1.0 ``src/self_check.rs``.
    """
    worker = WorkerProcess()
    try:
        worker.start()
        outline = read_outline(plugin_bytes)
        check = AskedCheck(worker, plugin_bytes, outline, clock, functions)
        check.ask()
        return AnsweredCheck(check, *worker.take()).response()
    finally:
        worker.close()

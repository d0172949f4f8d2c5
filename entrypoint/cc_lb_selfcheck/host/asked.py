"""The self-check of one artifact, asked of a worker; ``answered`` tells what its answer amounts to.

Here is imported nothing that is not needed to ask: the first artifact waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT, WIRE_FUNCTIONS
from cc_lb_selfcheck.wasm.items import Signature
from cc_lb_selfcheck.wasm.outline import Outline

from .nul import NulGuard
from .process import WorkerProcess

_CALLABLE: Final = (None, Signature((), ()), Signature((), ("i32",)))
"""Types that an export may have to be called; None where it is not known."""


class AskedCheck:
    """The self-check of one artifact, asked of a worker at once and answered at once.

    The request names ``functions`` and tells the time of ``clock``, in seconds since 1970; None:
    the time at which the worker comes to the call. ``warn_at`` is for the evidence of a call.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        data: bytes,
        outline: Outline,
        clock: Callable[[], float] | None = None,
        functions: Sequence[str] = WIRE_FUNCTIONS,
        warn_at: int | None = None,
    ) -> None:
        """Be ready to ask."""
        self.worker = worker
        self.outline = outline
        self.guard = NulGuard(data, outline)
        self.clock = clock
        self.functions = functions
        self.warn_at = warn_at

    def ask(self, *, aside: bool = False) -> None:
        """Ask the worker; ``aside`` where that may have to wait for it. Raises ``WorkerDied``."""
        post = self.worker.post_aside if aside else self.worker.post
        post(self._head(), self.guard.data)

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = {"command": "check"}
        if _is_doubtful(self.outline):
            head["is_doubtful"] = True
        if self.clock is None:
            return head
        from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
        from cc_lb_selfcheck.protocol.request import build_request

        try:
            return {**head, "request": [build_request(self.functions, self.clock)]}
        except SelfCheckRefusal:
            return {**head, "request": []}  # it has to be built all the same


def _is_doubtful(outline: Outline) -> bool:
    """Tell whether the module seems to have no export that the host would call.

    The engine is asked before the call then, rather than after it.
    """
    if not outline.is_module or outline.damage is not None or outline.is_cut:
        return False
    return not any(
        item.name == SELF_CHECK_EXPORT and item.kind == "function" and item.signature in _CALLABLE
        for item in outline.exports
    )

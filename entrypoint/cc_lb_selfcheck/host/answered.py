"""The self-check of one artifact, answered by a worker: what the answer amounts to."""

from __future__ import annotations

import time
from typing import Any

from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.protocol.self_check import Output, execute_self_check
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .asked import AskedCheck
from .outcome import Evidence, Outcome, Verdict
from .process import WorkerProcess
from .remote import AS_THE_HOST, Run


class AnsweredCheck(Run):
    """A check that was asked, with the worker's answer to it."""

    def __init__(self, asked: AskedCheck, answer: dict[str, Any], body: bytes) -> None:
        """Look at an answer. Raises ``WorkerDied`` for what is none."""
        super().__init__(asked.worker, asked.outline, AS_THE_HOST)
        self._asked = asked
        self._told, self._body = self._read(answer), body

    def outcome(self) -> Outcome:
        """Return what it amounts to. Raises ``WorkerDied``."""
        try:
            response = self.response()
        except SelfCheckRefusal as refusal:
            evidence = Evidence.of(self._outline, **self.seen)
            verdict = Verdict.refused(refusal.error)
            return Outcome(status="refused", verdict=verdict, reason=None, evidence=evidence)
        self.seen.pop("output_preview", None)
        evidence = Evidence.of(self._outline, **self.seen)
        verdict = Verdict.accepted(response)
        return Outcome(status="passed", verdict=verdict, reason=None, evidence=evidence)

    def response(self) -> SelfCheckResponse:
        """Return the response that is accepted. Raises ``SelfCheckRefusal`` and ``WorkerDied``."""
        asked = self._asked
        return execute_self_check(
            asked.guard.data,
            self._build,
            clock=asked.clock or time.time,
            functions=asked.functions,
        )

    def _build(self, _data: bytes) -> AnsweredCheck:
        self._built(self._told, self._body, self._asked.guard)
        return self

    def function_exists(self, _name: str) -> bool:
        """Tell whether the engine found the export, and can call it."""
        return self._is_callable

    def call(self, _name: str, _request: str) -> Output:
        """Tell what the call has given: the worker had a request like this one."""
        self.seen["warn_at"] = self._asked.warn_at
        return self._called(self._told, self._body)


def check_once(worker: WorkerProcess, data: bytes, outline: Outline | None = None) -> Outcome:
    """Run the self-check on an artifact in this worker. Raises ``WorkerDied``."""
    check = AskedCheck(worker, data, outline or read_outline(data))
    check.ask()
    return AnsweredCheck(check, *worker.take()).outcome()

"""The worker process: builds and calls one plugin at a time, as told through frames.

It holds no secret and no environment, and imports nothing but the engine. Started by
``host.process`` as ``python -I -m cc_lb_selfcheck.host.worker``.

Commands (head → answer's head):
- ``start`` ``{cache_config, threads}`` → ``{extism}``
- ``build`` ``{wall_ms, fuel, exports}``, body: the artifact → ``{ok, callable, compile_ms,
  link_ms}``, where ``callable`` are those of ``exports`` that can be called; or
  ``{ok: false, step}`` and the engine's text as body
- ``call`` ``{name, output_max}``, body: the request → see ``_call``
"""

from __future__ import annotations

import os
import time
from typing import Any, BinaryIO

from .engine import CompiledPlugin, EngineError, EngineLog, engine_version, utf8_fault
from .frames import BrokenFrame, receive, send


class _Worker:
    def __init__(self) -> None:
        self._log = EngineLog()
        self._plugin: CompiledPlugin | None = None
        self._called = False

    def start(self, head: dict[str, Any], _body: bytes) -> tuple[dict[str, Any], bytes]:
        # Read by the engine at each compilation: empty turns its cache off.
        os.environ["EXTISM_CACHE_CONFIG"] = head["cache_config"]
        # Read once, at the first: the engine compiles a module's functions on several threads.
        os.environ["RAYON_NUM_THREADS"] = str(head["threads"])
        return {"extism": engine_version()}, b""

    def build(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        self._free()
        try:
            self._plugin = CompiledPlugin(body, wall_ms=head["wall_ms"], fuel=head["fuel"])
        except EngineError as error:
            self._log.take()
            return {"ok": False, "step": error.step}, error.text
        plugin = self._plugin
        answer = {
            "ok": True,
            "callable": [name for name in head["exports"] if plugin.function_exists(name)],
            "compile_ms": plugin.compile_ms,
            "link_ms": plugin.link_ms,
        }
        return answer, b""

    def call(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if self._plugin is None:
            raise BrokenFrame("nothing is built")
        begun = time.perf_counter()
        result = self._plugin.call(head["name"], body, self._log, output_max=head["output_max"])
        self._called = True
        answer = {
            "call_ms": (time.perf_counter() - begun) * 1000,
            "return_code": result.return_code,
            "error": result.error is not None,
            "error_fault": utf8_fault(result.error or b""),
            "error_size": len(result.error or b""),
            "output_size": result.output_size,
            "output_fault": result.output_fault,
        }
        return answer, (result.error or b"") + result.log + result.output

    def rest(self) -> None:
        """Free what was called, while the parent is at work on the answer."""
        if self._called:
            self._free()

    def _free(self) -> None:
        if self._plugin is not None:
            self._plugin.close()
        self._plugin, self._called = None, False


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer frames until the parent closes the pipe."""
    worker = _Worker()
    commands = {
        "start": worker.start,
        "build": worker.build,
        "call": worker.call,
    }
    while True:
        try:
            head, body = receive(requests)
        except BrokenFrame:
            return
        send(answers, *commands[head["command"]](head, body))
        worker.rest()


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the two pipes for frames, so that nothing printed by the engine can mix with them."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return requests, answers


if __name__ == "__main__":
    serve(*_own_pipes())
    os._exit(0)  # the engine's threads need no farewell

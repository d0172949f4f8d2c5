"""The worker process: builds and calls one plugin at a time, as told through frames.

It holds no secret and no environment, and imports nothing but the engine. Started by
``host.process`` as ``python -I -m cc_lb_selfcheck.host.worker``.

Commands (head → answer's head):
- ``start`` ``{cache_config, threads, parent, cpu_s}`` → ``{extism, sandbox}``: enters the sandbox
- ``build`` ``{wall_ms, fuel}``, body: the artifact → ``{built: {ok, compile_ms, link_ms}}``; or
  ``{built: {ok: false, step}}`` and the engine's text as body. To explain a verdict, ``details``
  asks for files and lines in backtraces, ``dump`` for the stack of a call that is stopped, and
  ``max_pages`` bounds the memory
- ``call`` ``{name, output_max}``, body: the request → ``{called}``, see ``_Worker.call``
- ``check``: both at once, with a list as ``request`` of what stands around the time in it. What
  the head lacks is as in ``host.usual`` → ``{built, called}``, where ``built`` has ``callable`` as
  well: whether the engine takes ``name`` for a function that it can call. ``called`` is missing
  where there was nothing to call: no request, or ``is_doubtful`` and no such function
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from . import sandbox
from .cache_in_use import CacheInUse
from .engine import (
    CompiledPlugin,
    CoreDump,
    EngineError,
    EngineLog,
    elapsed_ms,
    engine_version,
    utf8_fault,
)
from .frames import BrokenFrame, receive, send
from .usual import USUAL_CHECK

# Windows counts a thread's time in steps that are longer than most calls.
_processor_time = time.perf_counter if os.name == "nt" else time.thread_time


class _Worker:
    def __init__(self) -> None:
        self._log = EngineLog()
        self._plugin: CompiledPlugin | None = None
        self._called = False
        self._dump: CoreDump | None = None
        self._cpu_s: float | None = None
        self._cache = CacheInUse("")

    def start(self, head: dict[str, Any], _body: bytes) -> tuple[dict[str, Any], bytes]:
        if os.name == "posix":
            os.environ.clear()
        self._cache = CacheInUse(head["cache_config"])
        self._cache.use()
        # Read once, at the first: the engine compiles a module's functions on several threads.
        os.environ["RAYON_NUM_THREADS"] = str(head["threads"])
        self._cpu_s = head["cpu_s"]
        # Here, since the engine starts threads with the first plugin, which it would not hold for.
        layers = sandbox.enter(parent=head["parent"], cache_config=head["cache_config"])
        return {"extism": engine_version(), "sandbox": layers}, b""

    def build(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        self._free()
        if self._cpu_s is not None:
            sandbox.limit_processor(self._cpu_s)
        try:
            plugin = self._plugin = self._compiled(head, body)
        except EngineError as error:
            self._log.take()
            return {"built": {"ok": False, "step": error.step}}, error.text
        answer = {
            "ok": True,
            "compile_ms": plugin.compile_ms,
            "link_ms": plugin.link_ms,
        }
        return {"built": answer}, b""

    def _compiled(self, head: dict[str, Any], body: bytes) -> CompiledPlugin:
        """Compile and link. Raises ``EngineError``."""

        def compiled() -> CompiledPlugin:
            with self._explaining(head):
                return CompiledPlugin(
                    body,
                    wall_ms=head["wall_ms"],
                    fuel=head["fuel"],
                    max_pages=head.get("max_pages"),
                )

        try:
            return compiled()
        except EngineError as error:
            if error.step != "compile" or self._cache.is_sound():
                raise
            self._cache.give_up()
            return compiled()

    @contextmanager
    def _explaining(self, head: dict[str, Any]) -> Iterator[None]:
        """Set what the engine reads of the environment at a compilation, for this one alone."""
        wanted = {}
        if head.get("details"):
            wanted["WASMTIME_BACKTRACE_DETAILS"] = "1"
        if head.get("dump"):
            self._dump = CoreDump()
            wanted["EXTISM_COREDUMP"] = self._dump.path
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name in wanted:
                del os.environ[name]

    def call(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if self._plugin is None:
            raise BrokenFrame("nothing is built")
        begun, cpu_begun = time.perf_counter(), _processor_time()
        result = self._plugin.call(head["name"], body, self._log, output_max=head["output_max"])
        cpu_ended, ended = _processor_time(), time.perf_counter()
        self._called = True
        dump = self._dump.take() if self._dump else b""
        answer = {
            "call_ms": elapsed_ms(begun, ended),
            "cpu_ms": elapsed_ms(cpu_begun, cpu_ended),
            "return_code": result.return_code,
            "error": result.error is not None,
            "error_fault": utf8_fault(result.error or b""),
            "error_size": len(result.error or b""),
            "output_size": result.output_size,
            "output_fault": result.output_fault,
            "dump_size": len(dump),
        }
        return {"called": answer}, (result.error or b"") + result.log + result.output + dump

    def check(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        head = {**USUAL_CHECK, **head}
        built, text = self.build(head, body)
        plugin, name = self._plugin, head["name"]
        if plugin is None:
            return built, text
        told: dict[str, Any] = {}
        if head["request"] and (not head["is_doubtful"] or plugin.function_exists(name)):
            request = str(int(time.time())).join(head["request"])
            told, text = self.call(head, request.encode())
        # Asked last, as to ask clears the plugin's error, by code that the host's call begins with:
        # it would burn the less of its fuel for that.
        built["built"]["callable"] = plugin.function_exists(name)
        return built | told, text

    def rest(self) -> None:
        """Free what was called, while the parent is at work on the answer."""
        if self._called:
            self._free()

    def _free(self) -> None:
        if self._plugin is not None:
            self._plugin.close()
        self._plugin, self._called, self._dump = None, False, None


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer frames until the parent closes the pipe."""
    worker = _Worker()
    commands = {
        "start": worker.start,
        "build": worker.build,
        "call": worker.call,
        "check": worker.check,
    }
    while True:
        try:
            head, body = receive(requests)
        except BrokenFrame:
            return
        answer, answer_body = commands[head["command"]](head, body)
        send(answers, {**answer, "id": head["id"]}, answer_body)
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

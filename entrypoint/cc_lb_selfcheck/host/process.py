"""A worker process, seen from the parent. Standard library only: it starts before heavy imports.

The child gets no environment of ours, no descriptors but its two pipes, a session of its own and
the root directory as its working directory; before it sees an artifact it enters ``host.sandbox``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from threading import Lock
from typing import Any, Final, Literal, TypeAlias, cast

from .frames import BrokenFrame, Gone, receive, send
from .memory import taken_bytes

_ANSWER_MAX_BYTES: Final = 4 << 20
_LAST_WORD_S: Final = 0.5
# What the interpreter itself may need to start; nothing else of the environment is handed on, and
# a worker forgets these as well before it sees an artifact.
_NEEDED_BY_PYTHON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


class WorkerDied(Exception):
    """The worker is gone; the message says how, in a clause.

    ``limit`` names the limit for which it was ended, and is empty where it went by itself.
    """

    def __init__(self, how: str, *, limit: Literal["", "deadline", "memory"] = "") -> None:
        super().__init__(how)
        self.limit = limit


class WorkerNotStarted(WorkerDied):
    """There is no worker, for want of descriptors, processes or memory."""


Layer: TypeAlias = tuple[str, bool, str]
"""A layer of the sandbox: its name, whether it holds, and why not or by what."""


def bare_environment() -> dict[str, str]:
    """Return what a process of ours is started with."""
    return {name: os.environ[name] for name in _NEEDED_BY_PYTHON if name in os.environ}


class WorkerProcess:
    """One worker. Only one thread at a time may ask it; any thread may call ``enforce_limits``.

    On Linux it ends with the thread that made it.
    """

    def __init__(self) -> None:
        """Start the process. Raises ``OSError`` where the system has none to give."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cc_lb_selfcheck.host.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=bare_environment(),
            cwd="/" if os.name == "posix" else None,
            start_new_session=True,
        )
        self._guard = Lock()
        """Held while limits are set or enforced: none may outlast the artifact it was set for."""
        self._ends_at: float | None = None
        self._ended_for: Literal["", "deadline", "memory"] = ""
        self._asked = 0
        self.extism_version: str | None = None
        self.layers: list[Layer] = []

    @property
    def started(self) -> bool:
        """Whether the engine in it is ready."""
        return self.extism_version is not None

    def start(
        self, *, cache_config: str = "", threads: int = 0, cpu_s: float | None = None
    ) -> None:
        """Ready the engine, with a configuration file for its cache (empty: no cache) and as many
        threads to compile with (0: one a processor). Each artifact may take ``cpu_s`` seconds of
        processor time (None: without end). Raises ``WorkerDied``.
        """
        head = {"command": "start", "cache_config": cache_config, "threads": threads}
        answer, _ = self.ask({**head, "cpu_s": cpu_s, "parent": os.getpid()})
        layers, version = _layers(answer.get("sandbox")), answer.get("extism")
        if layers is None or not isinstance(version, str):
            self.kill()
            raise WorkerDied("gave an answer that is none")
        watched = taken_bytes(self.pid) is not None
        self.layers = [
            ("process", True, ""),
            ("memory", watched, "" if watched else "nothing here tells how much a process takes"),
            *layers,
        ]
        self.extism_version = version

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def ask(self, head: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Send a command and wait for its answer. Raises ``WorkerDied``."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerDied("was never started")
        try:
            self._asked += 1
            send(cast("Any", stdin), {**head, "id": self._asked}, body)
            answer, answer_body = receive(cast("Any", stdout), _ANSWER_MAX_BYTES)
        except BrokenFrame as broken:
            raise self._died(broken) from broken
        if answer.get("id") != self._asked:
            raise self._died(BrokenFrame("it answers what was not asked"))
        return answer, answer_body

    def set_deadline(self, seconds: float | None) -> None:
        """Let the process live for that long from now; None: without end, and without limits."""
        with self._guard:
            self._ends_at = None if seconds is None else time.monotonic() + seconds

    def enforce_limits(self, memory_max_bytes: int | None = None) -> None:
        """Kill the process when its deadline has passed, or when it takes more memory."""
        with self._guard:
            if self._ends_at is None:
                return
            if time.monotonic() > self._ends_at:
                self._ended_for = "deadline"
            elif memory_max_bytes is not None and self.takes_more_than(memory_max_bytes):
                self._ended_for = "memory"
            else:
                return
            self._ends_at = None
        self.kill()

    def takes_more_than(self, size: int) -> bool:
        """Tell whether the process takes more than so many bytes of memory."""
        return (taken_bytes(self.pid) or 0) > size

    @property
    def is_lost(self) -> bool:
        """Whether it was ended for one of its limits."""
        return bool(self._ended_for)

    def kill(self) -> None:
        """End the process and all that it started, at once."""
        if self._process.poll() is None:
            if os.name == "posix":
                try:
                    os.killpg(self._process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    return
            else:
                self._process.kill()

    def close(self) -> None:
        """End the process and free its pipes."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # unsent bytes to a process that is gone
                    continue

    def _died(self, broken: BrokenFrame) -> WorkerDied:
        try:
            # It may be on its way out: its own status says more than our signal would.
            code = self._process.wait(_LAST_WORD_S if isinstance(broken, Gone) else 0)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
            return WorkerDied(f"gave no answer that can be read ({broken})")
        if self._ended_for:
            return WorkerDied(f"was ended for its {self._ended_for}", limit=self._ended_for)
        if code >= 0:
            return WorkerDied(f"ended with status {code} ({broken})")
        name = _signal_name(-code)
        # The process's own bound, should the parent have slept over the deadline.
        return WorkerDied(f"was ended by {name}", limit="deadline" if name == "SIGXCPU" else "")


def _layers(told: object) -> list[Layer] | None:
    """Return the layers that a worker tells of; None for what is no list of them."""
    layers: list[Layer] = []
    for item in told if isinstance(told, list) else [None]:
        match item:
            case [str(name), bool(holds), str(detail)]:
                layers.append((name, holds, detail))
            case _:
                return None
    return layers


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

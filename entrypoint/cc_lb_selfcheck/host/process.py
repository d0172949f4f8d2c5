"""A worker process, seen from the parent. Standard library only: it starts before heavy imports.

The child gets no environment of ours, no descriptors but its two pipes, a session of its own and
the root directory as its working directory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any, Final, cast

from .frames import BrokenFrame, receive, send

_ANSWER_MAX_BYTES: Final = 4 << 20
_LAST_WORD_S: Final = 0.5
# What the interpreter itself may need to start; nothing else of the environment is handed on.
_NEEDED_BY_PYTHON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


class WorkerDied(Exception):
    """The worker is gone; the message says how, in a clause. ``by_deadline``: we ended it."""

    def __init__(self, how: str, *, by_deadline: bool = False) -> None:
        super().__init__(how)
        self.by_deadline = by_deadline


class WorkerProcess:
    """One worker. Only one thread may ask it; any thread may call ``enforce_deadline``."""

    def __init__(self) -> None:
        environment = {key: os.environ[key] for key in _NEEDED_BY_PYTHON if key in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cc_lb_selfcheck.host.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/" if os.name == "posix" else None,
            start_new_session=True,
        )
        self._ends_at: float | None = None
        self._past_deadline = False
        self.extism_version: str | None = None

    @property
    def started(self) -> bool:
        """Whether the engine in it is ready."""
        return self.extism_version is not None

    def start(self, *, cache_config: str = "", threads: int = 0) -> None:
        """Ready the engine, with a configuration file for its cache (empty: no cache) and as many
        threads to compile with (0: one a processor).
        """
        head = {"command": "start", "cache_config": cache_config, "threads": threads}
        answer, _ = self.ask(head)
        self.extism_version = str(answer["extism"])

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
            send(cast("Any", stdin), head, body)
            return receive(cast("Any", stdout), _ANSWER_MAX_BYTES)
        except BrokenFrame as broken:
            raise self._died(broken) from broken

    def set_deadline(self, seconds: float | None) -> None:
        """Let the process live for that long from now; None: without end."""
        self._ends_at = None if seconds is None else time.monotonic() + seconds

    def enforce_deadline(self) -> None:
        """Kill the process when its deadline has passed."""
        ends_at = self._ends_at
        if ends_at is not None and time.monotonic() > ends_at:
            self._past_deadline = True
            self._ends_at = None
            self.kill()

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
        if self._past_deadline:
            return WorkerDied("passed its deadline", by_deadline=True)
        try:
            # It may be on its way out: its own status says more than our signal would.
            code = self._process.wait(_LAST_WORD_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        if code < 0:
            return WorkerDied(f"was ended by {_signal_name(-code)}")
        return WorkerDied(f"ended with status {code} ({broken})")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

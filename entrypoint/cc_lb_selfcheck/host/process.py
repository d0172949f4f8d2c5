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
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Final, Literal, TypeAlias, cast

from . import child
from .frames import BrokenFrame, Gone, Incoming, capacity, parts
from .memory import taken_bytes
from .waiting import readable

_ANSWER_MAX_BYTES: Final = 12 << 20
"""An error text, which fuel keeps below 5 MB, the engine's log of it, and the output."""
_READ_BYTES: Final = 64 << 10
_LAST_WORD_S: Final = 0.5
NO_THREAD: Final = "the system has no more threads to give"


class WorkerDied(Exception):
    """The worker is gone; the message says how, in a clause.

    ``limit`` names the limit for which it was ended (``machine``: it lives, and the system refuses
    it memory), and is empty where it went by itself. It ``is_certain`` where what it was at work
    on did that, and not what was before.
    """

    def __init__(
        self,
        how: str,
        *,
        limit: Literal["", "deadline", "memory", "machine"] = "",
        is_certain: bool = False,
    ) -> None:
        super().__init__(how)
        self.limit = limit
        self.is_certain = is_certain


class WorkerNotStarted(WorkerDied):
    """There is no worker, for want of descriptors, processes or memory."""


Layer: TypeAlias = tuple[str, bool, str]
"""A layer of the sandbox: its name, whether it holds, and why not or by what."""


class WorkerProcess:
    """One worker. Only one thread at a time may ask it; any thread may call ``enforce_limits``.

    On Linux it ends with the thread that made it.
    """

    def __init__(self) -> None:
        """Start the process. Raises ``OSError`` where the system has none to give."""
        self._process = subprocess.Popen(
            child.command("host.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child.environment(),
            cwd=child.directory(),
            start_new_session=True,
            bufsize=0,
        )
        self._incoming = Incoming(_ANSWER_MAX_BYTES)
        self._aside: Thread | None = None
        """Writes what does not fit in the pipe."""
        self._guard = Lock()
        """Held while limits are set or enforced: none may outlast the artifact it was set for."""
        self._ends_at: float | None = None
        self._ended_for: Literal["", "deadline", "memory"] = ""
        self._was_light = False
        """Whether it was seen to take little since its limits were set."""
        self.is_heavy = False
        """Whether it took much when it was last looked at."""
        self._asked = 0
        self._answered = 0
        self.pipe_bytes = capacity(cast("Any", self._process.stdin))
        """What it can be sent while it is at work on something else; 0 where that is not known."""
        self.extism_version: str | None = None
        self.layers: list[Layer] = []

    @property
    def started(self) -> bool:
        """Whether the engine in it is ready."""
        return self.extism_version is not None

    def start(
        self, *, cache_config: str = "", threads: int = 0, cpu_s: float | None = None
    ) -> None:
        """Ready the engine. Raises ``WorkerDied``. See ``post_start``."""
        self.post_start(cache_config=cache_config, threads=threads, cpu_s=cpu_s)
        self.has_started(self.take()[0])

    def post_start(self, *, cache_config: str, threads: int, cpu_s: float | None) -> None:
        """Tell the engine to get ready, with a configuration file for its cache (empty: no cache)
        and as many threads to compile with (0: one a processor). Each artifact may take ``cpu_s``
        seconds of processor time (None: without end). Raises ``WorkerDied``.
        """
        head = {"command": "start", "cache_config": cache_config, "threads": threads}
        self.post({**head, "cpu_s": cpu_s, "parent": os.getpid()})

    def has_started(self, answer: dict[str, Any]) -> None:
        """Take the answer to that. Raises ``WorkerDied``."""
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
        self.post(head, body)
        return self.take()

    def post(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Send a command, whose answer is taken later. Raises ``WorkerDied``.

        It waits where the pipe is full: until the worker comes to read.
        """
        self._asked += 1
        try:
            self._write(*parts({**head, "id": self._asked}, body))
        except BrokenFrame as broken:
            raise self._died(broken) from broken

    def post_aside(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Do the same without waiting; that it fails shows when the answer is taken. Raises
        ``WorkerDied`` where the system has no thread for it.
        """
        self._asked += 1
        frame = parts({**head, "id": self._asked}, body)

        def write() -> None:
            with suppress(BrokenFrame):
                self._write(*frame)

        aside = Thread(target=write, name="sends", daemon=True)
        try:
            aside.start()
        except RuntimeError as error:
            self.kill()
            how = f"was not sent what it was to check: {NO_THREAD}"
            raise WorkerDied(how, limit="machine") from error
        self._aside = aside

    def _write(self, *frame: bytes) -> None:
        stdin = cast("Any", self._process.stdin)
        try:
            for part in frame:
                left = memoryview(part)
                while left:
                    left = left[stdin.write(left) :]
        except (OSError, ValueError) as error:
            raise Gone(f"cannot send: {error}") from error

    def take(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the answer to the first command without one. Raises ``WorkerDied``."""
        while (answer := self.answer()) is None:
            with suppress(ValueError):  # of a pipe that is closed, which reading tells
                readable((self,), None)
            self.read()
        return answer

    def fileno(self) -> int:
        """Return the descriptor to wait at for an answer."""
        return cast("Any", self._process.stdout).fileno()  # type: ignore[no-any-return]

    def read(self) -> None:
        """Read what there is of answers; wait where there is nothing. Raises ``WorkerDied``."""
        try:
            piece = cast("Any", self._process.stdout).read(_READ_BYTES)
        except (OSError, ValueError) as error:
            raise self._died(BrokenFrame(f"cannot read: {error}")) from error
        if not piece:
            raise self._died(Gone("the stream ended"))
        self._incoming.add(piece)

    def answer(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the next answer, if it has been read. Raises ``WorkerDied``."""
        try:
            answer = self._incoming.next()
            if answer is None:
                return None
            self._answered += 1
            if answer[0].get("id") != self._answered or self._answered > self._asked:
                raise BrokenFrame("it answers what was not asked")
        except BrokenFrame as broken:
            raise self._died(broken) from broken
        return answer

    def set_deadline(self, seconds: float | None) -> None:
        """Let the process live for that long from now; None: without end, and without limits."""
        with self._guard:
            self._ends_at = None if seconds is None else time.monotonic() + seconds
            self._was_light = False

    def enforce_limits(
        self, memory_max_bytes: int | None = None, heavy_bytes: int | None = None
    ) -> None:
        """Kill the process when its deadline has passed, or when it takes more memory.

        From ``heavy_bytes`` on it ``is_heavy``.
        """
        with self._guard:
            if self._ends_at is None:
                return
            taken = 0 if memory_max_bytes is None else taken_bytes(self.pid) or 0
            self.is_heavy = heavy_bytes is not None and taken > heavy_bytes
            if time.monotonic() > self._ends_at:
                self._ended_for = "deadline"
            elif memory_max_bytes is not None and taken > memory_max_bytes:
                self._ended_for = "memory"
            else:
                self._was_light |= not self.is_heavy
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
            if sys.platform == "win32":
                self._process.kill()
                return
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def close(self) -> None:
        """End the process and free its pipes."""
        self.kill()
        self._process.wait()
        if self._aside is not None:
            self._aside.join()  # it may still use the pipe
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
            how = f"was ended for its {self._ended_for}"
            return WorkerDied(how, limit=self._ended_for, is_certain=self._was_light)
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

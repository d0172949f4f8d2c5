"""Starts the command, and a first worker before the command's heavy imports."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType, ModuleType
from typing import TextIO

_COMMANDS_WITH_WORKERS = ("check",)
_COLLECTED_EVERY = 100_000
"""How many objects are made between two searches for garbage: imports make many, and no garbage."""


def main() -> None:
    """Run ``cc-lb-selfcheck``."""
    gc.set_threshold(_COLLECTED_EVERY)
    _leave_out_plugins_of_pydantic()
    from cc_lb_selfcheck.host.process import WorkerProcess

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we began
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        _ready(getattr(sys, name))
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _end)
    wants_worker = sys.argv[1:2] and sys.argv[1] in _COMMANDS_WITH_WORKERS
    asks_for_help = "--help" in sys.argv
    first_worker = None
    if wants_worker and not asks_for_help:
        _take_turns_seldom()
        with suppress(OSError):  # then the pool will ask again, and tell
            first_worker = WorkerProcess()
    try:
        from cc_lb_selfcheck.cli import run

        run(first_worker)
    finally:
        if first_worker is not None:
            first_worker.close()
        gc.freeze()  # what is left ends with the process: no last search for garbage


def _take_turns_seldom() -> None:
    """Let nobody's waking interrupt the parent, nor a worker: each has some work ahead.

    There are more of them than processors, and they wake each other a thousand times a second. The
    workers inherit it. Source: sched(7), "SCHED_BATCH".
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _leave_out_plugins_of_pydantic() -> None:
    """Let pydantic find none: to look for them imports a mail parser, a tenth of the start, and
    reads what is told of every package. Its setting for that only leaves out the reading.

    Source: pydantic 2.14 ``plugin/_schema_validator.py``, which imports this when it is first used.
    """
    loader = ModuleType("pydantic.plugin._loader")
    vars(loader)["get_plugins"] = tuple
    sys.modules[loader.__name__] = loader


def _ready(stream: TextIO) -> None:
    """Let everything be printed: in other characters, where the stream's encoding has not all."""
    if not isinstance(stream, TextIOWrapper):
        return
    stream.reconfigure(errors="backslashreplace")
    if sys.platform == "win32" and not stream.isatty() and "PYTHONIOENCODING" not in os.environ:
        # What is read by programs is UTF-8 on all systems; Windows would have a code page.
        stream.reconfigure(encoding="utf-8", newline="\n")


def _end(number: int, _frame: FrameType | None) -> None:
    """End with the customary status. As PID 1 of a container no signal would end us by itself.

    GitHub's runner sends SIGINT to a job that is cancelled, and SIGTERM some seconds later: what is
    known is being told by then, and is told to its end. A second SIGINT is a person's.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()

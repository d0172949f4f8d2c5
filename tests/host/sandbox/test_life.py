"""A worker ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .inside import inside


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_ends_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from cc_lb_selfcheck.host.process import WorkerProcess\n"
            "import os, signal, time\n"
            "worker = WorkerProcess(); worker.start()\n"
            # Stopped, it does not see that the pipe is closed.
            "os.kill(worker.pid, signal.SIGSTOP)\n"
            "print(worker.pid, flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert is_running(worker)
    parent.kill()
    parent.communicate()
    for _ in range(600):
        if not is_running(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the worker outlived its parent")


def test_a_worker_of_a_parent_that_is_gone_already_ends() -> None:
    inside(
        "print(json.dumps('begun'), flush=True)\n"
        "sandbox.enter(parent=2 ** 22 + 1, cache_config='')\nprint('went on')",
        status=1,
    )

"""What Linux offers to keep a process in, a layer each. Nothing here is loaded elsewhere."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from . import landlock, seccomp
from .linux import PARENT_DEATH_SIGNAL, capabilities, drop_capabilities, prctl, threads
from .user import WORKER_UID

if sys.platform != "linux":
    raise ImportError("This is for Linux alone.")

_FILE_MAX_BYTES: Final = 1 << 30
_DESCRIPTORS_MAX: Final = 512
_PROCESSES_MAX: Final = 4_096
_CAN_KILL, _CAN_SET_GID, _CAN_SET_UID = 1 << 5, 1 << 6, 1 << 7
_NEEDED_FOR_USER: Final = _CAN_KILL | _CAN_SET_GID | _CAN_SET_UID


class _Missing(Exception):
    """The layer cannot be had; the message is a clause."""


def entered(name: str, parent: int, cache_config: str) -> tuple[bool, str]:
    """Enter a layer, and tell whether it holds, and why not or by what, in a clause."""
    steps: dict[str, Callable[[], str]] = {
        "limits": _limit,
        "user": lambda: _change_user(cache_config),
        "parent": lambda: _end_with(parent),  # a change of user would undo it
        "files": lambda: _keep_files(cache_config),
        "calls": _refuse_calls,
    }
    try:
        return True, steps[name]()
    except _Missing as missing:
        return False, str(missing)
    except OSError as error:
        return False, (error.strerror or str(error)).lower()


def _limit() -> str:
    for limit, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _FILE_MAX_BYTES),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS_MAX),
    ):
        hard = resource.getrlimit(limit)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (value, value))
    try:
        # Where the machine runs out of memory, this process is the one to go.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    except OSError:
        return "the parent may be ended for want of memory, too"
    return ""


def _change_user(cache_config: str) -> str:
    if os.geteuid() != 0:
        raise _Missing("it is the user who started it: only root can start it as another")
    try:
        obstacle = _obstacle(cache_config)
        if obstacle is None:
            os.setresgid(WORKER_UID, WORKER_UID, WORKER_UID)
            os.setresuid(WORKER_UID, WORKER_UID, WORKER_UID)
            _limit_threads()
            return f"user {WORKER_UID}"
    finally:
        drop_capabilities()
    raise _Missing(f"it stays root, without capabilities: {obstacle}")


def _obstacle(cache_config: str) -> str | None:
    """Say why root is to stay root, if so."""
    if capabilities() & _NEEDED_FOR_USER != _NEEDED_FOR_USER:
        # Without the first of them the parent could not end it.
        return "it may not change users and end their processes here"
    os.setgroups([])
    if cache_config and not _reaches(Path(cache_config).parent / "engine"):
        return "no other user can reach the compilation cache"
    return None


def _limit_threads() -> None:
    # It counts all that a user has running: only a user of our own may have one.
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    value = _PROCESSES_MAX if hard == resource.RLIM_INFINITY else min(_PROCESSES_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (value, value))


def _reaches(directory: Path) -> bool:
    """Tell whether the worker's user may write in a directory."""
    os.setresgid(-1, WORKER_UID, -1)
    os.setresuid(-1, WORKER_UID, -1)
    try:
        return os.access(directory, os.R_OK | os.W_OK | os.X_OK, effective_ids=True)
    finally:
        os.setresuid(-1, 0, -1)
        os.setresgid(-1, 0, -1)


def _end_with(parent: int) -> str:
    prctl(PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)
    return ""


def _keep_files(cache_config: str) -> str:
    version = landlock.version()
    if version == 0:
        raise _Missing("the kernel offers no Landlock here")
    _expect_one_thread()
    reachable = []
    if cache_config:
        reachable.append((cache_config, landlock.READ))
        reachable.append((str(Path(cache_config).parent / "engine"), landlock.WORK))
    landlock.restrict(reachable)
    return f"Landlock {version}"


def _refuse_calls() -> str:
    machine = seccomp.machine()
    if machine is None:
        raise _Missing(f"there is no filter for {os.uname().machine}")
    _expect_one_thread()
    try:
        seccomp.enter()
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise _Missing("the kernel offers no seccomp filters here") from error
        raise
    return f"seccomp, {machine}"


def _expect_one_thread() -> None:
    count = threads()
    if count > 1:
        raise _Missing(f"{count - 1} more threads ran already, which it would not hold for")

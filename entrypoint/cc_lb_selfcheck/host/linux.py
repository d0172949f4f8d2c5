"""Linux's own calls that Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from typing import Any, Final

if sys.platform != "linux":
    raise ImportError("This is for Linux alone.")

_LIBC: Any = ctypes.CDLL(None, use_errno=True)
PARENT_DEATH_SIGNAL: Final = 1
"""The option of prctl(2) that sets it: PR_SET_PDEATHSIG."""
_SET_NO_NEW_PRIVS: Final = 38
_CAPGET, _CAPSET = {"x86_64": (125, 126), "aarch64": (90, 91)}.get(os.uname().machine, (-1, -1))
_CAPABILITY_VERSION_3: Final = 0x20080522


def call(number: int, *arguments: Any) -> int:
    """Make a system call by number. Raises ``OSError``."""
    if number < 0:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return _checked(int(_LIBC.syscall(number, *arguments)))


def prctl(option: int, *arguments: int) -> None:
    """Set something about this process (prctl(2)). Raises ``OSError``."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    _checked(int(_LIBC.prctl(option, *map(ctypes.c_ulong, padded))))


def gain_no_privileges() -> None:
    """Let no file that is executed give privileges, which Landlock and seccomp ask for."""
    prctl(_SET_NO_NEW_PRIVS, 1)


def capabilities() -> int:
    """Return this process's effective capabilities, a bit each. Raises ``OSError``."""
    sets = ctypes.create_string_buffer(24)
    call(_CAPGET, _capability_header(), sets)
    low, _, _, high, _, _ = struct.unpack("=6I", sets.raw)
    return int(low | high << 32)


def drop_capabilities() -> None:
    """Give up all capabilities of this process for good. Raises ``OSError``."""
    call(_CAPSET, _capability_header(), bytes(24))


def threads() -> int:
    """Return how many threads this process has, those of libraries included; 1 without /proc."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - before pathlib is loaded
    except OSError:
        return 1


def _capability_header() -> bytes:
    return struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

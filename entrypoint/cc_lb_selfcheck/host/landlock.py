"""Landlock: takes away all files but those named, TCP, and reaching out to other processes.

It holds for the thread that asks and for those that it starts later. What it cannot take away is
what changes a file without opening it (chmod, chown, times); ``host.seccomp`` does.
Source: Linux ``Documentation/userspace-api/landlock.rst``, ``include/uapi/linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from typing import Final

from .linux import call, gain_no_privileges

if sys.platform != "linux":
    raise ImportError("This is for Linux alone.")

# The same numbers on all machines.
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_ADDED_BY_VERSION: Final = ((1 << 13) - 1, 1 << 13, 1 << 14, 0, 1 << 15)
"""What each version can take away of files: all; linking elsewhere; truncating; -; devices."""
_TCP_FROM, _TCP = 4, 0b11
_SCOPES_FROM, _SCOPES = 6, 0b11
"""Abstract Unix sockets and signals, to whom is outside."""

READ: Final = 1 << 2
"""May read a file."""
WORK: Final = 1 << 1 | READ | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14
"""May read, list, write, make, rename and remove plain files and directories."""


def version() -> int:
    """Return the version of the kernel's Landlock; 0 where it has none."""
    try:
        return call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError:
        return 0


def restrict(reachable: Iterable[tuple[str, int]]) -> None:
    """Leave this thread those paths alone, and what is beneath them. Raises ``OSError``.

    Each comes with what may be done there: ``READ`` for a file, ``WORK`` for a directory.
    """
    abi = version()
    files = sum(_ADDED_BY_VERSION[:abi])
    attributes = struct.pack(
        "=QQQ", files, _TCP if abi >= _TCP_FROM else 0, _SCOPES if abi >= _SCOPES_FROM else 0
    )
    size = 24 if abi >= _SCOPES_FROM else 16 if abi >= _TCP_FROM else 8
    ruleset = call(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path, access in reachable:
            _allow(ruleset, path, access & files)
        gain_no_privileges()
        call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", access, descriptor)
        kind = ctypes.c_int(_PATH_BENEATH)
        call(_ADD_RULE, ctypes.c_int(ruleset), kind, rule, ctypes.c_uint32(0))
    finally:
        os.close(descriptor)

"""A filter of system calls: no network, no other processes, no privileges, no changing of files
that Landlock cannot keep.

It refuses what is listed and lets the rest pass, since what the engine's libraries call may change
with each version; reading and writing are left to Landlock.
Sources: Linux ``Documentation/userspace-api/seccomp_filter.rst``; the numbers are those of
``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from .linux import gain_no_privileges, prctl

if sys.platform != "linux":
    raise ImportError("This is for Linux alone.")

_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2


class _Machine(NamedTuple):
    arch: int
    """As ``struct seccomp_data`` tells it (linux/audit.h)."""
    column: int
    """Which of the numbers below are its own."""
    clone: int
    tgkill: int
    prlimit: int


_MACHINES: Final = {
    "x86_64": _Machine(arch=0xC000003E, column=0, clone=56, tgkill=234, prlimit=302),
    "aarch64": _Machine(arch=0xC00000B7, column=1, clone=220, tgkill=131, prlimit=261),
}
_CLONE3: Final = 435
_X32_FROM: Final = 0x40000000

# What a worker never does, by its numbers on x86-64 and arm64; None where the machine has it not.
REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # sockets
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "accept": (43, 202),
    "accept4": (288, 242),
    "bind": (49, 200),
    "listen": (50, 201),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "sendmmsg": (307, 269),
    "recvmmsg": (299, 243),
    # processes
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    # other processes' memory, and memory shared with them
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # files, changed without being opened
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, None),
    "utimes": (235, None),
    "utimensat": (280, 88),
    "futimesat": (261, None),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    # mounts, roots, namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # users
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setfsuid": (122, 151),
    "setfsgid": (123, 152),
    "setgroups": (116, 159),
    "capset": (126, 91),
    # the kernel
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "quotactl": (179, 60),
    "personality": (135, 92),
    "iopl": (172, None),
    "ioperm": (173, None),
    "syslog": (103, 116),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    # io_uring, which would do all of the above past the filter
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}

_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_UNKNOWN: Final = 0x00050000 | errno.ENOSYS
_KILL: Final = 0x80000000
_CLONE_THREAD: Final = 0x00010000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16


def machine() -> str | None:
    """Return the name of this machine's kind; None where there is no filter for it."""
    name = os.uname().machine
    return name if name in _MACHINES else None


def enter() -> None:
    """Hold this thread, and those that it starts, to the filter for good. Raises ``OSError``."""
    program = b"".join(_filter(_MACHINES[machine() or ""], os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count, padding, and a pointer.
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    pointer = ctypes.create_string_buffer(described, len(described))
    gain_no_privileges()
    prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(pointer))


def _filter(machine: _Machine, pid: int) -> Iterator[bytes]:
    """Yield the program, an instruction at a time. Jumps count those that they leave out."""
    yield _step(_LOAD, _ARCH)
    yield _step(_EQUAL, machine.arch, 1, 0)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER)
    if machine.column == 0:
        # Another way to make the same calls, by other numbers.
        yield _step(_AT_LEAST, _X32_FROM, 0, 1)
        yield _step(_RETURN, _KILL)
    # A filter cannot read its flags; the C library makes do with clone.
    yield _step(_EQUAL, _CLONE3, 0, 1)
    yield _step(_RETURN, _UNKNOWN)
    yield _step(_EQUAL, machine.clone, 0, 4)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    yield _step(_HAS_BITS, _CLONE_THREAD, 0, 1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)
    # To itself alone: abort() sends a signal, and each artifact sets a limit.
    for number, own in ((machine.tgkill, pid), (machine.prlimit, 0)):
        yield _step(_EQUAL, number, 0, 4)
        yield _step(_LOAD, _FIRST_ARGUMENT)
        yield _step(_EQUAL, own, 0, 1)
        yield _step(_RETURN, _ALLOW)
        yield _step(_RETURN, _REFUSE)
    numbers = [pair[machine.column] for pair in REFUSED.values()]
    known = [number for number in numbers if number is not None]
    for at, number in enumerate(known):
        yield _step(_EQUAL, number, len(known) - at, 0)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Encode one instruction (struct sock_filter)."""
    return struct.pack("=HBBI", code, if_true, if_false, value)

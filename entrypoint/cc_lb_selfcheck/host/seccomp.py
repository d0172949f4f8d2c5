"""A filter of system calls: no network, no other processes, no privileges, no changing of files
that Landlock cannot keep.

It refuses what is listed and lets the rest pass, since what the engine's libraries call may change
with each version; reading and writing are left to Landlock. Calls that are newer than the list are
told to be missing, which libraries take for an older kernel.
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

from .linux import PARENT_DEATH_SIGNAL, gain_no_privileges, prctl

if sys.platform != "linux":
    raise ImportError("This is for Linux alone.")

_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2


class _Machine(NamedTuple):
    arch: int
    """As ``struct seccomp_data`` tells it (linux/audit.h)."""
    column: int
    """Which of the numbers below are its own."""


_MACHINES: Final = {
    "x86_64": _Machine(arch=0xC000003E, column=0),
    "aarch64": _Machine(arch=0xC00000B7, column=1),
}
_CLONE: Final = (56, 220)
_CLONE3: Final = 435
_X32_FROM: Final = 0x40000000
_LAST_KNOWN: Final = 470
"""The newest call that was looked at (listns, Linux 6.19); the same number on all machines."""

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
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    # other processes' memory, and memory shared with them
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "get_robust_list": (274, 100),
    "memfd_secret": (447, 447),
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
    "mq_notify": (244, 184),
    # files, changed or watched without being opened
    "truncate": (76, 45),  # Landlock before its third version leaves it open
    "mknod": (133, None),
    "mknodat": (259, 33),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
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
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    # mounts, roots, namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "listns": (470, 470),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
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
    "quotactl_fd": (443, 443),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
    "uselib": (134, None),
    "modify_ldt": (154, None),
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


class _Rule(NamedTuple):
    """A call that one of its arguments decides on: of the values named, or of all but them."""

    numbers: tuple[int, int]
    argument: int
    values: tuple[int, ...]
    are_refused: bool


def _rules(pid: int) -> tuple[_Rule, ...]:
    return (
        # To itself alone: abort() sends a signal, and each artifact sets a limit.
        _Rule((234, 131), 0, (pid,), are_refused=False),  # tgkill
        _Rule((302, 261), 0, (0,), are_refused=False),  # prlimit64
        # Signals to whom a descriptor is said to belong: F_SETOWN, F_SETSIG, F_SETOWN_EX.
        _Rule((72, 25), 1, (8, 10, 15), are_refused=True),  # fcntl
        _Rule((157, 167), 0, (PARENT_DEATH_SIGNAL,), are_refused=True),  # prctl
    )


_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_UNKNOWN: Final = 0x00050000 | errno.ENOSYS
_KILL: Final = 0x80000000
_CLONE_THREAD: Final = 0x00010000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
"""Where ``struct seccomp_data`` holds them; of an argument, the lower half comes first."""


def machine() -> str | None:
    """Return the name of this machine's kind; None where there is no filter for it."""
    name = os.uname().machine
    return name if name in _MACHINES else None


def enter() -> None:
    """Hold this thread, and those that it starts, to the filter for good. Raises ``OSError``."""
    filtering = program(machine() or "", os.getpid())
    buffer = ctypes.create_string_buffer(filtering, len(filtering))
    # struct sock_fprog: a count, padding, and a pointer.
    described = struct.pack("@HP", len(filtering) // 8, ctypes.addressof(buffer))
    pointer = ctypes.create_string_buffer(described, len(described))
    gain_no_privileges()
    prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(pointer))


def program(kind: str, pid: int) -> bytes:
    """Return the filter of a process on a kind of machine, as ``struct sock_filter`` a step."""
    return b"".join(_filter(_MACHINES[kind], pid))


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
    yield _step(_AT_LEAST, _LAST_KNOWN + 1, 0, 1)
    yield _step(_RETURN, _UNKNOWN)
    # A filter cannot read its flags; the C library makes do with clone.
    yield _step(_EQUAL, _CLONE3, 0, 1)
    yield _step(_RETURN, _UNKNOWN)
    yield _step(_EQUAL, _CLONE[machine.column], 0, 4)
    yield _step(_LOAD, _ARGUMENTS)
    yield _step(_HAS_BITS, _CLONE_THREAD, 0, 1)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)
    for rule in _rules(pid):
        count = len(rule.values)
        yield _step(_EQUAL, rule.numbers[machine.column], 0, count + 3)
        yield _step(_LOAD, _ARGUMENTS + 8 * rule.argument)
        for at, value in enumerate(rule.values):
            yield _step(_EQUAL, value, count - at, 0)
        yield _step(_RETURN, _ALLOW if rule.are_refused else _REFUSE)
        yield _step(_RETURN, _REFUSE if rule.are_refused else _ALLOW)
    numbers = [pair[machine.column] for pair in REFUSED.values()]
    known = [number for number in numbers if number is not None]
    for at, number in enumerate(known):
        yield _step(_EQUAL, number, len(known) - at, 0)
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Encode one instruction (struct sock_filter)."""
    return struct.pack("=HBBI", code, if_true, if_false, value)

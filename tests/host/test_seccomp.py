"""The filter of system calls for both kinds of machines: a step at a time, and for real."""

from __future__ import annotations

import errno
import os
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from cc_lb_selfcheck.host import seccomp
from cc_lb_selfcheck.host.seccomp import REFUSED, program

MACHINES: Final = ("x86_64", "aarch64")
ARCHES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OTHER_ARCHES: Final = {"x86_64": 0x40000003, "aarch64": 0x40000028}
"""The same machines' 32-bit calls (linux/audit.h)."""
PID: Final = 4_711
ALLOWED: Final = "allowed"
KILLED: Final = "killed"
PASSED: Final = {
    # name: numbers on x86-64 and arm64 of what the engine and Python live on
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "openat": (257, 56),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "unlinkat": (263, 35),
    "mkdirat": (258, 34),
    "renameat2": (316, 276),
    "ftruncate": (77, 46),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "munmap": (11, 215),
    "memfd_create": (319, 279),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "sigaltstack": (131, 132),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
NUMBERS: Final = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
here = pytest.mark.skipif(
    seccomp.machine() is None or not Path("/proc/self/status").exists(),
    reason="there is no filter for this machine",
)


def answered(machine: str, number: int, *arguments: int, arch: int | None = None) -> str:
    """Run the filter on a call, as the kernel would, and return its answer.

    Source: Linux ``Documentation/networking/filter.rst``; ``struct seccomp_data``.
    """
    told = (*arguments, *([0] * 6))[:6]
    data = struct.pack("<iIQ6Q", number, arch or ARCHES[machine], 0, *told)
    steps = [*struct.iter_unpack("<HBBI", program(machine, PID))]
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x20:
            held = struct.unpack_from("<I", data, value)[0]
        elif code == 0x06:
            return _meaning(value)
        else:
            compared = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}
            at += if_true if compared[code] else if_false


def _meaning(value: int) -> str:
    if value == 0x7FFF0000:
        return ALLOWED
    if value == 0x80000000:
        return KILLED
    assert value & 0xFFFF0000 == 0x00050000, hex(value)
    return errno.errorcode[value & 0xFFFF]


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_listed_is_refused_and_what_the_engine_needs_passes(machine: str) -> None:
    column = MACHINES.index(machine)
    for name, numbers in REFUSED.items():
        number = numbers[column]
        if number is not None:
            assert answered(machine, number) == "EPERM", name
            assert answered(machine, number, *([2**64 - 1] * 6)) == "EPERM", name
    for name, passed in PASSED.items():
        assert answered(machine, passed[column]) == ALLOWED, name


@pytest.mark.parametrize("machine", MACHINES)
def test_other_ways_to_make_the_same_calls_end_the_process(machine: str) -> None:
    assert answered(machine, 1, arch=OTHER_ARCHES[machine]) == KILLED
    assert answered(machine, 1, arch=ARCHES[MACHINES[MACHINES.index(machine) - 1]]) == KILLED
    x32 = {answered(machine, 0x40000000 | number) for number in (0, 1, 41, 59, 512, 547)}
    assert x32 == ({KILLED} if machine == "x86_64" else {"ENOSYS"})
    assert answered(machine, -1) in (KILLED, "ENOSYS")


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_newer_than_the_list_is_told_to_be_missing(machine: str) -> None:
    newest = max(number or 0 for pair in REFUSED.values() for number in pair)
    assert {answered(machine, newest + n) for n in (1, 2, 100, 10_000)} == {"ENOSYS"}


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_may_start_and_processes_may_not(machine: str) -> None:
    clone = {"x86_64": 56, "aarch64": 220}[machine]
    thread = 0x3D0F00  # what pthread_create() asks for
    assert answered(machine, clone, thread) == ALLOWED
    for flags in (signal.SIGCHLD, 0x4111, 0x01200011, 0x10000000, thread & ~0x10000):
        assert answered(machine, clone, flags) == "EPERM"
    assert answered(machine, 435) == "ENOSYS"  # clone3: the C library falls back to clone


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_an_argument_decides_on(machine: str) -> None:
    column = MACHINES.index(machine)
    tgkill, prlimit, fcntl, prctl = (
        numbers[column] for numbers in ((234, 131), (302, 261), (72, 25), (157, 167))
    )
    assert answered(machine, tgkill, PID, PID, 6) == ALLOWED
    assert answered(machine, tgkill, PID + 1, PID, 6) == "EPERM"
    assert answered(machine, prlimit, 0, 7) == ALLOWED
    assert answered(machine, prlimit, PID - 1, 7) == "EPERM"
    owning = {8: "EPERM", 10: "EPERM", 15: "EPERM"}
    for command in range(1_100):
        assert answered(machine, fcntl, 5, command) == owning.get(command, ALLOWED)
    assert answered(machine, prctl, 1, 0) == "EPERM"  # PR_SET_PDEATHSIG
    assert answered(machine, prctl, 15) == ALLOWED  # PR_SET_NAME


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_of_calls_are_the_kernels(machine: str) -> None:
    if not NUMBERS[machine].exists():
        pytest.skip("needs the kernel's headers")
    header = NUMBERS[machine].read_text()
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", header))
    column = MACHINES.index(machine)
    ours = {name: pair[column] for name, pair in (*REFUSED.items(), *PASSED.items())}
    compared = {name: number for name, number in ours.items() if name in known}
    assert len(compared) > 100
    assert compared == {name: int(known[name]) for name in compared}
    assert all(ours[name] is not None for name in known if name in ours)


# For real ------------------------------------------------------------------------------------

LIVE: Final = """
import ctypes, mmap, os, sys
from cc_lb_selfcheck.host import linux, sandbox
held = {layer.name: layer.holds for layer in sandbox.enter(parent=os.getppid(), cache_config="")}
assert held["calls"]
"""
INT_80: Final = bytes.fromhex("b814000000cd80c3")
"""``mov eax, 20; int 0x80; ret``: getpid by the 32-bit way."""


def ended_by(code: str) -> int:
    done = subprocess.run(
        [sys.executable, "-I", "-c", LIVE + code], capture_output=True, text=True, check=False
    )
    return done.returncode


@here
@pytest.mark.parametrize("number", [39, 41, 59, 520])
def test_x32_calls_end_the_process_for_real(number: int) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("x86-64 alone has them")
    assert ended_by(f"linux.call(0x40000000 | {number})") == -signal.SIGSYS


@here
def test_32_bit_calls_end_the_process_for_real() -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("x86-64 alone has them")
    code = f"""
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write({INT_80!r})
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
    assert ended_by(code) in (-signal.SIGSYS, -signal.SIGSEGV)  # without 32 bits: no such gate


@here
def test_the_signal_at_the_parents_death_stays_set() -> None:
    code = """
try:
    linux.prctl(linux.PARENT_DEATH_SIGNAL, 0)
except PermissionError:
    signal = ctypes.c_int()
    linux.prctl(2, ctypes.addressof(signal))  # PR_GET_PDEATHSIG
    os._exit(100 + signal.value)
"""
    assert ended_by(code) == 100 + signal.SIGKILL

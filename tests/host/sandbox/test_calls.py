"""Which calls of the kernel a worker may make."""

from __future__ import annotations

import signal

from .inside import Layers, inside, needs


def test_there_is_no_network_and_no_other_process(here: Layers) -> None:
    needs(here, "calls")
    seen = inside(
        """
import ctypes, resource, signal, socket
enter()
families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK)
kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
def io_uring():
    linux.call(425, 8, ctypes.create_string_buffer(120))
print(json.dumps({
    **{f"{f.name} {k.name}": tried(socket.socket, f, k) for f in families for k in kinds},
    "fork": tried(os.fork),
    "exec": tried(os.execv, sys.executable, [sys.executable]),
    "spawn": tried(os.posix_spawn, sys.executable, [sys.executable], {}),
    "kill": tried(os.kill, os.getppid(), 0),
    "limit another": tried(resource.prlimit, os.getppid(), resource.RLIMIT_NOFILE),
    "user": tried(os.setresuid, 0, 0, 0),
    "root": tried(os.chroot, "/"),
    "io_uring": tried(io_uring),
}))"""
    )
    assert set(seen.values()) == {"PermissionError"}, seen


def test_the_engines_own_calls_pass(here: Layers) -> None:
    needs(here, "calls")
    seen = inside(
        """
import mmap, threading
enter()
done = []
threads = [threading.Thread(target=done.append, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE)
memory = os.fdopen(os.memfd_create("m"), "w+b")
memory.write(b"x" * 100)
memory.flush()
again = open(f"/proc/self/fd/{memory.fileno()}", "rb").read()
sandbox.limit_processor(60)
print(json.dumps([len(done), len(code), len(again)]))"""
    )
    assert seen == [4, 4096, 100]


def test_threads_that_start_later_are_held_as_well(here: Layers) -> None:
    needs(here, "calls", "files")
    seen = inside(
        """
import socket, threading
enter()
seen = []
def act():
    seen.append(tried(socket.socket))
    seen.append(tried(open, "/etc/passwd"))
thread = threading.Thread(target=act)
thread.start()
thread.join()
print(json.dumps(seen))"""
    )
    assert seen == ["PermissionError"] * 2


def test_an_abort_is_still_an_abort() -> None:
    inside("enter()\nos.abort()", status=-signal.SIGABRT)

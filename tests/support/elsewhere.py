"""Makes Python on Linux look like Python on macOS or Windows, as far as that can be had here.

    python -P elsewhere.py darwin|win32 WRAPPER (-m MODULE | -c CODE) ARGUMENTS…

Hides the modules, functions and files that the other system has not, then runs a module or code.
``WRAPPER`` is what starts Python in this way: processes that are started get it as
``sys.executable``. ``os.name`` stays: it decides what paths are, which only the real system has.
Libraries are loaded before, since they would look for what only the other system has.
"""

from __future__ import annotations

import builtins
import io
import os
import runpy
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = (
    "asyncio", "elftools.dwarf.dwarfinfo", "elftools.elf.elffile", "extism_sys", "github",
    "graphlib", "multiprocessing", "pydantic.fields", "pydantic.plugin", "requests", "rich.console",
    "rich.live", "rich.markdown", "rich.progress", "rich.table", "subprocess", "tempfile",
    "typer.core", "typer.rich_utils", "zoneinfo",
)  # fmt: skip
OF_WORKERS = {
    "cc_lb_selfcheck.host.worker": ("extism_sys", "tempfile"),
    "cc_lb_selfcheck.host.reader": ("elftools.dwarf.dwarfinfo", "elftools.elf.elffile"),
}
NOT_ON_MACOS = (
    "eventfd", "memfd_create", "pidfd_open", "posix_fadvise", "prlimit", "sched_getaffinity",
    "setresgid", "setresuid", "O_PATH", "O_TMPFILE",
)  # fmt: skip
NOT_ON_WINDOWS = (
    *NOT_ON_MACOS, "chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid",
    "getpgid", "getsid", "getuid", "killpg", "lchown", "mkfifo", "mknod", "nice", "setgid",
    "setgroups", "setpgid", "setsid", "setuid", "sysconf", "uname", "wait3", "wait4",
    "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK",
)  # fmt: skip
NO_MODULES_ON_WINDOWS = (
    "curses", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty",
)  # fmt: skip
NO_SIGNALS_ON_WINDOWS = (
    "SIGALRM", "SIGCHLD", "SIGHUP", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGXCPU",
    "alarm", "pthread_sigmask", "setitimer",
)  # fmt: skip
"""But SIGKILL, which Python's own ``subprocess`` uses where paths are those of POSIX."""


def disguise(system: str, wrapper: str) -> None:
    """Hide what ``system`` has not."""
    sys.platform = system
    sys.executable = wrapper
    hide_proc()
    for name in NOT_ON_WINDOWS if system == "win32" else NOT_ON_MACOS:
        if hasattr(os, name):
            delattr(os, name)
    if system == "win32":
        for name in NO_MODULES_ON_WINDOWS:
            sys.modules[name] = None  # type: ignore[assignment]
        for name in NO_SIGNALS_ON_WINDOWS:
            delattr(signal, name)


def hide_proc() -> None:
    """Let there be no ``/proc``."""

    def without(function: Callable[..., Any]) -> Callable[..., Any]:
        def tried(path: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(path, str | Path) and str(path).startswith("/proc"):
                raise FileNotFoundError(2, "No such file or directory", path)
            return function(path, *arguments, **options)

        return tried

    for name in ("listdir", "lstat", "open", "scandir", "stat"):
        setattr(os, name, without(getattr(os, name)))
    builtins.open = io.open = without(io.open)


def main() -> None:
    system, wrapper, *arguments = sys.argv[1:]
    while arguments[0] not in ("-m", "-c"):
        arguments.pop(0)
    for name in OF_WORKERS.get(arguments[1], LIBRARIES):
        import_module(name)
    disguise(system, wrapper)
    sys.argv = arguments[1:]
    if arguments[0] == "-m":
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        exec(arguments[1], {"__name__": "__main__"})  # noqa: S102


if __name__ == "__main__":
    main()

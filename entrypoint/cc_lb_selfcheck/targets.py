"""The files that are written: each whole or not at all, none that was read, none elsewhere."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.settings import Output


def refuse_targets(outputs: Sequence[Output], inputs: Iterable[str], root: Path) -> None:
    """Raise ``SettingsError`` where a file is to be written twice, or elsewhere than it seems, or
    one that is to be read.

    ``inputs`` are looked at only where a file is there already. Paths are seen from ``root``.
    """
    taken: dict[str, Output] = {}
    there: dict[tuple[int, int], Output] = {}
    for output in outputs:
        path = root / output.path
        if leads_outside(path, root):
            raise SettingsError(
                [
                    f"{output.path} leads outside through a symbolic link: name the file that it"
                    " leads to."
                ]
            )
        other = taken.setdefault(os.path.realpath(path), output)
        identity = _identity(path)
        if other.format != output.format and (identity or not path.exists()):
            raise SettingsError(
                [
                    f"{output.path} is to be written as {other.format} and as {output.format}:"
                    " name a file for each."
                ]
            )
        if identity:
            there[identity] = output
    if not there:
        return
    for name in inputs:
        clash = there.get(_identity(name) or (0, 0))
        if clash is not None:
            raise SettingsError(
                [
                    f"{clash.path} is to be written, and to be read as well: name another file to"
                    " write, by --report (input `report`) or --output."
                ]
            )


def leads_outside(path: Path, root: Path) -> bool:
    """Tell whether a path that seems to be below ``root`` is not, for a link on the way.

    Such a link may be a stranger's, who wants something elsewhere to be overwritten.
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - links stay what they are
    seems_inside = Path(os.path.normpath(root / path)).is_relative_to(root)
    return seems_inside and not Path(os.path.realpath(root / path)).is_relative_to(root.resolve())


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Return what tells a regular file apart, under whatever name; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - of thousands of paths as they are
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def write_whole(path: Path, write: Callable[[Printer], None]) -> None:
    """Let ``write`` fill a file, which is there with all of it or not at all. Raises ``OSError``.

    It is written beside its place, then renamed. A link is followed; a pipe or device that is
    there, ``/dev/stdout`` too, is written to.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and (not path.is_file() or path.absolute().is_relative_to("/dev")):
        with os.fdopen(_opened(path), "w", encoding="utf-8", newline="\n") as file:
            write(Printer(file))
        return
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            write(Printer(file))
        temporary.chmod(0o644)
        give_to_owner_of(path.parent, temporary)
        temporary.replace(path)
    except BaseException:  # a signal's, too
        temporary.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> int:
    """Open what is there to be written. Raises ``OSError``, as for a pipe that nobody reads."""
    status = path.stat()
    for descriptor in (1, 2):
        with suppress(OSError):
            own = os.fstat(descriptor)
            if (own.st_dev, own.st_ino) == (status.st_dev, status.st_ino):
                return os.dup(descriptor)  # at its place in the file: what follows comes behind
    if sys.platform == "win32" or not stat.S_ISFIFO(status.st_mode):
        return os.open(path, os.O_WRONLY | os.O_TRUNC)
    opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    return opened


def give_to_owner_of(directory: Path, path: Path) -> None:
    """Give a file we wrote as root to the owner of its directory, who must be able to delete it."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

"""Builds the sdist and the wheel, and tries the wheel as its users get it.

The same commit gives the same files, as far as setuptools does: times are those of the commit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from cc_lb_selfcheck import __version__

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
_PACKAGE: Final = ROOT / "entrypoint"
_PLUGIN: Final = ROOT / "tests/plugins/dist/shape.wasm"


def _run(*command: str | Path, variables: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints. Raises ``CalledProcessError``."""
    environment = {**os.environ, **(variables or {})}
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def build() -> tuple[Path, Path]:
    """Build into ``dist/`` and return the sdist and the wheel, which is made from the sdist."""
    shutil.rmtree(DIST, ignore_errors=True)
    when = _run("git", "log", "-1", "--format=%ct").strip()
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST)
    _run(*command, variables={"SOURCE_DATE_EPOCH": when})
    (sdist,) = DIST.glob(f"cc_lb_selfcheck-{__version__}.tar.gz")
    (wheel,) = DIST.glob(f"cc_lb_selfcheck-{__version__}-py3-none-any.whl")
    return sdist, wheel


def missing_from(wheel: Path) -> list[str]:
    """Return the files of the package that the wheel lacks."""
    known = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", _PACKAGE)
    ours = {Path(name).relative_to(_PACKAGE.name).as_posix() for name in _run(*known).splitlines()}
    with zipfile.ZipFile(wheel) as archive:
        return sorted(ours - set(archive.namelist()))


def try_out(wheel: Path) -> str:
    """Install the wheel with the locked dependencies and check a plugin; return what it prints."""
    with tempfile.TemporaryDirectory() as place:
        _run(sys.executable, "-m", "venv", place)
        programs = Path(place, "Scripts" if os.name == "nt" else "bin")
        pip = (programs / "python", "-m", "pip", "install", "--quiet", "--no-deps")
        _run(*pip, "--require-hashes", "-r", "requirements/runtime.txt")
        _run(*pip, wheel)
        _run(programs / "python", "-m", "pip", "check")
        command = programs / "cc-lb-selfcheck"
        return _run(command, "--version") + _run(command, "check", _PLUGIN)


def main() -> int:
    """Build and try; return 1 where the wheel is not whole."""
    sdist, wheel = build()
    missing = missing_from(wheel)
    for name in missing:
        print(f"{wheel.name} lacks {name}")
    if missing:
        return 1
    print(try_out(wheel), end="")
    print(f"Built {sdist.name} and {wheel.name} into {DIST.name}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

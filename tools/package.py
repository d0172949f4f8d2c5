"""Builds the sdist and the wheel, and tries the wheel as its users get it.

PyPI shows the README on a page of its own, so in what is built its links lead to the repository.
The same commit gives the same files, as far as setuptools does: times are those of the commit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from cc_lb_selfcheck import HOMEPAGE, __version__

ROOT: Final = Path(__file__).resolve().parent.parent
DIST: Final = ROOT / "dist"
_PACKAGE: Final = ROOT / "entrypoint"
_RELATIVE_LINK: Final = re.compile(r"(!?)\[([^\[\]]*)\]\((?![a-z]+:|#)([^()\s]+)\)")
_PLUGIN: Final = ROOT / "tests/plugins/dist/shape.wasm"


def _run(*command: str | Path, variables: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints. Raises ``CalledProcessError``."""
    environment = {**os.environ, **(variables or {})}
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def with_absolute_links(text: str, version: str) -> str:
    """Return Markdown whose links to files of the repository lead to those of a version."""
    pictures = HOMEPAGE.replace("//github.com/", "//raw.githubusercontent.com/")

    def absolute(link: re.Match[str]) -> str:
        bang, words, target = link.groups()
        base = f"{pictures}/v{version}" if bang else f"{HOMEPAGE}/blob/v{version}"
        return f"{bang}[{words}]({base}/{target})"

    return _RELATIVE_LINK.sub(absolute, text)


def build() -> tuple[Path, Path]:
    """Build into ``dist/`` and return the sdist and the wheel, which is made from the sdist."""
    shutil.rmtree(DIST, ignore_errors=True)
    when = _run("git", "log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory() as place:
        for name in _known_files("."):
            copy = Path(place, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy)
        readme = Path(place, "README.md")
        text = with_absolute_links(readme.read_text("utf-8"), __version__)
        readme.write_text(text, "utf-8", newline="\n")
        command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST, place)
        _run(*command, variables={"SOURCE_DATE_EPOCH": when})
    (sdist,) = DIST.glob(f"cc_lb_selfcheck-{__version__}.tar.gz")
    (wheel,) = DIST.glob(f"cc_lb_selfcheck-{__version__}-py3-none-any.whl")
    return sdist, wheel


def _known_files(below: str | Path) -> list[str]:
    """Return the files that are, or may be, committed, as seen from the root."""
    known = _run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", below)
    return [name for name in known.splitlines() if (ROOT / name).is_file()]


def missing_from(wheel: Path) -> list[str]:
    """Return the files of the package that the wheel lacks."""
    ours = {Path(name).relative_to(_PACKAGE.name).as_posix() for name in _known_files(_PACKAGE)}
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

"""Fails where code stands twice: runs of the same lines, whatever their comments and docstrings.

Measured by pylint's symilar. The example plugins are no Python: each of those has to stand alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MAX_LINES: Final = 8
"""How many lines may stand twice: mostly one function called with the same arguments."""

_NOTHING: Final = re.compile(r"^TOTAL lines=[1-9]\d* duplicates=0 ", re.MULTILINE)


def report(root: Path) -> str:
    """Return what stands twice in the Python files that git knows; empty where nothing does.

    Raises ``CalledProcessError`` where git or symilar fails.
    """
    known = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = _run(root, *known, "--", "*.py", "dev").splitlines()
    files = [name for name in names if (root / name).is_file()]
    # To leave out imports takes symilar seconds: only where there is something to leave out.
    return _measured(root, *files) and _measured(root, "--ignore-imports", *files)


def _measured(root: Path, *arguments: str) -> str:
    symilar = (sys.executable, "-c", "from pylint import run_symilar; run_symilar()")
    options = ("--duplicates", str(MAX_LINES), "--ignore-comments", "--ignore-docstrings")
    said = _run(root, *symilar, *options, *arguments)
    return "" if _NOTHING.search(said) else said


def _run(root: Path, *command: str) -> str:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Print what stands twice; return 1 where something does."""
    said = report(ROOT)
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())

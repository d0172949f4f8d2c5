"""Makes the environment in which the composite action runs the check.

It is made of this very checkout: the packages of ``requirements/runtime.txt``, by their hashes, and
the code beside it. It lies in the runner's temporary folder, where the next step of the same job
finds it again. The output ``python`` is its interpreter. Started by ``find-python.sh``; needs the
standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
CODE = ROOT / "entrypoint" / "cc_lb_selfcheck"
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")
LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile")


class SetUpFailed(Exception):
    """There is no environment; the message is a sentence."""


def set_up(temporary: Path) -> Path:
    """Make the environment below ``temporary``, or find it, and return its Python.

    Raises ``SetUpFailed``.
    """
    made_of = f"{sys.version} {ROOT}".encode() + LOCK.read_bytes()
    folder = temporary / f"cc-lb-selfcheck-{hashlib.sha256(made_of).hexdigest()[:16]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, python)
        ready.touch()
    return python


def _make(folder: Path, python: Path) -> None:
    try:
        venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        subprocess.run([python, *PIP, *LOCKED, "-r", LOCK], check=True)
        packages = ("-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        told = subprocess.run([python, *packages], check=True, capture_output=True, text=True)
        shutil.copytree(CODE, Path(told.stdout.strip()) / CODE.name)
    except subprocess.CalledProcessError as error:
        raise SetUpFailed(
            "The packages of requirements/runtime.txt cannot be installed; the lines above say why."
            " They come from PyPI, or from where PIP_INDEX_URL says."
        ) from error
    except OSError as error:
        raise SetUpFailed(f"{folder} cannot be made: {error.strerror or error}.") from error


def main() -> int:
    """Set up, and set the step's output. Return the exit status."""
    try:
        python = set_up(Path(os.environ["RUNNER_TEMP"]))
    except SetUpFailed as error:
        print(f"::error title=cc-lb-selfcheck::{error}")
        return 2
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as outputs:
        outputs.write(f"python={python}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

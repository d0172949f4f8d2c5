"""Which tests cannot run on this system, and why: on Linux, all can. And a place to work in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.running import GOOD

TESTS = Path(__file__).resolve().parent
FOR_LINUX = {
    "artifacts/test_check.py": "names of files are bytes on Linux alone",
    "artifacts/test_find.py": "names of files are bytes on Linux alone",
    "host/sandbox": "the sandbox is Linux's",
    "host/test_bounds.py": "what a process takes is told on Linux alone",
    "host/test_seccomp.py": "seccomp is Linux's",
    "host/test_taken_over.py": "the sandbox is Linux's",
    "test_faults.py": "signals and processes are those of Linux",
    "test_shortages.py": "disks are filled and descriptors taken as on Linux",
}
FOR_POSIX = {
    "artifacts": "links, pipes and devices are made as on POSIX",
    "diagnosis/test_locate.py": "links and pipes are made as on POSIX",
    "docs": "the pages' commands are for a shell",
    "github/test_fake_program.py": "a program is ended by a signal",
    "test_cli.py": "links and pipes are made as on POSIX",
    "test_doctor.py": "paths are those of POSIX",
    "test_shards.py": "links are made as on POSIX",
    "tooling": "the workflows' commands are for a shell",
}
LEFT_OUT = {
    **(FOR_LINUX if sys.platform != "linux" else {}),
    **(FOR_POSIX if sys.platform == "win32" else {}),
}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what cannot even be imported here."""
    if not collection_path.is_relative_to(TESTS):
        return None
    name = collection_path.relative_to(TESTS).as_posix()
    return True if name in LEFT_OUT else None


def pytest_report_header() -> list[str]:
    """Tell what is left out."""
    return [f"not on {sys.platform}: tests/{name} ({why})" for name, why in LEFT_OUT.items()]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Make a working directory with one good plugin in it, and a place for temporary files."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "good.wasm").write_bytes(GOOD)
    return tmp_path / "work"

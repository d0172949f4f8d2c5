"""What tests of archives share: reading all that one holds, and checking it."""

from __future__ import annotations

import tarfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cc_lb_selfcheck.artifacts.expand import expand
from cc_lb_selfcheck.artifacts.find import Findings, find
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.status import check_status
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import output_module, success
from tests.support.packing import (
    CENTRAL,
    END,
    tar_of,
    zip_of,
)

ROOT = Path(__file__).resolve().parents[2]
GOOD = output_module(success())
BAD = output_module(b"")
PAIR = {"dist/a.wasm": GOOD, "dist/notes.txt": b"x", "b.wasm": BAD}
MIB = 1 << 20
Read = dict[str, bytes | str]


def looked_into(name: str, data: bytes, root: Path) -> tuple[Read, list[str]]:
    """Return what an archive holds, or why it is not read, by its origin; and the problems."""
    (root / name).write_bytes(data)
    with ExitStack() as resources:
        return contents(expand(find([name], (), root), resources))


def contents(findings: Findings) -> tuple[Read, list[str]]:
    """Read all that was found; what is nothing to read has its reason in brackets."""
    read: Read = {}
    for found in findings.found:
        assert found.shown not in read
        try:
            read[found.shown] = f"({found.obstacle})" if found.obstacle else found.read()
        except Unreadable as error:
            read[found.shown] = str(error)
    return read, [f"{problem.path} {problem.message}" for problem in findings.problems]


def checked(root: Path, *paths: str, **settings: Any) -> tuple[Report, int]:
    """Check for real, and return the report and the exit status."""
    wanted = CheckSettings(paths=paths, jobs=2, **settings)
    report = run_check(wanted, root)
    return report, check_status(report, wanted)


def entries_of(count: int) -> bytes:
    """Return a zip whose directory names one small file many times."""
    whole = zip_of({"a.wasm": GOOD})
    at, end = whole.index(CENTRAL), whole.index(END)
    directory = whole[at:end] * count
    patches = ((8, min(count, 0xFFFF), 2), (10, min(count, 0xFFFF), 2), (12, len(directory), 4))
    tail = whole[end:]
    for place, value, width in patches:
        tail = tail[:place] + value.to_bytes(width, "little") + tail[place + width :]
    return whole[:at] + directory + tail


def with_pax(headers: dict[str, str]) -> bytes:
    """Return a tar of one plugin, with these extended headers."""
    info = tarfile.TarInfo("a.wasm")
    info.pax_headers = headers
    return tar_of([(info, GOOD)], tarfile.PAX_FORMAT)

"""Runs the host crate and our command on the same files, and takes their time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SAMPLE_EVERY_S: Final = 0.01
_PEAK: Final = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_PARENT: Final = re.compile(r"^PPid:\s+(\d+)$", re.MULTILINE)


class MeasurementFailed(Exception):
    """A run that measures nothing; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run over all files of a workload."""

    seconds: float
    passed: int
    refused: int


@dataclass(frozen=True, slots=True)
class Peak:
    """Peak resident memory of one run, in MiB: our own process, and its largest worker."""

    artifacts: int
    parent_mib: float
    worker_mib: float


def run_host(oracle: Path, files: Sequence[Path]) -> Run:
    """Let the host crate check the files one by one; the time is that of the checks alone."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as listing:
        listing.write("".join(f"{path}\n" for path in files))
        listing.flush()
        done = subprocess.run(
            [oracle, "time", "--list", listing.name], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise MeasurementFailed(f"The oracle failed: {done.stderr.strip()}")
    answer = json.loads(done.stdout)
    return Run(answer["seconds"], answer["passed"], answer["refused"])


def run_ours(target: Path, cache: Path | None = None) -> Run:
    """Run our command on a file or directory; the time is that of the whole process."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        begun = time.perf_counter()
        process = _start(target, report, cache)
        _, errors = process.communicate()
        seconds = time.perf_counter() - begun
        return _read(report, seconds, process.returncode, errors)


def peak_of_ours(target: Path, artifacts: int) -> Peak:
    """Run our command, looking at the peak memory that Linux keeps for each process."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        process = _start(target, report, None)
        parent, workers = 0, 0
        while process.poll() is None:
            own, largest = peaks(process.pid)
            parent, workers = max(parent, own), max(workers, largest)
            time.sleep(_SAMPLE_EVERY_S)
        _, errors = process.communicate()
        run = _read(report, 0.0, process.returncode, errors)
    if run.passed + run.refused != artifacts:
        raise MeasurementFailed(f"Of {artifacts} artifacts {run.passed + run.refused} were told.")
    return Peak(artifacts, parent / 1024, workers / 1024)


def _start(target: Path, report: Path, cache: Path | None) -> subprocess.Popen[str]:
    kept = [] if cache is None else ["--cache-dir", str(cache)]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "INPUT_", "PYTHON"))
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "cc_lb_selfcheck", "check", str(target)),
            *("--unmarked", "check", "--report", str(report), *kept),
        ],
        cwd=report.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _read(report: Path, seconds: float, status: int, errors: str) -> Run:
    if status not in (0, 1):
        raise MeasurementFailed(f"cc-lb-selfcheck ended with status {status}: {errors.strip()}")
    summary = json.loads(report.read_text(encoding="utf-8"))["summary"]
    return Run(seconds, summary["passed"], summary["refused"])


def peaks(parent: int) -> tuple[int, int]:
    """Return the peak so far, in KiB, of a process and of the largest of its children."""
    own = _status(parent)
    workers = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            status = _status(int(entry.name))
            if _number(_PARENT, status) == parent:
                workers = max(workers, _number(_PEAK, status))
    return _number(_PEAK, own), workers


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # it has ended meanwhile
        return ""


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else 0

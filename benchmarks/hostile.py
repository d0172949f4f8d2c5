"""Checks thousands of artifacts of which every hundredth is hostile, and judges every verdict.

python -m benchmarks.hostile [--count N] [--deadline SECONDS]

It takes some minutes: what passes the deadline is tried twice. The exit status is 1 where a verdict
is wrong, or the parent took more memory than it may.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from tests.support import bombs
from tests.support.builder import custom_section
from tests.support.modules import output_module, success

from .measure import peaks

_HOSTILE_EVERY: Final = 100
_PARENT_MAX_MIB: Final = 400
_SAMPLE_EVERY_S: Final = 0.05


def main() -> int:
    """Run it; see above."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile")
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="of artifacts")
    parser.add_argument("--deadline", type=float, default=5.0, metavar="SECONDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-") as scratch:
        folder = Path(scratch) / "artifacts"
        folder.mkdir()
        kinds = _write(folder, options.count)
        begun = time.monotonic()
        report, parent_mib, worker_mib = _run(folder, options.deadline)
        seconds = time.monotonic() - begun
    wrong = [fault for item in report["artifacts"] if (fault := _fault(item, kinds)) is not None]
    missing = options.count - len(report["artifacts"])
    statuses = Counter(item["status"] for item in report["artifacts"])
    print(f"{options.count:,} artifacts in {seconds:.0f} s: {dict(statuses)}")
    print(f"peak of the parent {parent_mib:.0f} MiB, of the largest worker {worker_mib:.0f} MiB")
    print(*sorted(_told(report, kinds)), sep="\n")
    print(*wrong, f"{len(wrong)} wrong verdicts, {missing} missing", sep="\n")
    return 1 if wrong or missing or parent_mib > _PARENT_MAX_MIB else 0


def _write(folder: Path, count: int) -> dict[str, str]:
    """Write the artifacts, and return the kinds of the hostile ones by name."""
    hostile = cycle(bombs.ALL.items())
    kinds = {}
    for number in range(count):
        path = folder / f"{number:05}.wasm"
        if number % _HOSTILE_EVERY == _HOSTILE_EVERY // 2:
            kinds[path.name], make = next(hostile)
            path.write_bytes(make() + custom_section(f"{number}"))
        else:
            path.write_bytes(output_module(success(number + 1)))
    return kinds


def _run(folder: Path, deadline_s: float) -> tuple[dict[str, Any], float, float]:
    """Return the report, and the peak memory of the command and its largest worker, in MiB."""
    report = folder.parent / "report.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "cc_lb_selfcheck", "check", str(folder)),
            *("--unmarked", "check", "--report", str(report), "--deadline", str(deadline_s)),
        ],
        stdout=subprocess.DEVNULL,
    )
    parent = worker = 0
    while process.poll() is None:
        own, largest = peaks(process.pid)
        parent, worker = max(parent, own), max(worker, largest)
        time.sleep(_SAMPLE_EVERY_S)
    return json.loads(report.read_text("utf-8")), parent / 1024, worker / 1024


def _fault(item: dict[str, Any], kinds: dict[str, str]) -> str | None:
    """Say what is wrong with an artifact's verdict, if anything."""
    kind = kinds.get(Path(item["path"]).name)
    if kind is None:
        return None if item["status"] == "passed" else f"{item['path']}: {item['reason']}"
    verdict, limits = bombs.EXPECTED[kind]
    if item["status"] == "undetermined":
        by_limit = any(words in item["reason"] for words in map(_words, limits))
        return None if by_limit else f"{kind}: {item['reason']}"
    told = (item["verdict"] or {}).get("variant") or item["status"]
    return None if told == verdict else f"{kind}: {told} {item['reason'] or ''}"


def _words(limit: str) -> str:
    return {"deadline": "deadline", "memory": "of memory", "death": "was ended by SIG"}[limit]


def _told(report: dict[str, Any], kinds: dict[str, str]) -> set[str]:
    told = set()
    for item in report["artifacts"]:
        kind = kinds.get(Path(item["path"]).name)
        if kind is not None:
            verdict = (item["verdict"] or {}).get("variant") or item["status"]
            told.add(f"  {kind}: {verdict} {(item['reason'] or '')[:60]}".rstrip())
    return told


if __name__ == "__main__":
    sys.exit(main())

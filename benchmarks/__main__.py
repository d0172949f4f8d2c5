"""Measures our command beside the host crate, and tells which aims are met.

python -m benchmarks [--quick] [--rounds N] [--oracle PATH] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .diagnosis import compare_passing, compare_refused
from .measure import MeasurementFailed, Peak, peak_of_ours, run_host, run_ours
from .results import Comparison, Result, memory_result, print_results
from .workloads import REPOSITORY, write_padded, write_real, write_small, write_with_debug_info

_MANIFEST: Final = "tests/oracle/Cargo.toml"
_ONE_PLUGIN_REPEATS: Final = 5
_REFUSED_WITH_DEBUG_INFO: Final = ("panic-with-debuginfo", "zero-timestamp")
"""One explained by its backtrace, one by where its export is declared."""
_LARGE_BYTES: Final = 2 << 20
_HAS_PEAKS: Final = Path("/proc/self/status").exists()


def main() -> int:
    """Run the command; the exit status says whether it could measure, not what it measured."""
    options = _options()
    if not options.oracle.is_file():
        print(
            f"There is no host crate to compare with at {options.oracle}. Build it (a quarter of"
            f" an hour): cargo build --release --locked --manifest-path {_MANIFEST}; or name it"
            " with --oracle PATH.",
            file=sys.stderr,
        )
        return 2
    try:
        with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
            results, explained, peaks = _measure(Path(scratch), options)
    except MeasurementFailed as error:
        print(error, file=sys.stderr)
        return 1
    print_results(results, explained, peaks)
    if options.json:
        document = {
            "machine": f"{os.cpu_count()} x {platform.machine()}",
            "python": platform.python_version(),
            "results": [asdict(result) for result in results],
            "explained": [asdict(result) for result in explained],
            "memory": [asdict(peak) for peak in peaks],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(
    scratch: Path, options: argparse.Namespace
) -> tuple[list[Result], list[Result], list[Peak]]:
    real_count, small_count = (20, 200) if options.quick else (100, 1000)
    counts = (100, 1000) if options.quick else (100, 1000, 10_000)
    rounds = options.rounds
    real = write_real(scratch / "real", real_count)
    small = write_small(scratch / "small", small_count)
    results: list[Result] = []
    for name, files, cold_aim in (
        (f"{real_count:,} real plugins", real, 1.0),
        (f"{small_count:,} small modules", small, 0.35),
    ):
        _tell(name)
        cold, warm = _compare(name, files, options.oracle, rounds, scratch / "cache")
        results += [cold.ratio_result(cold_aim), warm.ratio_result(0.1)]
    _tell("one plugin")
    one = real[:1]
    repeats = rounds * _ONE_PLUGIN_REPEATS
    cold, warm = _compare("one real plugin", one, options.oracle, repeats, scratch / "one-cache")
    results += [cold.excess_result(0.35), warm.excess_result(None)]
    _tell("what explaining adds")
    explained = [compare_passing(real, rounds)]
    for plugin in _REFUSED_WITH_DEBUG_INFO:
        large = write_with_debug_info(scratch / "refused", plugin, _LARGE_BYTES)
        explained.append(compare_refused(large, repeats))
    if not _HAS_PEAKS:
        return results, explained, []
    peaks = []
    for count in counts:
        _tell(f"memory with {count:,} artifacts")
        directory = scratch / f"padded-{count}"
        write_padded(directory, count)
        peaks.append(peak_of_ours(directory, count))
    return [*results, memory_result(peaks)], explained, peaks


def _compare(
    name: str, files: list[Path], oracle: Path, rounds: int, cache: Path
) -> tuple[Comparison, Comparison]:
    """Measure in turns, so that a busy spell of the machine slows all alike."""
    target = files[0] if len(files) == 1 else files[0].parent
    cold, warm = Comparison(f"{name}, cold"), Comparison(f"{name}, warm")
    run_ours(target, cache)
    for _ in range(rounds):
        host = run_host(oracle, files)
        ours_cold, ours_warm = run_ours(target), run_ours(target, cache)
        for ours in (ours_cold, ours_warm):
            if (ours.passed, ours.refused) != (host.passed, host.refused):
                raise MeasurementFailed(f"The verdicts differ: {host} and {ours}.")
        cold.add(host.seconds, ours_cold.seconds)
        warm.add(host.seconds, ours_warm.seconds)
    return cold, warm


def _options() -> argparse.Namespace:
    built = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "tests" / "oracle" / "target")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--quick", action="store_true", help="a fifth of the artifacts; the ratios come out worse"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds (default 3)")
    parser.add_argument(
        "--oracle",
        type=Path,
        default=built / "release" / "oracle",
        metavar="PATH",
        help="the program that tests/oracle builds",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: use a whole number from 1 on")
    options.oracle = options.oracle.absolute()
    return options


def _tell(what: str) -> None:
    print(f"measuring {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Compare our verdicts with those of the published host crate: `python -m tests.oracle`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tests.oracle import golden
from tests.oracle.compare import Comparison, compare
from tests.oracle.generate import GROUPS, Case, cases
from tests.oracle.host import Host, build
from tests.oracle.ours import verdicts

CHUNK = 500
"""Artifacts per run of our command: enough to hide its start, few enough to show progress."""

RETRIES = 3
"""Times that a pair is asked again when one of the two ran into the wall limit."""

SHOWN = 5
"""Differences told in full, of each kind of case."""


def main() -> int:
    """Run what the command line asks for; 1 if a verdict differs."""
    options = _options()
    groups = [options.only] if options.only else list(GROUPS)
    host = Host(build())
    if options.golden:
        golden.write(options.golden, host, options.seed, options.count)
        return 0
    found: list[Comparison] = []
    begin = time.monotonic()
    for group in groups:
        for chunk in _chunks(cases(options.seed, options.count, group), CHUNK):
            found += _judge(chunk, host)
            _progress(group, found, begin)
    return _tell(found, options.seed, time.monotonic() - begin)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the random cases (default 1)")
    parser.add_argument(
        "--count",
        type=int,
        default=4000,
        help="random cases in each group, or golden responses (default 4000)",
    )
    parser.add_argument("--only", choices=GROUPS, help="one group of cases (default all)")
    parser.add_argument(
        "--golden",
        type=Path,
        metavar="DIR",
        help="write golden files of the host's verdicts there, compare nothing",
    )
    return parser.parse_args()


def _chunks(items: Iterable[Case], size: int) -> Iterator[list[Case]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _judge(chunk: list[Case], host: Host) -> list[Comparison]:
    found = _pairs(chunk, host)
    # Near the wall limit the verdict belongs to the machine's load: such a case is asked again.
    for _ in range(RETRIES):
        found = [_pairs([item.case], host)[0] if item.timed_out else item for item in found]
    return found


def _pairs(chunk: list[Case], host: Host) -> list[Comparison]:
    artifacts = [case.artifact for case in chunk]
    begin = int(time.time())
    theirs, own = host.verdicts(artifacts), verdicts(artifacts)
    seconds = range(begin, int(time.time()) + 1)
    return [compare(*row, seconds) for row in zip(chunk, theirs, own, strict=True)]


def _progress(group: str, found: list[Comparison], begin: float) -> None:
    different = sum(item.outcome == "different" for item in found)
    seconds = time.monotonic() - begin
    line = f"{group}: {len(found)} compared, {different} different, {seconds:.0f} s"
    print(line, file=sys.stderr, flush=True)


def _tell(found: list[Comparison], seed: int, seconds: float) -> int:
    """Print a table by kind of case, the differences, the exceptions met, and a closing line."""
    totals = Counter((item.case.group, item.case.kind) for item in found)
    outcomes = Counter((item.case.group, item.case.kind, item.outcome) for item in found)
    print(f"{'kind of case':<44} {'cases':>6} {'equal':>6} {'excepted':>8} {'different':>9}")
    for (group, kind), total in totals.items():
        numbers = [outcomes[group, kind, outcome] for outcome in ("equal", "excepted", "different")]
        print(
            f"{group + ' ' + kind:<44} {total:>6} {numbers[0]:>6} {numbers[1]:>8} {numbers[2]:>9}"
        )
    reasons = Counter(item.exception for item in found if item.outcome == "excepted")
    for reason, number in reasons.most_common():
        print(f"excepted, {number}: {reason}")
    shown: Counter[str] = Counter()
    for item in found:
        if item.outcome == "different":
            shown[item.case.kind] += 1
            if shown[item.case.kind] <= SHOWN:
                print(f"\n{item.told()}")
    different = sum(item.outcome == "different" for item in found)
    verdict = "no verdict differs" if not different else f"{different} verdicts DIFFER"
    print(f"\n{len(found)} artifacts, seed {seed}, {seconds:.0f} s: {verdict}.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())

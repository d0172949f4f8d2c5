"""Golden files: the host's verdicts on generated cases, for a test-suite without a host."""

from __future__ import annotations

import base64
import gzip
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, zip_longest
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle.compare import BACKTRACE
from tests.oracle.generate import GROUPS, Case, cases
from tests.oracle.host import Host

LARGE = 1500
"""Bytes of artifact or output from which on a case is left out: a suite should be quick."""
OF_THE_MACHINE = re.compile(r"timeout|os error|mmap failed")
"""Texts that depend on the machine and its load."""


def write(folder: Path, host: Host, seed: int, count: int) -> None:
    """Write `more-responses.jsonl.gz`, of at most `count` cases, and a quarter of them as modules.

    Each kind of case has its share; those that would not be the same tomorrow are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every = chain.from_iterable(cases(seed, count, group, small=True) for group in GROUPS)
    small = [case for case in every if len(_content(case)) <= LARGE]
    responses = [case for case in small if case.output is not None]
    modules = [case for case in small if case.output is None]
    _write(folder / "more-responses.jsonl.gz", "output_b64", _shares(seed, responses, count), host)
    _write(folder / "more-modules.jsonl.gz", "wasm_b64", _shares(seed, modules, count // 4), host)


def _write(target: Path, key: str, chosen: list[Case], host: Host) -> None:
    rows = _rows(chosen, key, host)
    lines = [json.dumps(row, separators=(",", ":"), sort_keys=True) + "\n" for row in rows]
    # Without a time in it, the same rows give the same bytes.
    target.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))
    print(f"{target}: {len(rows)} cases, {target.stat().st_size} bytes")


def _content(case: Case) -> bytes:
    return case.artifact if case.output is None else case.output


def _shares(seed: int, found: list[Case], count: int) -> list[Case]:
    """Take one case of each kind, then another of each, until there are enough."""
    by_kind: dict[str, dict[bytes, Case]] = defaultdict(dict)
    for case in found:
        by_kind[case.kind][_content(case)] = case
    rng = Random(seed)
    shuffled = [rng.sample(list(kind.values()), len(kind)) for kind in by_kind.values()]
    rounds: Iterable[tuple[Case | None, ...]] = zip_longest(*shuffled)
    return [case for case in chain.from_iterable(rounds) if case is not None][:count]


def _rows(chosen: list[Case], key: str, host: Host) -> list[dict[str, Any]]:
    begin = int(time.time())
    answers = host.verdicts([case.artifact for case in chosen])
    seconds = range(begin, int(time.time()) + 1)
    return [
        {"name": case.name, key: base64.b64encode(_content(case)).decode(), "verdict": verdict}
        for case, verdict in zip(chosen, answers, strict=True)
        if verdict is not None and _is_lasting(verdict, seconds)
    ]


def _is_lasting(verdict: dict[str, Any], seconds: range) -> bool:
    text = json.dumps(verdict)
    if verdict["variant"] == "Instantiate" and BACKTRACE in text:
        return False  # a start function's: its frames are not told to us
    tells_the_time = any(int(number) in seconds for number in re.findall(r"\d{10}", text))
    return not tells_the_time and OF_THE_MACHINE.search(text) is None

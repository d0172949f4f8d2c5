"""Golden files: the host's verdicts on generated cases, for a test-suite without a host."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.oracle.generate import Case, cases
from tests.oracle.host import Host


def write(folder: Path, host: Host, seed: int, count: int, groups: list[str]) -> None:
    """Write `more-{group}.jsonl.gz`: one case a line with the host's verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    for group in groups:
        chosen = list(cases(seed, count, group, small=True))
        answers = host.verdicts([case.artifact for case in chosen])
        rows = [
            _row(case, verdict) for case, verdict in zip(chosen, answers, strict=True) if verdict
        ]
        target = folder / f"more-{group}.jsonl.gz"
        write_rows(target, rows)
        print(f"{target}: {len(rows)} cases, {target.stat().st_size} bytes")


def write_rows(target: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as gzip'ed JSON lines; the same rows give the same bytes."""
    lines = [json.dumps(row, separators=(",", ":"), sort_keys=True) + "\n" for row in rows]
    target.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))


def _row(case: Case, verdict: dict[str, Any]) -> dict[str, Any]:
    if case.output is not None:
        return {"output_b64": _base64(case.output), "verdict": verdict}
    return {"name": case.name, "wasm_b64": _base64(case.artifact), "verdict": verdict}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

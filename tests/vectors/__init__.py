"""Answers of the published host crate."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Vector(NamedTuple):
    """What was handed to the host (an output or an artifact), and what it said."""

    name: str
    data: bytes
    verdict: dict[str, Any]


def vectors(name: str, key: str) -> Iterator[Vector]:
    """Yield the vectors of one file."""
    with gzip.open(HERE / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            entry = json.loads(line)
            label = entry.get("name", str(number))
            yield Vector(label, base64.b64decode(entry[key]), entry["verdict"])

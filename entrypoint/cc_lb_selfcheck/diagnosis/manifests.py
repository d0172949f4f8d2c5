"""TOML and JSON of a repository, which are a stranger's: read within bounds, and never raising."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from typing import Any, Final

SIZE_MAX_CHARS: Final = 256 << 10
"""Larger manifests are not read."""
_DOTS_MAX: Final = 200
"""In a line of TOML: the work on a key grows with the square of its parts."""


@lru_cache(maxsize=64)
def parsed_toml(text: str) -> dict[str, Any] | None:
    """Return what TOML says, which is not to be changed; None where it is none, or too much."""
    if len(text) > SIZE_MAX_CHARS or any(line.count(".") > _DOTS_MAX for line in text.split("\n")):
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):  # not TOMLDecodeError alone: of a number without end
        return None


def parsed_json(text: str) -> dict[str, Any] | None:
    """Return the object that JSON says; None where it says none, or too much."""
    if len(text) > SIZE_MAX_CHARS:
        return None
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

"""JSON that may be printed in Actions, where whatever is printed is a log of the runner's."""

from __future__ import annotations

import json
from typing import Any


def json_for_log(document: str) -> str:
    """Return a document in which the runner finds no ``##[command]``; it means the same."""
    return document.replace("##[", "##\\u005b")


def indented(value: Any, depth: int = 0) -> str:
    """Return a value as JSON of ASCII alone, indented as a part of a document at that depth."""
    text = json_for_log(json.dumps(value, indent=2))
    # No string in JSON holds a line feed, so that each begins a line to be indented.
    return text.replace("\n", f"\n{'  ' * depth}")

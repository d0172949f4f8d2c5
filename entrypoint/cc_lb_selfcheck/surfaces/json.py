"""JSON, which in Actions is printed into a log that the runner reads for commands."""

from __future__ import annotations

import json
from typing import Any, Final, NewType

Json = NewType("Json", str)

_COMMAND: Final = "##["
_ESCAPED: Final = "##\\u005b"


def json_text(document: str) -> Json:
    """Make a JSON document, or a piece of one, safe to print; it says the same.

    The runner obeys ``##[command]`` anywhere in a line. That is only ever found in a string of
    JSON, where an escape of the bracket means the bracket. No line of JSON begins with ``::``.
    """
    return Json(document.replace(_COMMAND, _ESCAPED))


def indented(value: Any, depth: int = 0) -> Json:
    """Return a value as JSON of ASCII alone, indented as a part of a document at that depth."""
    # No string in JSON holds a line feed, so that each begins a line to be indented.
    return json_text(json.dumps(value, indent=2).replace("\n", f"\n{'  ' * depth}"))

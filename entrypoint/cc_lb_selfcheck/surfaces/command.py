"""Workflow commands: lines by which a step talks to GitHub's runner.

Source: actions/toolkit ``packages/core/src/command.ts``; actions/runner
``ActionCommandManager.cs`` and ``ExecutionContext.cs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NewType

from .visible import shorten, visible

CommandLine = NewType("CommandLine", str)
"""One whole command, without its line feed."""

MESSAGE_MAX_CHARS: Final = 4096
"""The runner cuts an annotation's message there."""
TITLE_MAX_CHARS: Final = 255


def command(name: str, message: str, properties: Mapping[str, str | int | None]) -> CommandLine:
    """Return ``::name key=value,…::message``; properties that are None or empty are left out."""
    kept = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    text = shorten(visible(message, lines=True), MESSAGE_MAX_CHARS)
    return CommandLine(f"::{name}{' ' if kept else ''}{kept}::{_data(text)}")


def _data(shown: str) -> str:
    # visible() left no CR, which would have to be escaped as well.
    return shown.replace("%", "%25").replace("\n", "%0A").replace("##[", "## [")


def _property(value: str | int) -> str:
    text = shorten(visible(str(value)), TITLE_MAX_CHARS)
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""The terminal, which in Actions is a log that the runner reads for commands."""

from __future__ import annotations

from typing import NewType

from .visible import visible

TerminalText = NewType("TerminalText", str)
"""Text without escape sequences and without anything that the runner takes for a command.

The runner obeys ``::command::`` at the start of a line, white space aside, and ``##[command]``
anywhere. Writers put something else before it on each line; the second form is broken up here.
Source: actions/runner, ``ActionCommand.cs``.
"""


def terminal(text: str, *, lines: bool = False) -> TerminalText:
    """Make text safe to print; ``lines`` keeps line feeds and tabs."""
    return TerminalText(visible(text, lines=lines).replace("##[", "## ["))

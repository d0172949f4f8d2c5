"""The terminal, which in Actions is a log that the runner reads for commands."""

from __future__ import annotations

import re
from typing import Final, NewType

from .visible import visible

_AT_START: Final = re.compile(r"(?:^|(?<=\r))([^\S\r\n]*)::", re.MULTILINE)
"""A line of the log ends at a lone CR, too. White space is looked at line by line: else the work
would grow with the square of empty lines.
"""

TerminalText = NewType("TerminalText", str)
"""Text without escape sequences and without anything that the runner takes for a command.

The runner obeys ``::command::`` at the start of a line, white space aside, and ``##[command]``
anywhere. Writers put something else before it on each line; the second form is broken up here.
Source: actions/runner, ``ActionCommand.cs``.
"""


def terminal(text: str, *, lines: bool = False) -> TerminalText:
    """Make text safe to print; ``lines`` keeps line feeds and tabs."""
    return TerminalText(visible(text, lines=lines).replace("##[", "## ["))


def log_safe(text: str) -> TerminalText:
    """Make a whole document, a line of which may begin with anything, safe to print.

    What breaks a command up is seen: the runner compares as its culture does, which leaves out
    characters that show as nothing.
    """
    if "::" in text:
        text = _AT_START.sub("\\1: :", text)
    return TerminalText(text.replace("##[", "## ["))

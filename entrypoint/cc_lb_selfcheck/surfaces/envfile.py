"""The files by which a step sets outputs: ``GITHUB_OUTPUT`` and its kin.

Source: actions/runner ``FileCommandManager.cs``; the random delimiter answers CVE-2022-35954.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import NewType

EnvFileEntry = NewType("EnvFileEntry", str)


def env_entry(name: str, value: str) -> EnvFileEntry:
    r"""Return the lines that set ``name`` to ``value``, whatever the value holds.

    What is no text (a path that is no UTF-8) becomes ``\udcff``: the file itself is UTF-8.
    """
    delimiter = next(filter(lambda each: each not in value, _delimiters()))
    # A lone CR would end a line for the runner's reader; a value never needs one.
    text = value.replace("\r\n", "\n").replace("\r", "\\r")
    text = text.encode(errors="backslashreplace").decode()
    return EnvFileEntry(f"{name}<<{delimiter}\n{text}\n{delimiter}\n")


def _delimiters() -> Iterator[str]:
    while True:
        yield f"cc_lb_selfcheck_{uuid.uuid4().hex}"

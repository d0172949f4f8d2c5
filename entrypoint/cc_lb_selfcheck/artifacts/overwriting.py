"""Keeps what is read from being written over."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.settings import SettingsError
from cc_lb_selfcheck.surfaces.visible import shorten

from .find import Found

_SHOWN_MAX_CHARS: Final = 120


def refuse_to_overwrite(report: Path | None, found: Iterable[Found]) -> None:
    """Raise ``SettingsError`` where the report's file is one of those found, or in its archive.

    What counts is the file itself: it may have several names, links and spellings.
    """
    if report is None:
        return
    try:
        wanted = report.stat()
    except (OSError, ValueError):
        return  # nothing is there
    for item in found:
        with suppress(OSError, ValueError):
            if os.path.samestat(wanted, os.stat(item.path)):  # noqa: PTH116 - thousands of them
                shown = shorten(repr(str(report)), _SHOWN_MAX_CHARS)
                raise SettingsError(
                    [
                        f"--report (input `report`) is {shown}: that is a file to be read, which it"
                        " would overwrite; name another."
                    ]
                )

"""Patches: unified diffs of a repository's files, and which of them we can have made.

A patch is to be applied, so its lines stand as they are in the files; where one holds what might
act on a terminal or in a log, there is no patch.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from cc_lb_selfcheck.surfaces.diff import diff

from .line_mends import is_inserted, mended_lines
from .toml_edit import lines_of

PATCH_MAX_CHARS: Final = 8_000
_NO_LINE_FEED: Final = "\\ No newline at end of file\n"
_PATH: Final = re.compile(r"[^\s\"\\:\0-\x1f\x7f](?:[^\"\\:\t\0-\x1f\x7f]*[^\s\"\\:\0-\x1f\x7f])?")
_HUNK: Final = re.compile(r"@@ -\d{1,9}(?:,\d{1,9})? \+\d{1,9}(?:,\d{1,9})? @@")


def patch_of(path: str, before: str, after: str) -> str | None:
    """Return the diff between two texts of a file; None where it could not be shown or applied."""
    if before == after or not _PATH.fullmatch(path):
        return None
    made = "".join(_lines(path, before, after))
    return diff(made) if len(made) <= PATCH_MAX_CHARS else None


def whole_patch(files: Mapping[str, tuple[str, str]]) -> str:
    """Return one patch for several files, given as the texts before and after by their paths."""
    patches = (patch_of(path, *texts) for path, texts in sorted(files.items()))
    return "".join(filter(None, patches))


def _lines(path: str, before: str, after: str) -> Iterator[str]:
    end = "\t" if " " in path else ""  # as git writes it: `patch` reads a name up to a blank
    names = (f"a/{path}{end}", f"b/{path}{end}")
    for line in difflib.unified_diff(lines_of(before), lines_of(after), *names):
        yield line if line.endswith("\n") else f"{line}\n{_NO_LINE_FEED}"


def is_ours(patch: str) -> bool:
    """Tell whether a patch changes nothing but what we ever change, whoever it is from."""
    if len(patch) > PATCH_MAX_CHARS or diff(patch) is None or not patch.endswith("\n"):
        return False
    lines = patch.removesuffix("\n").split("\n")
    removed: list[str] = []
    files = 0
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("--- "):
            names = [name.partition("\t")[0] for name in lines[at : at + 2]]
            if removed or not _is_head(names):
                return False
            files += 1
            at += 2
            continue
        if not files:
            return False
        if line.startswith("-"):
            removed.append(line[1:])
        elif line.startswith("+"):
            if removed and line[1:] in mended_lines(removed[0]):
                removed.pop(0)
            elif not is_inserted(line[1:]):
                return False
        elif line.startswith(" ") or _HUNK.fullmatch(line):
            if removed:
                return False
        elif f"{line}\n" != _NO_LINE_FEED:
            return False
        at += 1
    return files > 0 and not removed


def _is_head(names: list[str]) -> bool:
    if len(names) != 2 or not names[1].startswith("+++ b/"):
        return False
    before, after = names[0].removeprefix("--- a/"), names[1].removeprefix("+++ b/")
    path = PurePosixPath(after)
    is_inside = not path.is_absolute() and ".." not in path.parts and ".git" not in path.parts
    return before == after and is_inside and _PATH.fullmatch(after) is not None

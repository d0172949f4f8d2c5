"""The first line of our comments: who wrote it, about which run, and what that run found.

It is an HTML comment that holds JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.report.changes import Memory
from cc_lb_selfcheck.surfaces.markdown import Markdown, hidden

from .event import RunId

_VERSION: Final = 1
_LINE: Final = re.compile(r"<!-- cc-lb-selfcheck (\{[^\n]{1,60000}\}) -->")
MEMORY_MAX_CHARS: Final = 12_000
"""Of both states: so a run that publishes again compares to all that it compared to at first."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment's first line tells.

    ``before`` is what an earlier run found, to which the comment compares: a run that publishes a
    second time compares to that, and not to itself. ``told``: whether there was a report at all;
    where there was none, ``memory`` is the last one's. ``writer`` is a key of the step that wrote
    it; empty at home, and in comments of versions that did not tell. ``badness`` and ``digest`` are
    those of the report: see ``merge.badness`` and ``changes.digest_of``.
    """

    comment_id: str
    sha: str
    run: RunId
    memory: Memory
    before: Memory | None = None
    told: bool = True
    writer: str = ""
    badness: int = 0
    digest: str = ""

    def line(self) -> Markdown:
        """Return the line, without its line feed."""
        told: dict[str, object] = {
            "v": _VERSION,
            "id": self.comment_id,
            "sha": self.sha,
            "run": self.run.number,
            "attempt": self.run.attempt,
            "bad": self.badness,
            "sum": self.digest,
            "state": self.memory.pack(MEMORY_MAX_CHARS),
        }
        if self.before is not None:
            told["before"] = self.before.pack(MEMORY_MAX_CHARS)
        if not self.told:
            told["told"] = False
        if self.writer:
            told["by"] = self.writer
        return hidden("cc-lb-selfcheck", json.dumps(told, separators=(",", ":")))

    def age(self, head_sha: str) -> tuple[bool, int, int]:
        """Return what orders comments: the greater is the newer.

        A run on the pull request's present head is newer than any on another commit; then comes
        the later run, then the later attempt.
        """
        return self.sha == head_sha, self.run.number, self.run.attempt

    def yields_to(self, other: Marker) -> bool:
        """Tell whether another step of the same run told something worse, which has to stay."""
        return other.writer != self.writer and other.badness > self.badness


def read_marker(body: str) -> Marker | None:
    """Return the marker of a comment; None where its first line is none of ours."""
    match = _LINE.fullmatch(body.partition("\n")[0].rstrip("\r"))
    if match is None:
        return None
    try:
        told = json.loads(match[1])
        comment_id, sha = told["id"], told["sha"]
        run = RunId(told["run"], told["attempt"])
        if not all(
            isinstance(value, kind)
            for value, kind in (
                (comment_id, str),
                (sha, str),
                (run.number, int),
                (run.attempt, int),
            )
        ):
            return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    memory = _memory(told, "state")
    is_told = told.get("told", True) is True
    return Marker(
        comment_id,
        sha,
        run,
        memory,
        _memory(told, "before") if "before" in told else None,
        is_told,
        str(told.get("by", "")),
        _badness(told.get("bad"), memory, is_told=is_told),
        str(told.get("sum", "")),
    )


def _badness(told: object, memory: Memory, *, is_told: bool) -> int:
    """Return how bad a result was; from what is remembered where an older version told nothing."""
    if isinstance(told, int) and told in (0, 1, 2):
        return int(told)
    statuses = set(memory.statuses.values())
    if "refused" in statuses:
        return 2
    return int("undetermined" in statuses or not is_told)


def _memory(told: dict[str, object], which: str) -> Memory:
    """Return the state of a run; where it cannot be read, one of which nothing is known."""
    try:
        if told.get("v") != _VERSION:
            raise ValueError("another version")
        return Memory.unpack(str(told.get(which)))
    except ValueError:
        return Memory(cut=True)

"""The first line of our comments: who wrote it, about which run, and what that run found.

It is an HTML comment that holds JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cc_lb_selfcheck.report.memory import Memory
from cc_lb_selfcheck.surfaces.markdown import Markdown, hidden

from .event import RunId

_VERSION: Final = 1
_LINE: Final = re.compile(r"<!-- cc-lb-selfcheck (\{[^\n]{1,60000}\}) -->")
MEMORY_MAX_CHARS: Final = 12_000
"""Of both states: so a run that publishes again compares to all that it compared to at first."""


_OTHERS_MAX: Final = 32
_REST: Final = "*"
"""Stands for the writers that there is no room for; nobody is it, so none betters it."""


class Marker(NamedTuple):
    """What a comment's first line tells.

    ``before`` is what an earlier run found, to which the comment compares: a run that publishes a
    second time compares to that, and not to itself. ``told``: whether there was a report at all;
    where there was none, ``memory`` is the last one's. ``writer`` is a key of the step that wrote
    it; empty at home, and in comments of versions that did not tell. ``badness`` and ``digest`` are
    those of the report: see ``merge.badness`` and ``changes.digest_of``. ``others`` is the badness
    of what other steps of the same run told and have not bettered, whichever attempt it was;
    ``attempt`` is the last one that has noted something here, which may be later than the writer's.
    ``shared``: several steps of the run publish.
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
    others: Mapping[str, int] = {}
    attempt: int = 0
    shared: bool = False

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
        if self.others:
            told["else"] = dict(self.others)
        if self.attempt > self.run.attempt:
            told["noted"] = self.attempt
        if self.shared:
            told["shared"] = True
        return hidden("cc-lb-selfcheck", json.dumps(told, separators=(",", ":")))

    def age(self, head_sha: str) -> tuple[bool, int, int]:
        """Return what orders comments: the greater is the newer.

        A run on the pull request's present head is newer than any on another commit; then comes
        the later run, then the later attempt.
        """
        return self.sha == head_sha, self.run.number, max(self.run.attempt, self.attempt)

    @property
    def elsewhere(self) -> int:
        """How bad the worst is that another step told, where that is worse; 0 where none is."""
        worst = max(self.others.values(), default=0)
        return worst if worst > self.badness else 0

    def yields_to(self, other: Marker) -> bool:
        """Tell whether another step of the same run told something worse, which has to stay.

        Whoever runs one job again does not run the others, so it may have been another attempt.
        """
        is_another = self.is_of_run(other) and other.writer != self.writer
        return is_another and other.badness > self.badness

    def is_of_run(self, other: Marker) -> bool:
        """Tell whether both are of one run on one commit."""
        return (self.sha, self.run.number) == (other.sha, other.run.number)

    def after(self, before: Marker | None) -> Marker:
        """Return this marker in the place of another, with what other steps of the run told."""
        if before is None or not self.is_of_run(before):
            return self
        others = {**before.others, before.writer: before.badness}
        shared = before.shared or before.writer != self.writer
        return self._replace(others=_bounded(others, self.writer), shared=shared)

    def noting(self, other: Marker) -> Marker:
        """Return this marker with the result of another step, which leaves this one in place."""
        others = _bounded({**self.others, other.writer: other.badness}, self.writer)
        is_later = other.run.attempt > max(self.run.attempt, self.attempt)
        attempt = other.run.attempt if is_later else self.attempt
        shared = self.shared or other.writer != self.writer
        return self._replace(others=others, attempt=attempt, shared=shared)

    def knows(self, other: Marker) -> bool:
        """Tell whether the result of another step is in this marker."""
        return other.writer == self.writer or self.noting(other) == self


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
        _others(told.get("else")),
        noted if isinstance(noted := told.get("noted"), int) else 0,
        told.get("shared") is True,
    )


def _bounded(others: Mapping[str, int], writer: str) -> dict[str, int]:
    """Return the results of other steps that matter; where they are many, some as one."""
    told = {name: bad for name, bad in others.items() if bad and name not in ("", writer)}
    worst_first = sorted(told, key=lambda name: (name == _REST, -told[name], name))
    kept, rest = worst_first[:_OTHERS_MAX], worst_first[_OTHERS_MAX:]
    more = {_REST: max(told[name] for name in rest)} if rest else {}
    return {**{name: told[name] for name in kept}, **more}


def _others(told: object) -> dict[str, int]:
    if not isinstance(told, dict):
        return {}
    return {name: int(bad) for name, bad in told.items() if bad in (1, 2) and name}


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

"""What is behind the paths that were found: what of it is to be run, and what came of it.

Nothing here explains: a worker is given its first artifact before what does that is imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from cc_lb_selfcheck.artifacts.find import Findings, Found
from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.host.outcomes import PACKED_FROM, Outcomes
from cc_lb_selfcheck.host.pool import undetermined
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.wasm.outline import read_outline

_ENDED: Final = "The run was ended before this was checked."

OnProgress: TypeAlias = Callable[[int, int], None]


class Judged(NamedTuple):
    """What came of one path; it has no hash and no size where it could not be read."""

    shown: str
    sha256: str | None
    size: int | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Content:
    """What was read behind one path; ``outcome`` is set where there is nothing to run."""

    sha256: str | None
    size: int | None
    outcome: Outcome | None


class Contents:
    """The contents behind the paths of one run, each run once, however many paths it has."""

    def __init__(
        self,
        settings: CheckSettings,
        findings: Findings,
        on_progress: OnProgress,
        known: Outcomes | None,
    ) -> None:
        """Take outcomes that are ``known`` from before for what they are."""
        self._settings = settings
        self._found = findings.found
        self._contents: dict[str, _Content] = {}
        self.are_many = len(findings.found) >= PACKED_FROM
        self.outcomes = known or Outcomes(packed=self.are_many)
        self._waiting: set[str] = set()
        self._done = 0
        self.are_given_up = False
        self._elsewhere = 0
        self._on_progress = on_progress

    def subjects(self) -> Iterator[Subject]:
        """Read each path, and hand on each content that is new and to be run."""
        for found in self._found:
            subject = self._subject(found)
            if subject is not None:
                yield subject

    def _subject(self, found: Found) -> Subject | None:
        if found.obstacle is not None:
            self._contents[found.shown] = _Content(None, None, _skipped(found.obstacle))
            return None
        try:
            data = found.read()
        except Unreadable as error:
            outcome = undetermined(str(error))
            self._contents[found.shown] = _Content(None, error.size, outcome)
            return None
        sha256 = hashlib.sha256(data).hexdigest()
        shard = self._settings.shard
        outline = read_outline(data)
        is_meant = found.named or self._settings.unmarked == "check" or is_marked(outline)
        if shard is not None and not shard.holds(sha256):
            self._elsewhere += is_meant
            return None
        if not is_meant:
            outcome = _skipped(why_unmarked(outline), Evidence.of(outline))
            self._contents[found.shown] = _Content(sha256, len(data), outcome)
            return None
        self._contents[found.shown] = _Content(sha256, len(data), None)
        if sha256 in self._waiting or sha256 in self.outcomes:
            return None
        self._waiting.add(sha256)

        def reload() -> bytes | None:
            try:
                again = found.read()
            except Unreadable:
                return None
            return again if hashlib.sha256(again).hexdigest() == sha256 else None

        return Subject(sha256, data, outline, reload)

    def settle(self, sha256: str, outcome: Outcome) -> None:
        """Keep the outcome of a content."""
        self.outcomes.keep(sha256, outcome)
        self._waiting.discard(sha256)
        self._done += 1
        self._on_progress(self._done, len(self._found))

    def give_up(self) -> None:
        """Leave what has no outcome yet without one."""
        self.are_given_up = True
        outcome = undetermined(_ENDED)
        for found in self._found:
            content = self._contents.get(found.shown)
            if content is None:
                # Of a part of the contents it is not known whether this is in it.
                if self._settings.shard is None:
                    self._contents[found.shown] = _Content(None, None, outcome)
            elif content.outcome is None and (content.sha256 or "") not in self.outcomes:
                ended = replace(content, outcome=outcome)
                self._contents[found.shown] = ended

    def judged(self) -> Iterator[Judged]:
        """Yield what came of each path, in the order of the paths."""
        for found in self._found:
            content = self._contents.get(found.shown)
            if content is not None:
                outcome = content.outcome or self.outcomes[content.sha256 or ""]
                yield Judged(found.shown, content.sha256, content.size, outcome)

    @property
    def count(self) -> int:
        """How many paths there are."""
        return len(self._found)

    @property
    def have_no_plugin(self) -> bool:
        """Whether there was no plugin among them, nor in any other part."""
        contents = self._contents.values()
        all_skipped = all(item.outcome and item.outcome.status == "skipped" for item in contents)
        return all_skipped and not self._elsewhere


def _skipped(reason: str, evidence: Evidence | None = None) -> Outcome:
    evidence = evidence or Evidence()
    return Outcome(status="skipped", verdict=None, reason=reason, evidence=evidence)

"""What is behind the paths that were found: what of it is to be run, and what came of it.

Nothing here explains: a worker is given its first artifact before what does that is imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from cc_lb_selfcheck.artifacts.find import Findings, Found
from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.outcomes import PACKED_FROM, Outcomes
from cc_lb_selfcheck.host.room import Room
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

if TYPE_CHECKING:
    from cc_lb_selfcheck.host.outcome import Outcome

_ENDED: Final = "The run was ended before this was checked."

OnProgress: TypeAlias = Callable[[int, int], None]


class Judged(NamedTuple):
    """What came of one path; it has no hash and no size where it could not be read."""

    shown: str
    sha256: str | None
    size: int | None
    outcome: Outcome


class _Content(NamedTuple):
    """What was read behind one path: its SHA-256, its size, and where there is nothing to run, what
    came of it. ``is_again``: another path has the same content, or an earlier run had it.
    """

    digest: bytes | None
    size: int | None
    outcome: Outcome | None
    is_again: bool = False


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
        self._contents: list[_Content | None] = []
        """In the order of the paths; None where another part has it."""
        self.are_many = len(findings.found) >= PACKED_FROM
        self.outcomes = known or Outcomes(packed=self.are_many)
        self._room = Room()
        self._waiting: dict[str, bytes] = {}
        """What is being run: each hash as it is told, and as it is kept."""
        self._done = 0
        self.are_given_up = False
        self._elsewhere = 0
        self._on_progress = on_progress

    def subjects(self) -> Iterator[Subject]:
        """Read each path, and hand on each content that is new and to be run."""
        for found in self._found:
            content, subject = self._read(found)
            self._contents.append(content)
            if subject is not None:
                yield subject

    def _read(self, found: Found) -> tuple[_Content | None, Subject | None]:
        if found.obstacle is not None:
            return _Content(None, None, _skipped(found.obstacle)), None
        try:
            data = found.read()
        except Unreadable as error:
            return _Content(None, error.size, _undetermined(str(error))), None
        digest = hashlib.sha256(data).digest()
        shard = self._settings.shard
        outline = read_outline(data)
        is_meant = found.named or self._settings.unmarked == "check" or is_marked(outline)
        if shard is not None and not shard.holds(digest.hex()):
            self._elsewhere += is_meant
            return None, None
        if not is_meant:
            outcome = self._room.fit(_skipped(why_unmarked(outline), outline))
            return _Content(digest, len(data), outcome), None
        sha256 = digest.hex()
        if sha256 in self._waiting or digest in self.outcomes:
            return _Content(digest, len(data), None, is_again=True), None
        self._waiting[sha256] = digest

        def reload() -> bytes | None:
            try:
                again = found.read()
            except Unreadable:
                return None
            return again if hashlib.sha256(again).digest() == digest else None

        return _Content(digest, len(data), None), Subject(sha256, data, outline, reload)

    def settle(self, sha256: str, outcome: Outcome) -> None:
        """Keep the outcome of a content."""
        self.outcomes.keep(self._waiting.pop(sha256), self._room.fit(outcome))
        self._done += 1
        self._on_progress(self._done, len(self._found))

    def give_up(self) -> None:
        """Leave what has no outcome yet without one."""
        self.are_given_up = True
        outcome = _undetermined(_ENDED)
        for at, content in enumerate(self._contents):
            if content is None or content.outcome is not None:
                continue
            if (content.digest or b"") not in self.outcomes:
                self._contents[at] = content._replace(outcome=outcome)
        if self._settings.shard is None:  # else it is not known whether the rest is in this part
            unread = len(self._found) - len(self._contents)
            self._contents += [_Content(None, None, outcome)] * unread

    def judged(self) -> Iterator[Judged]:
        """Yield what came of each path, in the order of the paths."""
        for found, content in zip(self._found, self._contents, strict=False):
            if content is not None:
                digest = content.digest or b""
                outcome = content.outcome or self.outcomes[digest]
                if content.is_again:  # the report has it once more, for which there is to be room
                    outcome = self._room.fit(outcome)
                yield Judged(found.shown, digest.hex() or None, content.size, outcome)

    @property
    def count(self) -> int:
        """How many paths there are."""
        return len(self._found)

    @property
    def have_no_plugin(self) -> bool:
        """Whether there was no plugin among them, nor in any other part."""
        contents = (item for item in self._contents if item is not None)
        all_skipped = all(item.outcome and item.outcome.status == "skipped" for item in contents)
        return all_skipped and not self._elsewhere


def _skipped(reason: str, outline: Outline | None = None) -> Outcome:
    from cc_lb_selfcheck.host.outcome import Evidence, Outcome

    evidence = Evidence.of(outline) if outline else Evidence()
    return Outcome(status="skipped", verdict=None, reason=reason, evidence=evidence)


def _undetermined(reason: str) -> Outcome:
    from cc_lb_selfcheck.host.undetermined import undetermined

    return undetermined(reason)

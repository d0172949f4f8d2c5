"""Checks again whenever an artifact has changed, for the time in which a plugin is written.

The files are looked at a few times a second, because no system tells of changes behind every kind
of mount, a container's among them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from cc_lb_selfcheck.artifacts.find import find
from cc_lb_selfcheck.check import Checker, Ended
from cc_lb_selfcheck.github.runner import in_actions
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.output import tell_round
from cc_lb_selfcheck.report.changes import Changes
from cc_lb_selfcheck.report.memory import Memory
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.seen import Seen
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.sources import names_any

_LOOK_EVERY_S: Final = 0.05
_LOOKING_SHARE: Final = 0.1
"""Looking takes at most this part of the time: a large tree is looked at less often."""
_WRITTEN_AFTER_S: Final = 0.1
"""A build has written a file when nothing of it changes for so long."""
_BACK_AFTER_S: Final = 1.0
"""A build that removes a file first writes it again within this time."""

Stamps: TypeAlias = Mapping[str, tuple[int, int, int]]
"""Of each path, what a change of its content changes: when and how much was written, and where."""


def watch(
    settings: CheckSettings,
    root: Path,
    environ: Mapping[str, str],
    first_worker: WorkerProcess | None = None,
) -> int:
    """Check, tell, and do so again after each change, until a signal ends it.

    Return the exit status that the signal asks for. Raises ``SettingsError``, as ``run_check`` does
    and where nobody would look on.
    """
    _refuse_what_nobody_watches(settings, environ)
    before: Report | None = None
    with Checker(settings, root, first_worker) as checker:
        for _ in _changes(lambda: _stamps(settings, root)):
            begun = time.perf_counter()
            try:
                report = checker.check()
            except Ended as ended:
                return ended.status
            seconds = time.perf_counter() - begun
            changed, told = _changed(before, report), _told(before, report)
            if before is None or changed or told or report.problems != before.problems:
                head = f"{time.strftime('%H:%M:%S')}: checked {len(changed)} in {seconds:.2f} s."
                tell_round(report, changed, told, head, settings, environ)
            before = report
    return 0  # not reached: changes have no end


def _refuse_what_nobody_watches(settings: CheckSettings, environ: Mapping[str, str]) -> None:
    if in_actions(environ):
        raise SettingsError(["--watch is for a person at a terminal: leave it out in Actions."])
    if names_any(settings):
        raise SettingsError(["--watch looks at files: leave --artifacts (of a run) out."])
    if settings.format != "text" or settings.fix_suggestions:
        given = "--fix-suggestions" if settings.fix_suggestions else "--format"
        raise SettingsError([f"--watch prints text: leave {given} out, or write a --report."])


def _changed(before: Report | None, now: Report) -> list[Artifact]:
    """Return the artifacts whose contents are not what they were."""
    known = {item.path: item.sha256 for item in before.artifacts} if before else {}
    return [item for item in now.artifacts if known.get(item.path, "") != item.sha256]


def _told(before: Report | None, now: Report) -> list[tuple[str, tuple[str, ...]]]:
    if before is None:
        return []
    # Here nothing is missing: what is not found is gone.
    seen = Seen.of(now)._replace(complete=None)
    changes = Changes.between(Memory(Seen.of(before).statuses), seen)
    return [(words, names) for words, names in changes.told() if names] if changes.any else []


def _changes(look: Callable[[], Stamps]) -> Iterator[Stamps]:
    """Yield what ``look`` sees at first, and after each change once it has come to rest."""
    told = look()
    yield told
    while True:
        now = _after_a_while(look)
        if now != told:
            told = _at_rest(look, now, told)
            yield told


def _at_rest(look: Callable[[], Stamps], seen: Stamps, known: Stamps) -> Stamps:
    """Return what is seen once nothing has changed for a while, longer where something is gone."""
    since = time.monotonic()
    while True:
        is_gone = not known.keys() <= seen.keys()
        if time.monotonic() - since >= (_BACK_AFTER_S if is_gone else _WRITTEN_AFTER_S):
            return seen
        now = _after_a_while(look)
        if now != seen:
            seen, since = now, time.monotonic()


def _after_a_while(look: Callable[[], Stamps]) -> Stamps:
    time.sleep(_LOOK_EVERY_S)
    begun = time.monotonic()
    seen = look()
    time.sleep((time.monotonic() - begun) * (1 / _LOOKING_SHARE - 1))
    return seen


def _stamps(settings: CheckSettings, root: Path) -> Stamps:
    found = find(settings.paths, settings.excluded, root).found
    return dict(_stamps_of(item.path for item in found))


def _stamps_of(paths: Iterable[str]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    for path in paths:
        with suppress(OSError):  # it is being replaced
            state = Path(path).stat()
            yield path, (state.st_mtime_ns, state.st_size, state.st_ino)

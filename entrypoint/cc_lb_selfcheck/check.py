"""The main job: find the artifacts, run each as the host would, explain, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Self

from cc_lb_selfcheck.artifacts.expand import excluding, expand, joined
from cc_lb_selfcheck.artifacts.find import Findings, find
from cc_lb_selfcheck.artifacts.find import Problem as PathProblem
from cc_lb_selfcheck.contents import Contents, OnProgress
from cc_lb_selfcheck.diagnosis.further import FurtherRuns
from cc_lb_selfcheck.host.cache import CacheUnusable, CompilationCache
from cc_lb_selfcheck.host.outcomes import Outcomes
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.settings import CheckSettings, processors
from cc_lb_selfcheck.targets import leads_outside, refuse_targets

if TYPE_CHECKING:  # imported when the first artifact is being checked
    from cc_lb_selfcheck.report.model import Leg, Report


class Ended(Exception):
    """The run was ended by a signal. ``report`` says what was known then."""

    def __init__(self, report: Report, status: int) -> None:
        super().__init__(f"ended by a signal, with status {status}")
        self.report = report
        self.status = status


def run_check(
    settings: CheckSettings,
    root: Path,
    *,
    first_worker: WorkerProcess | None = None,
    on_progress: OnProgress = lambda _done, _total: None,
    brought: Findings | None = None,
    name_leg: Callable[[], Leg | None] = lambda: None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Report:
    """Check everything that the settings name, seen from ``root``, and return the report.

    ``first_worker`` was started early; ``on_progress`` is told how many of how many paths are
    done. ``brought`` is what other sources brought, to be checked as well; ``name_leg`` tells which
    of several runs this is. ``meanwhile`` is called in a thread of its own once a worker has
    something to do. Raises ``SettingsError`` for a cache directory that cannot be used or an output
    that names an input, and ``Ended`` where a signal's handler raised ``SystemExit`` meanwhile.
    """
    with Checker(settings, root, first_worker, meanwhile) as checker:
        return checker.check(on_progress=on_progress, brought=brought, name_leg=name_leg)


class Checker:
    """Checks what the settings name, once or again and again with the same workers and cache.

    Contents that have a verdict are not run again. What it is given is as for ``run_check``.
    """

    def __init__(
        self,
        settings: CheckSettings,
        root: Path,
        first_worker: WorkerProcess | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        self._settings = settings
        self._root = root
        self._first_worker = first_worker
        self._meanwhile = meanwhile
        self._resources = ExitStack()
        self._pool: Pool | None = None
        self._known: Outcomes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def check(
        self,
        *,
        on_progress: OnProgress = lambda _done, _total: None,
        brought: Findings | None = None,
        name_leg: Callable[[], Leg | None] = lambda: None,
    ) -> Report:
        """Look for what is named, and check what has no verdict yet. Raises as ``run_check``."""
        settings = self._settings
        with ExitStack() as resources:
            findings = expand(find(settings.paths, settings.exclude, self._root), resources)
            if brought is not None:
                findings = joined(findings, brought)
            findings = excluding(findings, settings.excluded)
            refuse_targets(settings.outputs, (found.path for found in findings.found), self._root)
            contents = Contents(settings, findings, on_progress, self._known)
            return self._check(contents, findings.problems, name_leg)

    def _check(
        self,
        contents: Contents,
        found_wrong: Sequence[PathProblem],
        name_leg: Callable[[], Leg | None],
    ) -> Report:
        started_at = datetime.now(UTC)
        pool = self._pool = self._pool or self._started(contents.count)
        ended = None
        try:
            with closing(pool.check_more(contents.subjects())) as outcomes:
                for sha256, outcome in outcomes:
                    contents.settle(sha256, outcome)
        except SystemExit as end:
            ended = end
            contents.give_up()
            self._resources.close()  # ends what the workers are at
        self._known = contents.outcomes
        from .explained import report_of

        report = report_of(
            contents,
            pool,
            self._settings,
            self._root,
            started_at=started_at,
            found_wrong=found_wrong,
            leg=name_leg(),
        )
        if ended is not None:
            raise Ended(report, int(ended.code or 0))
        return report

    def _import_aside(self) -> None:
        with suppress(RuntimeError):  # without a thread, each is imported when it is needed
            Thread(target=self._import, name="imports", daemon=True).start()

    def _import(self) -> None:
        """Import what tells of the outcomes, while the first of them is being made."""
        for module in ("host.answered", "explained"):
            import_module(f"{__package__}.{module}")
        self._meanwhile()

    def _started(self, artifacts: int) -> Pool:
        """Return the workers for about so many artifacts. Raises ``SettingsError``."""
        settings = self._settings
        try:
            if settings.cache_dir and leads_outside(settings.cache_dir, self._root):
                raise CacheUnusable("it leads outside through a symbolic link")
            cache = CompilationCache(settings.cache_dir)
        except CacheUnusable as error:
            message = f"--cache-dir (input `cache-dir`) cannot be used: {error}."
            raise SettingsError([message]) from error
        self._resources.enter_context(cache)
        jobs = min(settings.jobs, max(artifacts, 1))
        further = FurtherRuns(settings.warn_at, measure_fuel=settings.measure_fuel)
        pool = Pool(
            jobs=jobs,
            deadline_s=settings.deadline,
            cache_config=cache.config,
            # Workers fill the processors already; more threads would only take turns.
            threads=max(processors() // jobs, 1),
            memory_max_bytes=settings.memory << 20,
            first=self._first_worker,
            explainer=further,
            runs_again=further.are_needed,
            again=settings.repeat,
            warn_at=settings.warn_at,
            on_busy=self._import_aside,
        )
        return self._resources.enter_context(pool)

"""The main job: find the artifacts, run each as the host would, explain, report."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, TypeAlias

from cc_lb_selfcheck.artifacts.expand import excluding, expand, joined
from cc_lb_selfcheck.artifacts.find import Findings, Found, find
from cc_lb_selfcheck.artifacts.find import Problem as PathProblem
from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.diagnosis.explain import explain, unexplained
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.diagnosis.further import FurtherRuns
from cc_lb_selfcheck.diagnosis.locate import Locator
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.diagnosis.sources import Sources
from cc_lb_selfcheck.diagnosis.suggest import Suggester
from cc_lb_selfcheck.faults import told_fault
from cc_lb_selfcheck.host.cache import CacheUnusable, CompilationCache
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.host.pool import Pool, undetermined
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_WALL_MS
from cc_lb_selfcheck.report.model import (
    Artifact,
    Engine,
    Leg,
    Problem,
    Report,
    SandboxLayer,
    Summary,
)
from cc_lb_selfcheck.report.packed import PACKED_FROM, Outcomes, PackedArtifacts
from cc_lb_selfcheck.settings import CheckSettings, SettingsError, processors
from cc_lb_selfcheck.targets import refuse_targets
from cc_lb_selfcheck.wasm.outline import read_outline

WASMTIME_OF: Final = {"1.41.0": "49.0.2"}
"""The wasmtime in each release of extism-sys, which its C API does not tell."""


_NO_PLUGIN: Final = (
    "No plugin was found. Name the artifacts that the build writes, or say `--if-no-plugins warn`."
)


_ENDED: Final = "The run was ended before this was checked."
_ENDED_EARLY: Final = "The run was ended before all was checked."


class Ended(Exception):
    """The run was ended by a signal. ``report`` says what was known then."""

    def __init__(self, report: Report, status: int) -> None:
        super().__init__(_ENDED_EARLY)
        self.report = report
        self.status = status


OnProgress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Content:
    """What was read behind one path; ``outcome`` is set where there is nothing to run."""

    sha256: str | None
    size: int | None
    outcome: Outcome | None


def run_check(
    settings: CheckSettings,
    root: Path,
    *,
    first_worker: WorkerProcess | None = None,
    on_progress: OnProgress = lambda _done, _total: None,
    brought: Findings | None = None,
    leg: Leg | None = None,
) -> Report:
    """Check everything that the settings name, seen from ``root``, and return the report.

    ``first_worker`` was started early; ``on_progress`` is told how many of how many paths are
    done. ``brought`` is what other sources brought, to be checked as well; ``leg`` names this run
    among others. Raises ``SettingsError`` for a cache directory that cannot be used or an output
    that names an input, and ``Ended`` where a signal's handler raised ``SystemExit`` meanwhile.
    """
    with Checker(settings, root, first_worker) as checker:
        return checker.check(on_progress=on_progress, brought=brought, leg=leg)


class Checker:
    """Checks what the settings name, once or again and again with the same workers and cache.

    Contents that have a verdict are not run again. What it is given is as for ``run_check``.
    """

    def __init__(
        self, settings: CheckSettings, root: Path, first_worker: WorkerProcess | None = None
    ) -> None:
        self._settings = settings
        self._root = root
        self._first_worker = first_worker
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
        leg: Leg | None = None,
    ) -> Report:
        """Look for what is named, and check what has no verdict yet. Raises as ``run_check``."""
        settings = self._settings
        with ExitStack() as resources:
            findings = expand(find(settings.paths, settings.exclude, self._root), resources)
            if brought is not None:
                findings = joined(findings, brought)
            findings = excluding(findings, settings.excluded)
            refuse_targets(settings.outputs, (found.path for found in findings.found), self._root)
            return self._check(_Run(settings, findings, on_progress, self._root, self._known), leg)

    def _check(self, run: _Run, leg: Leg | None) -> Report:
        started_at = datetime.now(UTC)
        findings = run.findings
        pool = self._pool = self._pool or self._started(len(findings.found))
        ended = None
        try:
            with closing(pool.check_more(run.subjects())) as outcomes:
                for sha256, outcome in outcomes:
                    run.settle(sha256, outcome)
        except SystemExit as end:
            ended = end
            run.give_up()
            self._resources.close()  # ends what the workers are at
        self._known = run.outcomes
        extism = pool.extism_version
        artifacts = run.artifacts(leg)
        report = Report(
            engine=Engine(extism=extism, wasmtime=WASMTIME_OF.get(extism or "")),
            started_at=started_at,
            finished_at=datetime.now(UTC),
            summary=Summary.of(artifact.status for artifact in artifacts),
            artifacts=[],
            problems=[
                *map(_problem, findings.problems),
                *run.problems(),
                *map(_fault, dict.fromkeys(map(told_fault, [*pool.faults, *run.faults]))),
            ],
            legs=[leg] if leg else [],
            sandbox=[
                SandboxLayer(name=name, holds=holds, detail=detail)
                for name, holds, detail in pool.layers
            ],
        ).model_copy(update={"artifacts": artifacts, "patch": run.patch})
        if ended is not None:
            raise Ended(report, int(ended.code or 0))
        return report

    def _started(self, artifacts: int) -> Pool:
        """Return the workers for about so many artifacts. Raises ``SettingsError``."""
        settings = self._settings
        try:
            cache = CompilationCache(settings.cache_dir)
        except CacheUnusable as error:
            message = f"--cache-dir (input `cache-dir`) cannot be used: {error}."
            raise SettingsError([message]) from error
        self._resources.enter_context(cache)
        jobs = min(settings.jobs, max(artifacts, 1))
        further = FurtherRuns(settings.warn_at, settings.measure_fuel)
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
            slow_from_ms=SELF_CHECK_WALL_MS * settings.warn_at / 100,
        )
        return self._resources.enter_context(pool)


def _problem(problem: PathProblem) -> Problem:
    return Problem(
        path=problem.path, message=problem.message, is_usage_error=problem.is_usage_error
    )


def _fault(told: str) -> Problem:
    message = f"A verdict stands, and could not be explained in full. {told}"
    return Problem(path="", message=message, is_usage_error=False)


class _Run:
    def __init__(
        self,
        settings: CheckSettings,
        findings: Findings,
        on_progress: OnProgress,
        root: Path,
        known: Outcomes | None,
    ) -> None:
        self._settings = settings
        self.findings = findings
        self._found = findings.found
        self._contents: dict[str, _Content] = {}
        self._are_many = len(findings.found) >= PACKED_FROM
        self.outcomes = known or Outcomes(packed=self._are_many)
        self._waiting: set[str] = set()
        self._done = 0
        self._is_given_up = False
        self._elsewhere = 0
        self.faults: list[Exception] = []
        """What went wrong in explaining: each verdict stands."""
        self._on_progress = on_progress
        repository = Repository.around(root, os.environ)
        self._sources = Sources(repository)
        self._locator = Locator(repository)
        self._suggester = Suggester(repository, self._locator)

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
        self._is_given_up = True
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

    def artifacts(self, leg: Leg | None) -> Sequence[Artifact]:
        """Return an entry a path, in the order of the paths."""
        shown = (found.shown for found in self._found)
        artifacts = (self._artifact(path, leg) for path in shown if path in self._contents)
        return PackedArtifacts(artifacts) if self._are_many else list(artifacts)

    def _artifact(self, shown: str, leg: Leg | None) -> Artifact:
        content = self._contents[shown]
        outcome = content.outcome or self.outcomes[content.sha256 or ""]
        try:
            outcome, finding = self._explained(shown, outcome)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs no verdict
            self.faults.append(error)
            finding = unexplained(outcome)
        return Artifact(
            path=shown,
            sha256=content.sha256,
            size=content.size,
            status=outcome.status,
            verdict=outcome.verdict,
            reason=outcome.reason,
            finding=finding,
            evidence=outcome.evidence,
            legs=[leg.name] if leg else [],
        )

    def _explained(self, shown: str, outcome: Outcome) -> tuple[Outcome, Finding | None]:
        """Return the outcome with what the sources tell, and the finding on it."""
        outcome = self._sources.added_to(outcome, shown)
        finding = explain(outcome)
        if finding is None:
            return outcome, None
        location = self._locator.locate(shown, outcome)
        if location is not None:
            finding = finding.model_copy(update={"location": location})
            suggestion = self._suggester.suggest(finding, outcome, shown)
            finding = finding.model_copy(update={"suggestion": suggestion})
        finding.model_dump_json()  # what cannot be written down would cost the whole report
        return outcome, finding

    @property
    def patch(self) -> str | None:
        """What mends all that can be mended by rule, once all artifacts were asked for."""
        return self._suggester.patch

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the run as a whole: no plugin in any part, or its early end."""
        if self._is_given_up:
            yield Problem(path="", message=_ENDED_EARLY, is_usage_error=False)
            return
        contents = self._contents.values()
        if_none = self._settings.if_no_plugins
        all_skipped = all(item.outcome and item.outcome.status == "skipped" for item in contents)
        if if_none != "ignore" and all_skipped and not self._elsewhere:
            yield Problem(path="", message=_NO_PLUGIN, is_usage_error=if_none == "fail")


def _skipped(reason: str, evidence: Evidence | None = None) -> Outcome:
    evidence = evidence or Evidence()
    return Outcome(status="skipped", verdict=None, reason=reason, evidence=evidence)

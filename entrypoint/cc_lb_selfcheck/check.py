"""The main job: find the artifacts, run each as the host would, explain, report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.artifacts.find import Findings, Found, find
from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.artifacts.read import Unreadable, read_artifact
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.host.cache import CacheUnusable, CompilationCache
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.host.pool import Pool, Subject, undetermined
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.report.model import Artifact, Engine, Problem, Report, Summary
from cc_lb_selfcheck.settings import CheckSettings, SettingsError, processors
from cc_lb_selfcheck.wasm.outline import read_outline

WASMTIME_OF: Final = {"1.41.0": "49.0.2"}
"""The wasmtime in each release of extism-sys, which its C API does not tell."""


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
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Check everything that the settings name, seen from ``root``, and return the report.

    ``first_worker`` was started early; ``on_progress`` is told how many of how many paths are
    done. Raises ``SettingsError`` for a cache directory that cannot be used.
    """
    started_at = datetime.now(UTC)
    findings = find(settings.paths, settings.exclude, root)
    run = _Run(settings, findings, on_progress)
    try:
        cache = CompilationCache(settings.cache_dir)
    except CacheUnusable as error:
        message = f"--cache-dir (input `cache-dir`) cannot be used: {error}."
        raise SettingsError([message]) from error
    with cache:
        jobs = min(settings.jobs, max(len(findings.found), 1))
        pool = Pool(
            jobs=jobs,
            deadline_s=settings.deadline,
            cache_config=cache.config,
            # Workers fill the processors already; more threads would only take turns.
            threads=max(processors() // jobs, 1),
            first=first_worker,
        )
        with closing(pool.check(run.subjects())) as outcomes:
            for sha256, outcome in outcomes:
                run.settle(sha256, outcome)
    extism = pool.extism_version
    artifacts = run.artifacts()
    return Report(
        engine=Engine(extism=extism, wasmtime=WASMTIME_OF.get(extism or "")),
        started_at=started_at,
        finished_at=datetime.now(UTC),
        summary=Summary.of(artifact.status for artifact in artifacts),
        artifacts=artifacts,
        problems=[
            Problem(
                path=problem.path,
                message=problem.message,
                is_usage_error=problem.is_usage_error,
            )
            for problem in findings.problems
        ],
    )


class _Run:
    def __init__(
        self, settings: CheckSettings, findings: Findings, on_progress: Callable[[int, int], None]
    ) -> None:
        self._check_unmarked = settings.unmarked == "check"
        self._found = findings.found
        self._contents: dict[str, _Content] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._waiting: dict[str, int] = {}
        self._done = 0
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
            data = read_artifact(found.path)
        except Unreadable as error:
            outcome = undetermined(str(error))
            self._contents[found.shown] = _Content(None, error.size, outcome)
            return None
        sha256 = hashlib.sha256(data).hexdigest()
        outline = read_outline(data)
        if not (found.named or self._check_unmarked or is_marked(outline)):
            outcome = _skipped(why_unmarked(outline), Evidence.of(outline))
            self._contents[found.shown] = _Content(sha256, len(data), outcome)
            return None
        self._contents[found.shown] = _Content(sha256, len(data), None)
        if sha256 in self._waiting:
            self._waiting[sha256] += 1
            return None
        self._waiting[sha256] = 1

        def reload() -> bytes | None:
            try:
                again = read_artifact(found.path)
            except Unreadable:
                return None
            return again if hashlib.sha256(again).hexdigest() == sha256 else None

        return Subject(sha256, data, outline, reload)

    def settle(self, sha256: str, outcome: Outcome) -> None:
        """Keep the outcome of a content."""
        self._outcomes[sha256] = outcome
        self._done += 1
        self._on_progress(self._done, len(self._found))

    def artifacts(self) -> list[Artifact]:
        """Return an entry a path, in the order of the paths."""
        return [self._artifact(found.shown) for found in self._found]

    def _artifact(self, shown: str) -> Artifact:
        content = self._contents[shown]
        outcome = content.outcome or self._outcomes[content.sha256 or ""]
        return Artifact.of(shown, content.sha256, content.size, outcome, explain(outcome))


def _skipped(reason: str, evidence: Evidence | None = None) -> Outcome:
    evidence = evidence or Evidence()
    return Outcome(status="skipped", verdict=None, reason=reason, evidence=evidence)


def exit_status(report: Report, settings: CheckSettings) -> int:
    """Return the command's exit status: 2 wrong usage, 1 refused, 3 undetermined, else 0.

    Wrong usage comes first: then something was not checked that should have been.
    """
    summary = report.summary
    if any(problem.is_usage_error for problem in report.problems):
        return 2
    if summary.artifacts == summary.skipped and settings.if_no_plugins == "fail":
        return 2
    if summary.refused and settings.fail_on != "never":
        return 1
    if summary.undetermined and settings.fail_on == "any":
        return 3
    return 0

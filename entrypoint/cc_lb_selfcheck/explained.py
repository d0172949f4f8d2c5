"""The report of a run: each verdict, and what explains it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cc_lb_selfcheck.artifacts.find import Problem as PathProblem
from cc_lb_selfcheck.contents import Contents, Judged
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.faults import told_fault
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.report.model import (
    Artifact,
    Engine,
    Leg,
    Problem,
    Report,
    SandboxLayer,
    Summary,
)
from cc_lb_selfcheck.settings import CheckSettings

if TYPE_CHECKING:  # imported where something is refused
    from cc_lb_selfcheck.diagnosis.refusals import Refusals

_NO_PLUGIN: Final = "No plugin was found. Name the artifacts that the build writes"
_OR_WARN: Final = ", or say `--if-no-plugins warn`"
ENDED_EARLY: Final = "The run was ended before all was checked."


def report_of(
    contents: Contents,
    pool: Pool,
    settings: CheckSettings,
    root: Path,
    *,
    started_at: datetime,
    found_wrong: Iterable[PathProblem] = (),
    leg: Leg | None = None,
) -> Report:
    """Explain what came of the contents, with the sources around ``root``, and report it."""
    explaining = _Explaining(root)
    artifacts = explaining.artifacts(contents, leg)
    faults = [*pool.faults, *explaining.faults]
    return Report(
        engine=Engine.of(pool.extism_version),
        started_at=started_at,
        finished_at=datetime.now(UTC),
        summary=Summary.of(artifact.status for artifact in artifacts),
        artifacts=[],
        problems=[
            *map(_problem, found_wrong),
            *_of_the_whole(contents, settings),
            *map(_fault, dict.fromkeys(map(told_fault, faults))),
        ],
        legs=[leg] if leg else [],
        sandbox=[
            SandboxLayer(name=name, holds=holds, detail=detail)
            for name, holds, detail in pool.layers
        ],
    ).model_copy(update={"artifacts": artifacts, "patch": explaining.patch})


def _problem(problem: PathProblem) -> Problem:
    return Problem(
        path=problem.path, message=problem.message, is_usage_error=problem.is_usage_error
    )


def _fault(told: str) -> Problem:
    message = f"A verdict stands, and could not be explained in full. {told}"
    return Problem(path="", message=message, is_usage_error=False)


def _of_the_whole(contents: Contents, settings: CheckSettings) -> Iterator[Problem]:
    """Yield what is wrong with the run as a whole: no plugin in any part, or its early end."""
    if contents.are_given_up:
        yield Problem(path="", message=ENDED_EARLY, is_usage_error=False)
    elif settings.if_no_plugins != "ignore" and contents.have_no_plugin:
        fails = settings.if_no_plugins == "fail"
        message = f"{_NO_PLUGIN}{_OR_WARN if fails else ''}."
        yield Problem(path="", message=message, is_usage_error=fails)


class _Explaining:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._refusals: Refusals | None = None
        self.faults: list[Exception] = []
        """What went wrong in explaining: each verdict stands."""

    def artifacts(self, contents: Contents, leg: Leg | None) -> Sequence[Artifact]:
        """Return an entry a path, in the order of the paths."""
        artifacts = (self._artifact(judged, leg) for judged in contents.judged())
        if not contents.are_many:
            return list(artifacts)
        from cc_lb_selfcheck.report.packed import PackedArtifacts

        return PackedArtifacts(artifacts)

    @property
    def patch(self) -> str | None:
        """What mends all that can be mended by rule, once all artifacts were asked for."""
        return self._refusals.patch if self._refusals else None

    def _artifact(self, judged: Judged, leg: Leg | None) -> Artifact:
        outcome = judged.outcome
        try:
            outcome, finding = self._explained(judged.shown, outcome)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs no verdict
            from cc_lb_selfcheck.diagnosis.findings import unexplained

            self.faults.append(error)
            finding = unexplained(outcome)
        return Artifact(
            path=judged.shown,
            sha256=judged.sha256,
            size=judged.size,
            status=outcome.status,
            verdict=outcome.verdict,
            reason=outcome.reason,
            finding=finding,
            evidence=outcome.evidence,
            legs=[leg.name] if leg else [],
        )

    def _explained(self, shown: str, outcome: Outcome) -> tuple[Outcome, Finding | None]:
        """Return the outcome with what the sources tell, and the finding on it."""
        if outcome.status != "refused":
            return outcome, explain(outcome)
        self._refusals = self._refusals or _refusals_around(self._root)
        return self._refusals.explained(shown, outcome)


def _refusals_around(root: Path) -> Refusals:
    from cc_lb_selfcheck.diagnosis.refusals import Refusals
    from cc_lb_selfcheck.diagnosis.repository import Repository

    return Refusals(Repository.around(root, os.environ))

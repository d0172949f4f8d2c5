"""The check run, made when asked for: annotations in batches, and a conclusion that is true.

Source: GitHub Docs, "REST API endpoints for check runs".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from github.CheckRun import CheckRun

from cc_lb_selfcheck.report.markdown import headline
from cc_lb_selfcheck.report.merge import is_whole
from cc_lb_selfcheck.report.model import Artifact, Report, shared_blocks
from cc_lb_selfcheck.surfaces.markdown import Markdown
from cc_lb_selfcheck.surfaces.plain import PlainText, plain

from .api import ApiError, GitHubApi, Unavailable

BATCH_MAX: Final = 50
SUMMARY_MAX_BYTES: Final = 65_000
"""GitHub refuses an output's summary above 65,535 bytes."""
_TITLE_MAX_CHARS: Final = 255
_NAME_MAX_CHARS: Final = 2_000
_MESSAGE_MAX_CHARS: Final = 16_000
"""GitHub takes 64 KiB; a character has four bytes at most."""
_ROUNDS_MAX: Final = 8
_BADNESS: Final = {"success": 0, "neutral": 1, "failure": 2}


class CheckRunText(NamedTuple):
    """What a check run says."""

    name: PlainText
    conclusion: str
    title: PlainText
    summary: Markdown
    annotations: list[dict[str, Any]]

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the annotations, at most ``BATCH_MAX`` at a time; an empty batch without any."""
        for start in range(0, max(len(self.annotations), 1), BATCH_MAX):
            yield self.annotations[start : start + BATCH_MAX]


def conclusion_of(report: Report, status: int) -> str:
    """Return the conclusion: success only where every plugin of every leg was accepted."""
    if status != 0:
        return "failure"
    summary = report.summary
    all_passed = summary.passed > 0 and summary.passed + summary.skipped == summary.artifacts
    return "success" if all_passed and is_whole(report) else "neutral"


def check_run_text(report: Report, status: int, comment_id: str, summary: Markdown) -> CheckRunText:
    """Return what the check run of a report says."""
    name = f"cc-lb-selfcheck ({comment_id})" if comment_id else "cc-lb-selfcheck"
    return CheckRunText(
        name=plain(name, _NAME_MAX_CHARS),
        conclusion=conclusion_of(report, status),
        title=plain(headline(report), _TITLE_MAX_CHARS),
        summary=summary,
        annotations=list(annotations_of(report)),
    )


def annotations_of(report: Report) -> Iterator[dict[str, Any]]:
    """Yield an annotation for each finding with a place in a file of the repository."""
    for artifact, paths in shared_blocks(report.worst_first()):
        annotation = _annotation(artifact, paths)
        if annotation is not None:
            yield annotation


def _annotation(artifact: Artifact, paths: list[str]) -> dict[str, Any] | None:
    finding = artifact.finding
    if finding is None or finding.location is None or not finding.location.in_repository:
        return None
    place = finding.location
    line = place.line or 1
    lines = [f"{', '.join(paths[:5])}: {finding.title}.", finding.cause, finding.fix]
    words = "\n".join(filter(None, [*lines, finding.hint]))
    column = {"start_column": place.column, "end_column": place.column} if place.column else {}
    return {
        "path": place.path,
        "start_line": line,
        "end_line": line,
        **column,
        "annotation_level": "failure" if artifact.status == "refused" else "warning",
        "title": plain(f"{finding.title} ({finding.id})", _TITLE_MAX_CHARS),
        "message": plain(words, _MESSAGE_MAX_CHARS, lines=True),
    }


class CheckRuns:
    """The check runs of a workflow run on a commit: one of each step that publishes.

    GitHub shows the latest of a name. Each step knows a part, so all of them have to tell the worst
    of their results, and only the step that told it may better it. Nobody writes into another's but
    what is worse, and everybody looks again after each write: so no order of writes hides a result.
    """

    def __init__(
        self, api: GitHubApi, sha: str, text: CheckRunText, *, run_id: str, writer: str = ""
    ) -> None:
        """Take what to say; ``run_id`` tells the run apart from others, ``writer`` the step."""
        self._api = api
        self._sha = sha
        self._text = text
        self._run_id = run_id
        self._id = f"{run_id}#{writer}" if writer else run_id
        self._badness = _BADNESS[text.conclusion]

    def make(self, run_url: str | None) -> bool:
        """Make ours, complete, unless another step told something worse; tell whether.

        Raises ``ApiError``.
        """
        wrote = False
        for _ in range(_ROUNDS_MAX):
            standing = self._standing()
            worse = [check for check in standing if self._is_worse(check)]
            if not worse and not wrote:
                self._write(standing, run_url)
                wrote = True
                continue
            worst = max(standing, key=_badness_of, default=None)
            better = [check for check in standing if worst and _is_better(check, worst)]
            if worst is None or not better:
                return not worse
            for check in better:
                self._lower(check, worst)
        raise Unavailable("Others kept changing the check run; it may be out of date.")

    def _write(self, standing: list[CheckRun], run_url: str | None) -> None:
        own = [check for check in standing if self._is_own(check)]
        for check in own:
            # A second publication of the same step: GitHub has the annotations already.
            _edit(self._api, check, {"output": _output(self._text, []), **self._done}, 0)
        if not own:
            self._create(run_url)

    def _standing(self) -> list[CheckRun]:
        # Of one name GitHub lists the latest alone, unless asked for all.
        commit = self._api.repository.get_commit(self._sha)
        found = self._api.read(
            "read the check runs",
            lambda: list(commit.get_check_runs(check_name=self._text.name, filter="all")),
        )
        return [check for check in found if self._is_of_run(check)]

    def _is_of_run(self, check: CheckRun) -> bool:
        told = check.external_id or ""
        return self._run_id in (told, told.rpartition("#")[0])

    def _is_own(self, check: CheckRun) -> bool:
        return check.external_id == self._id

    def _is_worse(self, check: CheckRun) -> bool:
        return not self._is_own(check) and _badness_of(check) > self._badness

    @property
    def _done(self) -> dict[str, Any]:
        done = {"status": "completed", "conclusion": self._text.conclusion}
        return {**done, "external_id": self._id}

    def _create(self, run_url: str | None) -> None:
        """Make one, and complete it with the last of the batches."""
        first, *rest = self._text.batches()
        state = {"status": "in_progress", "external_id": self._id} if rest else self._done
        link: dict[str, Any] = {"details_url": run_url} if run_url else {}

        def post() -> CheckRun:
            made = self._api.repository.create_check_run(
                self._text.name, self._sha, output=_output(self._text, first), **link, **state
            )
            if not isinstance(made.id, int):
                raise TypeError("an answer without a check run")
            return made

        def landed() -> CheckRun | None:
            return next(filter(self._is_own, self._standing()), None)

        check = self._api.write("make a check run", post, landed)
        self._send(check, rest, len(first))

    def _send(self, check: CheckRun, batches: list[list[dict[str, Any]]], sent: int) -> None:
        """Add batches of annotations to those ``sent``, and complete the check run with the last.

        GitHub appends each batch to those before. Where one fails, the check run is completed
        without the rest rather than left running for ever.
        """
        try:
            for number, batch in enumerate(batches, 1):
                sent += len(batch)
                last = self._done if number == len(batches) else {}
                _edit(self._api, check, {"output": _output(self._text, batch), **last}, sent)
        except ApiError:
            _edit(self._api, check, {"output": _output(self._text, []), **self._done}, 0)
            raise

    def _lower(self, check: CheckRun, worst: CheckRun) -> None:
        """Let a check run say what the worst does, whose it is from then on."""
        told = {"title": worst.output.title, "summary": worst.output.summary, "annotations": []}
        change = {
            "status": "completed",
            "conclusion": worst.conclusion,
            "external_id": worst.external_id,
            "output": told,
        }
        _edit(self._api, check, change, 0)


def _badness_of(check: CheckRun) -> int:
    """Return how bad a conclusion is; one that is still to come tells nothing yet."""
    return -1 if check.conclusion is None else _BADNESS.get(check.conclusion, 0)


def _is_better(check: CheckRun, worst: CheckRun) -> bool:
    return check.conclusion is not None and _badness_of(check) < _badness_of(worst)


def _edit(api: GitHubApi, check: CheckRun, change: dict[str, Any], annotations: int) -> None:
    """Change a check run, which then has so many annotations; 0: where they tell nothing."""

    def landed() -> bool | None:
        if not annotations:
            return None
        now = api.read("read its check run", lambda: api.repository.get_check_run(check.id))
        return now.output.annotations_count >= annotations or None

    api.write("complete its check run", lambda: check.edit(**change), landed)


def _output(text: CheckRunText, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": text.title, "summary": text.summary, "annotations": annotations}

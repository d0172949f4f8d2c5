"""The check run, made when asked for, which tells the worst of what the steps of a run tell.

Source: GitHub Docs, "REST API endpoints for check runs".
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from github.CheckRun import CheckRun

from .api import ApiError, GitHubApi, Unavailable
from .check_text import CheckRunText
from .event import RunId

_ROUNDS_MAX: Final = 8
_ID_MAX_CHARS: Final = 200
_LABEL: Final = re.compile(
    r"([0-9]{1,18})/([0-9]{1,9})/(.*)#([^#=>]*)(?:=([012])>([^#=>]*))?", re.DOTALL
)
_TITLE: Final = "A job of this run has not accepted everything"
_SUMMARY: Final = "Its own summary tells more, and so do its annotations."
_BADNESS: Final = {"success": 0, "neutral": 1, "failure": 2}
Made: TypeAlias = Literal["made", "worse", "superseded"]
"""``worse``: another step of the run told something worse, which was left."""


class Label(NamedTuple):
    """What the ``external_id`` of a check run of ours tells: whose it is, and whose result it has.

    ``maker`` is the step that made it, in an ``attempt`` at a ``run``. ``teller`` is the step whose
    result it shows, which is a worse one's at times; ``badness`` is the maker's own then.
    """

    run: int
    attempt: int
    comment_id: str
    maker: str
    teller: str
    badness: int = 0

    def text(self) -> str:
        """Return it as GitHub keeps it."""
        shown = f"={self.badness}>{self.teller}" if self.teller != self.maker else ""
        return f"{self.run}/{self.attempt}/{self.comment_id}#{self.maker}{shown}"

    @classmethod
    def read(cls, text: str) -> Label | None:
        """Read what ``text`` returned; None for anything else."""
        found = _LABEL.fullmatch(text)
        if found is None:
            return None
        run, attempt, comment_id, maker, badness, teller = found.groups()
        whose = maker if teller is None else teller
        return cls(int(run), int(attempt), comment_id, maker, whose, int(badness or 0))


class _Standing(NamedTuple):
    """A check run of ours that is there."""

    check: CheckRun
    label: Label

    @property
    def shown(self) -> int:
        """How bad its conclusion is; one that is still to come tells nothing yet."""
        conclusion = self.check.conclusion
        return -1 if conclusion is None else _BADNESS.get(conclusion, 0)

    @property
    def own(self) -> int:
        """How bad what its maker told is."""
        return self.shown if self.label.maker == self.label.teller else self.label.badness


class CheckRuns:
    """The check runs of a workflow run on a commit: one of each step that publishes.

    GitHub shows the latest of a name. Each step knows a part, so all of them have to tell the worst
    of their results, and only the step that told it may better it, in whichever attempt. Nobody
    writes into another's but what is worse, and everybody looks again after each write: so no order
    of writes hides a result.
    """

    def __init__(
        self,
        api: GitHubApi,
        sha: str,
        text: CheckRunText,
        *,
        run: RunId,
        comment_id: str = "",
        writer: str = "",
    ) -> None:
        """Take what to say; ``run`` tells the run apart from others, ``writer`` the step."""
        self._api = api
        self._sha = sha
        self._text = text
        self._label = Label(run.number, run.attempt, comment_id[:_ID_MAX_CHARS], writer, writer)
        self._badness = _BADNESS[text.conclusion]

    def make(self, run_url: str | None) -> Made:
        """Make ours, complete, unless another step told something worse; tell what became of it.

        Raises ``ApiError``.
        """
        told: Made | None = None
        for _ in range(_ROUNDS_MAX):
            standing = self._standing()
            if any(self._is_mine(item) and self._is_later(item) for item in standing):
                return "superseded"
            worst = max(standing, key=lambda item: item.shown, default=None)
            outcome: Made = "worse" if worst and self._is_worse(worst) else "made"
            if told != outcome:
                if worst and outcome == "worse":
                    self._note(standing, worst, run_url)
                else:
                    self._write(standing, run_url)
                told = outcome
                continue
            better = [item for item in standing if worst and -1 < item.shown < worst.shown]
            if worst is None or not better:
                return outcome
            for item in better:
                self._lower(item, worst)
        raise Unavailable("Others kept changing the check run; it may be out of date.")

    def _write(self, standing: list[_Standing], run_url: str | None) -> None:
        for item in standing:
            if self._is_ours_again(item):
                # GitHub has the annotations already.
                self._change(item, self._done(item))
            elif item.label.teller == self._label.maker and not self._is_mine(item):
                is_worse = item.own > self._badness
                self._give_back(item) if is_worse else self._change(item, self._done(item))
        if not any(map(self._is_ours_again, standing)):
            self._create(run_url)

    def _note(self, standing: list[_Standing], worst: _Standing, run_url: str | None) -> None:
        """Keep what we told in a check run that shows what the worst does."""
        shown = _showing(worst)
        label = self._label._replace(teller=worst.label.teller, badness=self._badness)
        done = {**shown, "external_id": label.text()}
        mine = [item for item in standing if self._is_mine(item)]
        for item in mine:
            if item.label != label:
                _edit(self._api, item.check, done, 0)
        if not mine and self._badness:
            self._post({**done, **_linked(run_url)}, label)

    def _is_ours_again(self, item: _Standing) -> bool:
        return self._is_mine(item) and item.label.attempt == self._label.attempt

    def _standing(self) -> list[_Standing]:
        """Return the check runs of the run, of each step that of its last attempt."""
        # Of one name GitHub lists the latest alone, unless asked for all.
        commit = self._api.repository.get_commit(self._sha)
        found = self._api.read(
            "read the check runs",
            lambda: list(commit.get_check_runs(check_name=self._text.name, filter="all")),
        )
        labels = ((check, Label.read(check.external_id or "")) for check in found)
        read = [_Standing(check, label) for check, label in labels if label is not None]
        ours = [item for item in read if self._is_of_run(item.label)]
        last = {label.maker: label.attempt for label in sorted(item.label for item in ours)}
        return [item for item in ours if item.label.attempt == last[item.label.maker]]

    def _is_of_run(self, label: Label) -> bool:
        return (label.run, label.comment_id) == (self._label.run, self._label.comment_id)

    def _is_mine(self, item: _Standing) -> bool:
        return item.label.maker == self._label.maker

    def _is_later(self, item: _Standing) -> bool:
        return item.label.attempt > self._label.attempt

    def _is_worse(self, item: _Standing) -> bool:
        return item.label.teller != self._label.maker and item.shown > self._badness

    def _done(self, item: _Standing | None = None) -> dict[str, Any]:
        """Return what completes a check run with our result, ours or another's."""
        label = self._label
        if item is not None and not self._is_mine(item):
            label = item.label._replace(teller=label.teller, badness=item.own)
        done = {"status": "completed", "conclusion": self._text.conclusion}
        return {**done, "external_id": label.text()}

    def _create(self, run_url: str | None) -> None:
        """Make one, and complete it with the last of the batches."""
        first, *rest = self._text.batches()
        waiting = {"status": "in_progress", "external_id": self._label.text()}
        state = waiting if rest else self._done()
        told = {"output": _output(self._text, first), **_linked(run_url), **state}
        check = self._post(told, self._label)
        self._send(check, rest, len(first))

    def _post(self, told: dict[str, Any], label: Label) -> CheckRun:
        def post() -> CheckRun:
            repository = self._api.repository
            made = repository.create_check_run(self._text.name, self._sha, **told)
            if not isinstance(made.id, int):
                raise TypeError("an answer without a check run")
            return made

        def landed() -> CheckRun | None:
            found = (item for item in self._standing() if item.label == label)
            return next((item.check for item in found), None)

        return self._api.write("make a check run", post, landed)

    def _send(self, check: CheckRun, batches: list[list[dict[str, Any]]], sent: int) -> None:
        """Add batches of annotations to those ``sent``, and complete the check run with the last.

        GitHub appends each batch to those before. Where one fails, the check run is completed
        without the rest rather than left running for ever.
        """
        try:
            for number, batch in enumerate(batches, 1):
                sent += len(batch)
                last = self._done() if number == len(batches) else {}
                _edit(self._api, check, {"output": _output(self._text, batch), **last}, sent)
        except ApiError:
            _edit(self._api, check, {"output": _output(self._text, []), **self._done()}, 0)
            raise

    def _change(self, item: _Standing, done: dict[str, Any]) -> None:
        _edit(self._api, item.check, {"output": _output(self._text, []), **done}, 0)

    def _lower(self, item: _Standing, worst: _Standing) -> None:
        """Let a check run show what the worst does."""
        label = item.label._replace(teller=worst.label.teller, badness=item.own)
        _edit(self._api, item.check, {**_showing(worst), "external_id": label.text()}, 0)

    def _give_back(self, item: _Standing) -> None:
        """Let a check run that showed ours conclude as its maker did, whose words are lost."""
        conclusion = next(name for name, badness in _BADNESS.items() if badness == item.own)
        change = {
            "status": "completed",
            "conclusion": conclusion,
            "external_id": item.label._replace(teller=item.label.maker, badness=0).text(),
            "output": {"title": _TITLE, "summary": _SUMMARY, "annotations": []},
        }
        _edit(self._api, item.check, change, 0)


def _showing(item: _Standing) -> dict[str, Any]:
    """Return what lets another check run show what this one does."""
    told = item.check.output
    output = {"title": told.title, "summary": told.summary, "annotations": []}
    return {"status": "completed", "conclusion": item.check.conclusion, "output": output}


def _linked(run_url: str | None) -> dict[str, Any]:
    return {"details_url": run_url} if run_url else {}


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

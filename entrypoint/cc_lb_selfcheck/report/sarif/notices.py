"""What is to be said of the run itself: notifications of SARIF."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Literal, TypeAlias

from cc_lb_selfcheck.surfaces.sarif import sarif_text

from ..merge import disagreements, missing_legs
from ..model import Artifact, Problem, Report
from .results import place_of_uri, shown_uri

Kind: TypeAlias = Literal["UNDETERMINED", "SKIPPED", "PROBLEM", "USAGE", "LEFT-OUT"]
_WORDS: Final[dict[Kind, tuple[str, str, str]]] = {
    "UNDETERMINED": (
        "error",
        "There is no verdict on an artifact.",
        "The message says why. The host may judge it all the same.",
    ),
    "SKIPPED": (
        "note",
        "A file was not checked.",
        "It bears no mark of a plugin, or cannot be opened safely. Name it to have it checked.",
    ),
    "PROBLEM": (
        "warning",
        "Something is wrong with the run or a path.",
        "Something may be missing among the results; the message says what.",
    ),
    "USAGE": (
        "error",
        "A path or pattern that was given cannot be used.",
        "Mend what was given; everything else was checked all the same.",
    ),
    "LEFT-OUT": (
        "warning",
        "Something was left out for size.",
        "GitHub takes 25,000 results and 10 MB. The JSON report holds all.",
    ),
}
"""What each kind of notification stands for: its level, what it says, and what to make of it."""
_NOTICES_MAX: Final = 1_000


def descriptors() -> list[dict[str, Any]]:
    """Return the kinds of notifications."""
    return [
        {
            "id": _id(kind),
            "name": "".join(part.title() for part in kind.split("-")),
            "shortDescription": {"text": words},
            "fullDescription": {"text": f"{words} {advice}"},
            "help": {"text": advice},
            "defaultConfiguration": {"level": level},
        }
        for kind, (level, words, advice) in _WORDS.items()
    ]


def notice(kind: Kind, sentence: str, path: str = "", folder: str = "") -> dict[str, Any]:
    """Return a notification."""
    told: dict[str, Any] = {
        "descriptor": {"id": _id(kind), "index": list(_WORDS).index(kind)},
        "level": _WORDS[kind][0],
        "message": {"text": sarif_text(sentence)},
    }
    if path:
        location = {"artifactLocation": place_of_uri(shown_uri(path, folder))}
        told["locations"] = [{"physicalLocation": location}]
    return told


def on_execution(report: Report, folder: str) -> list[dict[str, Any]]:
    """Return what is to be said of the run: what has no verdict, and what went wrong."""
    return _bounded(_on_execution(report, folder))


def _on_execution(report: Report, folder: str) -> Iterator[dict[str, Any]]:
    for problem in report.problems:
        if not problem.is_usage_error:
            yield _of_problem("PROBLEM", problem, folder)
    for sentence in (*missing_legs(report), *disagreements(report)):
        yield notice("PROBLEM", sentence)
    for artifact in report.worst_first():
        if artifact.status == "undetermined":
            yield _of_artifact("UNDETERMINED", artifact, folder)
    for artifact in report.artifacts:
        if artifact.status == "skipped":
            yield _of_artifact("SKIPPED", artifact, folder)


def on_configuration(report: Report, folder: str) -> list[dict[str, Any]]:
    """Return what is to be said of how the run was set up: wrong usage."""
    return _bounded(
        _of_problem("USAGE", problem, folder)
        for problem in report.problems
        if problem.is_usage_error
    )


def _of_artifact(kind: Kind, artifact: Artifact, folder: str) -> dict[str, Any]:
    return notice(kind, f"'{artifact.path}': {artifact.reason}", artifact.path, folder)


def _of_problem(kind: Kind, problem: Problem, folder: str) -> dict[str, Any]:
    return notice(kind, str(problem), problem.path, folder)


def _bounded(notices: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    shown = list(islice(notices, _NOTICES_MAX))
    more = sum(1 for _ in notices)
    return [*shown, notice("LEFT-OUT", f"{more:,} more are not told here.")] if more else shown


def _id(kind: Kind) -> str:
    return f"CCLB-RUN-{kind}"

"""The check run: all annotations in batches, a conclusion that is true, and never two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest

from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.github.check_text import SUMMARY_MAX_BYTES, annotations_of
from cc_lb_selfcheck.github.publish import Published
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.model import Artifact, Leg, Report
from cc_lb_selfcheck.report.status import verdict_status
from cc_lb_selfcheck.settings import PublishSettings
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.github.checks import TEXT_LIMIT
from tests.support.github.model import CheckRun
from tests.support.hostile import strings
from tests.support.publishing import (
    HEAD,
    REPOSITORY,
    client,
    command,
    furnish,
    publisher,
    runner_environment,
    write_report,
)
from tests.support.reports import accepted, artifact, leg_report, refused, report, untold

POST = "POST */check-runs"
PATCH = "PATCH */check-runs/*"


class Place:
    """A fake of GitHub, a token for it, and its check runs."""

    def __init__(self, fake: FakeGitHub) -> None:
        self.fake = fake
        self.token = furnish(fake)

    def publish(self, told: Report, run: int = 100, **more: Any) -> Published:
        """Publish a report as a check run alone."""
        made = publisher(told, run, check_run=True, comment_mode="off", **more)
        return made.publish(client(self.fake, self.token))

    @property
    def only(self) -> CheckRun:
        [check] = self.fake.check_runs(REPOSITORY)
        return check


@pytest.fixture
def place() -> Iterator[Place]:
    with FakeGitHub() as fake:
        yield Place(fake)


def located(item: Artifact, **place: Any) -> Artifact:
    """Return an artifact whose finding has a place in the sources."""
    told = {
        "path": "src/lib.rs",
        "line": 3,
        "column": None,
        "function": None,
        "source": None,
        "in_repository": True,
    }
    assert item.finding is not None
    finding = item.finding.model_copy(update={"location": Location(**{**told, **place})})
    return item.model_copy(update={"finding": finding})


def annotated(count: int) -> Report:
    """Return a report with so many annotations, each on a line of its own, and a passing one."""
    items = [
        located(artifact(f"{n:04}.wasm", refused(Call(reason=f"{n}"))), line=n + 1)
        for n in range(count)
    ]
    return report(*items, artifact("ok.wasm", accepted()))


def lines_of(check: CheckRun) -> list[int]:
    return [annotation["start_line"] for annotation in check.annotations]


# Annotations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100, 101, 230])
def test_all_annotations_are_there_once_and_in_order(place: Place, count: int) -> None:
    told = place.publish(annotated(count))
    assert told.failures == []
    check = place.only
    assert lines_of(check) == list(range(1, count + 1))
    assert (check.status, check.conclusion) == ("completed", "failure" if count else "success")
    asked = [request for request in place.fake.requests if request.method in ("POST", "PATCH")]
    assert len(asked) == max(1, -(-count // 50))
    assert all(len(request.json["output"]["annotations"]) <= 50 for request in asked)
    # It is complete with its last batch, not before.
    assert ["conclusion" in request.json for request in asked] == [False] * (len(asked) - 1) + [
        True
    ]


def test_an_annotation_says_which_why_and_what_to_do() -> None:
    [annotation] = annotations_of(
        report(
            located(artifact("a.wasm", refused(Call(reason="x"), own_error=True)), line=7, column=4)
        )
    )
    assert (annotation["path"], annotation["start_line"], annotation["end_line"]) == (
        "src/lib.rs",
        7,
        7,
    )
    assert (annotation["start_column"], annotation["end_column"]) == (4, 4)
    assert annotation["annotation_level"] == "failure"
    assert annotation["message"].startswith("a.wasm: ")
    assert annotation["message"].count("\n") == 2
    assert annotation["title"].endswith("(CCLB-PLUGIN-ERROR)")


def test_only_files_of_the_repository_are_annotated() -> None:
    outcome = refused(Call(reason="x"))
    items = [
        artifact("nowhere.wasm", outcome),
        located(artifact("library.wasm", outcome), path="/rustc/lib.rs", in_repository=False),
        located(artifact("untold.wasm", untold()), line=None),
        artifact("ok.wasm", accepted()),
    ]
    [annotation] = annotations_of(report(*items))
    assert annotation["message"].startswith("untold.wasm: ")
    assert (annotation["start_line"], annotation["annotation_level"]) == (1, "warning")
    assert "start_column" not in annotation


def test_copies_of_one_content_share_an_annotation() -> None:
    items = [located(artifact(f"{n}.wasm", refused(), "same")) for n in range(9)]
    [annotation] = annotations_of(report(*items))
    assert annotation["message"].startswith("0.wasm, 1.wasm, 2.wasm, 3.wasm, 4.wasm: ")


def test_hostile_texts_are_within_githubs_limits(place: Place) -> None:
    texts = [text.encode("utf-8", "backslashreplace").decode() for text in strings(150)]
    items = [
        located(artifact(f"{text * 40}{n}", refused(Call(reason=text * 2_000)), str(n)))
        for n, text in enumerate(texts)
    ]
    assert place.publish(report(*items)).failures == []
    assert len(place.only.annotations) == len(items)
    for annotation in place.only.annotations:
        assert all(char in "\n\t" or category(char)[0] != "C" for char in annotation["message"])
        assert all(category(char)[0] != "C" for char in annotation["title"])


# What it says --------------------------------------------------------------------------------

LEGS = [Leg(name=f"test ({n})", job="test", number=n, total=2) for n in (1, 2)]
ONE = {("a.wasm", "x"): accepted()}
CASES: list[tuple[Report, dict[str, Any], str]] = [
    (report(artifact("a.wasm", accepted())), {}, "success"),
    (report(artifact("a.wasm", refused())), {}, "failure"),
    (report(artifact("a.wasm", untold())), {}, "failure"),
    (report(artifact("a.wasm", untold())), {"fail_on": "refused"}, "neutral"),
    (report(artifact("a.wasm", refused())), {"fail_on": "never"}, "neutral"),
    (report(artifact("a.wasm", refused())), {"continue_on_refusal": True}, "neutral"),
    (report(), {}, "neutral"),
    (report(artifact("a.wasm", untold("It is a link.", skipped=True))), {}, "neutral"),
    (
        report(artifact("a.wasm", accepted()), artifact("b", untold("A link.", skipped=True))),
        {},
        "success",
    ),
    (merge([leg_report(leg, ONE) for leg in LEGS]), {}, "success"),
    (leg_report(LEGS[0], ONE), {}, "neutral"),
]


@pytest.mark.parametrize(("told", "settings", "conclusion"), CASES)
def test_the_conclusion_is_true(
    place: Place, told: Report, settings: dict[str, Any], conclusion: str
) -> None:
    place.publish(told, **settings)
    assert place.only.conclusion == conclusion
    assert place.only.status == "completed"


@pytest.mark.parametrize(
    ("settings", "statuses"),
    [
        ({}, (0, 1, 3, 1)),
        ({"fail_on": "refused"}, (0, 1, 0, 1)),
        ({"fail_on": "never"}, (0, 0, 0, 0)),
        ({"continue_on_refusal": True}, (0, 0, 3, 3)),
        ({"continue_on_refusal": True, "fail_on": "refused"}, (0, 0, 0, 0)),
    ],
)
def test_a_refusal_that_is_let_pass_hides_nothing_else(
    settings: dict[str, Any], statuses: tuple[int, ...]
) -> None:
    chosen = PublishSettings(reports=("x",), **settings)
    green, red, odd = accepted(), refused(), untold()
    told = [[green], [green, red], [green, odd], [green, red, odd]]
    for outcomes, status in zip(told, statuses, strict=True):
        items = [artifact(f"{n}.wasm", outcome) for n, outcome in enumerate(outcomes)]
        assert verdict_status(report(*items), chosen) == status


def test_its_summary_is_within_githubs_limit(place: Place) -> None:
    items = [artifact(f"{'ä' * 100}{n}.wasm", refused(Call(reason="💥" * n))) for n in range(400)]
    assert place.publish(report(*items)).failures == []
    size = len((place.only.summary or "").encode())
    assert size <= SUMMARY_MAX_BYTES <= TEXT_LIMIT
    assert size > SUMMARY_MAX_BYTES * 0.8
    assert place.only.title == "❌ cc-lb would refuse 400 of 400 plugins"
    assert "Left out for size" in (place.only.summary or "")


def test_several_on_a_commit_are_told_apart_by_their_id(place: Place) -> None:
    for name in ("linux", "mac"):
        assert place.publish(annotated(1), comment_id=name).failures == []
    names = [check.name for check in place.fake.check_runs(REPOSITORY)]
    assert names == ["cc-lb-selfcheck (linux)", "cc-lb-selfcheck (mac)"]


# What goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", [fakes.hang_up("after"), fakes.bad_gateway("after")])
@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_never_makes_two(place: Place, how: fakes.How, times: int) -> None:
    place.fake.fail(POST, how, times=times)
    assert place.publish(annotated(101)).failures == []
    assert lines_of(place.only) == list(range(1, 102))
    assert place.only.conclusion == "failure"


def test_a_lost_answer_is_known_although_another_run_came_between(place: Place) -> None:
    """GitHub lists the latest of a name alone, unless asked for all."""

    def another() -> None:
        with place.fake.state.lock:
            mine = place.only
            new = place.fake.state.next_id("check")
            place.fake.state.checks[new] = replace(mine, id=new, external_id="another run")

    place.fake.fail(POST, fakes.hang_up("after"))
    place.fake.on_request(POST, another, effect="after")
    assert place.publish(annotated(1)).failures == []
    assert [check.external_id for check in place.fake.check_runs(REPOSITORY)] == [
        "100/1/#",
        "another run",
    ]


@pytest.mark.parametrize("how", [fakes.hang_up("after"), fakes.truncated()])
@pytest.mark.parametrize("number", [1, 2])
def test_no_annotation_is_made_twice(place: Place, how: fakes.How, number: int) -> None:
    seen = iter(range(1, 99))
    place.fake.fail(lambda method, _path: method == "PATCH" and next(seen) == number, how)
    assert place.publish(annotated(130)).failures == []
    assert lines_of(place.only) == list(range(1, 131))
    assert place.only.status == "completed"


@pytest.mark.parametrize("how", [fakes.hang_up(), fakes.bad_gateway(), fakes.secondary(1)])
def test_a_batch_that_was_not_made_is_made_again(place: Place, how: fakes.How) -> None:
    place.fake.fail(PATCH, how, times=2)
    assert place.publish(annotated(130)).failures == []
    assert lines_of(place.only) == list(range(1, 131))


def test_a_batch_that_fails_completes_the_run(place: Place) -> None:
    place.fake.fail(PATCH, fakes.error(422, "Validation Failed"))
    told = place.publish(annotated(130))
    [failure] = told.failures
    assert "GitHub did not let us complete its check run (422: Validation Failed)." in failure
    assert (place.only.status, place.only.conclusion) == ("completed", "failure")
    assert lines_of(place.only) == list(range(1, 51))


def test_a_second_publisher_of_one_run_repeats_nothing(place: Place) -> None:
    for _ in range(2):
        assert place.publish(annotated(101)).failures == []
    assert lines_of(place.only) == list(range(1, 102))
    assert place.publish(annotated(3), 101).failures == []
    assert len(place.fake.check_runs(REPOSITORY)) == 2


def test_an_answer_that_tells_no_check_run_is_no_success(place: Place) -> None:
    page = fakes.respond(200, b"<html>Hello</html>", {"content-type": "text/html"})
    place.fake.fail(POST, page, times=None)
    told = place.publish(annotated(1))
    assert told.done == []
    [failure] = told.failures
    assert "did not let us make a check run" in failure
    assert place.fake.check_runs(REPOSITORY) == []


def test_a_permission_that_is_missing_is_told(place: Place) -> None:
    place.token = place.fake.add_token(REPOSITORY, permissions={"pull_requests": "write"})
    told = place.publish(annotated(1))
    assert told.missing == ["checks: write"]
    assert "\npermissions:\n  checks: write\n" in told.failure()
    assert place.fake.check_runs(REPOSITORY) == []


def test_the_command_makes_one_only_when_asked(place: Place, tmp_path: Path) -> None:
    path = write_report(tmp_path)
    environment = runner_environment(place.fake, tmp_path, token=place.token)
    command(environment, "publish", path)
    assert place.fake.check_runs(REPOSITORY) == []
    result = command(environment, "publish", path, "--check-run")
    assert result.exit_code == 1
    assert place.only.head_sha == HEAD
    assert "ade a check run with the conclusion failure" in result.stdout

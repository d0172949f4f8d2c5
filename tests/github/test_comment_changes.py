"""What the comment tells of the run before, which its marker remembers."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from cc_lb_selfcheck.github.comment_text import CommentText
from cc_lb_selfcheck.github.event import Plan, RunId
from cc_lb_selfcheck.github.marker import (
    MEMORY_MAX_CHARS,
)
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES
from cc_lb_selfcheck.report.merge import alone, merge
from cc_lb_selfcheck.report.model import Leg, Report
from cc_lb_selfcheck.settings import PublishSettings
from tests.report.build import (
    artifact,
    outcome_untold,
    passes,
    refusals,
    report,
)
from tests.support.github import FakeGitHub
from tests.support.hostile import CURATED
from tests.support.publishing import (
    BIG,
    GREEN,
    HEAD,
    NO_LINKS,
    PULL,
    RED,
    REPOSITORY,
    client,
    markers,
    only_body,
    publish,
    publisher,
    report_of,
    runs,
    with_names,
)
from tests.support.reports import accepted, leg_report, refused


def changes(body: str) -> list[str]:
    """Return the lines on changes, without what makes names inline code."""
    _, _, rest = body.partition("Since the last run:\n\n")
    lines = rest.partition("\n\n")[0].splitlines()
    return [re.sub(r"</?code>", "", line) for line in lines]


CHANGES: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    "newly refused": ({"a": "p"}, {"a": "r"}, ["- 1 newly refused: a.wasm"]),
    "refused, was untold": ({"a": "u"}, {"a": "r"}, ["- 1 newly refused: a.wasm"]),
    "mended": ({"a": "r"}, {"a": "p"}, ["- 1 mended: a.wasm"]),
    "accepted, was untold": ({"a": "u"}, {"a": "p"}, ["- 1 mended: a.wasm"]),
    "still refused": ({"a": "r"}, {"a": "r"}, ["- 1 still refused: a.wasm"]),
    "untold": ({"a": "r"}, {"a": "u"}, ["- 1 no longer determined: a.wasm"]),
    "new": ({"a": "p"}, {"a": "p", "b": "r"}, ["- 1 new: b.wasm"]),
    "gone": ({"a": "p", "b": "r"}, {"a": "p"}, ["- 1 gone: b.wasm"]),
    "several": (
        {"a": "p", "b": "r", "c": "r", "d": "p", "e": "p"},
        {"a": "r", "b": "p", "c": "r", "e": "r", "f": "p"},
        [
            "- 2 newly refused: a.wasm, e.wasm",
            "- 1 mended: b.wasm",
            "- 1 still refused: c.wasm",
            "- 1 new: f.wasm",
            "- 1 gone: d.wasm",
        ],
    ),
}


@pytest.mark.parametrize(("before", "now", "told"), CHANGES.values(), ids=CHANGES)
def test_it_tells_what_changed(
    fake: FakeGitHub, token: str, before: dict[str, str], now: dict[str, str], told: list[str]
) -> None:
    publish(fake, token, report_of(**before), 100)
    assert "last run" not in only_body(fake)
    publish(fake, token, report_of(**now), 101)
    assert changes(only_body(fake)) == told


def test_it_says_when_nothing_changed(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, GREEN, 100)
    publish(fake, token, GREEN, 100, 2)
    assert "Nothing changed since the last run." in only_body(fake)


def test_a_run_that_publishes_again_compares_to_the_one_before_it(
    fake: FakeGitHub, token: str
) -> None:
    publish(fake, token, report_of(a="r", b="p", c="p"), 100)
    for told in (report_of(a="r"), report_of(a="p", b="r", c="p"), report_of(a="p", b="r", c="p")):
        publish(fake, token, told, 101)
    assert changes(only_body(fake)) == ["- 1 newly refused: b.wasm", "- 1 mended: a.wasm"]
    publish(fake, token, report_of(a="p", b="r", c="p"), 101, 2)
    assert changes(only_body(fake)) == ["- 1 still refused: b.wasm"]


def test_a_first_run_that_publishes_again_has_nothing_to_compare_to(
    fake: FakeGitHub, token: str
) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 100)
    assert "last run" not in only_body(fake)


def test_of_many_plugins_a_run_that_publishes_again_says_the_same(
    fake: FakeGitHub, token: str
) -> None:
    names = [f"{hashlib.sha256(b'%d' % number).hexdigest()[:16]}" for number in range(600)]
    publish(fake, token, report_of(**dict.fromkeys(names, "p")), 100)
    publish(fake, token, report_of(**dict.fromkeys(names, "p") | {names[0]: "r", "x": "r"}), 101)
    first = only_body(fake)
    publish(fake, token, report_of(**dict.fromkeys(names, "p") | {names[0]: "r", "x": "r"}), 101)
    assert only_body(fake) == first
    assert "- 1 newly refused: " in first


def one_leg(number: int, outcomes: dict[str, Outcome]) -> Report:
    leg = Leg(name=f"check ({number})", job="check", number=number, total=2)
    return leg_report(leg, {(path, path): outcome for path, outcome in outcomes.items()})


def test_what_a_missing_leg_would_have_seen_is_not_gone_and_then_not_new(
    fake: FakeGitHub, token: str
) -> None:
    both = merge([one_leg(1, {"a": refused()}), one_leg(2, {"b": refused(), "c": accepted()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(1, {"a": refused()}), 101)
    assert changes(only_body(fake)) == ["- 1 still refused: a", "- 2 not known this time: b, c"]
    publish(fake, token, both, 102)
    assert changes(only_body(fake)) == ["- 2 still refused: a, b"]


def test_a_leg_that_tells_of_itself_calls_no_other_plugins_gone(
    fake: FakeGitHub, token: str
) -> None:
    """As ``check`` does in each leg of a matrix."""
    one, two = one_leg(1, {"a": refused()}), one_leg(2, {"b": refused()})
    publish(fake, token, merge([one, two]), 100)
    publisher(alone(one), 101, whole=one).publish(client(fake, token))
    assert changes(only_body(fake)) == ["- 1 still refused: a", "- 1 not known this time: b"]
    assert "sent no report" not in only_body(fake)


def test_what_a_missing_leg_may_refuse_is_not_mended(fake: FakeGitHub, token: str) -> None:
    both = merge([one_leg(1, {"a": refused()}), one_leg(2, {"a": accepted()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == ["- 1 not known this time: a (check (1))"]
    publish(fake, token, both, 102)
    assert changes(only_body(fake)) == ["- 1 still refused: a (check (1))"]


def test_what_another_leg_mended_is_known_where_a_leg_is_missing(
    fake: FakeGitHub, token: str
) -> None:
    both = merge([one_leg(1, {"a": accepted(), "b": refused()}), one_leg(2, {"a": refused()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == [
        "- 1 mended: a (check (2))",
        "- 2 not known this time: a (check (1)), b",
    ]


def test_what_fell_into_another_part_is_known_where_its_part_of_before_is_missing(
    fake: FakeGitHub, token: str
) -> None:
    """Who mends a plugin changes its content, and so perhaps which part checks it."""

    def part(number: int, outcomes: dict[str, Outcome]) -> Report:
        leg = Leg(name=f"check ({number})", job="check", shares=True, part=number, parts=2)
        return leg_report(leg, {(path, path): outcome for path, outcome in outcomes.items()})

    publish(fake, token, merge([part(1, {"a": refused()}), part(2, {"b": accepted()})]), 100)
    publish(fake, token, part(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == ["- 1 mended: a", "- 1 not known this time: b"]


def test_what_a_first_run_did_not_see_is_not_new_in_the_next(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, one_leg(1, {"a": accepted()}), 100)
    publish(fake, token, merge([one_leg(n, {"ab"[n - 1]: accepted()}) for n in (1, 2)]), 101)
    [told] = changes(only_body(fake))
    assert told == "- Not all that the last run found is known: changes are incomplete."


def test_legs_that_agree_at_last_have_mended_it(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, merge([one_leg(1, {"a": refused()}), one_leg(2, {"a": accepted()})]), 100)
    publish(fake, token, merge([one_leg(n, {"a": accepted()}) for n in (1, 2)]), 101)
    assert changes(only_body(fake)) == ["- 1 mended: a (check (1))"]


def test_what_is_skipped_now_is_not_gone(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, report_of(a="r", b="p"), 100)
    now = [*report_of(b="p").artifacts, artifact("a.wasm", outcome_untold("x.", skipped=True))]
    publish(fake, token, report(now), 101)
    assert changes(only_body(fake)) == ["- 1 skipped: a.wasm"]


def test_an_edit_made_again_says_the_same(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 101)
    body = only_body(fake)
    publish(fake, token, GREEN, 101)
    assert only_body(fake) == body


@pytest.mark.parametrize("mode", ["always", "on-change"])
def test_a_memory_that_was_cut_is_owned_up_to(fake: FakeGitHub, token: str, mode: str) -> None:
    many: Report = report([*refusals(20), *passes(2_000)])
    publish(fake, token, many, 100, comment_mode=mode)
    assert len(only_body(fake).encode()) <= COMMENT_MAX_BYTES
    [marker] = markers(fake)
    # What is refused is remembered first.
    assert marker.memory.cut == (len(marker.memory.statuses) < 2_020)
    publish(fake, token, BIG, 101, comment_mode=mode)
    [marker] = markers(fake)
    assert marker.memory.cut
    publish(fake, token, BIG, 102, comment_mode=mode)
    # What was cut is compared all the same: it tells nothing else now.
    assert runs(fake) == [102 if mode == "always" else 101]
    publish(fake, token, BIG, 103)
    body = only_body(fake)
    assert "changes are incomplete" in body
    assert not re.search(r"\d (new|gone):", body)
    assert len(body) <= COMMENT_MAX_BYTES
    line = only_body(fake).partition("\n")[0]
    assert len(line) < 2 * MEMORY_MAX_CHARS + 400


def test_hostile_names_are_remembered_and_do_no_harm(fake: FakeGitHub, token: str) -> None:
    hostile: Any = sorted({*CURATED, "--", "-->", "<!--", "\n", "\ud800"})
    publish(fake, token, with_names(hostile), 100)
    publish(fake, token, with_names(hostile), 101)
    body = only_body(fake)
    assert f"- {len(hostile)} still refused" in body
    line, rest = body.split("\n", 1)
    assert not re.search(r"--|>", line[4:-3])
    assert "<!--" not in rest


def test_the_text_depends_on_the_report_and_the_run_alone(fake: FakeGitHub, token: str) -> None:
    bodies = []
    for _ in range(2):
        publish(fake, token, RED, 100)
        bodies.append(only_body(fake))
        fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)
    assert bodies[0] == bodies[1]
    plan = Plan(REPOSITORY, HEAD, RunId(100, 1), pull_request=PULL)
    text = CommentText(RED, PublishSettings(reports=("report.json",)), plan, NO_LINKS)
    assert text.after(None) == bodies[0]

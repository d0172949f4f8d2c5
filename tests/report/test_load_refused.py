"""Reports of others that are refused: no reports, impossible ones, verdicts no host can give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.protocol.errors import (
    Call,
    DecodeResponse,
    FailureStatus,
    Instantiate,
    InvalidTimestamp,
    OutputTooLarge,
    SuccessWithFailures,
    Validation,
)
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import REPORT_MAX_BYTES, UnusableReport, load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from tests.report.loading import GOOD, LEG, WHOLE, Change, at, changed, clause, put, top
from tests.support.reports import artifact, refused, report

NO_REPORTS = {
    "nothing": b"",
    "a text": b"hello",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "another object": b'{"name": "left-pad", "version": "1.0.0"}',
    "cut": GOOD[:-20],
    "two": GOOD * 2,
    "with a mark of its order": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "no UTF-8": GOOD.replace(b"ok.wasm", b"\xff.wasm"),
    "half of a surrogate": GOOD.replace(b"ok.wasm", b"\\ud800.wasm"),
    "NaN": GOOD.replace(b"0.5", b"NaN"),
    "infinite": GOOD.replace(b"0.5", b"1e999"),
    "below zero": GOOD.replace(b"0.5", b"-0.5"),
    "many digits": GOOD.replace(b'"schema_version": 1', b'"schema_version": ' + b"9" * 5_000),
    "deep": b"[" * 100_000,
    "deep objects": b'{"schema_version": 1, "a": ' + b'{"a": ' * 100_000,
    "huge": b" " * (REPORT_MAX_BYTES + 1),
    "many small values": b'{"schema_version": 1, "artifacts": [' + b"0," * 5_000_000 + b"0]}",
    "a large artifact": b'{"schema_version":1,"artifacts":[{"x":[' + b"{}," * 60_000 + b"{}]}]}",
    "large around them": b'{"schema_version":1,"artifacts":[],"x":[' + b"[]," * 60_000 + b"[]]}",
}


@pytest.mark.parametrize("name", NO_REPORTS)
def test_what_is_no_report_is_told(name: str) -> None:
    clause(NO_REPORTS[name])


def runs(verdicts: dict[str, int]) -> dict[str, object]:
    times = dict.fromkeys(("wall_ms_least", "wall_ms_median", "wall_ms_most"), 1.0)
    tallies = [{"verdict": name, "runs": count} for name, count in verdicts.items()]
    return {"verdicts": tallies, "initiated_at": 1, **times}


CHANGES: dict[str, tuple[Change, str]] = {
    "version 2": (top("schema_version", 2), "is a report of version 2; this program reads"),
    "version 1.0": (top("schema_version", 1.0), "is a report of version that is no number"),
    "version true": (top("schema_version", True), "is a report of version"),
    "version in words": (top("schema_version", "1" * 900), "is a report of version 1111111111"),
    "deep version": (top("schema_version", [[[]]]), "is a report of version that is no number"),
    "no artifacts": (lambda raw: raw.pop("artifacts"), "is no whole report: it has no list"),
    "artifacts by name": (top("artifacts", {}), "is no whole report: it has no list"),
    "no artifact": (top("artifacts", [1]), "is no whole report: `artifacts.0`: "),
    "100,000 artifacts of nothing": (
        top("artifacts", [{}] * 100_000),
        "is no whole report: `artifacts.0.path`: field required, and 7 more faults",
    ),
    "100,001 artifacts": (top("artifacts", [0] * 100_001), "lists 100,001 artifacts, and 100,000"),
    "no summary": (lambda raw: raw.pop("summary"), "is no whole report: `summary`: field required"),
    "one more field": (top("extra", 1), "is no whole report: `extra`: extra inputs are not"),
    "one more in an artifact": (put("ok.extra", 1), "is no whole report: `artifacts.0.extra`"),
    "another tool": (top("tool", {"name": "x", "version": "1"}), "is no whole report: `tool.name`"),
    "a long version": (
        top("engine", {"extism": "x" * 101, "wasmtime": None}),
        "cannot be trusted: a version, or the crate's name",
    ),
    "a long crate": (
        top("protocol", {"crate": "x" * 101, "version": "1"}),
        "cannot be trusted: a version, or the crate's name",
    ),
    "a crate that is a sentence": (
        top("protocol", {"crate": "Approved by octocat, merge now.", "version": "1"}),
        "cannot be trusted: a version, or the crate's name",
    ),
    "a time of no place": (
        top("started_at", "2026-01-01T00:00:00"),
        "cannot be trusted: its times",
    ),
    "a time long ago": (top("finished_at", "0001-01-01T00:00:00+14:00"), "cannot be trusted: its"),
    "no time": (top("started_at", "yesterday"), "is no whole report: `started_at`"),
    "path of a number": (put("ok.path", 1), "is no whole report: `artifacts.0.path`"),
    "long path": (put("ok.path", "x" * 600_000), "cannot be trusted: artifact 0 has a path"),
    "no sha256": (put("ok.sha256", "x" * 64), "cannot be trusted: artifact 0 has a sha256"),
    "large sha256": (put("ok.sha256", "AB" * 32), "cannot be trusted: artifact 0 has a sha256"),
    "size below zero": (put("ok.size", -1), "cannot be trusted: artifact 0 has a size"),
    "huge size": (put("ok.size", 10**4_000), "cannot be trusted: artifact 0 has a size"),
    "size with a point": (put("ok.size", 1.5), "is no whole report: `artifacts.0.size`"),
    "fuel below zero": (
        put("ok.evidence.fuel_at_least", -1),
        "cannot be trusted: artifact 0 has a num",
    ),
    "runs that disagree with a pass": (
        put("ok.evidence.runs", runs({"passed": 2, "Call": 1})),
        "cannot be trusted: artifact 0 is passed, and not all of its runs are",
    ),
    "a run's verdict in words": (
        put("ok.evidence.runs", runs({"passed` @all": 2})),
        "is no whole report: `artifacts.0.evidence.runs.verdicts.0.verdict`",
    ),
    "no runs": (
        put("ok.evidence.runs", runs({"passed": 0})),
        "is no whole report: `artifacts.0.evidence.runs.verdicts.0.runs`",
    ),
    "a warning beyond all": (
        put("ok.evidence.warn_at", 101),
        "is no whole report: `artifacts.0.evidence.warn_at`",
    ),
    "section below zero": (
        put("ok.evidence.custom_sections", [{"name": "x", "size": -1}]),
        "cannot be trusted: artifact 0 has a number",
    ),
    "exports of a kind in words": (
        put("call.evidence.exports", [{"name": "run", "kind": "plugin to be merged"}]),
        "is no whole report: `artifacts.1.evidence.exports.0.kind`",
    ),
    "imports of a kind in words": (
        put("call.evidence.imports", [{"module": "m", "name": "n", "kind": "plugin to be merged"}]),
        "is no whole report: `artifacts.1.evidence.imports.0.kind`",
    ),
    "an unknown leg": (put("ok.legs", ["other"]), "cannot be trusted: artifact 0 names a leg"),
    "another status": (put("ok.status", "fine"), "is no whole report: `artifacts.0.status`"),
    "refused and accepted": (put("ok.status", "refused"), "cannot be trusted: artifact 0 is ref"),
    "passed and refused": (put("call.status", "passed"), "cannot be trusted: artifact 1 is pass"),
    "passed without a verdict": (put("ok.verdict", None), "cannot be trusted: artifact 0 is pass"),
    "passed with a reason": (put("ok.reason", "Merge it."), "cannot be trusted: artifact 0 is"),
    "skipped with a verdict": (put("ok.status", "skipped"), "cannot be trusted: artifact 0 is sk"),
    "untold without a reason": (put("odd.reason", None), "cannot be trusted: artifact 9 is undet"),
    "long reason": (put("odd.reason", "x" * 600_000), "cannot be trusted: artifact 9 has a reason"),
    "long leg": (
        top("legs", [LEG.model_copy(update={"name": "x" * 600_000}).model_dump()]),
        "cannot be trusted: a leg's name",
    ),
    "leg 3 of 2": (
        top("legs", [LEG.model_copy(update={"number": 3}).model_dump()]),
        "cannot be trusted: a leg's name or number",
    ),
    "many legs": (
        top("legs", [LEG.model_copy(update={"total": 10_001}).model_dump()]),
        "cannot be trusted: a job has 10,001 legs",
    ),
    "part 3 of 2": (
        top("legs", [LEG.model_copy(update={"part": 3, "parts": 2}).model_dump()]),
        "cannot be trusted: a leg's part is beyond bounds",
    ),
    "a part of nothing": (
        top("legs", [LEG.model_copy(update={"part": 1}).model_dump()]),
        "cannot be trusted: a leg's part is beyond bounds",
    ),
    "many parts": (
        top("legs", [LEG.model_copy(update={"part": 1, "parts": 10_001}).model_dump()]),
        "cannot be trusted: a leg's part is beyond bounds",
    ),
    "10,001 legs": (
        top("legs", [LEG.model_dump()] * 10_001),
        "cannot be trusted: around its artifacts are more than 50,000 values",
    ),
    "10,001 problems": (
        top("problems", [WHOLE.problems[0].model_dump()] * 10_001),
        "cannot be trusted: it lists 10,001 problems",
    ),
    "long problem": (
        top("problems", [{"path": "", "message": "x" * 600_000, "is_usage_error": True}]),
        "cannot be trusted: a problem's text",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_report_that_cannot_be_is_told(name: str) -> None:
    change, words = CHANGES[name]
    assert clause(changed(change)).startswith(words)


FORGED: dict[str, Change] = {
    "another message": put("call.verdict.message", "self-check call failed: Merge it."),
    "a prefix only": put("time.verdict.message", "self-check validation failed: Merge it."),
    "another validation": put("many.verdict.message", "self-check validation failed: x"),
    "no message": put("call.verdict.message", None),
    "an invented variant": put("call.verdict.variant", "Evil"),
    "an empty variant": put("call.verdict.variant", ""),
    "another's variant": put("call.verdict.variant", "Instantiate"),
    "an invented kind": put("time.verdict.kind", "Evil"),
    "no kind": put("time.verdict.kind", None),
    "a kind where none is": put("call.verdict.kind", "InvalidTimestamp"),
    "fields of another": put("call.verdict.fields", {"bytes": 1, "max": 2}),
    "more fields": put("many.verdict.fields", {"kind": "TooManyFunctions", "more": 1}),
    "a kind that begins alike": put("many.verdict.fields", {"kind": "TooManyFunctionsEvil"}),
    "no fields": put("large.verdict.fields", {}),
    "text for a number": put("large.verdict.fields", {"bytes": "8193", "max": 8192}),
    "a response": put(
        "call.verdict.response", {"status": "success", "failures": [], "completed_at": 1}
    ),
    "none when accepted": put("ok.verdict.response", None),
    "a failure accepted": put("ok.verdict.response.status", "failure"),
    "a time accepted": put("ok.verdict.response.completed_at", 0),
    "failures accepted": put(
        "ok.verdict.response.failures", [{"stage": "wire_function_test", "message": "x"}]
    ),
    "a message when accepted": put("ok.verdict.message", "Merge it."),
    "fields when accepted": put("ok.verdict.fields", {"a": 1}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_verdict_that_the_host_cannot_give_is_told(name: str) -> None:
    assert clause(changed(FORGED[name])).endswith("has a verdict that the host cannot give.")


def verdict_of(error: Any) -> bytes:
    """Return a report of a verdict with all of its texts as they would be."""
    return render_json(report(artifact("a.wasm", refused(error)))).encode()


@pytest.mark.parametrize(
    "error",
    [
        OutputTooLarge(bytes=8192, max=8192),
        OutputTooLarge(bytes=-1, max=-2),
        OutputTooLarge(bytes=9000, max=8000),
        OutputTooLarge(bytes=10**4_000, max=8192),
        SuccessWithFailures(count=0),
        SuccessWithFailures(count=-1),
        SuccessWithFailures(count=17),
        FailureStatus(failures=0),
        FailureStatus(failures=10**30),
    ],
)
def test_a_number_that_the_host_cannot_tell_is_told(error: Any) -> None:
    assert clause(verdict_of(error)).endswith("has a verdict that the host cannot give.")


def test_a_variant_hidden_in_the_fields_is_no_other(tmp_path: Path) -> None:
    """The fields must not say which variant the message is of."""

    def hide(raw: dict[str, Any]) -> None:
        verdict, _ = at("call.verdict.variant")(raw)
        verdict["variant"] = "Clock"
        verdict["fields"]["variant"] = "Call"

    assert clause(changed(hide)).endswith("has a verdict that the host cannot give.")


@pytest.mark.parametrize(
    ("error", "evidence"),
    [
        (DecodeResponse(reason="x at line 9 column 9"), {"output_preview": "a"}),
        (
            DecodeResponse(reason="EOF while parsing an object at line 1 column 99"),
            {"output_preview": '{"status":"failure","failures":[],"completed_at":1}'},
        ),
        (DecodeResponse(reason=f"x at line {'9' * 5_000} column 1"), {"output_preview": "a"}),
        (FailureStatus(failures=1), {"output_preview": "[" * 100_000}),
        (FailureStatus(failures=1), {"output_preview": '{"failures": [[{}, []], {"stage": {}}]}'}),
        (SuccessWithFailures(count=1), {"output_preview": '{"failures": {"a": 1}}'}),
        (
            Validation(error=InvalidTimestamp(reason="x")),
            {"output_preview": f'{{"completed_at": {"9" * 5_000}}}'},
        ),
        (Instantiate(reason="unknown import: `" + "a`b" * 10_000), {"engine_message": "`" * 9_999}),
        (
            Call(reason="x"),
            {"backtrace": ["!" * 9_999, "a!" * 999, ""], "engine_message": "\n" * 99},
        ),
    ],
)
def test_evidence_that_is_none_never_ends_in_a_traceback(error: Any, evidence: Any) -> None:
    raw = json.loads(verdict_of(error))
    raw["artifacts"][0]["evidence"].update(evidence)
    data = json.dumps(raw).encode()
    try:
        loaded = load_report(data)
    except UnusableReport:
        assert clause(data).endswith("has evidence that is not of its verdict.")
    else:
        assert len(render_markdown(loaded).encode()) < 100_000

"""Responses that are recognised, and those that only look like it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
from cc_lb_selfcheck.protocol.self_check import Output, judge_output

FAILURE = {"stage": "wire_function_test", "message": "x"}


def told(output: str) -> Finding:
    """Judge a response as the host does, and explain it."""
    with pytest.raises(SelfCheckRefusal) as refusal:
        judge_output(Output(len(output.encode()), output))
    outcome = Outcome(
        status="refused",
        verdict=Verdict.refused(refusal.value.error),
        reason=None,
        evidence=Evidence(output_preview=output),
    )
    finding = explain(outcome)
    assert finding is not None
    return finding


def response(**fields: object) -> str:
    return json.dumps({"status": "success", "failures": [], "completed_at": 1} | fields)


def with_message(message: str) -> str:
    failure = {"stage": "wire_function_test", "message": message}
    text = json.dumps({"status": "failure", "failures": [failure]}, ensure_ascii=False)
    return f'{text[:-1]}, "completed_at": 1}}'


@pytest.mark.parametrize(
    ("output", "id_", "said"),
    [
        ("", "CCLB-EMPTY-OUTPUT", "the call ended well, and set no output"),
        ("success", "CCLB-TEXT-OUTPUT", "begins with `success`"),
        ("  \n ok", "CCLB-TEXT-OUTPUT", "begins with `ok`"),
        ("3 checks passed", "CCLB-TEXT-OUTPUT", "begins with `3 checks passed`"),
        ("INFO start\n" + response(), "CCLB-TEXT-OUTPUT", "Before its JSON"),
        ("<html><body>x", "CCLB-HTML-OUTPUT", "begins with `<html><body>x`"),
        (json.dumps(response()), "CCLB-DOUBLE-ENCODED", "inside that string"),
        ("\ufeff" + response(), "CCLB-BYTE-ORDER-MARK", "EF BB BF"),
        (response().encode("utf-16-le").decode(), "CCLB-UTF16-OUTPUT", "zero"),
        (response().encode("utf-16-be").decode(), "CCLB-UTF16-OUTPUT", "zero"),
        (response().encode("utf-32-le").decode(), "CCLB-UTF32-OUTPUT", "is in UTF-32, and the"),
        (response().encode("utf-32-be").decode(), "CCLB-UTF32-OUTPUT", "Every byte of the resp"),
        (response() + "\0\0", "CCLB-TRAILING-BYTES", "2 zero bytes follow it."),
        (response() + "\0", "CCLB-TRAILING-BYTES", "a zero byte follows it."),
        (response() + response(), "CCLB-TRAILING-BYTES", 'more text follows it: `{"status"'),
        ('{"status":"success"', "CCLB-CUT-OFF", "after 19 bytes, in the middle of an object"),
        (with_message("é")[:-1], "CCLB-LENGTH-IN-CHARACTERS", "1 or more bytes too small"),
        (with_message("🙂")[:-2], "CCLB-LENGTH-IN-CHARACTERS", "2 or more bytes too small"),
        # What is lost is more than a length in characters loses.
        (with_message("é")[:-2], "CCLB-CUT-OFF", "in the middle of a value"),
        ('{"status":"é', "CCLB-CUT-OFF", "after 13 bytes, in the middle of a string"),
        (" \n ", "CCLB-EMPTY-OUTPUT", "is blank: 2 spaces and a line feed, and"),
        ("null", "CCLB-DECODE-RESPONSE", "an object with `status`"),
        ("\0" * 60, "CCLB-DECODE-RESPONSE", "The response is 60 zero bytes, as if"),
        (" \0 \0 ", "CCLB-DECODE-RESPONSE", "it is 3 spaces and 2 zero bytes."),
        ("\x01\x02", "CCLB-DECODE-RESPONSE", "it is 2 control characters (U+0001, U+0002)."),
        (
            "\u3000\u3000\u00a0",
            "CCLB-DECODE-RESPONSE",
            "3 blanks that JSON does not take (U+3000 IDEOGRAPHIC SPACE, U+00A0 NO-BREAK SPACE).",
        ),
        ("\x01" * 40 + "ab", "CCLB-DECODE-RESPONSE", "of its 42 characters, 40 are zero bytes or"),
        ("\x1b[32mok", "CCLB-TEXT-OUTPUT", "is text, not JSON; it begins with `\\u{1b}[32mok`"),
        (
            "\0\0\0" + response(),
            "CCLB-DECODE-RESPONSE",
            "Before its JSON, the response has 3 zero b",
        ),
        (
            '\0\0{"status":"succ',
            "CCLB-DECODE-RESPONSE",
            'Before what looks like JSON (`{"status":"succ`), the response has 2 zero bytes.',
        ),
        (
            "\u00a0\n" + response(),
            "CCLB-DECODE-RESPONSE",
            "has a blank that JSON does not take (U+00A0 NO-BREAK SPACE) and a line feed.",
        ),
        (
            "\u200b" + response(),
            "CCLB-DECODE-RESPONSE",
            "Before its JSON, the response has an invisible character (U+200B ZERO WIDTH SPACE).",
        ),
        (response()[2:] + "\0\0", "CCLB-DECODE-RESPONSE", "The beginning of the JSON is missing"),
        (response()[1:], "CCLB-DECODE-RESPONSE", 'the response begins with `"status": "success"'),
        (f"[{response()}]", "CCLB-DECODE-RESPONSE", "is inside an array: it is its one element"),
        (f'{{"Ok":{response()}}}', "CCLB-DECODE-RESPONSE", "object: it is the value of `Ok`, and"),
        (
            f'{{"level":"info"}}\n{{"level":"warn"}}\n{response()}',
            "CCLB-DECODE-RESPONSE",
            'Before the response stands other JSON: `{"level":"info"}`.',
        ),
        ('{"status":\u00a01}', "CCLB-DECODE-RESPONSE", "and finds U+00A0 NO-BREAK SPACE."),
        ('{"sta\ntus":1}', "CCLB-DECODE-RESPONSE", "stops at the end of line 1 of the response"),
        (
            with_message("C:\\dir").replace("\\\\", "\\"),
            "CCLB-DECODE-RESPONSE",
            "it wants an escape that JSON knows (a backslash is written `\\\\`) and finds `d`",
        ),
        (with_message("x")[:-2] + "0175}", "CCLB-TIME-FORMAT", "is `0175`, and JSON takes neither"),
        ('{"completed_at":1.5e3}', "CCLB-TIME-FORMAT", "without a point or an exponent"),
        (
            response(status="success\n"),
            "CCLB-MISSPELT-VALUE",
            "says `success\\n`, with U+000A",
        ),
        (
            response(status="su\u0441cess"),
            "CCLB-MISSPELT-VALUE",
            "says `su\u0441cess`, with U+0441 CYRILLIC SMALL LETTER ES; the host knows `success`",
        ),
        (response(status=""), "CCLB-DECODE-RESPONSE", "or `failure` and finds an empty string."),
        (
            response().replace("completed", "complet\\u0065d").replace("1}", '"x"}'),
            "CCLB-TIME-FORMAT",
            "`completed_at` is the string `x`, and",
        ),
        ("\ufeffok", "CCLB-TEXT-OUTPUT", "begins with `\\u{feff}ok`"),
        (
            response() + "\u00a0\0",
            "CCLB-TRAILING-BYTES",
            "a blank that JSON does not take (U+00A0 NO-BREAK SPACE) and a zero byte follow it.",
        ),
        ('{"sta\0\0', "CCLB-DECODE-RESPONSE", "written as escapes and finds `\\u{0}`"),
        ('["success",[],1,2]', "CCLB-DECODE-RESPONSE", "has more than 3 elements"),
        (
            response(failures=[["wire_function_test", "x", 1]]),
            "CCLB-DECODE-RESPONSE",
            "`failures[0]` has more than 2 elements; the host takes `stage` and `message`",
        ),
        (response() + "[1]", "CCLB-TRAILING-BYTES", "more text follows it: `[1]`"),
        (response() + "\n\n{}", "CCLB-TRAILING-BYTES", "more text follows it: `{}`"),
        (response(status=True), "CCLB-DECODE-RESPONSE", "`success` or `failure` and finds `true`"),
        (response(status=None), "CCLB-DECODE-RESPONSE", "`success` or `failure` and finds `null`"),
        (
            '{"status":success,"failures":[],"completed_at":1}',
            "CCLB-DECODE-RESPONSE",
            "`success` or `failure` and finds `success` without its quotation marks",
        ),
        ("[[1]]", "CCLB-DECODE-RESPONSE", "`success` or `failure` and finds an array"),
        ("[2,[],1]", "CCLB-DECODE-RESPONSE", "in `[0]`: it wants `success` or `failure`"),
        (
            response(failures=[{"stage": False, "message": "x"}]),
            "CCLB-DECODE-RESPONSE",
            "or `response_validation` and finds `false`",
        ),
        (
            response(completed_at=2**63),
            "CCLB-TIME-FORMAT",
            "`9223372036854775808`, which is beyond what the host takes",
        ),
        (response(status="Success"), "CCLB-MISSPELT-VALUE", "the host knows `success`"),
        (response(status="FAILED"), "CCLB-MISSPELT-VALUE", "the host knows `failure`"),
        (response(status="ok"), "CCLB-MISSPELT-VALUE", "the host knows `success`"),
        (
            response(failures=[{"stage": "wireFunctionTest", "message": ""}]),
            "CCLB-MISSPELT-VALUE",
            "`failures[0].stage` says `wireFunctionTest`; the host knows `wire_function_test`",
        ),
        ('{"\\ud800":1}', "CCLB-DECODE-RESPONSE", 'in `["\\ud800"]`: '),
        ('{"completedAt":1}', "CCLB-KEY-STYLE", "the host reads `completed_at`"),
        ('{"CompletedAt":1}', "CCLB-KEY-STYLE", "the host reads `completed_at`"),
        ('{"compelted_at":1}', "CCLB-MISSPELT-FIELD", "spelling is `completed_at`"),
        (
            response(failures=[{"stage": "wire_function_test", "massage": ""}]),
            "CCLB-MISSPELT-FIELD",
            "spelling is `message`",
        ),
        (response(completed_at=1.5), "CCLB-TIME-FORMAT", "`1.5`"),
        (response(completed_at={"secs": [1]}), "CCLB-TIME-FORMAT", 'is `{"secs": [1]}`, and'),
        ('{"completed_at":{"secs":1', "CCLB-TIME-FORMAT", 'is `{"secs":1`, and'),
        (response(completed_at="2026-01-01"), "CCLB-TIME-FORMAT", '`"2026-01-01"`'),
        (response(completed_at=None), "CCLB-TIME-FORMAT", "`null`"),
        (response().replace(": 1}", ": -0}"), "CCLB-TIME-FORMAT", "decoder takes for a fraction"),
        (response(completed_at=float("nan")), "CCLB-TIME-FORMAT", "`NaN`"),
        (response(completed_at=10**30), "CCLB-TIME-FORMAT", "signed number of 64 bits"),
        ('{"functions_to_test":[],"initiated_at":1}', "CCLB-ANSWER-TO-ANOTHER-CALL", "request"),
        ('{"_v":1,"results":[]}', "CCLB-ANSWER-TO-ANOTHER-CALL", "carries `_v`"),
        ('{"body_base64":null}', "CCLB-ANSWER-TO-ANOTHER-CALL", "wire function"),
        ('{"name":"p","version":"1","hooks":{}}', "CCLB-OTHER-PROTOCOL", "newer line"),
        ('{"ok":true,"tested":[]}', "CCLB-DECODE-RESPONSE", "does not know (`ok`, `tested`)"),
        ('{"status":"success"}', "CCLB-DECODE-RESPONSE", "lacks `failures`, `completed_at`"),
        (response(failures=None), "CCLB-DECODE-RESPONSE", "wants an array and finds `null`"),
        (
            response().replace("[]", "None"),
            "CCLB-DECODE-RESPONSE",
            "in `failures`: it wants a JSON value and finds `None`",
        ),
        (response(status={"ok": 1}), "CCLB-MISSPELT-VALUE", "The field `status` says `ok`"),
        (
            response(status=1),
            "CCLB-DECODE-RESPONSE",
            "in `status`: it wants `success` or `failure`",
        ),
        ("[1]", "CCLB-DECODE-RESPONSE", "byte 2"),
        ("true", "CCLB-DECODE-RESPONSE", "an object with `status`"),
        ("[" * 8000, "CCLB-DECODE-RESPONSE", "byte"),
        (response(completed_at=0), "CCLB-VALIDATION-INVALID-TIMESTAMP", "is `0`"),
        (response(completed_at=-7), "CCLB-VALIDATION-INVALID-TIMESTAMP", "is `-7`"),
        (response(failures=[FAILURE]), "CCLB-SUCCESS-WITH-FAILURES", "`x` (wire_function_test)"),
        (
            response(status="failure", failures=[FAILURE]),
            "CCLB-FAILURE-STATUS",
            "`x` (wire_function_test)",
        ),
    ],
)
def test_a_response_is_told_for_what_it_is(output: str, id_: str, said: str) -> None:
    finding = told(output)
    assert finding.id == id_
    assert said in finding.cause


@pytest.mark.parametrize(
    "output",
    [
        '{"status":"success","failures":[],"completed_at":1,"note":"\\u0000"}',
        '"plain words"',
        '{"stats_total":[],"x":"<html>"}',
        '{"results":[],"status":"success"}',
        '{"status":"success","failures":[],"completed_at":1}x'.replace("x", ",")[:-1] + "}",
        '{"x":"a\ufeffb"}',
    ],
)
def test_what_only_looks_like_it_is_not_named_so(output: str) -> None:
    assert told(output).id in ("CCLB-DECODE-RESPONSE", "CCLB-TRAILING-BYTES")


def test_a_status_that_is_an_object_is_told_by_its_word() -> None:
    excerpt = told(response(status={"success": None}, failures=[FAILURE])).excerpt
    assert excerpt is not None
    assert excerpt.found == "`success`"


def test_all_faults_of_a_response_are_told_at_once() -> None:
    failure = {"stage": "wireFunctionTest", "mesage": "é"}
    fields = {"Status": "Sucess", "Failures": [failure], "completedAt": "now", "x": 1}
    finding = told(json.dumps(fields, ensure_ascii=False))
    assert (finding.id, finding.excerpt and finding.excerpt.path) == ("CCLB-KEY-STYLE", "Status")
    assert [(other.id, other.text) for other in finding.others] == [
        ("CCLB-KEY-STYLE", "The response has a field `Failures`; the host reads `failures`."),
        (
            "CCLB-KEY-STYLE",
            "The response has a field `completedAt`; the host reads `completed_at`.",
        ),
        (
            "CCLB-DECODE-RESPONSE",
            "The response has fields that the host does not know (`x`).",
        ),
        ("CCLB-MISSPELT-VALUE", "The field `status` says `Sucess`; the host knows `success`."),
    ]


@pytest.mark.parametrize(
    ("output", "others"),
    [
        (response(status="Success"), []),
        (response(status="Success", x=1), ["The response has fields that the host does not know"]),
        ('{"status":"Success","failures":[]}', ["The response lacks `completed_at`."]),
        ('{"Status":"success","failures":[]}', ["The response lacks `completed_at`."]),
        (
            '{"status":"failure","failures":[{"stage":"request_preparation","mesage":"x"}]}',
            ["The response lacks `completed_at`."],
        ),
        ('{"status":"success","failures":[],"x":1}', []),
        (response(status="Success", failures=None), ["The field `failures` is no array."]),
        (response(status="Success", completed_at=1.0), ["The field `completed_at` is no whole"]),
        (
            response(status="Success", **{f"field_{number}": 1 for number in range(400)}),
            ["and at least 23 more)"],
        ),
        ('{"x":1,"y":2}', []),
        (
            '{"x":1,"status":"blue"}',
            ["The field `status` says `blue`, which is none of its words."],
        ),
        (response(status="failure", failures=[{"stage": "s"}]), ["`failures[0]` lacks `message`."]),
        (
            response(completed_at=1.5, failures=[{"stage": "request_preparation", "message": 1}]),
            ["The field `completed_at` is no whole"],
        ),
        (response(completed_at=0, failures=[FAILURE] * 17), ["17 failures", "is `success`, yet"]),
        (response(completed_at=0, status="failure"), ["list of failures is empty"]),
        (response(completed_at=0, status="failure", failures=[FAILURE]), ["says of itself: `x`"]),
        (response(failures=[FAILURE] * 17), ["is `success`, yet"]),
        (response(status="failure", failures=[FAILURE] * 17), []),
    ],
)
def test_what_would_be_refused_next_is_told_beside_it(output: str, others: list[str]) -> None:
    causes = told(output).others
    assert len(causes) == len(others)
    for cause, words in zip(causes, others, strict=True):
        assert words in cause.text
        assert cause.confidence == "certain"


def test_the_stages_meaning_is_told() -> None:
    finding = told(response(status="failure", failures=[FAILURE, FAILURE]))
    assert finding.seen == [
        "Stage `wire_function_test`: the plugin was testing a wire function's types."
    ]


def test_a_negative_time_may_be_one_that_was_cut() -> None:
    [other] = told(response(completed_at=-1893)).others
    assert (other.id, other.confidence) == ("CCLB-MILLISECONDS", "possible")


TOKENS = st.sampled_from(
    [
        *(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "1",
            "-0.5",
            "null",
            "true",
            "NaN",
            "\ufeff",
            "<html>",
        ),
        *('"status"', '"failures"', '"completed_at"', '"completedAt"', '"sucess"', '"stage"'),
        *('"\\ud800"', '"status\\udfff"', '"\\ud800\\ud800"', '"\\u0000"', '"\\x"', '"', "\\ud800"),
    ]
)


@given(st.lists(TOKENS, max_size=14).map("".join))
@example('{"\\ud800":1}')
@example('"{\\"status\\":\\"\\ud800\\"}"')
def test_what_is_told_of_any_response_can_be_written_down(output: str) -> None:
    """Of half a surrogate pair above all, which JSON can name and no text can hold."""
    told(output).model_dump_json()

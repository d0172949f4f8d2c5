"""The decoder on any text at all, and against Python's own where both must agree."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_lb_selfcheck.protocol.decode import decode_response
from cc_lb_selfcheck.protocol.json_scanner import JsonError
from cc_lb_selfcheck.protocol.response import STAGES, STATUSES, SelfCheckResponse

TOKENS = (
    *'{}[],:"\\ \n\t\r\0-+.e0159x',
    *('"status"', '"failures"', '"completed_at"', '"stage"', '"message"'),
    *('"success"', '"failure"', '"wire_function_test"', "null", "true", "false"),
    *("1e400", "99999999999999999999", '"\\u0041"', '"\\ud800"', '"\\udc00"', "é", "😀"),
)

FAILURES = st.builds(
    lambda stage, message: {"stage": stage, "message": message},
    st.sampled_from(STAGES),
    st.text(),
)
RESPONSES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(STATUSES),
        "failures": st.lists(FAILURES, max_size=4),
        "completed_at": st.integers(-(2**63), 2**63 - 1),
    }
)


@st.composite
def encoded_responses(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A response and one of its many spellings in JSON."""
    response = draw(RESPONSES)
    spelled = {key: response[key] for key in draw(st.permutations(list(response)))}
    space = draw(st.sampled_from(["", " ", "\n", "\t \r\n"]))
    text = json.dumps(
        spelled,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 3])),
        separators=(f",{space}", f"{space}:"),
    )
    return response, f"{space}{text}{space}"


@st.composite
def damaged_responses(draw: st.DrawFn) -> str:
    """A valid response with one piece replaced, taken out or put in."""
    _, text = draw(encoded_responses())
    at = draw(st.integers(0, len(text)))
    length = draw(st.integers(0, 3))
    return text[:at] + draw(st.sampled_from(("", *TOKENS))) + text[at + length :]


def outcome(text: str) -> SelfCheckResponse | JsonError:
    """Decode, and hold the error to the positions that a text has."""
    try:
        return decode_response(text)
    except JsonError as error:
        lines = text.encode().split(b"\n")
        assert 1 <= error.line <= len(lines)
        assert 0 <= error.column <= len(lines[error.line - 1])
        assert 0 <= error.offset <= max(len(text.encode()) - 1, 0)
        assert str(error) == f"{error.code} at line {error.line} column {error.column}"
        return error


@given(st.text() | st.lists(st.sampled_from(TOKENS)).map("".join))
def test_any_text_is_decoded_or_refused_at_a_place_within_it(text: str) -> None:
    outcome(text)


@given(damaged_responses())
def test_what_is_accepted_means_what_python_reads(text: str) -> None:
    response = outcome(text)

    if isinstance(response, SelfCheckResponse) and text.lstrip().startswith("{"):
        assert _plain(json.loads(text)) == response.model_dump()


@given(encoded_responses())
def test_every_spelling_of_a_response_is_accepted(case: tuple[dict[str, Any], str]) -> None:
    response, text = case

    assert decode_response(text).model_dump() == response


@given(RESPONSES)
def test_structs_may_be_arrays_and_names_may_be_maps(response: dict[str, Any]) -> None:
    failures = [[{item["stage"]: None}, item["message"]] for item in response["failures"]]
    text = json.dumps([{response["status"]: None}, failures, response["completed_at"]])

    assert decode_response(text).model_dump() == response


@pytest.mark.parametrize(
    "text",
    [
        "[" * 8192,
        "{" * 8192,
        '{"status":' * 800,
        '{"failures":[' * 600,
        '[{"success":' * 600,
        '{"failures":[[' + "[" * 8000,
        '{"completed_at":' + "[" * 8000,
        "[[" + "]" * 8000,
        '{"completed_at":' + "9" * 8000 + "}",
        '{"completed_at":0.' + "0" * 8000 + "1}",
        '{"completed_at":1e' + "9" * 8000 + "}",
        '"' + "\\" * 8000,
        " " * 8192,
        "\n" * 8192,
    ],
    ids=lambda text: f"{text[:14]!r}",
)
def test_a_hostile_output_of_the_largest_size_is_refused(text: str) -> None:
    assert isinstance(outcome(text), JsonError)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Python's reading in the form of ours: arrays as structs, maps as names."""
    failures = [
        item if isinstance(item, dict) else dict(zip(("stage", "message"), item, strict=True))
        for item in value["failures"]
    ]
    return {
        "status": _name(value["status"]),
        "failures": [{**item, "stage": _name(item["stage"])} for item in failures],
        "completed_at": value["completed_at"],
    }


def _name(value: str | dict[str, None]) -> str:
    return value if isinstance(value, str) else next(iter(value))

"""Words for every outcome, whatever its evidence holds."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses, search
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError
from tests.support.hostile import CURATED, strings

ERRORS: TypeAdapter[Any] = TypeAdapter(SelfCheckExecutionError)
TEXTS = tuple(
    text.encode("utf-8", "backslashreplace").decode() for text in (*CURATED, *strings(1_500))
)
KINDS: tuple[dict[str, object], ...] = (
    {"kind": "EmptyRequest"},
    {"kind": "TooManyFunctions"},
    {"kind": "InvalidTimestamp", "reason": "x"},
    {"kind": "SerializationFailed", "reason": "x"},
)


def variants(reason: str) -> list[Any]:
    """Return an error of every variant and kind, with this text where one has a text."""
    plain: list[dict[str, object]] = [
        {"variant": "Instantiate", "reason": reason},
        {"variant": "MissingSelfCheckExport"},
        {"variant": "SerializeRequest", "reason": reason},
        {"variant": "Call", "reason": reason},
        {"variant": "OutputTooLarge", "bytes": 9000, "max": 8192},
        {"variant": "DecodeResponse", "reason": reason},
        {"variant": "SuccessWithFailures", "count": 2},
        {"variant": "FailureWithoutFailures"},
        {"variant": "FailureStatus", "failures": 2},
        {"variant": "Clock", "reason": reason},
    ]
    plain += [{"variant": "Validation", "error": kind} for kind in KINDS]
    return [ERRORS.validate_python(item) for item in plain]


def outcome(error: Any, **evidence: Any) -> Outcome:
    return Outcome(
        status="refused",
        verdict=Verdict.refused(error),
        reason=None,
        evidence=Evidence.model_validate(evidence),
    )


def assert_tells(told: Outcome) -> None:
    finding = explain(told)
    assert finding is not None
    for words in (finding.title, finding.meaning, finding.cause, finding.fix):
        assert words.strip()
        assert len(words) < 3_000
    # Quotations come in pairs, or the rest of the sentence would be one.
    assert finding.cause.count("`") % 2 == 0


def test_every_variant_and_kind_has_words() -> None:
    told = {entry.variant for entry in entries()}
    [union, *_] = get_args(SelfCheckExecutionError)
    assert told == {"", *(model.model_fields["variant"].default for model in get_args(union))}
    assert len({entry.id for entry in entries()}) == len(entries()) == len(variants("")) + 1
    for error in variants("x"):
        assert_tells(outcome(error))


@pytest.mark.parametrize("entry", [*entries(), *near_misses()], ids=lambda entry: entry.name)
def test_an_entry_is_whole_and_found(entry: Any) -> None:
    assert len(entry.title) < 60
    assert entry.meaning.endswith(".")
    assert entry.fix.endswith(".")
    assert all(cause.endswith((".", ")")) for cause in entry.causes)
    assert entry.link.endswith(f"/{entry.page}")
    for asked in (entry.id, entry.name, entry.name.upper()):
        assert entry in search(asked)


@pytest.mark.parametrize("start", range(14))
def test_hostile_texts_are_told_whatever_the_variant(start: int) -> None:
    for text in TEXTS[start::14]:
        exports = [{"name": text, "kind": "function", "type": text}, {"name": "", "kind": "tag"}]
        imports = [{"module": text, "name": text, "kind": "function"}]
        trace = [f"0: 0x1 - m!{text}", text]
        for error in variants(text):
            assert_tells(
                outcome(
                    error,
                    output_preview=text,
                    engine_message=text,
                    exports=exports,
                    imports=imports,
                    backtrace=trace,
                )
            )


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    failures=JSON_LIKE,
    column=st.integers(0, 99),
    noise=st.text(max_size=20),
    number=st.integers(0, 13),
)
@settings(max_examples=100, deadline=None)
def test_no_response_is_beyond_words(
    failures: object, column: int, noise: str, number: int
) -> None:
    for output in (noise, json.dumps(failures), json.dumps({"failures": failures, "status": 1})):
        reason = f"expected value at line 1 column {column}"
        assert_tells(outcome(variants(reason)[number], output_preview=output))


@pytest.mark.parametrize("place", ["line 2 column 1", f"line {'9' * 5_000} column 1"])
def test_a_place_beyond_the_response_is_survived(place: str) -> None:
    error = ERRORS.validate_python({"variant": "DecodeResponse", "reason": f"x at {place}"})
    assert_tells(outcome(error, output_preview="null"))


def test_what_passed_or_was_skipped_needs_no_words() -> None:
    for status in ("passed", "skipped"):
        told = Outcome.model_validate(
            {"status": status, "verdict": None, "reason": "x", "evidence": Evidence()}
        )
        assert explain(told) is None

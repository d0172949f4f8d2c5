"""The eleven variants: their texts, their fields, and the way through JSON and back."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError, SelfCheckRefusal

ADAPTER: TypeAdapter[SelfCheckExecutionError] = TypeAdapter(SelfCheckExecutionError)

COMPLETED_AT = "completed_at must be positive"

# The variant as JSON, the host's text, and the fields as the vectors name them.
VARIANTS: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    (
        {"variant": "Validation", "error": {"kind": "EmptyRequest"}},
        "self-check validation failed: self-check request is empty (no functions to test)",
        {"kind": "EmptyRequest"},
    ),
    (
        {"variant": "Validation", "error": {"kind": "TooManyFunctions"}},
        "self-check validation failed: self-check function list exceeds maximum of 16",
        {"kind": "TooManyFunctions"},
    ),
    (
        {"variant": "Validation", "error": {"kind": "InvalidTimestamp", "reason": COMPLETED_AT}},
        "self-check validation failed: invalid timestamp: completed_at must be positive",
        {"kind": 'InvalidTimestamp("completed_at must be positive")'},
    ),
    (
        {"variant": "Validation", "error": {"kind": "SerializationFailed", "reason": 'a "b"'}},
        'self-check validation failed: self-check response serialization failed: a "b"',
        {"kind": 'SerializationFailed("a \\"b\\"")'},
    ),
    (
        {"variant": "Instantiate", "reason": "unknown import: `a::b` has not been defined"},
        "self-check plugin instantiation failed: unknown import: `a::b` has not been defined",
        {"reason": "unknown import: `a::b` has not been defined"},
    ),
    (
        {"variant": "MissingSelfCheckExport"},
        "plugin does not export cc_lb_self_check",
        {},
    ),
    (
        {"variant": "SerializeRequest", "reason": "no"},
        "self-check request serialization failed: no",
        {"reason": "no"},
    ),
    (
        {"variant": "Call", "reason": "plugin ran out of fuel"},
        "self-check call failed: plugin ran out of fuel",
        {"reason": "plugin ran out of fuel"},
    ),
    (
        {"variant": "OutputTooLarge", "bytes": 8193, "max": 8192},
        "self-check output size 8193 exceeds maximum 8192",
        {"bytes": 8193, "max": 8192},
    ),
    (
        {"variant": "DecodeResponse", "reason": "trailing comma at line 1 column 52"},
        "self-check response decode failed: trailing comma at line 1 column 52",
        {"reason": "trailing comma at line 1 column 52"},
    ),
    (
        {"variant": "SuccessWithFailures", "count": 3},
        "self-check success response included 3 failure(s)",
        {"count": 3},
    ),
    (
        {"variant": "FailureWithoutFailures"},
        "self-check failure response did not include failures",
        {},
    ),
    (
        {"variant": "FailureStatus", "failures": 1},
        "self-check reported failure status with 1 failure(s)",
        {"failures": 1},
    ),
    (
        {"variant": "Clock", "reason": "second time provided was later than self"},
        "self-check timestamp generation failed: second time provided was later than self",
        {"reason": "second time provided was later than self"},
    ),
]


@pytest.mark.parametrize(("encoded", "text", "fields"), VARIANTS)
def test_a_variant_reads_from_json_and_speaks_as_the_host(
    encoded: dict[str, Any], text: str, fields: dict[str, Any]
) -> None:
    error = ADAPTER.validate_python(encoded)

    assert type(error).__name__ == encoded["variant"]
    assert str(error) == text
    assert error.fields() == fields
    assert str(SelfCheckRefusal(error)) == text


@pytest.mark.parametrize("encoded", [encoded for encoded, _, _ in VARIANTS])
def test_a_variant_survives_json_and_back(encoded: dict[str, Any]) -> None:
    error = ADAPTER.validate_python(encoded)

    assert ADAPTER.dump_python(error) == encoded
    assert ADAPTER.validate_json(ADAPTER.dump_json(error)) == error


def test_the_table_above_holds_all_eleven_variants() -> None:
    schema = ADAPTER.json_schema()

    assert {encoded["variant"] for encoded, _, _ in VARIANTS} == set(
        schema["discriminator"]["mapping"]
    )
    assert len(schema["discriminator"]["mapping"]) == 11


@pytest.mark.parametrize(
    "encoded",
    [
        {},
        {"variant": "Timeout"},
        {"variant": "call", "reason": "x"},
        {"variant": "Call"},
        {"variant": "Call", "reason": "x", "more": 1},
        {"variant": "MissingSelfCheckExport", "reason": "x"},
        {"variant": "OutputTooLarge", "bytes": "many", "max": 8192},
        {"variant": "Validation", "error": {"kind": "InvalidTimestamp"}},
        {"variant": "Validation", "error": {"kind": "Other"}},
    ],
)
def test_what_is_no_variant_is_refused(encoded: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(encoded)


def test_a_variant_cannot_be_changed() -> None:
    error = ADAPTER.validate_python({"variant": "Call", "reason": "x"})

    with pytest.raises(ValidationError, match="frozen"):
        error.reason = "y"  # type: ignore[union-attr, misc]

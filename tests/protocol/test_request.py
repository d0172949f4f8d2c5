"""The request: its exact text, and each way in which it cannot be built."""

import pytest

from cc_lb_selfcheck.protocol.errors import (
    Clock,
    EmptyRequest,
    InvalidTimestamp,
    SelfCheckExecutionError,
    SelfCheckRefusal,
    TooManyFunctions,
    Validation,
)
from cc_lb_selfcheck.protocol.limits import WIRE_FUNCTIONS
from cc_lb_selfcheck.protocol.request import build_request

BEFORE_EPOCH = Clock(reason="second time provided was later than self")
BEYOND_I64 = Clock(reason="out of range integral type conversion attempted")
TOO_MANY = Validation(error=TooManyFunctions())
EMPTY = Validation(error=EmptyRequest())
NOT_POSITIVE = Validation(error=InvalidTimestamp(reason="initiated_at must be positive"))


def refusal(functions: list[str], now: float) -> SelfCheckExecutionError:
    with pytest.raises(SelfCheckRefusal) as caught:
        build_request(functions, lambda: now)
    return caught.value.error


def test_the_host_asks_for_all_wire_functions_in_compact_json() -> None:
    assert build_request(WIRE_FUNCTIONS, lambda: 1_780_000_000.9) == (
        '{"functions_to_test":["shape","normalize_error","build_signer","sign",'
        '"on_unauthorized","observe","filter"],"initiated_at":1780000000}'
    )


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("é😀", '"é😀"'),
        ('a"b\\c/', '"a\\"b\\\\c/"'),
        ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'),
        ("\0\x1f\x7f", '"\\u0000\\u001f\x7f"'),
    ],
)
def test_names_are_escaped_as_serde_json_does(name: str, encoded: str) -> None:
    request = build_request([name], lambda: 1)

    assert request == f'{{"functions_to_test":[{encoded}],"initiated_at":1}}'


@pytest.mark.parametrize(
    ("functions", "now", "error"),
    [
        (["f"], -0.1, BEFORE_EPOCH),
        (["f"], -1e300, BEFORE_EPOCH),
        (["f"], 2**63, BEYOND_I64),
        (["f"], 1e300, BEYOND_I64),
        (["f"], float("inf"), BEYOND_I64),
        (["f"], float("nan"), BEYOND_I64),
        (["f"], 0, NOT_POSITIVE),
        (["f"], 0.4, NOT_POSITIVE),
        ([], 1, EMPTY),
        (["f"] * 17, 1, TOO_MANY),
    ],
)
def test_a_request_that_cannot_be_made(
    functions: list[str], now: float, error: SelfCheckExecutionError
) -> None:
    assert refusal(functions, now) == error


@pytest.mark.parametrize(
    ("functions", "now", "error"),
    [
        (["f"] * 17, -1, TOO_MANY),
        (["\ud800"] * 17, 0.4, TOO_MANY),
        ([], -1, BEFORE_EPOCH),
        ([], 2**63, BEYOND_I64),
        ([], 0.4, EMPTY),
        (["\ud800"], 0.4, NOT_POSITIVE),
    ],
)
def test_of_two_faults_the_host_tells_the_first(
    functions: list[str], now: float, error: SelfCheckExecutionError
) -> None:
    assert refusal(functions, now) == error


def test_the_limits_themselves_are_allowed() -> None:
    assert build_request(["f"] * 16, lambda: 1).count('"f"') == 16
    assert build_request(["f"], lambda: 2**63 - 1).endswith(":9223372036854775807}")


def test_a_lone_surrogate_cannot_be_sent() -> None:
    error = refusal(["\ud800"], 1)

    assert error.variant == "SerializeRequest"
    assert str(error).startswith("self-check request serialization failed: ")

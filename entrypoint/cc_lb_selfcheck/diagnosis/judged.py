"""Responses that the host reads and then refuses for what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cc_lb_selfcheck.protocol.limits import IMPLEMENTED_FUNCTIONS_MAX

from .answer import FAILURE_FIELDS, FIELDS, parsed
from .excerpt import point_at
from .finding import Cause, Excerpt
from .specifics import Specifics, listed, quote

_SHOWN_MAX: Final = 6
_INT32_FROM: Final = -(2**31)
_STAGE_MEANINGS: Final = {
    "request_preparation": "preparing the sample requests",
    "wire_function_test": "testing a wire function's types",
    "capability_verification": "looking for what it needs of its host",
    "response_validation": "checking its own response",
}


def refused_values(kind: str | None, output: str) -> Specifics:
    """Return which value breaks a rule of the protocol."""
    response = _response(output)
    failures = response.get("failures")
    later = _later(response, output)
    if kind == "InvalidTimestamp" and isinstance(value := response.get("completed_at"), int):
        told = _time(value, output)
        return told._replace(others=(*told.others, *later))
    if kind == "TooManyFunctions" and isinstance(failures, list):
        return Specifics(
            _too_many(failures),
            seen=tuple(_failure(failure) for failure in failures[:_SHOWN_MAX]),
            others=tuple(cause for cause in later if cause.id == "CCLB-SUCCESS-WITH-FAILURES"),
        )
    return Specifics(confidence="possible")


def _too_many(failures: list[Any]) -> str:
    return (
        f"The response lists {len(failures)} failures; the host takes {IMPLEMENTED_FUNCTIONS_MAX}."
    )


def _later(response: Mapping[str, Any], output: str) -> Iterator[Cause]:
    """Yield what the host would refuse next: its later rules, in their order."""
    failures, status = response.get("failures"), _status(response)
    if not isinstance(failures, list):
        return
    if len(failures) > IMPLEMENTED_FUNCTIONS_MAX:
        yield _told("CCLB-VALIDATION-TOO-MANY-FUNCTIONS", Specifics(_too_many(failures)))
    if status == "success" and failures:
        yield _told("CCLB-SUCCESS-WITH-FAILURES", contradiction("SuccessWithFailures", output))
    elif status == "failure" and not failures:
        yield _told(
            "CCLB-FAILURE-WITHOUT-FAILURES", contradiction("FailureWithoutFailures", output)
        )
    elif status == "failure":
        yield _told("CCLB-FAILURE-STATUS", own_failures(output))


def _told(name: str, told: Specifics) -> Cause:
    return Cause(id=name, text=told.cause or "", confidence="certain")


def _status(response: Mapping[str, Any]) -> object:
    """Return the status, which the decoder also takes as an object's only key."""
    status = response.get("status", "")
    return next(iter(status), "") if isinstance(status, dict) else status


def _time(value: int, output: str) -> Specifics:
    others: tuple[Cause, ...] = ()
    if _INT32_FROM <= value < 0:
        others = (
            Cause(
                id="CCLB-MILLISECONDS",
                text="A larger number, such as milliseconds, that was cut to 32 bits on its way can"
                " come out negative.",
                confidence="possible",
            ),
        )
    return Specifics(
        f"`completed_at` is {quote(str(value))}; it must be the seconds since 1970, above 0.",
        excerpt=_point_at_value(output, "completed_at", "a number above 0", str(value)),
        others=others,
    )


def _point_at_value(output: str, field: str, expected: str, found: str) -> Excerpt | None:
    match = re.search(rf'"{field}"\s*:\s*(?=\S)', output)
    if match is None:
        return None
    head = output[: match.end()]
    line, start = head.count("\n") + 1, head.rfind("\n") + 1
    column = len(head[start:].encode(errors="replace")) + 1
    shown = point_at(output, line, column)
    update = {"expected": expected, "found": quote(found), "path": field}
    return shown.model_copy(update=update) if shown else None


def contradiction(variant: str, output: str) -> Specifics:
    """Return what the status and the list of failures say against each other."""
    response = _response(output)
    failures = response.get("failures")
    expected = "`failure`" if variant == "SuccessWithFailures" else "`success`"
    excerpt = _point_at_value(output, "status", expected, str(_status(response)))
    if variant == "FailureWithoutFailures":
        return Specifics(
            "The status is `failure`, and the list of failures is empty.", excerpt=excerpt
        )
    if not isinstance(failures, list):
        return Specifics("The status is `success`, and the list of failures is not empty.")
    return Specifics(
        f"The status is `success`, yet the response lists: {listed(map(_failure, failures))}.",
        excerpt=excerpt,
    )


def own_failures(output: str) -> Specifics:
    """Return what the plugin's own check found, by stage."""
    failures = _response(output).get("failures")
    if not isinstance(failures, list):
        return Specifics(
            "The plugin reports failures of its own; the response that lists them is not at hand."
        )
    told = listed((_failure(failure) for failure in failures), _SHOWN_MAX)
    return Specifics(
        f"The plugin says of itself: {told}.",
        seen=tuple(
            f"Stage `{stage}`: the plugin was {_STAGE_MEANINGS[stage]}."
            for stage in dict.fromkeys(_stage_and_message(failure)[0] for failure in failures)
            if stage in _STAGE_MEANINGS
        ),
    )


def _failure(failure: object) -> str:
    stage, message = _stage_and_message(failure)
    known = f" ({stage})" if stage in _STAGE_MEANINGS else ""
    return f"{quote(message) if message else 'no message'}{known}"


def _stage_and_message(failure: object) -> tuple[str, str]:
    """Read one failure, which the decoder takes as an object or as an array of its two fields."""
    if isinstance(failure, dict):
        failure = [failure.get(field) for field in FAILURE_FIELDS]
    stage, message = failure if isinstance(failure, list) and len(failure) == 2 else ("", "")
    if isinstance(stage, dict):
        stage = next(iter(stage), "")
    return str(stage), message if isinstance(message, str) else json.dumps(message)


def _response(output: str) -> dict[str, Any]:
    value = parsed(output)
    if isinstance(value, list) and len(value) == len(FIELDS):
        return dict(zip(FIELDS, value, strict=True))
    return value if isinstance(value, dict) else {}

"""When two verdicts are the same, and the exceptions."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from cc_lb_selfcheck.wasm.outline import read_outline
from tests.oracle.generate import Case
from tests.oracle.host import Verdict
from tests.oracle.ours import Entry

Outcome = Literal["equal", "excepted", "different"]

BACKTRACE = "error while executing at wasm backtrace:"
ENOUGH = 2000
"""Bytes of an artifact, or characters of a verdict, that a difference shows."""


@dataclass(frozen=True)
class Comparison:
    """One case with both verdicts and what came of it."""

    case: Case
    host: Verdict | None
    ours: Entry
    outcome: Outcome
    exception: str = ""

    @property
    def timed_out(self) -> bool:
        """Whether the verdicts differ and one of them is a timeout."""
        reasons = [_reason(self.host or {}), _reason(self.ours["verdict"] or {})]
        return self.outcome == "different" and "timeout" in reasons

    def told(self) -> str:
        """Tell the difference: the input, the host's verdict, ours."""
        what = self.case.artifact if self.case.output is None else self.case.output
        source = "artifact" if self.case.output is None else "output"
        shown = repr(what) if len(what) <= ENOUGH else f"{len(what)} bytes"
        encoded = base64.b64encode(what[:ENOUGH]).decode()
        ours = {key: self.ours[key] for key in ("status", "verdict", "reason")}
        return (
            f"{self.case.group} / {self.case.kind} / {self.case.name}\n"
            f"  {source}: {shown}\n  base64: {encoded}\n"
            f"  host: {str(self.host)[:ENOUGH]}\n  ours: {str(ours)[:ENOUGH]}"
        )


def compare(case: Case, host: Verdict | None, ours: Entry, seconds: range) -> Comparison:
    """Compare one pair of verdicts.

    A plugin knows the time from its request and may tell it. All `seconds` in which the pair was
    made count as one, so that two verdicts do not differ for having been made one after the other.
    """
    return _compare(
        case,
        None if host is None else _timeless(host, seconds),
        ours | {"verdict": _timeless(ours["verdict"], seconds)},
    )


def _timeless(verdict: dict[str, Any] | None, seconds: range) -> Any:
    first = str(seconds.start)
    text = re.sub(
        r"(?<!\d)\d{10}(?!\d)",
        lambda number: first if int(number[0]) in seconds else number[0],
        json.dumps(verdict),
    )
    return json.loads(text)


def _compare(case: Case, host: Verdict | None, ours: Entry) -> Comparison:
    verdict: dict[str, Any] | None = ours["verdict"]
    if host is None:
        # A host that dies has no verdict; neither have we.
        same = verdict is None and ours["status"] == "undetermined"
        reason = "the host's process died, and we say undetermined"
        return Comparison(case, host, ours, "excepted" if same else "different", reason)
    if verdict is None or verdict["variant"] != host["variant"]:
        return Comparison(case, host, ours, "different")
    if host["variant"] is None:
        same = verdict["response"] == host["response"] and ours["status"] == "passed"
        return Comparison(case, host, ours, "equal" if same else "different")
    if ours["status"] == "refused":
        if verdict["message"] == host["message"] and _same_fields(verdict, host):
            return Comparison(case, host, ours, "equal")
        if exception := _exception(case, host):
            return Comparison(case, host, ours, "excepted", exception)
    return Comparison(case, host, ours, "different")


def _same_fields(verdict: dict[str, Any], host: Verdict) -> bool:
    fields = host.get("fields", {})
    if host["variant"] == "Validation":
        # The host's is Rust's Debug form, Kind("text"); the message, compared before, has the text.
        return bool(verdict["kind"] == fields["kind"].partition("(")[0])
    return bool(verdict["fields"] == fields)


def _exception(case: Case, host: Verdict) -> str:
    """Name the exception under which the message may differ, if one applies."""
    reason = _reason(host)
    if read_outline(case.artifact).start_function is None and b"start" not in case.artifact:
        return ""
    if host["variant"] == "Instantiate" and reason.startswith(BACKTRACE):
        return "a start function's backtrace"
    if host["variant"] == "Instantiate" and reason == "calling the Reactor initialization function":
        return "a start function and _initialize, and which of them failed"
    if host["variant"] == "Call" and reason.startswith(BACKTRACE) and "\0" in reason:
        return "a command's start function, and a NUL in a name of its backtrace"
    return ""


def _reason(verdict: dict[str, Any]) -> str:
    return str((verdict.get("fields") or {}).get("reason", ""))

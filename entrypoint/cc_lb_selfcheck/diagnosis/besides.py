"""What else of a response the host would refuse, once the fault that it names is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from cc_lb_selfcheck.protocol.response import STAGES, STATUSES

from .answer import FAILURE_FIELDS, FIELDS, Answer
from .excerpt import step_of
from .finding import Cause
from .misspelt import meant_field, misspelt_field, misspelt_word
from .specifics import Specifics, listed, quote

_TOLD_MAX: Final = 4
_LOOKED_AT_MAX: Final = 32
"""Failures of a response, and fields of an object: the host takes 16 and three."""
_INT64: Final = range(-(2**63), 2**63)
_GENERAL: Final = "CCLB-DECODE-RESPONSE"


class _Fault(NamedTuple):
    """What is wrong with the field at a path, or with which fields the object there has."""

    path: str
    text: str
    id: str = _GENERAL


def besides(answer: Answer, *, tells_names: bool) -> tuple[Cause, ...]:
    """Return what is wrong with a response's fields, but for the one where the decoder stops.

    ``tells_names``: the main cause names all outermost fields that are unknown or missing.
    """
    if not isinstance(answer.value, dict) or answer.excerpt is None:
        return ()
    told_at = answer.excerpt.path
    found = (
        Cause(id=fault.id, text=fault.text, confidence="certain")
        for fault in _faults(answer.value)
        if fault.path != told_at and not (tells_names and fault.path == "")
    )
    return tuple(islice(found, _TOLD_MAX))


def _faults(response: Mapping[str, Any]) -> Iterator[_Fault]:
    meant = _by_meaning(response, FIELDS)
    yield from _names(response, meant, FIELDS)
    yield from _word("status", meant.get("status"), STATUSES)
    failures = meant.get("failures", [])
    if isinstance(failures, list):
        for number, failure in enumerate(failures[:_LOOKED_AT_MAX]):
            yield from _faults_of_failure(failure, f"failures[{number}]")
    else:
        yield _Fault("failures", "The field `failures` is no array.")
    time = meant.get("completed_at", 0)
    if type(time) is not int or time not in _INT64:
        text = "The field `completed_at` is no whole number of seconds."
        yield _Fault("completed_at", text, "CCLB-TIME-FORMAT")


def _faults_of_failure(failure: object, path: str) -> Iterator[_Fault]:
    if not isinstance(failure, dict):
        return
    meant = _by_meaning(failure, FAILURE_FIELDS)
    yield from _names(failure, meant, FAILURE_FIELDS, path)
    yield from _word(f"{path}.stage", meant.get("stage"), STAGES)
    if not isinstance(meant.get("message", ""), str):
        yield _Fault(f"{path}.message", f"The field `{path}.message` is no string.")


def _names(
    given: Mapping[str, Any], meant: Mapping[str, Any], right: Collection[str], path: str = ""
) -> Iterator[_Fault]:
    """Yield the fields that are misspelt, unknown or missing."""
    what = f"`{path}`" if path else "The response"
    unknown = []
    for name in islice(given, _LOOKED_AT_MAX):
        told = None if name in right else misspelt_field(name, right, given, what)
        if told is not None:
            place = f"{path}{step_of(name)}".removeprefix(".")
            yield _Fault(place, told.cause or "", told.id or _GENERAL)
        elif name not in right:
            unknown.append(quote(name, 40))
    if unknown:
        named = listed(unknown, is_cut=len(given) > _LOOKED_AT_MAX)
        yield _Fault(path, f"{what} has fields that the host does not know ({named}).")
    lacking = [f"`{name}`" for name in right if name not in meant]
    if lacking:
        yield _Fault(path, f"{what} lacks {listed(lacking)}.")


def _by_meaning(given: Mapping[str, Any], right: Collection[str]) -> dict[str, Any]:
    """Return values by the right names of their fields."""
    meant = {name: given[name] for name in right if name in given}
    for name in islice(given, _LOOKED_AT_MAX):
        other = None if name in right else meant_field(name, right, given)
        if other is not None:
            meant.setdefault(other, given[name])
    return meant


def _word(path: str, word: object, right: Collection[str]) -> Iterator[_Fault]:
    if word is None or word in right or not isinstance(word, str):
        return
    told = misspelt_word(path, word, right)
    if told is None:
        told = Specifics(f"The field `{path}` says {quote(word, 40)}, which is none of its words.")
    yield _Fault(path, told.cause or "", told.id or _GENERAL)

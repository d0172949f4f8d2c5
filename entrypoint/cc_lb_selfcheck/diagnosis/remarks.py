"""What is worth a word although it does not decide the self-check's verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cc_lb_selfcheck.host.evidence import IdentityEvidence
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.identity import MAGIC, SECTION_MAX_BYTES, U32_MAX, VERSION_MAX_BYTES
from cc_lb_selfcheck.protocol.limits import IDENTITY_SECTION
from cc_lb_selfcheck.wasm.features import EXCEPTIONS, WIDE_ARITHMETIC

from .budgets import nearly_used_up
from .finding import Cause
from .specifics import quote

UPLOAD_MAX_BYTES: Final = 32 << 20
"""The most that cc-lb's administration takes (cc-lb-server ``src/admin_plugins.rs``)."""
_UNITS: Final = ((10**17, "nanoseconds"), (10**14, "microseconds"), (10**11, "milliseconds"))
"""From what number on a time can only be in such a unit: seconds would be the year 5138."""
_FEATURES: Final = {
    EXCEPTIONS: "exceptions (tags, `throw`, `try_table`)",
    WIDE_ARITHMETIC: "wide arithmetic (128 bits)",
}


def remarks(outcome: Outcome) -> list[Cause]:
    """Return what else there is to say of an artifact that the engine has loaded."""
    verdict = outcome.verdict
    if verdict is None or verdict.variant == "Instantiate":
        return []
    evidence = outcome.evidence
    told = [*about_text(evidence), *_identity(evidence), *_size(evidence), *nearly_used_up(outcome)]
    if outcome.status == "passed":
        told += [*_time(outcome), *_features(evidence)]
    return told


def about_text(evidence: Evidence) -> Iterator[Cause]:
    """Tell of a module in text that the engine takes, as the host will not."""
    if evidence.file_kind is not None:
        yield Cause(
            id="CCLB-WEBASSEMBLY-TEXT",
            text="The file is WebAssembly text. The engine reads it, but the host looks for the"
            " plugin's identity first, and does so in binary modules alone.",
            confidence="certain",
        )


def _identity(evidence: Evidence) -> Iterator[Cause]:
    identity = evidence.identity
    if identity is None or identity.fault is None or evidence.file_kind is not None:
        return
    if identity.fault == "MissingCustomSection":
        yield Cause(
            id="CCLB-NO-IDENTITY",
            text=f"The artifact has no section `{IDENTITY_SECTION}`: the host refuses it before it"
            " comes to the self-check.",
            confidence="certain",
        )
    elif identity.fault != "WasmParseError":
        told = (
            f"The host refuses the section `{IDENTITY_SECTION}` before it comes to the self-check"
        )
        rule = _broken_rule(identity)
        yield Cause(
            id="CCLB-BAD-IDENTITY",
            text=f"{told}: {rule}" if rule else f"{told}.",
            confidence="certain",
        )


_RULES: Final[dict[str, str]] = {
    "section-twice": "the section occurs more than once.",
    "section-too-large": f"it has {{}} bytes, and {SECTION_MAX_BYTES:,} are the most.",
    "no-json": "it is no JSON in UTF-8.",
    "no-object": "it is no JSON object.",
    "field-unknown": "it has a field {}, which is none of the four.",
    "field-twice": "the field {} occurs twice.",
    "field-missing": "the field {} is missing.",
    "field-type": "the field {} is not {wanted}.",
    "magic": f"`magic` is not `{MAGIC}`.",
    "name-empty": "`plugin_name` is empty.",
    "name-pattern": "`plugin_name` is {}; up to 64 of a to z, 0 to 9, `_` and `-` are allowed, a"
    " letter first.",
    "version-empty": "`plugin_version` is empty.",
    "version-too-long": f"`plugin_version` has {{}} bytes, and {VERSION_MAX_BYTES} are the most.",
}


_OF_SIZES: Final = ("section-too-large", "version-too-long")
_DIGITS_MAX: Final = 20
_WANTED: Final = {
    "magic": f"an array of {len(MAGIC)} numbers from 0 to 255",
    "abi_envelope": f"a whole number from 0 to {U32_MAX:,}",
    "plugin_name": "a string",
    "plugin_version": "a string",
}


def _broken_rule(identity: IdentityEvidence) -> str:
    subject = identity.subject or ""
    wanted = _WANTED.get(subject, "of the right kind")
    is_size = identity.rule in _OF_SIZES and subject.isdecimal() and len(subject) < _DIGITS_MAX
    shown = f"{int(subject):,}" if is_size else quote(subject)
    return _RULES.get(identity.rule or "", "").format(shown, wanted=wanted)


def _size(evidence: Evidence) -> Iterator[Cause]:
    size = evidence.file_bytes or 0
    if size > UPLOAD_MAX_BYTES:
        yield Cause(
            id="CCLB-TOO-LARGE-TO-UPLOAD",
            text=f"The file has {size:,} bytes; cc-lb takes uploads of up to"
            f" {UPLOAD_MAX_BYTES:,} bytes.",
            confidence="certain",
            seen=["It is a debug build."] if evidence.debug_checks else [],
        )


def _time(outcome: Outcome) -> Iterator[Cause]:
    response = outcome.verdict.response if outcome.verdict else None
    if response is None:
        return
    unit = next((unit for least, unit in _UNITS if response.completed_at >= least), None)
    if unit is not None:
        yield Cause(
            id="CCLB-MILLISECONDS",
            text=f"`completed_at` is {response.completed_at}: that looks like {unit}, and the"
            " protocol counts seconds.",
            confidence="likely",
        )


def _features(evidence: Evidence) -> Iterator[Cause]:
    used = [words for feature, words in _FEATURES.items() if feature in evidence.features]
    if used:
        yield Cause(
            id="CCLB-NEWER-ENGINE",
            text=f"The module uses {' and '.join(used)}. A host on an older engine (wasmtime 43)"
            " does not load it.",
            confidence="certain",
        )

"""Why the engine does not load a file: what it is, what it lacks, what runs too early."""

from __future__ import annotations

import re
from typing import Final

from cc_lb_selfcheck.host.messages import TRAP_CONTEXT
from cc_lb_selfcheck.host.outcome import Evidence, Padding

from .imports import imports_at_fault
from .remarks import about_text
from .specifics import Specifics, in_a_row, quote

_BASE64: Final = "a WebAssembly module in base64"
_BEHIND: Final = "a WebAssembly module behind other bytes"
_FILES: Final[tuple[tuple[str, str | None], ...]] = (
    ("an empty file", "CCLB-EMPTY-FILE"),
    ("a WebAssembly component", "CCLB-COMPONENT"),
    ("a Git LFS pointer", "CCLB-GIT-LFS-POINTER"),
    ("an HTML page", "CCLB-HTML-PAGE"),
    ("WebAssembly text", "CCLB-WEBASSEMBLY-TEXT"),
    ("a gzip archive", "CCLB-ARCHIVE"),
    ("a zip archive", "CCLB-ARCHIVE"),
    ("an empty zip archive", "CCLB-ARCHIVE"),
    ("a tar archive", "CCLB-ARCHIVE"),
    ("a zstd archive", "CCLB-ARCHIVE"),
    ("an xz archive", "CCLB-ARCHIVE"),
    ("a bzip2 archive", "CCLB-ARCHIVE"),
    ("a 7-Zip archive", "CCLB-ARCHIVE"),
    ("an ELF binary", "CCLB-NATIVE-BINARY"),
    ("a Mach-O binary", "CCLB-NATIVE-BINARY"),
    ("a universal Mach-O binary or a Java class", "CCLB-NATIVE-BINARY"),
    ("a Windows executable", "CCLB-NATIVE-BINARY"),
    ("a static library", "CCLB-NATIVE-BINARY"),
    ("LLVM bitcode", "CCLB-NATIVE-BINARY"),
    (_BASE64, "CCLB-NOT-WEBASSEMBLY"),
    ("UTF-16 text", "CCLB-NOT-WEBASSEMBLY"),
    ("JSON text", "CCLB-NOT-WEBASSEMBLY"),
    ("XML text, such as a storage server's error", "CCLB-NOT-WEBASSEMBLY"),
    ("no WebAssembly module", "CCLB-NOT-WEBASSEMBLY"),
    (_BEHIND, None),
)
"""How the descriptions of files begin, and what explains each."""

_FEATURES: Final = (
    ("shared memory", "shared memory", "`-C target-feature=-atomics`, and no threads"),
    ("custom page sizes", "memory pages of another size", "leave out `pagesize`"),
    ("shared-everything-threads", "threads that share more than memory", "build without threads"),
    ("stack switching", "stack switching", "build without coroutines of WebAssembly's own"),
    (
        "legacy_exceptions",
        "exceptions in their first, withdrawn form",
        "`-C panic=abort` (Rust), `-fno-exceptions` or `-fwasm-exceptions` with"
        " `-mllvm -wasm-use-legacy-eh=false` (C++)",
    ),
)
_FEATURE_WORDS: Final = re.compile(
    r"must be enabled|not enabled|is disabled|feature required|require[sd]? the [\w-]+ proposal"
    r"|not supported|support is not"
)


def not_loaded(reason: str, evidence: Evidence) -> Specifics:
    """Return why the engine does not turn the file into a running plugin."""
    told = evidence.engine_message or reason
    if evidence.file_kind is not None and not (evidence.is_text and _is_assembled(told)):
        return _other_file(evidence.file_kind, told)
    specifics = _not_started(reason, told, evidence)
    if evidence.is_text:
        return specifics._replace(others=(*specifics.others, *about_text(evidence)))
    return specifics


_IN_TEXT: Final = re.compile(r"\n +--> <anon>:\d+:\d+\n|\Ainput bytes aren't valid utf-8\Z")
"""What a message on the text itself has: the place in it."""


def _is_assembled(told: str) -> bool:
    """Tell whether the engine has made a module of WebAssembly text, and that is at fault."""
    return _IN_TEXT.search(told) is None


def _not_started(reason: str, told: str, evidence: Evidence) -> Specifics:
    if reason.startswith(
        (
            "unknown import",
            "Invalid ",
            "linked modules cannot",
            "incompatible",
            "types incompatible",
        )
    ):
        return imports_at_fault(reason, evidence)
    if reason == TRAP_CONTEXT or reason.startswith("calling the Reactor"):
        return _fails_at_start(reason, told, evidence)
    if _FEATURE_WORDS.search(told[:_TOLD_MAX_CHARS]):
        return _unsupported(told)
    if reason.startswith("failed to parse"):
        if evidence.is_text:
            entry = "CCLB-COMPONENT" if "WebAssembly component" in told else None
            return Specifics(f"The text makes no module that is valid: {quote(told)}.", id=entry)
        return _unreadable(told, evidence)
    if reason.startswith("failed to compile"):
        where = quote(reason.removeprefix("failed to compile: "))
        return Specifics(
            f"The body of {where} is not valid: {quote(told)}.",
            "Build the artifact again with the compiler's own linker, and leave out tools that"
            " rewrite it afterwards, such as an old wasm-opt.",
        )
    if "out of bounds" in told:
        return Specifics(
            f"What the module wants to place in its memory or table does not fit: {quote(told)}.",
            "Give the module a larger initial memory or table, or correct the place of its data.",
        )
    return Specifics(f"The engine says: {quote(told)}.", confidence="certain")


_TOLD_MAX_CHARS: Final = 2_000
_HEAD_BYTES: Final = 8


def _other_file(kind: str, told: str) -> Specifics:
    known = next(((words, entry) for words, entry in _FILES if kind.startswith(words)), None)
    if known is None:
        return Specifics(f"The file is no WebAssembly module. The engine says: {quote(told)}.")
    kind, entry = known
    if kind == _BEHIND:
        return Specifics(
            f"The file is {kind}.",
            "Write nothing before the module: its first bytes are 00 61 73 6D.",
        )
    if entry == "CCLB-WEBASSEMBLY-TEXT":
        return Specifics(
            f"The file is WebAssembly text, and the engine does not take it: {quote(told)}.",
            id=entry,
        )
    if entry == "CCLB-EMPTY-FILE":
        return Specifics("The file has no byte in it.", id=entry)
    fix = "Decode it: `base64 --decode`." if kind == _BASE64 else None
    return Specifics(f"The file is {kind}.", fix, id=entry)


def _unreadable(told: str, evidence: Evidence) -> Specifics:
    lacking = evidence.missing_bytes
    size = f"{evidence.file_bytes:,}" if evidence.file_bytes is not None else "some"
    is_cut = (lacking or 0) > 0 and "unexpected end" in told
    if (evidence.file_bytes or _HEAD_BYTES) < _HEAD_BYTES:
        return Specifics(
            f"The file ends after {size} bytes, and a module begins with {_HEAD_BYTES} that are"
            " always the same.",
            id="CCLB-TRUNCATED",
        )
    if evidence.reads_as_text:
        return Specifics(
            "The file begins as a WebAssembly module and reads as UTF-8 text throughout, as no"
            " module of its size does: something took it for text and changed its bytes.",
            id="CCLB-DAMAGED-MODULE",
            confidence="likely",
            seen=(f"The engine says: {quote(told)}.",),
        )
    if evidence.zeros_from is not None:
        return Specifics(
            f"From byte {evidence.zeros_from + 1:,} on, in the middle of its code, the file has"
            " zeros alone: it was not written to its end.",
            id="CCLB-TRUNCATED",
            confidence="likely",
            seen=(f"The engine says: {quote(told)}.",),
        )
    if evidence.surplus_bytes:
        return _padded(evidence.surplus_bytes, evidence.surplus_kinds, told)
    if is_cut:
        file_bytes = evidence.file_bytes or 1
        ends_in_header = (evidence.unreadable_at or 0) >= file_bytes - 1
        lacks_most = (lacking or 0) > 8 * file_bytes
        are_missing = "one is missing" if lacking == 1 else f"{lacking:,} are missing"
        return Specifics(
            f"The file ends in the middle of a section: after {size} bytes, at least"
            f" {are_missing}.",
            id="CCLB-TRUNCATED",
            # A byte or two that begin a section may as well be too many; and a length that is far
            # too large may as well be wrong.
            confidence="likely" if ends_in_header or lacks_most else "certain",
            seen=(f"The engine says: {quote(told)}.",),
        )
    return Specifics(
        f"The file begins as a WebAssembly module, and then makes no sense: {quote(told)}.",
        id="CCLB-DAMAGED-MODULE",
        confidence="likely",
    )


def _padded(surplus: int, kinds: list[Padding], told: str) -> Specifics:
    if surplus == 1:
        follows = f"one byte follows it: a {kinds[0]}" if kinds else "one byte follows it"
    else:
        which = f": {in_a_row(f'{kind}s' for kind in kinds)}" if kinds else ""
        follows = f"{surplus:,} bytes follow it{which}"
    return Specifics(
        f"The module seems whole, and {follows}. Nothing may follow a module.",
        "Write nothing after the module: no line end, and no padding.",
        id="CCLB-DAMAGED-MODULE",
        confidence="likely",
        seen=(f"The engine says: {quote(told)}.",),
    )


def _unsupported(told: str) -> Specifics:
    for sign, feature, change in _FEATURES:
        if sign in told:
            return Specifics(
                f"The module uses {feature}: {quote(told)}.",
                f"Build without it: {change}.",
                id="CCLB-UNSUPPORTED-FEATURE",
            )
    return Specifics(
        f"The module uses something that the host's engine has not switched on: {quote(told)}.",
        id="CCLB-UNSUPPORTED-FEATURE",
    )


def _fails_at_start(reason: str, told: str, evidence: Evidence) -> Specifics:
    has_start = reason == TRAP_CONTEXT
    what = "start function" if has_start else "`_initialize` function"
    if "all fuel consumed" in told:
        how = "burns all fuel (10,000,000 units)"
    else:
        how = f"fails: {quote(told.removeprefix('wasm trap: '))}"
    fix = None
    if has_start and "AssemblyScript" in evidence.languages:
        fix = (
            "In AssemblyScript, the statements at the top of a module are its start function: move"
            " them into the exported functions."
        )
    return Specifics(
        f"The module's {what} runs before the self-check, and it {how}.",
        fix,
        id="CCLB-START-FUNCTION",
    )

"""What in *this* artifact led to the refusal: which import, which byte, which field.

One function per variant, registered under its name; each quotes the evidence and claims nothing
that the evidence does not show.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.host.messages import OUT_OF_FUEL, TIMEOUT, TRAP_CONTEXT
from cc_lb_selfcheck.host.outcome import Evidence, ExportEvidence, Verdict
from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_EXPORT,
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
)

_QUOTE_MAX: Final = 160
_LISTED_MAX: Final = 6
_BEFORE_BYTES: Final = 60
_NO_TICK: Final = "\u02cb"  # looks like a backtick and ends no quotation
_NEARNESS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Specifics:
    """A cause and, where it is more precise than the catalogue's, a fix."""

    cause: str | None = None
    fix: str | None = None


_Teller = Callable[[Verdict, Evidence], Specifics]
_TELLERS: dict[str, _Teller] = {}


def specifics(verdict: Verdict, evidence: Evidence) -> Specifics:
    """Return what the evidence shows about a refusal."""
    teller = _TELLERS.get(verdict.variant or "")
    return teller(verdict, evidence) if teller else Specifics()


def quote(text: str, limit: int = _QUOTE_MAX) -> str:
    """Quote text from outside in a sentence: on one line, and no longer than helps."""
    flat = " ".join(text.split())
    cut = flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
    if "`" not in cut:
        return f"`{cut}`"
    # What quotes something itself is quoted otherwise; an unpaired mark would open a quotation.
    return f'"{cut}"' if cut.count("`") % 2 == 0 else f'"{cut.replace("`", _NO_TICK)}"'


def _listed(items: list[str]) -> str:
    more = len(items) - _LISTED_MAX
    shown = items[:_LISTED_MAX]
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _tells(variant: str) -> Callable[[_Teller], _Teller]:
    def register(teller: _Teller) -> _Teller:
        _TELLERS[variant] = teller
        return teller

    return register


def _reason(verdict: Verdict) -> str:
    return str(verdict.fields.get("reason", ""))


# Instantiate ---------------------------------------------------------------------------------


@_tells("Instantiate")
def _instantiate(verdict: Verdict, evidence: Evidence) -> Specifics:
    reason = _reason(verdict)
    if evidence.file_kind is not None:
        return Specifics(
            f"The artifact is {evidence.file_kind}.",
            "Hand over the binary module that the build writes, and nothing around it.",
        )
    if reason.startswith(("unknown import", "Invalid ", "linked modules cannot")):
        return _imports_at_fault(evidence, reason)
    if reason.startswith("incompatible import type"):
        name = reason.partition("`")[2].rstrip("`")
        return Specifics(
            f"The import {quote(name)} exists in the host, but with another type.",
            "Build against the PDK that belongs to this host, or correct the import's signature.",
        )
    if reason.startswith("failed to parse"):
        return Specifics(
            f"The module cannot be read: {quote(evidence.engine_message or reason)}.",
            "Build the artifact again and compare its size: a file cut short, or one that another"
            " tool has rewritten, reads like this. A newer WebAssembly feature than the engine"
            " knows does, too.",
        )
    if reason.startswith("failed to compile"):
        where = quote(reason.removeprefix("failed to compile: "))
        told = quote(evidence.engine_message or "")
        return Specifics(f"The body of {where} is not valid: {told}.")
    if reason == TRAP_CONTEXT or reason.startswith("calling the Reactor"):
        what = "`_initialize` function" if reason != TRAP_CONTEXT else "start function"
        told = quote(evidence.engine_message or reason)
        return Specifics(
            f"The module's {what} runs before the self-check, and it failed: {told}.",
            f"Take the work out of the {what}, or make it finish without a trap.",
        )
    return Specifics(f"The engine says: {quote(evidence.engine_message or reason)}.")


_FOREIGN_MODULES: Final = (
    (
        re.compile(r"wasi_.*|wasi:.*"),
        "It is built for WASI, which the host does not offer.",
        "Build for `wasm32-unknown-unknown` (Rust), or with your language's target without WASI.",
    ),
    (
        re.compile(r"extism:host/user"),
        "Host functions of cc-lb exist for live traffic only, not during the self-check.",
        "Leave the import out of the artifact: even an import that is never called is refused.",
    ),
    (
        re.compile(r"wbg|__wbindgen.*|\./.*_bg\.js"),
        "It expects wasm-bindgen's JavaScript around it.",
        "Build with plain `cargo build`, not wasm-pack, and drop crates that need wasm-bindgen"
        " (or their `js` features).",
    ),
    (
        re.compile(r"extism:host/env"),
        "The engine of this host knows no such function: the name is misspelt, or the PDK is newer"
        " than the host.",
        "Correct the name, or pin the PDK to the version that belongs to this host.",
    ),
    (
        re.compile(r"env"),
        "Imports from `env` come from a linker or runtime that expects its own host.",
        "Link everything into the module; for AssemblyScript build with `--use abort=` and a"
        " function of your own.",
    ),
)


def _imports_at_fault(evidence: Evidence, reason: str) -> Specifics:
    named = re.search(r"import from extism:host/env: (.*?) \(", reason)
    if named:
        at_fault = [item for item in evidence.imports if item.name == named[1]][:1]
    else:
        at_fault = [item for item in evidence.imports if item.module != "extism:host/env"]
    if not at_fault:
        return Specifics(f"The engine says: {quote(reason)}.")
    listed = _listed([quote(f"{item.module}::{item.name}") for item in at_fault])
    noun = "import" if len(at_fault) == 1 else "imports"
    cause = f"The host does not define the {noun} {listed}."
    for pattern, why, fix in _FOREIGN_MODULES:
        if any(pattern.fullmatch(item.module) for item in at_fault):
            return Specifics(f"{cause} {why}", fix)
    return Specifics(cause)


# MissingSelfCheckExport ----------------------------------------------------------------------


@_tells("MissingSelfCheckExport")
def _missing_export(_verdict: Verdict, evidence: Evidence) -> Specifics:
    same_name = [item for item in evidence.exports if item.name == SELF_CHECK_EXPORT]
    if same_name:
        return _wrong_export(same_name[0])
    near = [item.name for item in evidence.exports if _is_near(item.name)]
    if near:
        return Specifics(
            f"It exports {_listed([quote(name) for name in near])}, which is not"
            f" `{SELF_CHECK_EXPORT}` letter for letter.",
            f"Rename the function to `{SELF_CHECK_EXPORT}`.",
        )
    functions = [quote(item.name) for item in evidence.exports if item.kind == "function"]
    exports = f"exports only {_listed(functions)}" if functions else "exports no function at all"
    return Specifics(f"The module {exports}.")


def _wrong_export(export: ExportEvidence) -> Specifics:
    if export.kind != "function":
        return Specifics(f"`{SELF_CHECK_EXPORT}` is exported as a {export.kind}, not a function.")
    return Specifics(
        f"`{SELF_CHECK_EXPORT}` is exported, but its type is {quote(export.type or 'unknown')}: the"
        " host takes only a function without parameters and with one i32 result, or none.",
        f'Declare it as `pub extern "C" fn {SELF_CHECK_EXPORT}() -> i32` and read the request'
        " through the PDK.",
    )


def _is_near(name: str) -> bool:
    plain = re.sub(r"[^a-z]", "", name.casefold())
    wanted = SELF_CHECK_EXPORT.replace("_", "")
    return difflib.SequenceMatcher(None, plain, wanted).ratio() >= _NEARNESS


# Call ----------------------------------------------------------------------------------------

_TRAPS: Final = (
    ("call stack exhausted", "The call stack ran out: a recursion does not end."),
    ("integer divide by zero", "It divides an integer by zero."),
    ("integer overflow", "A division or conversion overflows its integer."),
    ("invalid conversion to integer", "It converts a float that no integer can hold."),
    ("out of bounds memory access", "It reads or writes outside of its memory."),
    ("undefined element: out of bounds table", "It calls a function outside of its table."),
    ("uninitialized element", "It calls a table entry that holds no function."),
    ("indirect call type mismatch", "It calls a function through a pointer of another type."),
    ("unreachable", "It panicked or aborted (an `unreachable` instruction was executed)."),
)


@_tells("Call")
def _call(verdict: Verdict, evidence: Evidence) -> Specifics:
    reason = _reason(verdict)
    if reason == OUT_OF_FUEL:
        return Specifics(
            f"The call burnt all of its {SELF_CHECK_FUEL:,} units of fuel: a loop does not end, or"
            " the self-check does too much work.",
            "Look for a loop that cannot end, and try small samples instead of real work. A release"
            " build burns far less than a debug build.",
        )
    if reason == TIMEOUT:
        return Specifics(
            f"The call was not done after {SELF_CHECK_WALL_MS} ms, and neither was a second one"
            " with the machine to itself.",
            "Look for what takes time without burning fuel, such as touching much memory, and take"
            " it out of the self-check.",
        )
    if reason.startswith(TRAP_CONTEXT):
        return _trap(evidence)
    exit_code = re.fullmatch(r"Returned non-zero exit code: (-?\d+)", reason)
    if exit_code:
        return Specifics(
            f"`{SELF_CHECK_EXPORT}` returned {exit_code[1]} and no error text; 0 means success.",
            "Return 0 when the response is set, and set an error text for anything else.",
        )
    if re.match(r"(invalid|incomplete) utf-8 ", reason):
        return Specifics(
            f"The output is not UTF-8: {quote(reason)}.",
            "Hand over the bytes of the JSON text in UTF-8, and their number: not of UTF-16, and"
            " nothing behind the text.",
        )
    if reason.startswith("failed to initialize "):
        return Specifics(f"The language runtime in the module did not start: {quote(reason)}.")
    return Specifics(
        f"The plugin itself reported an error: {quote(reason)}.",
        "Mend what the plugin's own message says. What its self-check finds wrong belongs into the"
        " failures of its response; an error ends the check.",
    )


def _trap(evidence: Evidence) -> Specifics:
    message = evidence.engine_message or ""
    caused_by = message.partition("Caused by:")[2]
    cause = next((words for trap, words in _TRAPS if trap in caused_by), None)
    cause = cause or f"The engine says: {quote(caused_by or message)}."
    frame = next((frame for frame in evidence.backtrace if _is_authors(frame)), None)
    return Specifics(
        f"{cause} It happened in {quote(_CRATE_HASH.sub('', _function(frame)))}."
        if frame
        else cause,
        "Find the panic or fault in the code that the self-check runs. Built with debug"
        " information (Rust: `debug = 1` in the release profile), the backtrace names the line.",
    )


_LIBRARY: Final = re.compile(
    r"<?(?:&?mut )?(?:core|std|alloc|serde|serde_json|dlmalloc|compiler_builtins|__rustc)(?:\[|::)"
    r"|_R|<wasm function|~lib/|__rust|rust_|mem(?:cpy|cmp|move|set)$|abort$"
)
"""Functions of standard libraries and runtimes, and those without a name."""
_CRATE_HASH: Final = re.compile(r"\[[0-9a-f]{8,}\]")


def _is_authors(frame: str) -> bool:
    function = _function(frame)
    return bool(function) and not _LIBRARY.match(function)


def _function(frame: str) -> str:
    return frame.partition("!")[2]


# Responses -----------------------------------------------------------------------------------


@_tells("OutputTooLarge")
def _too_large(verdict: Verdict, _evidence: Evidence) -> Specifics:
    size = int(verdict.fields["bytes"])
    over = size - SELF_CHECK_OUTPUT_MAX_BYTES
    return Specifics(f"The response has {size:,} bytes, {over:,} more than the host takes.")


@_tells("DecodeResponse")
def _decode(verdict: Verdict, evidence: Evidence) -> Specifics:
    reason = _reason(verdict)
    output = evidence.output_preview or ""
    if not output:
        return Specifics("The response is empty: the plugin set no output.")
    place = re.search(r" at line (\d+) column (\d+)$", reason)
    if place is None:
        return Specifics(f"The decoder says: {quote(reason)}.")
    line, column = int(place[1]), int(place[2])
    said = reason[: place.start()]
    before = _before(output, line, column)
    where = f", after {quote(before)}" if before else ""
    return Specifics(
        f"The decoder stops at line {line}, byte {column} of the response{where}: {quote(said)}."
    )


def _before(output: str, line: int, column: int) -> str:
    """Return what leads up to a byte of the response."""
    text = output.split("\n")[line - 1].encode()
    before = text[max(0, column - _BEFORE_BYTES) : column].decode(errors="ignore")
    return f"…{before}" if column > _BEFORE_BYTES and before else before


@_tells("Validation")
def _validation(verdict: Verdict, evidence: Evidence) -> Specifics:
    response = _response(evidence)
    if verdict.kind == "InvalidTimestamp" and "completed_at" in response:
        value = quote(str(response["completed_at"]))
        return Specifics(f"`completed_at` is {value}; it must be the seconds since 1970, above 0.")
    failures = response.get("failures")
    if verdict.kind == "TooManyFunctions" and isinstance(failures, list):
        return Specifics(f"The response lists {len(failures)} failures; the host takes 16.")
    return Specifics()


@_tells("FailureWithoutFailures")
def _no_failures(_verdict: Verdict, _evidence: Evidence) -> Specifics:
    return Specifics("The status is `failure`, and the list of failures is empty.")


@_tells("SuccessWithFailures")
@_tells("FailureStatus")
def _failures(verdict: Verdict, evidence: Evidence) -> Specifics:
    failures = _response(evidence).get("failures")
    if not isinstance(failures, list):
        return Specifics()
    told = [_failure(failure) for failure in failures]
    if verdict.variant == "SuccessWithFailures":
        return Specifics(f"The status is `success`, yet the response lists: {_listed(told)}.")
    return Specifics(f"The plugin says of itself: {_listed(told)}.")


def _failure(failure: object) -> str:
    """Tell one failure, which the decoder takes as an object or as an array of its two fields."""
    if isinstance(failure, dict):
        failure = [failure.get("stage"), failure.get("message")]
    stage, message = failure if isinstance(failure, list) and len(failure) == 2 else ("", "")
    if isinstance(stage, dict):
        stage = next(iter(stage), "")
    return f"{quote(str(message)) if message else 'no message'} ({stage})"


def _response(evidence: Evidence) -> dict[str, object]:
    try:
        value = json.loads(evidence.output_preview or "")
    except ValueError:
        return {}
    if isinstance(value, list) and len(value) == 3:
        return dict(zip(("status", "failures", "completed_at"), value, strict=True))
    return value if isinstance(value, dict) else {}

"""Why a call failed: a trap, a limit, the plugin's own error, an output that is no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.messages import OUT_OF_FUEL, TIMEOUT, TRAP_CONTEXT
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT, SELF_CHECK_FUEL, SELF_CHECK_WALL_MS

from .backtrace import frames_of
from .finding import Cause
from .panics import Panic, kind_of_panic
from .specifics import Specifics, quote
from .unseen import is_unseen, wider_encoding

_TRAPS: Final = (
    ("call stack exhausted", "The call stack ran out: calls are nested too deep, or without end."),
    ("integer divide by zero", "It divides an integer by zero."),
    ("integer overflow", "A division or conversion overflows its integer."),
    ("invalid conversion to integer", "It converts a float that no integer can hold."),
    ("out of bounds memory access", "It reads or writes outside of its memory."),
    ("undefined element: out of bounds table", "It calls a function outside of its table."),
    ("uninitialized element", "It calls a table entry that holds no function."),
    ("indirect call type mismatch", "It calls a function through a pointer of another type."),
    ("null reference", "It uses a reference that is null."),
    ("cast failure", "It casts a reference to a type that it does not have."),
    ("unreachable", "It panicked or aborted (an `unreachable` instruction was executed)."),
)


def failed_call(reason: str, evidence: Evidence) -> Specifics:
    """Return what ended the call, as far as the engine's message and further runs show."""
    if evidence.own_error:
        return _own_error(reason)
    if reason in (OUT_OF_FUEL, TIMEOUT):
        told = _stopped(_beyond_limit(reason, evidence), evidence)
        return told._replace(seen=(*told.seen, *_said_by_then(evidence.own_text)))
    if reason.startswith(TRAP_CONTEXT):
        return _trap(evidence)
    exit_code = re.fullmatch(r"Returned non-zero exit code: (-?\d+)", reason)
    if exit_code:
        return Specifics(
            f"`{SELF_CHECK_EXPORT}` returned {exit_code[1]} and no error text; 0 means success.",
            id="CCLB-EXIT-CODE",
        )
    if re.match(r"(invalid|incomplete) utf-8 ", reason):
        return _not_utf8(reason, evidence.output_preview or "")
    if reason.startswith("failed to initialize "):
        return Specifics(
            f"The language runtime in the module did not start: {quote(reason)}.",
            id="CCLB-START-FUNCTION",
        )
    if reason.startswith(_UNREADABLE_ERROR):
        return Specifics(
            "The plugin reported an error whose text is no UTF-8, so that it is lost:"
            f" {quote(reason)}.",
            "Set the error's text in UTF-8; then it is shown here.",
            id="CCLB-PLUGIN-ERROR",
        )
    return Specifics(f"The engine says: {quote(reason)}.")


_UNREADABLE_ERROR: Final = "unable to load error message from memory: "


def _own_error(reason: str) -> Specifics:
    """Tell of an error text that the plugin set itself, whatever it reads like."""
    if re.match(r"unknown field `(?:functions_to_test|initiated_at)`, ", reason):
        return Specifics(
            f"The plugin does not understand the host's request: {quote(reason)}.",
            id="CCLB-REQUEST-TYPE",
            confidence="likely",
            seen=("That is serde's message for a field which the plugin's own type lacks.",),
        )
    if is_unseen(reason):
        return Specifics(
            "The plugin itself reported an error, and its text is blank.",
            "Set an error text that says what went wrong.",
            id="CCLB-PLUGIN-ERROR",
        )
    return Specifics(
        f"The plugin itself reported an error: {quote(reason)}.",
        id="CCLB-PLUGIN-ERROR",
        seen=("The plugin set this text itself: it is not the engine's.",)
        if reason.startswith(_ENGINES_WORDS)
        else (),
    )


_ENGINES_WORDS: Final = (OUT_OF_FUEL, TIMEOUT, TRAP_CONTEXT, "Returned non-zero exit code: ")


def _beyond_limit(reason: str, evidence: Evidence) -> Specifics:
    """Tell of a call that was stopped, and what made it so expensive, where that shows."""
    if reason == OUT_OF_FUEL:
        entry = "CCLB-OUT-OF-FUEL"
        cause = f"The call burnt all of its {SELF_CHECK_FUEL:,} units of fuel"
    else:
        entry = "CCLB-TIMEOUT"
        cause = (
            f"The call was not done after {SELF_CHECK_WALL_MS} ms, and neither was a second one"
            " without another plugin beside it"
        )
    bulk = evidence.largest_bulk or 0
    has_bulk = reason == OUT_OF_FUEL and bulk >= _BULK_FROM_BYTES
    is_loop = evidence.stopped_in_loop and not evidence.bulk_on_stack
    if has_bulk and not is_loop:
        return _bulk_work(cause, bulk, evidence)
    if evidence.debug_checks:
        return Specifics(
            f"{cause}, and the artifact is a debug build.",
            id="CCLB-DEBUG-BUILD",
            confidence="likely",
            seen=(
                "The module holds the texts of checks that rustc compiles in where debug"
                " assertions are on.",
            ),
        )
    why = "a loop does not end, or it does too much work" if reason == OUT_OF_FUEL else ""
    perhaps = Cause(
        id="CCLB-BULK-MEMORY",
        text=f"{told_bulk(bulk)} Each byte of it costs a unit of fuel; whether it runs was not"
        " seen.",
        confidence="possible",
    )
    return Specifics(
        f"{cause}{why and f': {why}'}.", id=entry, others=(perhaps,) if has_bulk else ()
    )


_BULK_FROM_BYTES: Final = 1 << 20


def told_bulk(size: int) -> str:
    """Return the sentence on the largest piece of memory that the code fills or copies at once."""
    return f"The code has a `memory.fill` or `memory.copy` of {size:,} bytes."


def _bulk_work(cause: str, size: int, evidence: Evidence) -> Specifics:
    runs = bool(evidence.bulk_on_stack) and not evidence.stopped_in_loop
    seen = [told_bulk(size)]
    if evidence.bulk_on_stack:
        seen.append("Run once more and stopped, it was in the function that has it.")
    return Specifics(
        f"{cause}. One instruction of its code fills or copies {size:,} bytes, and each byte costs"
        " a unit of fuel.",
        id="CCLB-BULK-MEMORY",
        confidence="certain" if runs and size >= SELF_CHECK_FUEL else "likely",
        seen=tuple(seen),
        others=(
            Cause(
                id="CCLB-BULK-MEMORY",
                text="A host on an older engine (wasmtime 43) charges one unit for such an"
                " instruction, however much it moves, and may accept the plugin.",
                confidence="possible",
            ),
        ),
    )


def _not_utf8(reason: str, output: str) -> Specifics:
    index = re.search(r" from index (\d{1,9})\Z", reason)
    where = f" at byte {int(index[1]) + 1:,}" if index else ""
    how = "breaks off amid a character" if reason.startswith("incomplete") else "is no UTF-8"
    others: tuple[Cause, ...] = ()
    if wider := wider_encoding(output):
        return Specifics(
            f"{wider.zeros}: the text seems to be in {wider.name}, and the host reads UTF-8, which"
            f" the output is not{where}.",
            id=wider.id,
            confidence="likely",
            seen=(f"The host says: {quote(reason)}.",),
        )
    if index and index[1] == "0":
        text = "Perhaps the whole output is in UTF-16: then it begins with the bytes FF FE."
        others = (Cause(id="CCLB-UTF16-OUTPUT", text=text, confidence="possible"),)
    return Specifics(
        f"The output {how}{where}: {quote(reason)}.", id="CCLB-OUTPUT-NOT-UTF8", others=others
    )


def _trap(evidence: Evidence) -> Specifics:
    message = evidence.engine_message or ""
    trace = evidence.trace or frames_of(message)
    if evidence.own_text is not None:
        return _fails_after_text(evidence.own_text, trace)
    _, is_caused, caused_by = message.rpartition("Caused by:")
    if is_caused and "wasm trap" not in caused_by:
        return _refused_by_host(caused_by)
    if "out of bounds memory access" in caused_by and _is_deep(trace):
        return _overflow_in_memory(trace)
    fault = next((words for trap, words in _TRAPS if trap in caused_by), None)
    cause = fault or f"The engine says: {quote(caused_by or message)}."
    fix = "Find the fault in the code that the self-check runs."
    if "call stack exhausted" in caused_by:
        fix = _RECURSION_FIX
    panic = kind_of_panic(trace) if "unreachable" in caused_by else None
    if panic is not None:
        cause, fix = panic.cause, panic.fix
    where = _where(trace, is_recursion="call stack exhausted" in caused_by)
    told = f" It happened {where}." if where else ""
    seen = (f"It came through {quote(panic.by)}, which is there for that.",) if panic else ()
    return Specifics(f"{cause}{told}", fix, id=_trap_entry(caused_by, panic), seen=seen)


_RECURSION_FIX: Final = (
    "Look at the function that repeats, at what should end it, and at how deep that is."
)
_DEEP: Final = 8
"""How often a function is on a stack, of which the engine lists 20 frames, that ran out of room."""


def _is_deep(trace: Sequence[Frame]) -> bool:
    """Tell whether the innermost function is deep in calls of itself."""
    innermost = trace[0].function if trace else None
    return innermost is not None and _times_in(trace, innermost) >= _DEEP


def _times_in(trace: Sequence[Frame], function: str) -> int:
    return sum(frame.function == function for frame in trace)


def _overflow_in_memory(trace: Sequence[Frame]) -> Specifics:
    """Tell of the stack that compilers of Rust and C keep in memory, below which there is none."""
    function = trace[0].function or ""
    times = _times_in(trace, function)
    at = trace[0].file and f" at {quote(f'{trace[0].file}:{trace[0].line}')}"
    return Specifics(
        "It reads or writes outside of its memory, deep in a recursion: the room for local"
        f" variables seems to have run out. It happened in {quote(function)}{at or ''}.",
        _RECURSION_FIX,
        id="CCLB-STACK-OVERFLOW",
        confidence="likely",
        seen=(f"Of the {len(trace)} innermost calls, {times} are of this function.",),
    )


def _fails_after_text(text: str, trace: Sequence[Frame]) -> Specifics:
    """Tell of a call that failed after the plugin had set an error text.

    The engine tells that in the place of the cause, so what it reads like proves nothing.
    """
    panic = kind_of_panic(trace)
    where = _where(trace, is_recursion=False)
    if panic is not None:
        told = f" It happened {where}." if where else ""
        return Specifics(
            f"{panic.cause}{told}",
            panic.fix,
            id="CCLB-PANIC",
            seen=(
                f"It came through {quote(panic.by)}, which is there for that.",
                *_said_by_then(text),
            ),
        )
    says = "error text is blank" if is_unseen(text) else f"error text says {quote(text)}"
    return Specifics(
        f"The call ended in the middle{f', {where}' if where else ''}. What ended it is not told:"
        " the plugin had set an error text before, and the engine tells that in its place."
        f" The plugin's own {says}.",
        "Mend what the error text says. Where that does not end the call, leave the text out and"
        " check again: then the engine tells the cause.",
        confidence="likely",
    )


def _said_by_then(text: str | None) -> tuple[str, ...]:
    if text is None or is_unseen(text):
        return ()
    return (f"By then, the plugin's own error text says {quote(text)}.",)


def _refused_by_host(caused_by: str) -> Specifics:
    """Tell of a call that ended in no trap: in a function of the host's, or by an exception."""
    if caused_by.strip() == "thrown Wasm exception":
        return Specifics(
            "It throws an exception that nothing catches.",
            "Catch it, and make it a failure of the response.",
        )
    if re.search(r"\brequest to \S{1,2000} is not allowed", caused_by):
        return Specifics(
            f"It makes an HTTP request, and the host allows none: {quote(caused_by)}.",
            "Make no request in the self-check: test samples that the plugin brings along.",
            confidence="likely",
        )
    if caused_by.strip().startswith("invalid handle offset"):
        return Specifics(
            "It gives one of Extism's functions an address that is none of Extism's memory:"
            f" {quote(caused_by)}.",
            "Hand over what `alloc` returned: an address in the plugin's own memory is another"
            " place.",
        )
    told = f"tells {quote(caused_by)}" if caused_by.strip() else "tells no cause"
    return Specifics(f"The engine ended the call in the middle, and {told}.", confidence="likely")


def _trap_entry(caused_by: str, panic: Panic | None) -> str:
    if "call stack exhausted" in caused_by:
        return "CCLB-STACK-OVERFLOW"
    return "CCLB-TRAP" if panic is None else "CCLB-PANIC"


def _stopped(told: Specifics, evidence: Evidence) -> Specifics:
    """Add to the account of a call beyond a limit where a second one was when it was stopped."""
    where = _where(evidence.trace, is_recursion=False)
    if told.id == "CCLB-BULK-MEMORY" and not where:
        return told
    at = "at a loop, " if evidence.stopped_in_loop else ""
    if where:
        sentence = f"Run once more and stopped, it was {at}{where}."
    else:
        sentence = "Which function it spends that in could not be seen."
    return told._replace(cause=f"{told.cause} {sentence}")


def _where(trace: Sequence[Frame], *, is_recursion: bool) -> str:
    """Tell the innermost of the author's functions on a stack, or the one that repeats."""
    authors = [frame for frame in trace if not frame.library and (frame.function or frame.file)]
    if not authors:
        return ""
    repeated = [frame for frame in authors if authors.count(frame) > 1]
    frame = repeated[0] if is_recursion and repeated else authors[0]
    at = frame.file and quote(f"{frame.file}:{frame.line}" if frame.line else frame.file)
    if frame.function is None:
        return f"at {at}"
    callers = (other.function for other in authors if other.function != frame.function)
    caller = None if is_recursion else next(filter(None, callers), None)
    called = f", called by {quote(caller)}" if caller else ""
    again = ""
    if is_recursion and repeated:
        is_direct = any(one == other == frame for one, other in pairwise(authors))
        again = ", which calls itself" if is_direct else ", which comes up again and again"
    return f"in {quote(frame.function)}{f' at {at}' if at else ''}{again}{called}"

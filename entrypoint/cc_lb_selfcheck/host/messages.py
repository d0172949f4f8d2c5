"""From the C API's words to the host's.

The C API tells the root cause of a failure, the Rust host prints the outermost context. The
differences are few and known; here they are undone, so that a verdict's text is the host's own.
Pure functions. Source: extism 1.41.0 ``src/sdk.rs`` and ``src/plugin.rs``; wasmtime 49
``src/compile.rs``, ``src/runtime/instance.rs`` and ``src/runtime/linker.rs``.
"""

from __future__ import annotations

import re
from typing import Final

from cc_lb_selfcheck.wasm.binary import MAGIC, PAGE_BYTES
from cc_lb_selfcheck.wasm.items import Signature
from cc_lb_selfcheck.wasm.outline import Outline, read_outline
from cc_lb_selfcheck.wasm.text import TextModule, module_of_bytes

from .frames import LOG_MAX_BYTES

TRAP_CONTEXT: Final = "error while executing at wasm backtrace:"
OUT_OF_FUEL: Final = "plugin ran out of fuel"
TIMEOUT: Final = "timeout"

OF_THE_SYSTEM: Final = re.compile(r"[A-Z][a-z ]+ \(os error [0-9]+\)")
"""What the engine tells, and no plugin brings about, where this machine refuses it something."""

_ENV: Final = "extism:host/env"
_SYMBOL_MAX_CHARS: Final = 96
_BAD_BODY: Final = re.compile(r"Invalid input WebAssembly code at offset (\d+): ")
_COMPONENT: Final = "expected a WebAssembly module but was given a WebAssembly component"
_UNMAPPED: Final = {
    "Cannot allocate memory (os error 12)": "mmap failed to reserve {mapped:#x} bytes",
    "byte count overflow during addition": "cannot allocate {size} with guard regions",
    "byte count overflow rounding up": "tunables.memory_reservation overflows",
}
"""What the host says where there are too few addresses for a memory."""
_MMAP_FAILED: Final = re.compile(r"mmap failed to (?:allocate|reserve) 0x[0-9a-f]+ bytes")
_RESERVED_BYTES: Final = 4 << 30
_RESERVED_FOR_GROWTH_BYTES: Final = 2 << 30
_GUARDS_BYTES: Final = 2 * (32 << 20)
"""How a memory is laid out on x86-64 and AArch64 (wasmtime-environ 49 ``src/tunables.rs``)."""
_LARGEST_GAP_BYTES: Final = (1 << 47) // 3 * 2
"""Addresses below an executable, where Linux puts it; there is no larger stretch of free ones."""
_PARSED_AT: Final = re.compile(r" \(at offset 0x[0-9a-f]+\)$")
_NOT_FUNCTION_BODY: Final = ("Compilation error", "Implementation limit exceeded")
_VERBATIM_LINK: Final = (
    "unknown import: ",
    "linked modules cannot access",
    "shared memory support is disabled",
)
_INCOMPATIBLE: Final = ("types incompatible: ", "expected func, but found ")
_RECORD: Final = r"\S+ ERROR extism::plugin: call to \S+ "
_RECORD_END: Final = r' plugin="[0-9a-f-]{36}"\n'
_TEXT_WORDS, _RAISED_WORDS = "returned with error message: ", "encountered an error: "
_TEXT_SET: Final = re.compile(f"{_RECORD}{_TEXT_WORDS}")
_RAISED: Final = re.compile(rf"(?:\A|{_RECORD_END}){_RECORD}{_RAISED_WORDS}")
_RECORD_END_CHARS: Final = len(' plugin=""\n') + 36
_IN_LOG: Final = {code: f"\\x{code:02x}" for code in (0x07, 0x08, 0x0C, 0x1B, 0x7F)} | {
    code: f"\\u{{{code:x}}}" for code in range(0x80, 0xA0)
}
"""What the log writes for characters that may command a terminal."""
_FROM_LOG: Final = {written: chr(code) for code, written in _IN_LOG.items()}
_WRITTEN: Final = re.compile("|".join(map(re.escape, _FROM_LOG)))


def _signature(params: str, results: str = "") -> Signature:
    return Signature(tuple(params.split()), tuple(results.split()))


ENV_FUNCTIONS: Final = {
    "alloc": _signature("i64", "i64"),
    "config_get": _signature("i64", "i64"),
    "error_get": _signature("", "i64"),
    "error_set": _signature("i64"),
    "free": _signature("i64"),
    "get_log_level": _signature("", "i32"),
    "http_headers": _signature("", "i64"),
    "http_request": _signature("i64 i64", "i64"),
    "http_status_code": _signature("", "i32"),
    "input_length": _signature("", "i64"),
    "input_load_u64": _signature("i64", "i64"),
    "input_load_u8": _signature("i64", "i32"),
    "input_offset": _signature("", "i64"),
    "input_set": _signature("i64 i64"),
    "length": _signature("i64", "i64"),
    "length_unsafe": _signature("i64", "i64"),
    "load_u64": _signature("i64", "i64"),
    "load_u8": _signature("i64", "i32"),
    "log_debug": _signature("i64"),
    "log_error": _signature("i64"),
    "log_info": _signature("i64"),
    "log_trace": _signature("i64"),
    "log_warn": _signature("i64"),
    "memory_bytes": _signature("", "i64"),
    "output_length": _signature("", "i64"),
    "output_offset": _signature("", "i64"),
    "output_set": _signature("i64 i64"),
    "reset": _signature(""),
    "store_u64": _signature("i64 i64"),
    "store_u8": _signature("i64 i32"),
    "var_get": _signature("i64", "i64"),
    "var_set": _signature("i64 i64"),
}
ENV_OTHERS: Final = frozenset(("memory", "__data_end", "__heap_base", "extism_context"))
"""What the engine defines in ``extism:host/env`` (extism 1.41.0 ``relink`` and its kernel)."""


def compile_reason(text: str, outline: Outline) -> str:
    """Return the host's reason for an artifact that does not compile.

    ``text`` is the C API's, without its prefix. Faults of WebAssembly text stand without a
    context; those of a binary module (also of one made from text) have one for parsing and one
    for each function's body.
    """
    if OF_THE_SYSTEM.fullmatch(text):
        return text
    body = _BAD_BODY.match(text)
    if body:
        function = _function_at(int(body[1]), outline)
        if function is None:
            return text
        index, name = function
        return f"failed to compile: wasm[0]::function[{index}]{_symbol(name)}"
    if text.startswith(_NOT_FUNCTION_BODY):
        return text
    if outline.data.startswith(MAGIC) or text == _COMPONENT or _PARSED_AT.search(text):
        return "failed to parse WebAssembly module"
    return text


def _of_bytes(outline: Outline) -> Outline:
    """Return the outline of what the engine has read: a text may write a module out as bytes."""
    written = module_of_bytes(outline.data)
    return outline if written is None else read_outline(written)


def _function_at(offset: int, outline: Outline) -> tuple[int, str | None] | None:
    outline = _of_bytes(outline)
    if not outline.data.startswith(MAGIC):
        # The offset is one of the binary that the engine has made of it: of several functions,
        # nothing tells which.
        return TextModule(outline.data).only_function()
    index = outline.function_at(offset)
    return None if index is None else (index, outline.names_of([index]).get(index))


def _symbol(name: str | None) -> str:
    """Clean a function's name as wasmtime does for symbols of objects."""
    if name is None:
        return ""
    printable = "".join(char if "!" <= char <= "~" else "?" for char in name)
    if printable != name:
        printable = re.sub(r"\?{2,}", "?", printable)
    return f"::{printable[:_SYMBOL_MAX_CHARS]}"


def link_reason(text: str, outline: Outline) -> str:
    """Return the host's reason for an artifact that does not link or start.

    A start function's backtrace is not carried by the C API: then only its first line is told.
    """
    if text.startswith(_VERBATIM_LINK) or re.match(r"Invalid \w+ import from ", text):
        return text
    outline = _of_bytes(outline)
    if text in _UNMAPPED:
        return _unmapped(text, outline)
    if OF_THE_SYSTEM.fullmatch(text):
        return text
    mismatch = _mismatched_import(outline) if text.startswith(_INCOMPATIBLE) else None
    if mismatch is not None:
        return f"incompatible import type for `{mismatch}`"
    if "out of bounds" in text and _segment_out_of_bounds(outline):
        return text
    if outline.is_module:
        starts, initialises = outline.start_function is not None, _initialises(outline)
    else:
        module = TextModule(outline.data)
        starts, exports = module.has_start_function(), module.exports_function
        initialises = exports("_initialize") and not exports("_start")
    if starts:
        return TRAP_CONTEXT
    return "calling the Reactor initialization function" if initialises else text


def _initialises(outline: Outline) -> bool:
    export = outline.export("_initialize")
    return export is not None and export.kind == "function" and not outline.export("_start")


def _unmapped(text: str, outline: Outline) -> str:
    """Tell of the first memory that needs more addresses than there are.

    Where it is the machine's own memory that does not suffice, the host tells the bare text.
    """
    total = 0
    for pages in _memories(outline):
        mapped = _mapped_bytes(pages)
        total += mapped
        if total > _LARGEST_GAP_BYTES:
            return _UNMAPPED[text].format(mapped=mapped, size=pages * PAGE_BYTES)
    return text


def _mapped_bytes(pages: int) -> int:
    """Return how many addresses a memory takes."""
    size = pages * PAGE_BYTES
    grown = size + _RESERVED_FOR_GROWTH_BYTES if size > _RESERVED_BYTES else _RESERVED_BYTES
    return grown + _GUARDS_BYTES


def is_short_of_memory(reason: str, log: str, outline: Outline) -> bool:
    """Tell whether a call failed because this machine has too little for it.

    A call maps the plugin's memories once more. Where there are addresses enough for them, it is
    the process that may not have more; the text may be the guest's own, which ``log`` tells.
    """
    if _TEXT_SET.match(log) or not _MMAP_FAILED.fullmatch(reason):
        return False
    return 2 * sum(map(_mapped_bytes, _memories(_of_bytes(outline)))) <= _LARGEST_GAP_BYTES


def _memories(outline: Outline) -> list[int]:
    """Return the least size of each memory, in pages."""
    return outline.memories if outline.is_module else list(TextModule(outline.data).memories())


def _mismatched_import(outline: Outline) -> str | None:
    is_text = not outline.is_module
    for item in TextModule(outline.data).imports() if is_text else outline.imports:
        if is_text and item.kind != "function":
            continue
        known = item.name in ENV_FUNCTIONS or item.name in ENV_OTHERS
        if item.module == _ENV and known and item.signature != ENV_FUNCTIONS.get(item.name):
            return f"{item.module}::{item.name}"
    return None


def _segment_out_of_bounds(outline: Outline) -> bool:
    memories = [pages * PAGE_BYTES for pages in outline.memories]
    return any(
        segment.target < len(sizes) and segment.offset + segment.length > sizes[segment.target]
        for segments, sizes in (
            (outline.data_segments, memories),
            (outline.element_segments, outline.tables),
        )
        for segment in segments
    )


def call_reason(return_code: int, error: bytes | None, fault: str | None, log: str) -> str:
    """Return the host's reason for a failed call.

    ``error`` is the C API's text: the guest's own where it set one, even if the call then trapped
    or timed out, cut at a NUL. ``fault`` tells why it is no UTF-8. ``log`` is what the engine
    logged of the call, and says which.
    """
    if error is None:
        return f"Returned non-zero exit code: {return_code}"
    text = error.decode(errors="replace")
    text_set = _TEXT_SET.match(log)
    if text_set:
        end = text_set.end() + len(text.translate(_IN_LOG))
        return _reason_after_text(text, log, end)
    told = _raised(log) or ""
    if told.startswith((f"{text}\0", "unable to load error message from memory: ")):
        return told
    if not text:  # it was there, and to read it took the rest of the fuel
        return told
    if fault is not None:
        return f"unable to load error message from memory: {fault}"
    return text


def is_plugins_own(reason: str, log: str) -> bool:
    """Tell whether the reason of a failed call is a text that the guest set itself.

    Such a text may read like one of the engine's.
    """
    text_set = _TEXT_SET.match(log)
    if text_set is None:
        return False
    if reason != TIMEOUT and not reason.startswith(TRAP_CONTEXT):
        return True
    is_cut = reason != TIMEOUT and _raised(log, text_set.end()) is None
    return is_cut or _text_returned(log) is not None


def _reason_after_text(text: str, log: str, end: int) -> str:
    """Return the host's reason where the guest set an error text; it is in the log up to ``end``.

    The guest's text may look like the engine's log, so nothing is searched for inside it.
    """
    returned = _text_returned(log)
    if returned is not None:
        # Without a text there is one all the same, where to read it took the rest of the fuel.
        return _unwritten(returned) if "\0" in returned or not text else text
    told = _raised(log, end)
    if told is not None:
        return told if told.startswith(TRAP_CONTEXT) else text
    if len(log.encode()) >= LOG_MAX_BYTES:  # it has lost its end
        begin = _unwritten(log[end - len(text.translate(_IN_LOG)) :])
        return begin if begin.startswith(f"{text}\0") else text
    # Two ends of a call leave no record of their own: out of memory, and out of time.
    return text if text == "oom" else TIMEOUT


def _text_returned(log: str) -> str | None:
    """Return the text of a call that set one and returned: the log tells it twice, and no more.

    How long it is follows from the length of the log.
    """
    first = _TEXT_SET.match(log)
    if first is None:
        return None
    between = _RECORD_END_CHARS + first.end() - len(_TEXT_WORDS) + len(_RAISED_WORDS)
    length, odd = divmod(len(log) - first.end() - between - _RECORD_END_CHARS, 2)
    if odd or length < 0:
        return None
    text = log[first.end() : first.end() + length]
    second = _RAISED.match(log, first.end() + length)
    is_second = second is not None and log.startswith(text, second.end())
    return text if is_second and re.search(rf"{_RECORD_END}\Z", log) else None


def _raised(log: str, start: int = 0) -> str | None:
    """Return the outermost line of the error that a call raised, None if it raised none."""
    record = _RAISED.search(log, start)
    if record is None:
        return None
    account = log[record.end() :].partition("\n\nCaused by:")[0]
    return _unwritten(re.sub(rf"{_RECORD_END}\Z", "", account))


def _unwritten(logged: str) -> str:
    return _WRITTEN.sub(lambda written: _FROM_LOG[written[0]], logged)


def own_text(error: bytes | None, log: str) -> str | None:
    """Return the error text that the guest had set when the call failed; None if it set none."""
    return _decoded(error) if _TEXT_SET.match(log) else None


def _decoded(error: bytes | None) -> str:
    return (error or b"").decode(errors="replace")


def engine_message(error: bytes | None, log: str) -> str | None:
    """Return the engine's fuller account of a failed call: the error and what caused it.

    Where the guest had set an error text, that stands in the cause's place.
    """
    text_set, start = _TEXT_SET.match(log), 0
    if text_set is not None:
        # The text may look like the engine's log, so nothing is searched for inside it.
        start = text_set.end() + len(_decoded(error).translate(_IN_LOG))
        if not re.match(_RECORD_END, log[start:]):
            return None
    record = _RAISED.search(log, start)
    if record is None:
        return None
    return re.sub(rf"{_RECORD_END}\Z", "", log[record.end() :]).rstrip()


def backtrace(message: str) -> list[str]:
    """Return the frames of a trap's backtrace, innermost first, as the engine prints them."""
    _, found, frames = message.partition(TRAP_CONTEXT)
    if not found:
        return []
    frames = frames.partition("\n\nCaused by:")[0]
    return [line.strip() for line in frames.splitlines() if line.strip()]

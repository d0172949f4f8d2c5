"""From the C API's words to the host's.

The C API tells the root cause of a failure, the Rust host prints the outermost context. The
differences are few and known; here they are undone, so that a verdict's text is the host's own.
Pure functions. Source: extism 1.41.0 ``src/sdk.rs`` and ``src/plugin.rs``; wasmtime 49
``src/compile.rs``, ``src/runtime/instance.rs`` and ``src/runtime/linker.rs``.
"""

from __future__ import annotations

import re
from typing import Final

from cc_lb_selfcheck.wasm.outline import MAGIC, PAGE_BYTES, Outline, Signature

TRAP_CONTEXT: Final = "error while executing at wasm backtrace:"
OUT_OF_FUEL: Final = "plugin ran out of fuel"
TIMEOUT: Final = "timeout"

_ENV: Final = "extism:host/env"
_SYMBOL_MAX_CHARS: Final = 96
_BAD_BODY: Final = re.compile(r"Invalid input WebAssembly code at offset (\d+): ")
_COMPONENT: Final = "expected a WebAssembly module but was given a WebAssembly component"
_PARSED_AT: Final = re.compile(r" \(at offset 0x[0-9a-f]+\)$")
_NOT_FUNCTION_BODY: Final = ("Compilation error", "Implementation limit exceeded")
_VERBATIM_LINK: Final = (
    "unknown import: ",
    "linked modules cannot access",
    "shared memory support is disabled",
)
_LOG_RECORD: Final = re.compile(
    r"^\S+ ERROR extism::plugin: call to \S+ "
    r"(?P<what>returned with error message|encountered an error): "
    r"(?P<text>.*?) plugin=\"[0-9a-f-]{36}\"$",
    re.MULTILINE | re.DOTALL,
)


def _signature(params: str, results: str = "") -> Signature:
    return Signature(tuple(params.split()), tuple(results.split()))


_ENV_FUNCTIONS: Final = {
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
_ENV_OTHERS: Final = frozenset(("memory", "__data_end", "__heap_base", "extism_context"))
"""What the engine defines in ``extism:host/env`` (extism 1.41.0 ``relink`` and its kernel)."""


def compile_reason(text: str, outline: Outline) -> str:
    """Return the host's reason for an artifact that does not compile.

    ``text`` is the C API's, without its prefix. Faults of WebAssembly text stand without a
    context; those of a binary module (also of one made from text) have one for parsing and one
    for each function's body.
    """
    body = _BAD_BODY.match(text)
    if body:
        index = outline.function_at(int(body[1]))
        if index is None:
            return text
        name = outline.function_names.get(index)
        return f"failed to compile: wasm[0]::function[{index}]{_symbol(name)}"
    if text.startswith(_NOT_FUNCTION_BODY):
        return text
    if outline.data.startswith(MAGIC) or text == _COMPONENT or _PARSED_AT.search(text):
        return "failed to parse WebAssembly module"
    return text


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
    mismatch = _mismatched_import(outline)
    if mismatch is not None:
        return f"incompatible import type for `{mismatch}`"
    if "out of bounds" in text and _segment_out_of_bounds(outline):
        return text
    if outline.start_function is not None:
        return TRAP_CONTEXT
    initialize = outline.export("_initialize")
    if initialize and initialize.kind == "function" and not outline.export("_start"):
        return "calling the Reactor initialization function"
    return text


def _mismatched_import(outline: Outline) -> str | None:
    for item in outline.imports:
        known = item.name in _ENV_FUNCTIONS or item.name in _ENV_OTHERS
        if item.module == _ENV and known and item.signature != _ENV_FUNCTIONS.get(item.name):
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
    or timed out, cut at a NUL. ``fault`` tells why it is no UTF-8. The engine's log says which.
    """
    if error is None:
        return f"Returned non-zero exit code: {return_code}"
    text = error.decode(errors="replace")
    if text.startswith(TRAP_CONTEXT) or "ERROR extism::plugin: " in text:
        return text  # whole already; and a text that forges log records gets none believed
    logged = {record["what"]: record["text"] for record in _LOG_RECORD.finditer(log)}
    told = logged.get("encountered an error")
    if told is not None:
        headline = told.partition("\n\nCaused by:")[0]
        if headline.startswith((TRAP_CONTEXT, "unable to load error message from memory: ")):
            return headline
        if headline.startswith(f"{text}\0"):
            return told
    elif "returned with error message" in logged:
        # Two ends of a call leave no record of their own: out of memory, and out of time.
        return text if text == "oom" else TIMEOUT
    if fault is not None:
        return f"unable to load error message from memory: {fault}"
    return text


def engine_message(log: str) -> str | None:
    """Return the engine's fuller account of a failed call: the error and what caused it."""
    for record in _LOG_RECORD.finditer(log):
        if record["what"] == "encountered an error":
            return record["text"].rstrip()
    return None


def backtrace(message: str) -> list[str]:
    """Return the frames of a trap's backtrace, innermost first, as the engine prints them."""
    _, found, frames = message.partition(TRAP_CONTEXT)
    if not found:
        return []
    frames = frames.partition("\n\nCaused by:")[0]
    return [line.strip() for line in frames.splitlines() if line.strip()]

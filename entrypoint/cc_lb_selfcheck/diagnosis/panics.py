"""What kind of panic a call stack betrays.

On wasm32 the message of a Rust panic is lost, but the functions of the standard library that it
goes through remain, and they are named after what went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from cc_lb_selfcheck.host.evidence import Frame

from .specifics import quote


class Panic(NamedTuple):
    """A kind of panic: what happened, and what usually mends it; ``by`` names what betrays it.

    ``is_general``: functions of libraries panic in this way as well, over what they are given.
    """

    cause: str
    fix: str
    by: str = ""
    is_general: bool = False


_NO_CLOCK: Final = (
    "Take the time from the request (`initiated_at`), or do without it: the target"
    " wasm32-unknown-unknown has no clock."
)
_NO_SYSTEM: Final = (
    "Leave it out of the plugin: the target wasm32-unknown-unknown has no operating system, and the"
    " host offers none."
)
_OVERFLOW_FIX: Final = (
    "Use `checked_`, `saturating_` or `wrapping_` arithmetic, or a wider type, and test the values"
    " that the self-check works on."
)
_BOUNDS_FIX: Final = (
    "Use `get` and handle `None`, or check the length first; the self-check's samples may be"
    " shorter than what the code expects."
)

_RESULT, _OF_IO = r"^<?core::result::Result<std::", r".*\bstd::io::error::Error>"
"""What an operation returned that failed, by its type; another may be of files and never fail."""
_EXPLICIT: Final = Panic(
    "It panicked: `panic!`, `assert!`, `todo!` or `unreachable!` in its own code.",
    "Return an error instead, or make it a failure of the response.",
    is_general=True,
)
_ENDS_PROCESS: Final = Panic(
    "It ends the process, with `std::process::exit` or `abort`.",
    "Return an error instead: a plugin has no process of its own.",
)

# The first that fits is the most telling: what std does for lack of a system ends in a plain
# `unwrap_failed`, nearly everything in a `panic_fmt`, and in a build with `panic = "unwind"` every
# panic in an `abort`. A tail in braces is a closure's.
_KINDS: Final[tuple[tuple[str, Panic], ...]] = (
    (
        r"std::time::SystemTime>?::(?:now|elapsed)",
        Panic(
            "It asks for the time with `SystemTime::now`, which panics on this target.", _NO_CLOCK
        ),
    ),
    (
        r"std::time::Instant>?::(?:now|elapsed)",
        Panic("It measures time: `Instant::now` panics on this target.", _NO_CLOCK),
    ),
    (
        r"std::thread::(?:functions::|builder::)?(?:spawn|scope\w*|Builder)\b|std::thread::Builder",
        Panic("It starts a thread, which fails on this target.", _NO_SYSTEM),
    ),
    (
        r"std::thread::(?:functions::)?(?:sleep|park|yield_now)\w*",
        Panic("It makes a thread sleep, which panics on this target.", _NO_SYSTEM),
    ),
    (
        rf"^<?std::fs::|{_RESULT}(?:fs|path)::{_OF_IO}"
        r"|std::env::(?:temp_dir|current_exe|current_dir|home_dir)",
        Panic("It asks for files, which this target does not have.", _NO_SYSTEM),
    ),
    (
        rf"^<?std::(?:net|os)::|{_RESULT}(?:net|os|process)::{_OF_IO}"
        r"|std::process::(?:id|Command)|std::env::(?:set_var|remove_var)",
        Panic("It asks the operating system for something, and this target has none.", _NO_SYSTEM),
    ),
    (
        r"std::process::exit",
        _ENDS_PROCESS,
    ),
    (
        r"core::panicking::panic_bounds_check",
        Panic("It panicked: an index is out of bounds.", _BOUNDS_FIX),
    ),
    (
        r"core::str::slice_error_fail",
        Panic(
            "It panicked: a slice of a string ends amid a character or out of bounds.",
            "Cut strings at `char_indices`, or use `get` and handle `None`: indices of strings"
            " count bytes.",
        ),
    ),
    (
        r"core::slice::index::slice_\w*fail|core::slice::copy_from_slice|copy_from_slice_impl",
        Panic("It panicked: a slice's range is out of bounds.", _BOUNDS_FIX),
    ),
    (
        r"core::option::unwrap_failed",
        Panic(
            "It panicked: `unwrap` on a `None`.",
            "Handle the `None`: return an error or a failure of the response, or use `ok_or`.",
            is_general=True,
        ),
    ),
    (
        r"core::option::expect_(?:none_)?failed",
        Panic(
            "It panicked: `expect` on a `None`, or a key that is not in a map.",
            "Handle the missing value: use `get`, and return an error or a failure of the"
            " response.",
            is_general=True,
        ),
    ),
    (
        r"core::result::unwrap_failed",
        Panic(
            "It panicked: `unwrap` or `expect` on an `Err`.",
            "Return the error with `?`, or make it a failure of the response. Files, sockets and"
            " processes are always an `Err` on this target.",
            is_general=True,
        ),
    ),
    (
        r"core::cell::panic_already_(?:mutably_)?borrowed",
        Panic(
            "It panicked: a `RefCell` is borrowed while it is borrowed already.",
            "End the first borrow before the second begins: copy what is needed out of it, or put"
            " it in a block of its own.",
        ),
    ),
    (
        r"core::panicking::panic_const::panic_const_(?:async|coroutine|gen)\w*",
        Panic(
            "It panicked: a future or generator went on after its end.",
            "Poll it only until it is ready.",
        ),
    ),
    (
        r"core::panicking::panic_const::panic_const_(?:div|rem)_by_zero",
        Panic(
            "It panicked: a division by zero.",
            "Check the divisor, or use `checked_div`.",
        ),
    ),
    (
        r"core::panicking::panic_const::panic_const_\w+_overflow",
        Panic("It panicked: an arithmetic operation overflows.", _OVERFLOW_FIX),
    ),
    (
        r"alloc::raw_vec::capacity_overflow|alloc::raw_vec::handle_error.*capacity",
        Panic(
            "It panicked: a collection was asked for more room than there can be.",
            "Look for a length that went below zero or was read from the request unchecked.",
        ),
    ),
    (
        r"alloc::alloc::handle_alloc_error|__rust_alloc_error_handler|rust_oom|rg_oom"
        r"|alloc::raw_vec::handle_error|alloc_error_hook|__rdl_oom",
        Panic(
            "It ran out of memory: an allocation failed.",
            "Look for a length that is too large, or a collection that grows without end.",
        ),
    ),
    (
        r"core::panicking::assert_(?:failed|matches_failed)",
        Panic(
            "It panicked: an assertion failed (`assert_eq!`, `assert_ne!`).",
            "Look at what the assertion compares; in the self-check, make it a failure of the"
            " response.",
            is_general=True,
        ),
    ),
    (
        r"core::panicking::unreachable_display|core::hint::unreachable",
        Panic(
            "It panicked: it came to code marked `unreachable!`.",
            "Look at the case that was thought impossible.",
        ),
    ),
    (
        r"core::panicking::panic_cannot_unwind",
        Panic(
            "It panicked somewhere, and the panic was thrown up to an exported function, which none"
            " may leave: where it began is lost.",
            'Build with `panic = "abort"` under `[profile.release]` in Cargo.toml, and without `-C'
            " panic=unwind`: then the report tells where it panics.",
        ),
    ),
    (
        r"core::panicking::panic_(?:in_cleanup|nounwind)\w*",
        Panic(
            "It panicked where it must not, and was aborted.",
            "Look for a panic in a destructor, or undefined behaviour in `unsafe` code.",
        ),
    ),
    (
        r"core::panicking::panic(?:_\w+)?$|core::panicking::panic_(?:fmt|display|explicit|str)"
        r"|std::(?:rt::|panicking::)?begin_panic|std::panicking::rust_panic",
        _EXPLICIT,
    ),
    (
        r"std::process::abort|core::intrinsics::abort",
        _ENDS_PROCESS,
    ),
    (
        r"(?:^|/)~lib/builtins/abort|^abort$",
        Panic(
            "It called `abort`.",
            "Look for what gives up there: a failed assertion, a thrown error, or no memory.",
        ),
    ),
)
_PATTERNS: Final = tuple((re.compile(pattern), panic) for pattern, panic in _KINDS)
_GENERICS_MAX_CHARS: Final = 300


def kind_of_panic(trace: Sequence[Frame]) -> Panic | None:
    """Return the kind of panic that a stack shows, innermost frame first."""
    frames = list(takewhile(lambda frame: frame.library, trace))
    names = [_without_arguments(frame.function) for frame in frames if frame.function]
    for pattern, panic in _PATTERNS:
        betraying = next(filter(pattern.search, names), None)
        if betraying is not None:
            return _more_precise(panic, frames, trace)._replace(by=betraying)
    return None


_MACHINERY: Final = re.compile(
    r"core::panicking::|std::(?:panicking|panic|rt|sys::backtrace)::|__rustc"
    r"|core::(?:option|result)::|core::ops::index::|(?:^|::)index(?:_mut)?(?:<.*)?$"
)
_MACHINERY_IN: Final = re.compile(r"[/\\](?:option|result|panicking|panic|rt|backtrace)\.rs$")
"""What a panic goes through that the author's own code asks for: `unwrap`, an index.

By its file, too: line tables name functions without their paths.
"""


def _more_precise(panic: Panic, frames: Sequence[Frame], trace: Sequence[Frame]) -> Panic:
    """Tell whose a panic is whose kind is a general one, as far as that shows.

    ``frames`` are those of libraries on top of the author's. Without debug information the author's
    code may be inlined in a library's function, and the other way round.
    """
    function, file = frames[-1].function, frames[-1].file
    is_refused = function and file and not _MACHINERY.search(function)
    if panic.is_general and is_refused and not _MACHINERY_IN.search(file or ""):
        return Panic(
            f"It panicked: {quote(function or '')} does not take what it was given, or not then.",
            "Look up when that function panics, and check for it before the call.",
        )
    if panic is _EXPLICIT and not any(frame.file for frame in trace if not frame.library):
        cause = f"{panic.cause.removesuffix('.')}, or in a library's that was compiled into it."
        return panic._replace(cause=cause)
    return panic


def _without_arguments(function: str) -> str:
    """Leave out a function's type arguments, which may name anything."""
    head, _, _ = function.partition("::<")
    return head[:_GENERICS_MAX_CHARS]

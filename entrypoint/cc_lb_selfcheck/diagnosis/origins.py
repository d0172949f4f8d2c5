"""Where imports that the host does not define come from, and what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from cc_lb_selfcheck.host.evidence import ImportEvidence
from cc_lb_selfcheck.host.messages import ENV_FUNCTIONS
from cc_lb_selfcheck.host.outcome import Evidence

from .finding import Confidence
from .specifics import in_a_row, listed, quote
from .spelling import closest

HOST_ENV: Final = "extism:host/env"
HOST_USER: Final = "extism:host/user"
_HOST_USER_FUNCTIONS: Final = frozenset(
    (
        "cc_lb_log",
        "cc_lb_metric_incr",
        "cc_lb_storage_get",
        "cc_lb_storage_put",
        "cc_lb_now_unix_ms",
        "cc_lb_random_bytes",
    )
)
"""What a live plugin gets (cc-lb-runtime-protocol ``src/host_functions.rs``)."""
_NEARNESS: Final = 0.84
_DIGITS: Final = re.compile(r"\d")
_GO: Final = frozenset(("gojs", "go"))
"""From where Go and TinyGo import what their JavaScript defines, ``go`` before Go 1.21."""
_JAVASCRIPT: Final = frozenset(("js_code", "wasm:js-string"))
"""From where other compilers import JavaScript: Kotlin's, and several of late."""
_SCRIPT: Final = re.compile(r"(?:console|Date|Math|performance|crypto|process|globalThis)\..*")
"""What AssemblyScript imports for calls of JavaScript's own functions."""
_SCRIPT_TYPES: Final = {
    "seed": "() -> (f64)",
    "trace": "(i32, i32, f64, f64, f64, f64, f64) -> ()",
}
"""What else it imports, for ``Math.random`` and ``trace``."""
_ABORT_TYPE: Final = "(i32, i32, i32, i32) -> ()"
_EMSCRIPTEN: Final = re.compile(
    r"emscripten_.*|_?emscripten.*|invoke_\w+|__syscall_\w+|_?embind_.*|__resumeException"
    r"|_abort_js|__handle_stack_overflow|abortOnCannotGrowMemory|_?setThrew|__asyncjs__.*"
    r"|_emval_\w+|_mmap_js|_munmap_js|_tzset_js|_localtime_js|_gmtime_js"
)
_MINIFIED: Final = re.compile(r"[A-Za-z_$][\w$]?")
"""Names that Emscripten gives all imports, from a module ``a``, where it optimises."""
_LINKERS: Final = frozenset(("env", "GOT.mem", "GOT.func"))


class Origin(NamedTuple):
    """Where some imports come from. ``is_its`` tells one of them, ``why`` explains them all.

    ``why`` has fields for the words that differ with their number.
    """

    id: str
    is_its: Callable[[ImportEvidence], bool]
    why: str
    fix: Callable[[Evidence, list[ImportEvidence]], str | None] = lambda _evidence, _items: None
    confidence: Confidence = "certain"

    def because(self, items: list[ImportEvidence]) -> str:
        """Explain these imports, one or more."""
        words = _ONE if len(items) == 1 else _SEVERAL
        return self.why.format_map(words)


_ONE: Final = {"They_are": "It is", "those": "that", "them": "it"}
_SEVERAL: Final = {"They_are": "They are", "those": "those", "them": "them"}


def _wasi_fix(evidence: Evidence, _items: list[ImportEvidence]) -> str | None:
    if "Rust" in evidence.languages:
        return "Build with `cargo build --release --target wasm32-unknown-unknown`."
    if any(language.startswith("C") for language in evidence.languages):
        return (
            "Build with `--target=wasm32 -nostdlib` instead of a WASI target, and do without what"
            " needs a system: files, clocks, `printf`."
        )
    return None


def _user_fix(_evidence: Evidence, items: list[ImportEvidence]) -> str | None:
    unknown = [quote(item.name) for item in items if item.name not in _HOST_USER_FUNCTIONS]
    if not unknown:
        return None
    known = ", ".join(f"`{name}`" for name in sorted(_HOST_USER_FUNCTIONS))
    return (
        "Leave the imports out of the artifact. No host function of cc-lb is called"
        f" {listed(unknown)} at all; live plugins have {known}."
    )


def _env_fix(_evidence: Evidence, items: list[ImportEvidence]) -> str | None:
    meant = [(item.name, _meant(item.name)) for item in items]
    known = [f"{quote(name)} as `{right}`" for name, right in meant if right is not None]
    if not known:
        return None
    return f"If that is meant, import {listed(known)}; or build on the PDK of Extism 1."


def _meant(name: str) -> str | None:
    """Return the function of Extism that a name may stand for: with the prefix of old, or misspelt.

    What differs in a number is another function: ``store_u32`` is no ``store_u8``.
    """
    plain = name.removeprefix("extism_")
    right = plain if plain in ENV_FUNCTIONS else closest(plain, ENV_FUNCTIONS, _NEARNESS)
    return right if right and _DIGITS.findall(right) == _DIGITS.findall(name) else None


def _script_fix(_evidence: Evidence, items: list[ImportEvidence]) -> str | None:
    if all(item.module in _GO for item in items):
        return "Build with TinyGo for a target without JavaScript: `-target=wasm-unknown`."
    calls = [_CALLS.get(item.name, item.name) for item in items if _is_script(item)]
    if not calls:
        return None
    return f"Leave out the calls of {listed(map(quote, calls))}: the host has no JavaScript."


_CALLS: Final = {"seed": "Math.random"}


def _is_script(item: ImportEvidence) -> bool:
    """Tell whether AssemblyScript imports that for a call of JavaScript."""
    if item.module != "env":
        return False
    is_typed = item.name in _SCRIPT_TYPES and item.type == _SCRIPT_TYPES[item.name]
    return is_typed or _SCRIPT.fullmatch(item.name) is not None


def _linker_fix(_evidence: Evidence, items: list[ImportEvidence]) -> str | None:
    extisms = [quote(item.name) for item in items if item.name in ENV_FUNCTIONS]
    if extisms:
        return (
            f"If Extism's {in_a_row(extisms)} {'is' if len(extisms) == 1 else 'are'} meant, import"
            f" from `{HOST_ENV}`. Else link without `--allow-undefined` and `--import-undefined`:"
            " the linker then names what is missing."
        )
    if any(item.kind in ("function", "tag") for item in items):
        return None
    return (
        "Link without `--import-memory` and `--import-table`, and not as a shared library"
        " (`-shared`, `-pie`, `SIDE_MODULE`): then the module has a memory, a table and globals of"
        " its own."
    )


_WASM_BINDGEN: Final = r"wbg|__wbindgen.*|\./.*_bg\.js|\./snippets/.*"
_ORIGINS: Final = (
    Origin(
        "CCLB-WASM-BINDGEN",
        lambda item: re.fullmatch(_WASM_BINDGEN, item.module) is not None,
        "{They_are} wasm-bindgen's, which expects JavaScript around the module.",
    ),
    Origin(
        "CCLB-EMSCRIPTEN",
        lambda item: item.module in ("env", "a") and bool(_EMSCRIPTEN.fullmatch(item.name)),
        "{They_are} Emscripten's, which expects its own JavaScript around the module.",
    ),
    Origin(
        "CCLB-EMSCRIPTEN",
        lambda item: item.module == "a" and bool(_MINIFIED.fullmatch(item.name)),
        "So Emscripten names all imports where it optimises: a module `a`, and a letter or two.",
        confidence="likely",
    ),
    Origin(
        "CCLB-JAVASCRIPT",
        lambda item: item.module in _GO | _JAVASCRIPT or _is_script(item),
        "{They_are} for JavaScript to define, as in a web page or in Node.",
        _script_fix,
    ),
    Origin(
        "CCLB-WASI",
        lambda item: re.fullmatch(r"wasix?_.*|wasi:.*", item.module) is not None,
        "{They_are} WASI's: the module is built for a system that the host does not offer.",
        _wasi_fix,
    ),
    Origin(
        "CCLB-HOST-FUNCTIONS",
        lambda item: item.module == HOST_USER,
        "cc-lb gives its own host functions to live plugins alone, not to one under self-check.",
        _user_fix,
    ),
    Origin(
        "CCLB-OLD-EXTISM-PDK",
        lambda item: item.module == "env" and item.name.startswith("extism_"),
        "{They_are} {those} of an Extism PDK from before version 1.0.",
    ),
    Origin(
        "CCLB-ASSEMBLYSCRIPT-ABORT",
        lambda item: (item.module, item.name) == ("env", "abort") and item.type == _ABORT_TYPE,
        "It is what AssemblyScript calls where a program throws.",
    ),
    Origin(
        "CCLB-UNKNOWN-EXTISM-FUNCTION",
        lambda item: item.module == HOST_ENV and item.name not in ENV_FUNCTIONS,
        "Extism's module is right, but the engine of this host has nothing of that name.",
        _env_fix,
    ),
    Origin(
        "CCLB-UNDEFINED-SYMBOLS",
        lambda item: item.module in _LINKERS,
        "The linker left {them} open, for somebody else to define.",
        _linker_fix,
    ),
)


def owned(items: list[ImportEvidence]) -> list[tuple[Origin, list[ImportEvidence]]]:
    """Return which of the imports come from where, the most telling first."""
    by_origin = [(origin, _of(origin, items)) for origin in _ORIGINS]
    return [(origin, its) for origin, its in by_origin if its]


def _of(origin: Origin, items: Iterable[ImportEvidence]) -> list[ImportEvidence]:
    earlier = _ORIGINS[: _ORIGINS.index(origin)]
    return [
        item
        for item in items
        if origin.is_its(item) and not any(other.is_its(item) for other in earlier)
    ]


def fix_of_others(items: list[ImportEvidence]) -> str | None:
    """Say what to do about imports that are of no origin that has an entry."""
    misplaced = [quote(item.name) for item in items if item.name in ENV_FUNCTIONS]
    if misplaced:
        return f"Import {listed(misplaced)} from `{HOST_ENV}`."
    return None


def is_object_file(evidence: Evidence) -> bool:
    """Tell whether the file is a compiler's output that was not linked."""
    return any(section.name == "linking" for section in evidence.custom_sections)


HOW_TO_LINK: Final = (
    "Link it: `wasm-ld --no-entry plugin.o -o plugin.wasm`, or leave `-c` out of clang's command."
)

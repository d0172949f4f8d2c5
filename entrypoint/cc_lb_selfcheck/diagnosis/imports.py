"""Imports that the host does not define: all of them, where they come from, what to do instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cc_lb_selfcheck.host.messages import ENV_FUNCTIONS, ENV_OTHERS
from cc_lb_selfcheck.host.outcome import Evidence, ImportEvidence

from .finding import Cause
from .specifics import Specifics, listed, quote
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
_NAMED_MAX: Final = 6
_ALL_MAX: Final = 40
_NEARNESS: Final = 0.84
_DIGITS: Final = re.compile(r"\d")
_JAVASCRIPT: Final = re.compile(r"(?:console|Date|Math|performance|crypto|process|globalThis)\..*")
"""What AssemblyScript imports for calls of JavaScript's own functions."""
_ABORT_TYPE: Final = "(i32, i32, i32, i32) -> ()"
_EMSCRIPTEN: Final = re.compile(
    r"emscripten_.*|_?emscripten.*|invoke_\w+|__syscall_\w+|_?embind_.*|__resumeException"
    r"|_abort_js|__handle_stack_overflow|abortOnCannotGrowMemory|_?setThrew|__asyncjs__.*"
    r"|_emval_\w+|_mmap_js|_munmap_js|_tzset_js|_localtime_js|_gmtime_js"
)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where some imports come from. ``is_its`` tells one of them, ``why`` explains them all.

    ``why`` has fields for the words that differ with their number.
    """

    id: str
    is_its: Callable[[ImportEvidence], bool]
    why: str
    fix: Callable[[Evidence, list[ImportEvidence]], str | None] = lambda _evidence, _items: None

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


def _linker_fix(_evidence: Evidence, items: list[ImportEvidence]) -> str | None:
    if any(item.kind in ("function", "tag") for item in items):
        return None
    return (
        "Link without `--import-memory` and `--import-table`, and not as a shared library"
        " (`-shared`, `-pie`, `SIDE_MODULE`): then the module has a memory, a table and globals of"
        " its own."
    )


_ORIGINS: Final = (
    _Origin(
        "CCLB-WASM-BINDGEN",
        lambda item: re.fullmatch(r"wbg|__wbindgen.*|\./.*_bg\.js", item.module) is not None,
        "{They_are} wasm-bindgen's, which expects JavaScript around the module.",
    ),
    _Origin(
        "CCLB-EMSCRIPTEN",
        lambda item: item.module in ("env", "a") and bool(_EMSCRIPTEN.fullmatch(item.name)),
        "{They_are} Emscripten's, which expects its own JavaScript around the module.",
    ),
    _Origin(
        "CCLB-WASI",
        lambda item: re.fullmatch(r"wasix?_.*|wasi:.*", item.module) is not None,
        "{They_are} WASI's: the module is built for a system that the host does not offer.",
        _wasi_fix,
    ),
    _Origin(
        "CCLB-HOST-FUNCTIONS",
        lambda item: item.module == HOST_USER,
        "cc-lb gives its own host functions to live plugins alone, not to one under self-check.",
        _user_fix,
    ),
    _Origin(
        "CCLB-OLD-EXTISM-PDK",
        lambda item: item.module == "env" and item.name.startswith("extism_"),
        "{They_are} {those} of an Extism PDK from before version 1.0.",
    ),
    _Origin(
        "CCLB-ASSEMBLYSCRIPT-ABORT",
        lambda item: (item.module, item.name) == ("env", "abort") and item.type == _ABORT_TYPE,
        "It is what AssemblyScript calls where a program throws.",
    ),
    _Origin(
        "CCLB-UNKNOWN-EXTISM-FUNCTION",
        lambda item: item.module == HOST_ENV and item.name not in ENV_FUNCTIONS,
        "Extism's module is right, but the engine of this host has nothing of that name.",
        _env_fix,
    ),
    _Origin(
        "CCLB-UNDEFINED-SYMBOLS",
        lambda item: item.module == "env" and not _JAVASCRIPT.fullmatch(item.name),
        "The linker left {them} open, for somebody else to define.",
        _linker_fix,
    ),
)


def imports_at_fault(reason: str, evidence: Evidence) -> Specifics:
    """Return which imports the host does not define, and whose they are."""
    if reason.startswith("types incompatible"):
        return Specifics(
            f"An import from `{HOST_ENV}` has another type than the host's: {quote(reason)}.",
            id="CCLB-IMPORT-TYPE",
        )
    imports = {(item.module, item.name, item.type): item for item in evidence.imports}.values()
    undefined = [item for item in imports if _is_undefined(item)]
    mistyped = [item for item in imports if _is_mistyped(item)]
    if reason.startswith("incompatible import type"):
        others = _of_origins(_owned(undefined))
        return _other_type(reason, mistyped, others)
    if reason.startswith("linked modules cannot"):
        return _no_functions(reason, imports, _of_origins(_owned(undefined)))
    others = (_mistyped(mistyped),) if mistyped else ()
    return _not_defined(reason, undefined or list(_told_by_engine(reason)), evidence, others)


def _is_undefined(item: ImportEvidence) -> bool:
    known = item.name in ENV_FUNCTIONS or item.name in ENV_OTHERS
    return item.module != HOST_ENV or not known


def _is_mistyped(item: ImportEvidence) -> bool:
    """Tell whether the host has an import with another type, as far as the type is known."""
    right = ENV_FUNCTIONS.get(item.name)
    if item.module != HOST_ENV or right is None:
        return False
    return item.kind != "function" or (item.type is not None and item.type != str(right))


def _no_functions(
    reason: str, imports: Collection[ImportEvidence], others: tuple[Cause, ...]
) -> Specifics:
    """Tell of imports from Extism's module that are none of functions, which alone it gives."""
    items = [item for item in imports if item.module == HOST_ENV and item.kind != "function"]
    if not items:
        return Specifics(f"The engine says: {quote(reason)}.", others=others)
    names = listed(quote(f"{item.module}::{item.name}") for item in items)
    kinds = listed(dict.fromkeys(f"a {item.kind}" for item in items))
    are_functions = any(item.name in ENV_FUNCTIONS for item in items)
    return Specifics(
        f"The module imports {names} as {kinds}; Extism gives functions alone.",
        None
        if are_functions
        else "Define it in the module itself: link without `--import-memory`.",
        id="CCLB-IMPORT-TYPE" if are_functions else None,
        others=others,
    )


def _not_defined(
    reason: str, at_fault: list[ImportEvidence], evidence: Evidence, others: tuple[Cause, ...]
) -> Specifics:
    if not at_fault:
        return Specifics(f"The engine says: {quote(reason)}.", others=others)
    found = _owned(at_fault)
    cause = f"The host does not define {_named(at_fault, is_cut=evidence.lists_cut)}."
    if not found:
        return Specifics(cause, _fix_of_others(at_fault), others=others)
    if _INVALID.match(reason):  # of Extism's module, and so it is the verdict's own
        found.sort(key=lambda owned: owned[0].id != "CCLB-UNKNOWN-EXTISM-FUNCTION")
    main, items = found[0]
    if is_object_file(evidence):
        return _unlinked(cause)
    rest = [
        owned for owned in found[1:] if (main.id, owned[0].id) != ("CCLB-EMSCRIPTEN", "CCLB-WASI")
    ]
    explained = sum(len(its) for owner, its in found if (owner, its) not in rest)
    among = f" Among them: {_named(items)}." if explained < len(at_fault) else ""
    return Specifics(
        f"{cause}{among} {main.because(items)}",
        main.fix(evidence, items),
        id=main.id,
        seen=tuple(_all_named(at_fault, is_cut=evidence.lists_cut))
        if len(at_fault) > _NAMED_MAX
        else (),
        others=(*_of_origins(rest, "Among them: "), *others),
    )


def _fix_of_others(items: list[ImportEvidence]) -> str | None:
    """Say what to do about imports that are of no origin that has an entry."""
    misplaced = [quote(item.name) for item in items if item.name in ENV_FUNCTIONS]
    if misplaced:
        return f"Import {listed(misplaced)} from `{HOST_ENV}`."
    scripts = [quote(item.name) for item in items if _JAVASCRIPT.fullmatch(item.name)]
    if scripts:
        return f"Leave out the calls of {listed(scripts)}: the host has no JavaScript."
    return None


def _of_origins(
    owned: list[tuple[_Origin, list[ImportEvidence]]], before: str = "The host does not define "
) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            id=origin.id,
            text=f"{before}{_named(items)}. {origin.because(items)}",
            confidence="certain",
        )
        for origin, items in owned
    )


def _owned(items: list[ImportEvidence]) -> list[tuple[_Origin, list[ImportEvidence]]]:
    owned = [(origin, _of(origin, items)) for origin in _ORIGINS]
    return [(origin, its) for origin, its in owned if its]


def _all_named(items: list[ImportEvidence], *, is_cut: bool) -> Iterator[str]:
    """Yield a sentence for each module that names what is imported from it."""
    for module in list(dict.fromkeys(item.module for item in items))[:_NAMED_MAX]:
        names = [quote(item.name, 80) for item in items if item.module == module]
        yield f"From {quote(module, 80)}: {listed(names, _ALL_MAX, is_cut=is_cut)}."


def _of(origin: _Origin, items: Iterable[ImportEvidence]) -> list[ImportEvidence]:
    earlier = _ORIGINS[: _ORIGINS.index(origin)]
    return [
        item
        for item in items
        if origin.is_its(item) and not any(other.is_its(item) for other in earlier)
    ]


_UNKNOWN: Final = "unknown import: `"
_INVALID: Final = re.compile(
    r"Invalid (?P<kind>\w+) import from (?P<module>\S+): (?P<name>.*?) \(", re.DOTALL
)


def _told_by_engine(reason: str) -> Iterator[ImportEvidence]:
    """Yield the import that the engine names, where the module's own list is not at hand."""
    if reason.startswith(_UNKNOWN):
        path = reason.removeprefix(_UNKNOWN).rpartition("` has not been defined")[0]
        module, _, name = path.rpartition("::")
        yield ImportEvidence(module=module, name=name, kind="function")
    elif told := _INVALID.match(reason):
        yield ImportEvidence(module=told["module"], name=told["name"], kind=told["kind"])


def _named(items: list[ImportEvidence], *, is_cut: bool = False) -> str:
    names = listed((quote(f"{item.module}::{item.name}") for item in items), is_cut=is_cut)
    return f"the {'import' if len(items) == 1 else 'imports'} {names}"


def is_object_file(evidence: Evidence) -> bool:
    """Tell whether the file is a compiler's output that was not linked."""
    return any(section.name == "linking" for section in evidence.custom_sections)


HOW_TO_LINK: Final = (
    "Link it: `wasm-ld --no-entry plugin.o -o plugin.wasm`, or leave `-c` out of clang's command."
)


def _unlinked(cause: str) -> Specifics:
    return Specifics(
        f"{cause} The file is an object file, which is not linked yet.",
        HOW_TO_LINK,
        id="CCLB-UNDEFINED-SYMBOLS",
        seen=("It has a custom section `linking`, which only object files have.",),
    )


def _other_type(
    reason: str, mistyped: list[ImportEvidence], others: tuple[Cause, ...]
) -> Specifics:
    name = reason.partition("`")[2].rstrip("`").partition("::")[2]
    if all(item.name != name for item in mistyped):
        return Specifics(
            f"The host has the import {quote(f'{HOST_ENV}::{name}')}, but with another type.",
            id="CCLB-IMPORT-TYPE",
            others=others,
        )
    told = _mistyped(mistyped)
    return Specifics(told.text, id=told.id, others=others)


def _mistyped(items: list[ImportEvidence]) -> Cause:
    """Tell of imports that the host has with another type."""
    told = (
        f"The module imports `{HOST_ENV}::{item.name}` as"
        f" {quote(item.type) if item.type else f'a {item.kind}'}; the host has it as"
        f" `{ENV_FUNCTIONS[item.name]}`"
        for item in items[:_NAMED_MAX]
    )
    more = f" And {len(items) - _NAMED_MAX:,} more." if len(items) > _NAMED_MAX else ""
    text = ". ".join(told)
    return Cause(id="CCLB-IMPORT-TYPE", text=f"{text}.{more}", confidence="certain")

"""Imports that the host does not define: all of them, where they come from, what to do instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, cast, get_args

from cc_lb_selfcheck.host.evidence import ImportEvidence
from cc_lb_selfcheck.host.messages import ENV_FUNCTIONS, ENV_OTHERS
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.wasm.items import Kind

from .finding import Cause
from .origins import HOST_ENV, HOW_TO_LINK, Origin, fix_of_others, is_object_file, owned
from .specifics import Specifics, listed, quote

_NAMED_MAX: Final = 6
_ALL_MAX: Final = 40


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
        others = _of_origins(owned(undefined))
        return _other_type(reason, mistyped, others)
    if reason.startswith("linked modules cannot"):
        return _no_functions(reason, imports, _of_origins(owned(undefined)))
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
    found = owned(at_fault)
    cause = f"The host does not define {_named(at_fault, is_cut=evidence.lists_cut)}."
    if not found:
        return Specifics(cause, fix_of_others(at_fault), others=others)
    if _INVALID.match(reason):  # of Extism's module, and so it is the verdict's own
        found.sort(key=lambda each: each[0].id != "CCLB-UNKNOWN-EXTISM-FUNCTION")
    main, items = found[0]
    if is_object_file(evidence):
        return _unlinked(cause)
    rest = [each for each in found[1:] if (main.id, each[0].id) != ("CCLB-EMSCRIPTEN", "CCLB-WASI")]
    explained = sum(len(its) for owner, its in found if (owner, its) not in rest)
    among = f" Among them: {_named(items)}." if explained < len(at_fault) else ""
    return Specifics(
        f"{cause}{among} {main.because(items)}",
        main.fix(evidence, items),
        id=main.id,
        confidence=main.confidence,
        seen=tuple(_all_named(at_fault, is_cut=evidence.lists_cut))
        if len(at_fault) > _NAMED_MAX
        else (),
        others=(*_of_origins(rest, "Among them: "), *others),
    )


def _of_origins(
    found: list[tuple[Origin, list[ImportEvidence]]], before: str = "The host does not define "
) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            id=origin.id,
            text=f"{before}{_named(items)}. {origin.because(items)}",
            confidence=origin.confidence,
        )
        for origin, items in found
    )


def _all_named(items: list[ImportEvidence], *, is_cut: bool) -> Iterator[str]:
    """Yield a sentence for each module that names what is imported from it."""
    for module in list(dict.fromkeys(item.module for item in items))[:_NAMED_MAX]:
        names = [quote(item.name, 80) for item in items if item.module == module]
        yield f"From {quote(module, 80)}: {listed(names, _ALL_MAX, is_cut=is_cut)}."


_UNKNOWN: Final = "unknown import: `"
_INVALID: Final = re.compile(
    rf"Invalid (?P<kind>{'|'.join(get_args(Kind))}) import from"
    r" (?P<module>\S+): (?P<name>.*?) \(",
    re.DOTALL,
)


def _told_by_engine(reason: str) -> Iterator[ImportEvidence]:
    """Yield the import that the engine names, where the module's own list is not at hand."""
    if reason.startswith(_UNKNOWN):
        path = reason.removeprefix(_UNKNOWN).rpartition("` has not been defined")[0]
        module, _, name = path.rpartition("::")
        yield ImportEvidence(module=module, name=name, kind="function")
    elif told := _INVALID.match(reason):
        kind = cast("Kind", told["kind"])
        yield ImportEvidence(module=told["module"], name=told["name"], kind=kind)


def _named(items: list[ImportEvidence], *, is_cut: bool = False) -> str:
    names = listed((quote(f"{item.module}::{item.name}") for item in items), is_cut=is_cut)
    return f"the {'import' if len(items) == 1 else 'imports'} {names}"


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

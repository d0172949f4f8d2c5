"""Why the host finds no self-check to call: what the module exports in its place."""

from __future__ import annotations

import re
from typing import Final

from cc_lb_selfcheck.host.evidence import ExportEvidence, SourceEvidence
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.limits import IDENTITY_SECTION, SELF_CHECK_EXPORT, WIRE_FUNCTIONS

from .finding import Cause, Confidence
from .origins import HOW_TO_LINK, is_object_file
from .specifics import Specifics, listed, odd_characters, quote
from .spelling import closest

_NEWER_SCHEMA: Final = "cc_lb.schema."
_NEWER_EXPORTS: Final = frozenset(
    ("cc_lb_alloc", "cc_lb_free", "cc_lb_filter", "cc_lb_shape", "cc_lb_observe",
     "cc_lb_transform_response", "cc_lb_transform_sse_event")
)  # fmt: skip
_NEWER_KEYS: Final = frozenset(("name", "version", "hooks"))
_HOST_FUNCTIONS: Final = frozenset(("cc_lb_handshake", *WIRE_FUNCTIONS))
_NEARNESS: Final = 0.8
_PROGRAM: Final = frozenset(("main", "_start", "__main_void", "__original_main"))


def no_self_check(evidence: Evidence) -> Specifics:
    """Return what the module exports, and why that is no self-check."""
    same_name = [item for item in evidence.exports if item.name == SELF_CHECK_EXPORT]
    if same_name:
        return _wrong_export(same_name[0])
    if not evidence.exports and is_object_file(evidence):
        return Specifics(
            "It exports nothing: the file is an object file, which is not linked yet.",
            HOW_TO_LINK,
            seen=("It has a custom section `linking`, which only object files have.",),
        )
    mangled = next(filter(None, map(_mangled, evidence.exports)), None)
    if mangled is not None:
        return mangled
    renamed = _by_another_name(evidence)
    if renamed is not None:
        return renamed
    near = [item for item in evidence.exports if item.kind == "function" and _is_near(item.name)]
    if near:
        odd = odd_characters(near[0].name)
        is_not = "which is not" if len(near) == 1 else "none of which is"
        return Specifics(
            f"It exports {listed(quote(item.name) for item in near)}, {is_not}"
            f" `{SELF_CHECK_EXPORT}` letter for letter{f': it holds {odd}' if odd else ''}.",
            f"Rename the function to `{SELF_CHECK_EXPORT}`.",
            id="CCLB-MISSPELT-EXPORT",
        )
    return _of_newer_line(evidence) or _from_sources(evidence) or _from_exports(evidence)


def _is_near(name: str) -> bool:
    return closest(name, (SELF_CHECK_EXPORT,), _NEARNESS) is not None


def _mangled(export: ExportEvidence) -> Specifics | None:
    """Tell of the self-check's function under the name that a compiler makes of its own."""
    if export.kind != "function" or not (made := _MANGLED.fullmatch(export.name)):
        return None
    is_cpp = made["cpp"] is not None
    lacks = '`extern "C"`' if is_cpp else "`#[unsafe(no_mangle)]`"
    return Specifics(
        f"It exports {quote(export.name)}, which is the compiler's own name for a function"
        f" `{SELF_CHECK_EXPORT}` without {lacks}.",
        f'Declare it `extern "C"`, and export it as `{SELF_CHECK_EXPORT}`.' if is_cpp else None,
        id="CCLB-NO-MANGLE",
    )


_MANGLED: Final = re.compile(
    rf"_ZN[\w$.]*{len(SELF_CHECK_EXPORT)}{SELF_CHECK_EXPORT}17h[0-9a-f]{{16}}E"
    rf"|_RNv[\w$.]*{len(SELF_CHECK_EXPORT)}{SELF_CHECK_EXPORT}"
    rf"|(?P<cpp>(?!.*17h[0-9a-f]{{16}}E$)"
    rf"_Z(?:N[\w$.]*)?{len(SELF_CHECK_EXPORT)}{SELF_CHECK_EXPORT}E?[a-zA-Z0-9_]{{1,40}})"
)
"""Names that Rust, in its older and its newer way, and C++ make of the self-check's."""


def _wrong_export(export: ExportEvidence) -> Specifics:
    if export.kind != "function":
        noun = "an exception tag" if export.kind == "tag" else f"a {export.kind}"
        return Specifics(
            f"`{SELF_CHECK_EXPORT}` is exported as {noun}, not as a function.",
            id="CCLB-EXPORT-KIND",
        )
    if export.type is None:
        return Specifics(
            f"`{SELF_CHECK_EXPORT}` has another type than the host takes, which is `() -> (i32)` or"
            " `() -> ()`.",
            id="CCLB-EXPORT-SIGNATURE",
        )
    return Specifics(
        f"`{SELF_CHECK_EXPORT}` has the type {quote(export.type)}{_why(export)}; the"
        " host takes `() -> (i32)` or `() -> ()`.",
        id="CCLB-EXPORT-SIGNATURE",
    )


def _why(export: ExportEvidence) -> str:
    params, _, results = (export.type or "").partition(" -> ")
    faults = []
    if params not in ("", "()"):
        faults.append("parameters")
    if "," in results:
        faults.append("more than one result")
    elif results not in ("", "()", "(i32)"):
        faults.append("another result than `i32`")
    return f", with {' and '.join(faults)}" if faults else ""


def _of_newer_line(evidence: Evidence) -> Specifics | None:
    """Tell an artifact of cc-lb's newer line by its sections and exports."""
    schemas = [s.name for s in evidence.custom_sections if s.name.startswith(_NEWER_SCHEMA)]
    keys = set(evidence.identity.keys if evidence.identity else ())
    exports = [item.name for item in evidence.exports if item.name in _NEWER_EXPORTS]
    seen = []
    if schemas:
        sections = "section" if len(schemas) == 1 else "sections"
        seen.append(f"It has the custom {sections} {listed(map(quote, schemas))}.")
    if keys >= _NEWER_KEYS:
        seen.append(f"Its section `{IDENTITY_SECTION}` has `name`, `version` and `hooks`.")
    if "cc_lb_alloc" in exports and len(exports) > 1:
        seen.append(f"It exports {listed(map(quote, exports))}.")
    if not seen:
        return None
    return Specifics(
        "The artifact is built for the newer line of cc-lb, which has another protocol and no"
        " self-check.",
        id="CCLB-NEWER-LINE",
        confidence="certain" if len(seen) > 1 or schemas else "likely",
        seen=tuple(seen),
    )


def _by_another_name(evidence: Evidence) -> Specifics | None:
    """Tell of the self-check's function that its sources export under another name."""
    sources = evidence.sources
    if sources is None or sources.export_name not in {item.name for item in evidence.exports}:
        return None
    return Specifics(
        f"The function at {quote(sources.function or '')} is exported as"
        f" {quote(sources.export_name or '')}, by its `export_name`.",
        f'Write `export_name = "{SELF_CHECK_EXPORT}"`.',
        id="CCLB-MISSPELT-EXPORT",
        confidence="certain" if sources.same_name else "likely",
        seen=(_exported(evidence), *_named_alike(sources)),
    )


def _from_sources(evidence: Evidence) -> Specifics | None:
    """Tell what the repository's sources show, where the artifact cannot show it."""
    sources = evidence.sources
    if sources is None:
        return None
    confidence: Confidence = "certain" if sources.same_name else "likely"
    is_library = _is_library(evidence)
    if sources.manifest and sources.cdylib is False and not is_library:
        return Specifics(
            f"{quote(sources.manifest)} does not make the library a `cdylib`, so cargo writes no"
            " artifact for it; this file is something else.",
            id="CCLB-CRATE-TYPE",
            confidence=confidence,
            seen=(_exported(evidence),),
        )
    if sources.function and sources.exported is False:
        # Other files than the crate's root may be left out of what is built.
        is_root = sources.function.rpartition(":")[0].endswith("src/lib.rs")
        return Specifics(
            f"The function at {quote(sources.function)} is not marked for export, so the linker"
            " drops it.",
            id="CCLB-NO-MANGLE",
            confidence=confidence if is_root else "likely",
            seen=(_exported(evidence), *_named_alike(sources)),
        )
    return None


def _named_alike(sources: SourceEvidence) -> tuple[str, ...]:
    if not sources.same_name or not sources.manifest:
        return ()
    return (f"The crate of {quote(sources.manifest)} has the artifact's name.",)


def _is_library(evidence: Evidence) -> bool:
    """Tell whether the artifact is a plugin's library: other exports of one show it."""
    return any(item.name in _HOST_FUNCTIONS for item in evidence.exports)


def _exported(evidence: Evidence) -> str:
    names = [quote(item.name) for item in evidence.exports if item.kind == "function"]
    if evidence.is_text:  # of which little is read
        return (
            f"The text exports {listed(names)}, and no `{SELF_CHECK_EXPORT}` that can be called."
            if names
            else f"In the text, no export `{SELF_CHECK_EXPORT}` that can be called was found."
        )
    if evidence.lists_cut:
        return f"The module exports {listed(names, is_cut=True)}."
    return f"The module exports {f'only {listed(names)}' if names else 'no function at all'}."


def _from_exports(evidence: Evidence) -> Specifics:
    cause = _exported(evidence)
    if _is_library(evidence):
        return _not_exported(evidence)
    names = {item.name for item in evidence.exports}
    if names & _PROGRAM:
        return Specifics(
            f"{cause} That is a program, not a library.",
            _how_to_make_a_library(evidence),
            id="CCLB-CRATE-TYPE",
            confidence="likely",
            seen=(f"It exports {listed(quote(n) for n in sorted(names & _PROGRAM))}.",),
        )
    marked = any("cc_lb" in name.casefold() for name in names) or (
        evidence.identity is not None and evidence.identity.fault != "MissingCustomSection"
    )
    is_declared = evidence.sources is not None and evidence.sources.function is not None
    if not marked and not is_declared and evidence.identity is not None:
        return Specifics(
            f"{cause} Nothing in it says that it is a plugin of cc-lb.",
            id="CCLB-NOT-A-PLUGIN",
            confidence="likely",
            seen=(f"It has no section `{IDENTITY_SECTION}`, which every plugin has.",),
        )
    return _not_exported(evidence)


def _not_exported(evidence: Evidence) -> Specifics:
    """Tell of a plugin without a self-check, and what the artifact cannot show."""
    cause, sources = _exported(evidence), evidence.sources
    if sources is not None and sources.manifest and not sources.function:
        return Specifics(
            f"{cause} Nor was a function `{SELF_CHECK_EXPORT}` found in the sources of the library"
            f" of {quote(sources.manifest)}."
        )
    return Specifics(cause, _how_to_export(evidence), others=(_perhaps_not_marked(evidence),))


_EXPORTED_BY: Final = (
    ("AssemblyScript", f"`export function {SELF_CHECK_EXPORT}(): i32` in the entry file"),
    ("Zig", f"`export fn {SELF_CHECK_EXPORT}() i32`"),
    ("Go", f"`//go:wasmexport {SELF_CHECK_EXPORT}` above a function that returns `int32`"),
    (
        "C",
        f'`__attribute__((export_name("{SELF_CHECK_EXPORT}"))) int {SELF_CHECK_EXPORT}(void)`, in'
        ' C++ within `extern "C"`',
    ),
)
"""How the languages that a module may be made from export the function; Rust's is the catalogue's.
The first whose name a language begins with counts."""


def _how_to_make_a_library(evidence: Evidence) -> str | None:
    if "Rust" in evidence.languages or not _is_of(evidence, "C"):
        return None
    way = dict(_EXPORTED_BY)["C"]
    return (
        "Link it without a start, by `-nostartfiles -Wl,--no-entry`, and export the function:"
        f" {way}."
    )


def _how_to_export(evidence: Evidence) -> str | None:
    if "Rust" in evidence.languages:
        return None
    ways = (way for start, way in _EXPORTED_BY if _is_of(evidence, start))
    way = next(ways, None)
    return f"Export the function under exactly this name: {way}." if way else None


def _is_of(evidence: Evidence, language: str) -> bool:
    return any(each.startswith(language) for each in evidence.languages)


def _perhaps_not_marked(evidence: Evidence) -> Cause:
    """Say what may keep a function from being exported, and how to find out."""
    sources = evidence.sources
    if sources is not None and sources.function:
        text = f"The function at {quote(sources.function)} {_marked_by(sources)}."
    elif "Rust" in evidence.languages:
        text = (
            "Perhaps the function lacks `#[unsafe(no_mangle)]`. Look above `fn"
            f" {SELF_CHECK_EXPORT}` in the sources."
        )
    else:
        text = (
            "Perhaps the function is not marked for export. Look at its declaration and at the"
            " linker's flags."
        )
    return Cause(id="CCLB-NO-MANGLE", text=text, confidence="possible")


_NOT_IN_BUILD: Final = (
    "Perhaps the artifact was built before that, or a `cfg` leaves the function out of the build"
)


def _marked_by(sources: SourceEvidence) -> str:
    """Tell how the sources mark a function for export that the artifact does not export."""
    macro = quote(f"#[{sources.macro}]")
    if sources.export_name is not None and sources.export_name != SELF_CHECK_EXPORT:
        named = quote(sources.export_name)
        return f"is marked for export as {named}, by its `export_name`, and the host takes no other"
    if sources.exported:
        return f"is marked for export. {_NOT_IN_BUILD}"
    if sources.macro in _EXPORTING_MACROS:
        return f"is marked for export by {macro}. {_NOT_IN_BUILD}"
    return (
        f"has the attribute {macro}. Perhaps that does not export it, or a `cfg` leaves the"
        " function out of the build"
    )


_EXPORTING_MACROS: Final = frozenset(("plugin_fn", "extism_pdk::plugin_fn"))
"""The macro of the Extism PDK for Rust, which writes the exported function."""

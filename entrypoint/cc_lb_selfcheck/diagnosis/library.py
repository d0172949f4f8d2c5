"""Tells an author's functions from those of standard libraries, runtimes and dependencies."""

from __future__ import annotations

import re
from typing import Final

_FILES: Final = re.compile(
    r"(?:^|[/\\])(?:rustc[/\\][0-9a-f]{8,}|rustlib[/\\]src|\.?cargo[/\\](?:registry|git)"
    r"|registry[/\\]src[/\\][\w.-]{1,80}-[0-9a-f]{16}|vendor|node_modules|go[/\\]pkg[/\\]mod"
    r"|hostedtoolcache[/\\]go|tinygo[/\\]src|emsdk|wasi-(?:sdk|libc))(?:[/\\]|$)"
    r"|^[\w-]{1,80}-\d{1,9}\.\d{1,9}\.\d{1,9}[\w.+-]{0,80}[/\\]src[/\\]"  # by cargo's trim-paths
    r"|(?:^|/)~lib/"
    # Not all that is there: containers keep programs of authors in /usr/src/app.
    r"|^/usr/(?:local/)?(?:include|lib|share|go)/|^/usr/src/rustc"
)
_PANICS: Final = re.compile(r"(?:__rustc(?:\[[0-9a-f]+\])?::)?rust_begin_unwind$")
"""The function for panics of a crate without the standard library: where none began."""
_FUNCTIONS: Final = re.compile(
    r"(?:core|std|alloc|serde|serde_json|serde_core|dlmalloc|hashbrown|memchr|compiler_builtins"
    r"|panic_abort|panic_unwind|__rustc)(?:\[[0-9a-f]+\])?::"
    r"|_R|~lib/|__rust|rust_|rg_oom|(?:mem(?:cpy|cmp|move|set)|abort|malloc|free)$"
    r"|__[a-z]+(?:[sdtx][if])+[2-5]$"  # the compiler's own arithmetic, such as __multi3
)
_PRIMITIVE: Final = re.compile(
    r"<(?:&(?:mut )?)*(?:\*(?:const|mut) |\[|\(|(?:str|bool|char|[iu](?:8|16|32|64|128|size)"
    r"|f(?:16|32|64|128))(?=>| as ))"
)
"""How the name of a function begins that is of a type which no crate defines."""
_BRACKETS: Final = re.compile(r"->|[<>\[\]()]| as ")
_BEFORE_PATH: Final = "<&*( "
_CRATE_HASH: Final = re.compile(r"\[[0-9a-f]{8,}\]|::h[0-9a-f]{16}$")
_CRATE: Final = re.compile(r"([A-Za-z_]\w*)::")


def is_library(function: str | None, file: str | None) -> bool:
    """Tell whether a function is not the author's, by its file where that is known."""
    if function is not None and _PANICS.match(function):
        return True
    if file is not None:
        return _FILES.search(file) is not None
    if function is None:
        return True
    primitive = _PRIMITIVE.match(function)
    if primitive is None:
        return _FUNCTIONS.match(_path_in(function)) is not None
    # What primitive types can do is the standard library's, but for the traits of others.
    trait = _trait_of(function)
    return trait is None or _FUNCTIONS.match(_path_in(trait)) is not None


def _trait_of(function: str) -> str | None:
    """Return the trait of ``<type as trait>::function``; None where the type's own is meant."""
    depth = 0
    for piece in _BRACKETS.finditer(function):
        if piece[0] == " as " and depth == 1:
            return function[piece.end() :]
        depth += {"<": 1, "[": 1, "(": 1, ">": -1, "]": -1, ")": -1}.get(piece[0], 0)
        if depth == 0:
            break
    return None


def crates_of(function: str | None) -> list[str]:
    """Return the crates that may have the code of a Rust function, but for the standard library.

    ``<a::B as c::D>::e`` is declared where its type is, or where its trait is: a method that the
    trait provides.
    """
    named = function or ""
    paths = [named, _trait_of(named) or ""] if named.startswith("<") else [named]
    own = (crate_of(path) for path in paths if not _FUNCTIONS.match(_path_in(path)))
    return [*dict.fromkeys(filter(None, own))]


def own_name(function: str | None) -> str | None:
    """Return what a Rust function is called where it is declared, or what is around a closure.

    ``<a::B as c::D>::e::<f::G>::{closure#0}`` is ``e``; None where only a closure is named.
    """
    text, depth, at = "", 0, 0
    for piece in _BRACKETS.finditer(function or ""):
        if piece[0] not in "<>":
            continue
        if depth == 0:
            text += (function or "")[at : piece.start()]
        depth = max(depth + (1 if piece[0] == "<" else -1), 0)
        at = piece.end()
    text += (function or "")[at:] if depth == 0 else ""
    parts = [part for part in text.split("::") if part and not part.startswith("{")]
    return parts[-1] if parts else None


def _path_in(function: str) -> str:
    """Leave out what stands before the first path: ``<&mut a::B as c::D>::e`` is of ``a``."""
    return function.lstrip(_BEFORE_PATH).removeprefix("mut ").lstrip(_BEFORE_PATH)


def without_hashes(function: str) -> str:
    """Return a function's name without the hashes that rustc gives to crates and functions."""
    return _CRATE_HASH.sub("", function)


def crate_of(function: str | None) -> str | None:
    """Return the crate that a Rust function's path begins with."""
    found = _CRATE.match(_path_in(function or ""))
    return found[1] if found else None

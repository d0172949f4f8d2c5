"""Mends that a program can make in the author's files, each as the texts before and after.

Only what follows from the finding by rule: nothing here guesses. An edit that cannot be shown to
change just what it should is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple, Protocol

from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT

from .finding import Finding, Mend
from .line_mends import (
    CDYLIB,
    CRATE_TYPE,
    DEBUG,
    NO_MANGLE,
    STRIP,
    with_right_name,
    with_right_target,
)
from .manifests import parsed_toml
from .packages import Package, plain_name
from .repository import Repository
from .toml_edit import add_table, lines_of, proven, set_value, with_first_element

_TARGET_LINES_MAX: Final = 20
_BUILT_IN: Final = re.compile(r"(?:^|/)target/wasm32-[\w-]+/([A-Za-z0-9_-]+)/")
_DECLARED: Final = re.compile(
    rf"\s*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?extern\s+\"C\"\s+fn\s+{SELF_CHECK_EXPORT}"
    r"\s*\(\s*\)\s*(?:->\s*i32\s*)?\{?\s*"
)
"""A declaration that the host can call once it is exported."""
_BY_LINE: Final = frozenset(
    ("CCLB-PANIC", "CCLB-TRAP", "CCLB-STACK-OVERFLOW", "CCLB-OUT-OF-FUEL", "CCLB-TIMEOUT",
     "CCLB-START-FUNCTION")
)  # fmt: skip
"""Findings on a line in the midst of the sources, which debug information names."""
_COMMENT: Final = re.compile(r"\s*(?://|/?\*)")


class Edit(NamedTuple):
    """What becomes of one file."""

    path: str
    before: str
    after: str


class Files(Protocol):
    """Files' texts, by their paths from the repository's root."""

    def text(self, path: PurePosixPath) -> str | None:
        """Return a file's text; None without one."""


def mend_of(
    finding: Finding,
    outcome: Outcome,
    artifact: str,
    package: Package | None,
    repository: Repository,
    files: Files,
) -> tuple[Mend, list[Edit]] | None:
    """Return what mends a finding, and how; None where a person has to.

    ``package`` is that of the artifact, ``files`` what the edits are made to.
    """
    evidence = outcome.evidence
    match finding.id:
        case "CCLB-CRATE-TYPE":
            return _whole("crate-type", _crate_type(evidence, files))
        case "CCLB-NO-MANGLE":
            return _whole("export", _export(evidence, package, files))
        case "CCLB-MISSPELT-EXPORT":
            return _whole("name", _name(finding, files))
        case "CCLB-WASI" | "CCLB-COMPONENT" | "CCLB-EMSCRIPTEN":
            return _whole("target", list(_target(evidence, package, repository, files)))
    is_rust = "Rust" in evidence.languages
    if finding.hint is not None and finding.id in _BY_LINE and is_rust and package is not None:
        return _whole("debug-info", _debug_info(artifact, package, repository, files))
    return None


def _whole(mend: Mend, edits: list[Edit] | Edit | None) -> tuple[Mend, list[Edit]] | None:
    made = [edits] if isinstance(edits, Edit) else edits or []
    return (mend, made) if made else None


def _edit(path: PurePosixPath, before: str, after: str | None) -> Edit | None:
    return None if after is None or after == before else Edit(path.as_posix(), before, after)


# Cargo.toml ----------------------------------------------------------------------------------


def _crate_type(evidence: Evidence, files: Files) -> Edit | None:
    if evidence.sources is None or not evidence.sources.manifest:
        return None
    path = PurePosixPath(evidence.sources.manifest)
    text = files.text(path) or ""
    library = (parsed_toml(text) or {}).get("lib", {})
    kinds = library.get("crate-type", library.get("crate_type"))
    if "lib" not in (parsed_toml(text) or {}):
        return _edit(path, text, add_table(text, "package", "lib", "crate-type", f"[{CDYLIB}]"))
    if kinds is None:
        return _edit(path, text, set_value(text, ("lib",), "crate-type", f"[{CDYLIB}]"))
    if not isinstance(kinds, list) or "cdylib" in kinds:
        return None
    lines = lines_of(text)
    key = "crate-type" if "crate-type" in library else "crate_type"
    for number, line in enumerate(lines):
        mended = with_first_element(line, CRATE_TYPE, CDYLIB)
        if mended is not None:
            edited = [*lines[:number], mended, *lines[number + 1 :]]
            after = proven(text, edited, ("lib",), key, ["cdylib", *kinds])
            if after is not None:
                return _edit(path, text, after)
    return None


def _debug_info(
    artifact: str, package: Package, repository: Repository, files: Files
) -> Edit | None:
    """Make the profile that built the artifact keep debug information: in the workspace's root."""
    profile = _profile(artifact)
    if profile[1] == "debug":
        return None
    path = _root_manifest(package, repository, files)
    text = before = files.text(path) or ""
    settings = _settings(text, profile)
    if settings is None or _overrides(settings, package):
        return None
    if profile[1] != "release" and not settings:
        return None
    for key, value in _lacking(settings):
        edited = set_value(text, profile, key, value)
        if edited is None:
            return None
        text = edited
    return _edit(path, before, text)


def keeps_debug_info(artifact: str, package: Package, repository: Repository, files: Files) -> bool:
    """Tell whether the profile that built the artifact keeps debug information already."""
    text = files.text(_root_manifest(package, repository, files)) or ""
    settings = _settings(text, _profile(artifact))
    if not settings or _overrides(settings, package):
        return False
    return not _lacking(settings)


def _profile(artifact: str) -> tuple[str, str]:
    built_in = _BUILT_IN.search(artifact)
    return "profile", built_in[1] if built_in else "release"


def _settings(manifest: str, profile: tuple[str, str]) -> dict[str, object] | None:
    table = (parsed_toml(manifest) or {}).get(profile[0], {})
    settings = table.get(profile[1], {}) if isinstance(table, dict) else None
    return settings if isinstance(settings, dict) else None


def _lacking(settings: dict[str, object]) -> list[tuple[str, str]]:
    """Return what a profile has to say besides, so that debug information is kept."""
    wanted = []
    if settings.get("debug") in (None, False, 0, "none"):
        wanted.append(DEBUG)
    if settings.get("strip") not in (None, False, "none"):
        wanted.append(STRIP)
    return wanted


def _overrides(settings: dict[str, object], package: Package) -> bool:
    """Tell whether a profile has words of its own for the package, which would count more."""
    packages = settings.get("package", {})
    each = packages.items() if isinstance(packages, dict) else ()
    return any(
        isinstance(one, dict) and {"debug", "strip"} & set(one)
        for name, one in each
        if plain_name(name) in package.names
    )


def _root_manifest(package: Package, repository: Repository, files: Files) -> PurePosixPath:
    """Return the manifest whose profiles count: the workspace's, else the package's own."""
    manifests = {p.manifest for p in repository.packages if p.manifest.name == "Cargo.toml"}
    for folder in (package.folder, *package.folder.parents):
        path = folder / "Cargo.toml"
        if path in manifests and "workspace" in (parsed_toml(files.text(path) or "") or {}):
            return path
    return package.manifest


# Sources -------------------------------------------------------------------------------------


def _export(evidence: Evidence, package: Package | None, files: Files) -> Edit | None:
    """Mark the function for export, if it has the type that the host calls."""
    place = evidence.sources.function if evidence.sources else None
    name, _, number = (place or "").rpartition(":")
    path = PurePosixPath(name)
    text = files.text(path) if name else None
    if text is None or not number.isdecimal() or package is None:
        return None
    lines = lines_of(text)
    at = int(number) - 1
    if at >= len(lines) or not _DECLARED.fullmatch(lines[at]):
        return None
    if at and lines[at - 1].strip() in NO_MANGLE:
        return None
    margin = re.match(r"\s*", lines[at])
    ends = "\r\n" if lines[at].endswith("\r\n") else "\n"
    mark = NO_MANGLE[0] if _is_unsafe(package, files) else NO_MANGLE[1]
    lines.insert(at, f"{margin[0] if margin else ''}{mark}{ends}")
    return _edit(path, text, "".join(lines))


def _is_unsafe(package: Package, files: Files) -> bool:
    """Tell whether the crate's edition wants the attribute marked as unsafe, as that of 2024."""
    table = (parsed_toml(files.text(package.manifest) or "") or {}).get("package", {})
    edition = table.get("edition", "2015") if isinstance(table, dict) else "2015"
    return not (isinstance(edition, str) and edition < "2024")


def _name(finding: Finding, files: Files) -> Edit | None:
    """Rename the function where it is declared, if its name stands nowhere else in the file."""
    place = finding.location
    if place is None or not place.in_repository or place.line is None:
        return None
    path = PurePosixPath(place.path)
    text = files.text(path) or ""
    lines = lines_of(text)
    if place.line > len(lines):
        return None
    mended = with_right_name(lines[place.line - 1])
    others = (
        line for at, line in enumerate(lines, 1) if at != place.line and not _COMMENT.match(line)
    )
    name = place.function and place.function.rpartition("::")[2]
    if mended is None or not name or any(re.search(rf"\b{re.escape(name)}\b", o) for o in others):
        return None
    lines[place.line - 1] = mended
    return _edit(path, text, "".join(lines))


# How it is built -----------------------------------------------------------------------------


def _target(
    evidence: Evidence, package: Package | None, repository: Repository, files: Files
) -> Iterator[Edit]:
    """Name the right target wherever the package's build names one that does not do."""
    if evidence.languages and "Rust" not in evidence.languages:
        return
    home = package.folder if package is not None else PurePosixPath()
    above = {home, *home.parents}
    edits: list[Edit] = []
    for path in repository.build_files:
        folder = path.parent.parent if path.parent.name == ".cargo" else path.parent
        if folder not in above and path.parent.as_posix() != ".github/workflows":
            continue
        text = files.text(path) or ""
        after = with_right_target(text)
        if path.suffix == ".toml" and parsed_toml(after) is None:
            continue
        edit = _edit(path, text, after)
        edits += [edit] if edit else []
    changed = sum(
        before != after
        for edit in edits
        for before, after in zip(lines_of(edit.before), lines_of(edit.after), strict=True)
    )
    if changed <= _TARGET_LINES_MAX:
        yield from edits

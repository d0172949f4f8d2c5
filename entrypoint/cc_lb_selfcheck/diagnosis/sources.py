"""What the repository's sources say where the artifact cannot: a function that nothing exports.

The linker drops what is not exported, without a trace. So for a plugin without a self-check the
crate of its name is looked for, and in it the function and what stands above it.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

from cc_lb_selfcheck.host.evidence import SourceEvidence
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT

from .manifests import parsed_toml
from .packages import Package, plain_name
from .repository import Repository
from .rust_source import Function, rust_functions

_PATH_MAX_CHARS: Final = 400
_OTHER_TARGETS: Final = frozenset(("tests", "benches", "examples", "build.rs"))
_PROGRAMS: Final = (("src", "main.rs"), ("src", "bin"))
"""Where a crate's sources are that are not of its library."""


class Sources:
    """The Rust crates of a repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def added_to(self, outcome: Outcome, artifact: str) -> Outcome:
        """Return the outcome with what the sources say of it, where that may matter.

        ``artifact`` is the artifact's path, whose name is that of a crate.
        """
        verdict, evidence = outcome.verdict, outcome.evidence
        if verdict is None or verdict.variant != "MissingSelfCheckExport":
            return outcome
        if evidence.languages and "Rust" not in evidence.languages:
            return outcome
        told = self._of(plain_name(PurePosixPath(artifact).stem))
        if told is None:
            return outcome
        seen = evidence.model_copy(update={"sources": told})
        return outcome.model_copy(update={"evidence": seen})

    def _of(self, name: str) -> SourceEvidence | None:
        crates = [
            package
            for package in self._repository.packages
            if package.manifest.name == "Cargo.toml" and name in package.names
        ]
        if len(crates) != 1:
            return None
        return SourceEvidence(
            **self._declaration(crates[0]),
            manifest=_shown(crates[0].manifest),
            cdylib=self._is_cdylib(crates[0]),
            same_name=True,
        )

    def _is_cdylib(self, crate: Package) -> bool | None:
        text = "\n".join(self._repository.lines(crate.manifest))
        manifest = parsed_toml(text)
        if manifest is None:
            return None
        library = manifest.get("lib", {})
        if not isinstance(library, dict):
            return False
        kinds = library.get("crate-type", library.get("crate_type", []))
        return isinstance(kinds, list) and "cdylib" in kinds

    def _declaration(self, crate: Package) -> dict[str, Any]:
        """Return where the crate declares the function, and whether it is marked for export.

        Of several, as each for another target, one that is marked counts.
        """
        found: list[tuple[str, Function]] = []
        places = self._repository.functions(SELF_CHECK_EXPORT)
        for path in dict.fromkeys(path for path, _, _ in places):
            if path.suffix == ".rs" and _is_of_library(path, crate):
                text = "\n".join(self._repository.lines(path))
                found += [
                    (f"{_shown(path)}:{item.line}", item)
                    for item in rust_functions(text)
                    if item.is_called(SELF_CHECK_EXPORT)
                ]
        if not found:
            return {}
        place, best = max(found, key=lambda each: _likeness(each[1]))
        return {
            "function": place,
            "exported": best.exported,
            "export_name": best.export_name,
            "macro": best.macro,
        }


def _likeness(function: Function) -> int:
    """Rank a function by how surely it is the one that is exported as the self-check."""
    if function.exported and function.export_name in (None, SELF_CHECK_EXPORT):
        return 3
    return {None: 2, True: 1, False: 0}[function.exported]


def _is_of_library(path: PurePosixPath, crate: Package) -> bool:
    if crate.folder not in path.parents:
        return False
    parts = path.relative_to(crate.folder).parts
    return parts[0] not in _OTHER_TARGETS and parts[:2] not in _PROGRAMS


def _shown(path: PurePosixPath) -> str:
    return path.as_posix()[:_PATH_MAX_CHARS]

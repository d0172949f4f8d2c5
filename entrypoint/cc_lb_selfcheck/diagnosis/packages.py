"""Packages that make artifacts: what their manifests call them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from .manifests import parsed_json, parsed_toml

MANIFESTS: Final = ("Cargo.toml", "asconfig.json", "package.json", "go.mod")
"""In the order of how surely they tell of the package that makes an artifact."""


class Package(NamedTuple):
    """A package: its manifest's path, its folder, and the names that an artifact may have of it.

    ``programs`` are names of crates beside its library: of `[[bin]]` and `[[example]]`.
    """

    manifest: PurePosixPath
    folder: PurePosixPath
    names: frozenset[str]
    programs: frozenset[str] = frozenset()


def package_of(path: PurePosixPath, text: str) -> Package:
    """Return the package of a manifest at that path, which has that text."""
    names = _NAMES[path.name](text)
    if path.name == "asconfig.json" and path.parent.name:
        names.append(path.parent.name)
    programs = _programs_of_cargo(text) if path.name == "Cargo.toml" else []
    return Package(
        path, path.parent, frozenset(map(plain_name, names)), frozenset(map(plain_name, programs))
    )


def plain_name(name: str) -> str:
    """Return a package's name as artifacts are named after it."""
    return name.rpartition("/")[2].replace("-", "_").casefold()


def _of_cargo(text: str) -> list[str]:
    manifest = parsed_toml(text) or {}
    return [
        table["name"]
        for table in (manifest.get("lib"), manifest.get("package"))
        if isinstance(table, dict) and isinstance(table.get("name"), str)
    ]


def _programs_of_cargo(text: str) -> list[str]:
    manifest = parsed_toml(text) or {}
    targets = [item for kind in ("bin", "example") for item in _list(manifest.get(kind))]
    names = [target.get("name") for target in targets if isinstance(target, dict)]
    return [name for name in names if isinstance(name, str)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _of_npm(text: str) -> list[str]:
    name = (parsed_json(text) or {}).get("name")
    return [name] if isinstance(name, str) else []


def _of_assemblyscript(text: str) -> list[str]:
    targets = (parsed_json(text) or {}).get("targets")
    if not isinstance(targets, dict):
        return []
    files = (target.get("outFile") for target in targets.values() if isinstance(target, dict))
    return [PurePosixPath(file).stem for file in files if isinstance(file, str)]


def _of_go(text: str) -> list[str]:
    module = re.search(r"^module\s+(\S+)", text, re.MULTILINE)
    return [module[1]] if module else []


_NAMES: Final = {
    "Cargo.toml": _of_cargo,
    "asconfig.json": _of_assemblyscript,
    "package.json": _of_npm,
    "go.mod": _of_go,
}

#!/usr/bin/env python3
"""Builds the plugins under tests/plugins, and checks that sources and artifacts belong together.

    build.py                  rebuild every artifact under dist/
    build.py shape observe    rebuild those two
    build.py --check          compare sources, artifacts and README; needs no toolchain

expected.toml names the artifacts. artifacts.lock holds, for each, the SHA-256 of the artifact and a
digest of all that it was made from. Only the standard library is needed, and of the toolchains the
ones whose plugins are built; README.md says which.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugins import toolchains
else:
    import toolchains  # a script finds what lies beside it, and no more

ROOT = toolchains.ROOT
DIST = toolchains.DIST
EXPECTED = ROOT / "expected.toml"
LOCK = ROOT / "artifacts.lock"
README = ROOT / "README.md"

# Written by the compilers of whoever forgot to remap them; never to be published.
MACHINE_PATH = re.compile(rb"/(?:home|root|tmp|Users)/[\w./-]+")
REGISTRY = re.compile(rb"/registry/src/[\w.]+-[0-9a-f]{16}")

TABLE_BEGIN = "<!-- table: written by build.py from expected.toml -->"
TABLE_END = "<!-- end of table -->"


def load_plugins() -> list[toolchains.Plugin]:
    entries = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["plugin"]
    return [
        toolchains.Plugin(
            name=entry["name"],
            language=entry["language"],
            mistake=entry["mistake"],
            verdict=verdict_of(entry),
            source=entry.get("source"),
            derived_from=entry.get("derived_from"),
        )
        for entry in entries
    ]


def verdict_of(entry: Mapping[str, str]) -> str:
    if entry["status"] == "passed":
        return "passed"
    words = entry.get("kind", entry["cause"].replace("-", " "))
    return f"`{entry['variant']}`: {words}" if "variant" in entry else words


def build(plugins: Sequence[toolchains.Plugin], options: toolchains.Options) -> None:
    options.build_dir.mkdir(parents=True, exist_ok=True)
    DIST.mkdir(exist_ok=True)
    built = read_lock()
    try:
        for plugin, artifact in toolchains.build(plugins, options):
            refuse_machine_paths(plugin, artifact, options)
            plugin.artifact.write_bytes(artifact)
            built[plugin.name] = {"sha256": sha256(artifact), "sources": source_digest(plugin)}
            print(f"{plugin.artifact.relative_to(ROOT)}: {len(artifact):,} bytes")
    finally:
        # What was built before a failure is in dist/ already.
        write_lock(built)
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")


def write_lock(built: Mapping[str, Mapping[str, str]]) -> None:
    known = {plugin.name for plugin in load_plugins()}
    entries = {name: built[name] for name in sorted(built) if name in known}
    LOCK.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


def refuse_machine_paths(
    plugin: toolchains.Plugin, artifact: bytes, options: toolchains.Options
) -> None:
    places = (toolchains.REPOSITORY, options.build_dir, Path.home())
    for place in places:
        if str(place).encode() in artifact and place != Path("/"):
            raise toolchains.BuildError(f"{plugin.name}.wasm names {place}; it has to be remapped.")
    if found := REGISTRY.search(artifact):
        # Its folder is made by the first build, and remapped by the next.
        raise toolchains.BuildError(f"{plugin.name}.wasm names {found[0].decode()}: build again.")
    if found := MACHINE_PATH.search(artifact):
        raise toolchains.BuildError(
            f"{plugin.name}.wasm names {found[0].decode()}; it has to be remapped."
        )


# Checking, which needs no toolchain


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def source_digest(plugin: toolchains.Plugin) -> str:
    """Return a digest of everything in the tree that decides on the artifact's bytes."""
    recipe = toolchains.RECIPES.get(plugin.family, "")
    if plugin.derived_from is not None:
        original = DIST / f"{plugin.derived_from}.wasm"
        recipe = f"{plugin.name} of {sha256(original.read_bytes())}"
    roots = [ROOT / shared for shared in toolchains.SHARED.get(plugin.family, ())]
    if plugin.source is not None:
        roots.append(plugin.folder)

    digest = hashlib.sha256(recipe.encode())
    files = (file for root in roots for file in files_of(root))
    for path in sorted(files, key=lambda path: path.relative_to(ROOT).as_posix()):
        # Whatever line ends a checkout has, the compilers read the same text.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0{sha256(content)}".encode())
    return digest.hexdigest()


def files_of(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
    elif not root.is_dir():
        raise toolchains.BuildError(f"{root.relative_to(ROOT)} is missing; expected.toml names it.")
    else:
        yield from (path for path in root.rglob("*") if path.is_file())


def read_lock() -> dict[str, dict[str, str]]:
    if not LOCK.is_file():
        return {}
    entries: dict[str, dict[str, str]] = json.loads(LOCK.read_text(encoding="utf-8"))
    return entries


def problems(plugins: Sequence[toolchains.Plugin]) -> Iterator[str]:
    """One sentence for each thing that does not fit the others, with what to do."""
    locked = read_lock()
    for plugin in plugins:
        yield from problems_of(plugin, locked.get(plugin.name))

    names = {plugin.name for plugin in plugins}
    for stray in sorted(path for path in DIST.iterdir() if path.stem not in names):
        yield f"dist/{stray.name} is not in expected.toml: describe it there or delete it."
    for name in sorted(locked.keys() - names):
        yield f"artifacts.lock has {name}, expected.toml does not: run build.py for any plugin."
    sources = {plugin.source for plugin in plugins} | set(toolchains.SHARED["rust"])
    for folder in sorted(path for path in ROOT.glob("rust/*") if path.is_dir()):
        if folder.relative_to(ROOT).as_posix() not in sources:
            yield f"rust/{folder.name} is in no entry of expected.toml: describe it there."
    readme = README.read_text(encoding="utf-8")
    if with_table(readme) != readme:
        yield "README.md's table is not what expected.toml says: run build.py for any plugin."


def problems_of(plugin: toolchains.Plugin, entry: Mapping[str, str] | None) -> Iterator[str]:
    rebuild = f"run build.py {plugin.name}."
    if not plugin.artifact.is_file():
        yield f"dist/{plugin.name}.wasm is missing: {rebuild}"
        return
    if entry is None:
        yield f"artifacts.lock has no entry for {plugin.name}: {rebuild}"
        return
    artifact = plugin.artifact.read_bytes()
    if sha256(artifact) != entry["sha256"]:
        yield f"dist/{plugin.name}.wasm is not the artifact that artifacts.lock names: {rebuild}"
    try:
        if source_digest(plugin) != entry["sources"]:
            yield f"The sources of {plugin.name} have changed since it was built: {rebuild}"
    except (toolchains.BuildError, OSError) as error:
        yield f"The sources of {plugin.name} cannot be read, restore them: {error}"
    if found := REGISTRY.search(artifact):
        # Its folder is made by the first build, and remapped by the next.
        raise toolchains.BuildError(f"{plugin.name}.wasm names {found[0].decode()}: build again.")
    if found := MACHINE_PATH.search(artifact):
        shown = found[0].decode()
        yield f"dist/{plugin.name}.wasm names {shown}, a path of some machine: {rebuild}"


def with_table(readme: str) -> str:
    before, _, rest = readme.partition(TABLE_BEGIN)
    _, _, after = rest.partition(TABLE_END)
    rows = ["| plugin | language | what is wrong with it | verdict |", "|---|---|---|---|"]
    rows += [
        f"| {plugin.name} | {plugin.language} | {plugin.mistake} | {plugin.verdict} |"
        for plugin in load_plugins()
    ]
    return "\n".join([before + TABLE_BEGIN, *rows, TABLE_END + after])


def choose(plugins: Sequence[toolchains.Plugin], names: Sequence[str]) -> list[toolchains.Plugin]:
    unknown = sorted(set(names) - {plugin.name for plugin in plugins})
    if unknown:
        raise toolchains.BuildError(f"expected.toml has no plugin named {', '.join(unknown)}.")
    return [plugin for plugin in plugins if not names or plugin.name in names]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Build the plugins under tests/plugins, or check them against their sources."
    )
    parser.add_argument("plugins", nargs="*", metavar="PLUGIN", help="build only these")
    parser.add_argument("--check", action="store_true", help="build nothing; exit 1 on any drift")
    parser.add_argument(
        "--cargo",
        default=os.environ.get("PLUGINS_CARGO", toolchains.CARGO),
        metavar="COMMAND",
        help=f"what to run with cargo build's options (PLUGINS_CARGO, else: {toolchains.CARGO})",
    )
    parser.add_argument(
        "--build-dir",
        type=Path,
        default=ROOT / ".build",
        metavar="DIR",
        help="where the toolchains may write (default: .build beside this script)",
    )
    options = parser.parse_args(arguments)
    try:
        plugins = choose(load_plugins(), options.plugins)
        if options.check:
            found = list(problems(load_plugins()))
            print("\n".join(found) if found else f"{len(plugins)} artifacts fit their sources.")
            return 1 if found else 0
        build(plugins, toolchains.Options(shlex.split(options.cargo), options.build_dir.resolve()))
    except toolchains.BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

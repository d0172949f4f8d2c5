"""What a repository says of how its plugins are built, and where the build writes them.

One function a toolchain looks at the manifests; a repository may use several of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from cc_lb_selfcheck.diagnosis.manifests import parsed_json, parsed_toml
from cc_lb_selfcheck.diagnosis.repository import Repository

PLUGIN: Final = "PLUGIN"
"""The variable that holds a leg's package."""
_TARGET: Final = "wasm32-unknown-unknown"
_SCRIPTS: Final = ("build", "asbuild:release", "asbuild")
"""Scripts of package.json that build, the likeliest first; ``asinit`` writes the others."""
_INSTALL: Final = {
    "package-lock.json": "npm ci",
    "pnpm-lock.yaml": "pnpm install --frozen-lockfile",
    "yarn.lock": "yarn install --frozen-lockfile",
}
_WASM_FILE: Final = re.compile(r"(?<![\w./$(){}-])[\w./-]+\.wasm\b")
_TINYGO: Final = "tinygo build -o plugin.wasm -target wasm-unknown ."
_NO_TINYGO: Final = "GitHub's machines lack TinyGo: install it in a step before"


class Command(NamedTuple):
    """A step of a build: a line for the shell, and the folder to run it in (empty: the root).

    ``note`` says what it lacks on GitHub's machines.
    """

    line: str
    folder: str = ""
    note: str = ""


class Part(NamedTuple):
    """What one toolchain builds: how it is built, and what is written.

    ``per_package`` builds one of ``packages``, which ``$PLUGIN`` names.
    """

    build: tuple[Command, ...]
    paths: tuple[str, ...]
    packages: tuple[str, ...] = ()
    per_package: tuple[Command, ...] = ()


def look_at(repository: Repository) -> list[Part]:
    """Return what is built in a repository, as far as its manifests tell."""
    toolchains = (_rust, _assemblyscript, _go)
    found = [part for toolchain in toolchains for part in toolchain(repository)]
    found = found or list(_make(repository))
    return [part for part in found if _is_literal(part)]


def _is_literal(part: Part) -> bool:
    """Tell whether a workflow may name it all: in no quotes ``${{`` would stand for itself there.

    Folders and manifests may be a stranger's, and an expression of theirs could read secrets.
    """
    commands = (*part.build, *part.per_package)
    folders_and_lines = (text for command in commands for text in (command.folder, command.line))
    return not any("${{" in text for text in (*part.paths, *part.packages, *folders_and_lines))


def _rust(repository: Repository) -> Iterator[Part]:
    manifests = {
        path.parent: _toml(repository, path) for path in sorted(repository.named("Cargo.toml"))
    }
    roots: dict[PurePosixPath, list[str]] = {}
    for folder, manifest in manifests.items():
        kinds = _table(manifest, "lib").get("crate-type")
        name = _table(manifest, "package").get("name")
        if isinstance(kinds, list) and "cdylib" in kinds and isinstance(name, str):
            above = [root for root in folder.parents if "workspace" in manifests.get(root, {})]
            roots.setdefault(above[0] if above else folder, []).append(name)
    for root, names in roots.items():
        where = _folder(root)
        config = _toml(repository, root / ".cargo/config.toml")
        target = _table(config, "build").get("target-dir")
        written = root / (target if isinstance(target, str) else "target") / _TARGET / "release"
        build = f"cargo build --release --target {_TARGET}"
        add = Command(f"rustup target add {_TARGET}", where)
        yield Part(
            build=(add, Command(build, where)),
            paths=(f"{posixpath.normpath(written)}/*.wasm",),
            packages=tuple(names) if len(names) > 1 else (),
            per_package=(add, Command(f'{build} --package "${PLUGIN}"', where)),
        )


def _assemblyscript(repository: Repository) -> Iterator[Part]:
    for path in sorted(repository.named("package.json")):
        manifest = _json(repository, path)
        uses = {**_table(manifest, "dependencies"), **_table(manifest, "devDependencies")}
        if "assemblyscript" not in uses:
            continue
        root = path.parent
        folder = _folder(root)
        locks = [name for name in _INSTALL if (repository.root / root / name).is_file()]
        install = _INSTALL[locks[0]] if locks else "npm install"
        scripts = _table(manifest, "scripts")
        script = next((name for name in _SCRIPTS if name in scripts), None)
        build = f"npm run {script}" if script else "npx asc assembly/index.ts --target release"
        files = tuple(sorted(_out_files(repository, root)))
        yield Part(
            build=(Command(install, folder), Command(build, folder)),
            paths=files or (str(root / "build/release.wasm"),),
        )


def _out_files(repository: Repository, root: PurePosixPath) -> Iterator[str]:
    """Yield what the targets ``release`` of a package write."""
    for path in repository.named("asconfig.json"):
        if root not in path.parents:
            continue
        release = _table(_table(_json(repository, path), "targets"), "release")
        file = release.get("outFile")
        if isinstance(file, str):
            yield str(path.parent / file)


def _go(repository: Repository) -> Iterator[Part]:
    for path in sorted(repository.named("go.mod")):
        yield Part(
            build=(Command(_TINYGO, _folder(path.parent), _NO_TINYGO),),
            paths=(str(path.parent / "plugin.wasm"),),
        )


def _make(repository: Repository) -> Iterator[Part]:
    text = "\n".join(repository.lines(PurePosixPath("Makefile")))
    files = tuple(dict.fromkeys(_WASM_FILE.findall(text)))
    if files:
        yield Part(build=(Command("make"),), paths=files)


def _folder(path: PurePosixPath) -> str:
    return "" if path == PurePosixPath() else str(path)


def _toml(repository: Repository, path: PurePosixPath) -> dict[str, Any]:
    return parsed_toml("\n".join(repository.lines(path))) or {}


def _json(repository: Repository, path: PurePosixPath) -> dict[str, Any]:
    return parsed_json("\n".join(repository.lines(path))) or {}


def _table(value: dict[str, Any], name: str) -> dict[str, Any]:
    table = value.get(name)
    return table if isinstance(table, dict) else {}

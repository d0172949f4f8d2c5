"""From sources to artifacts: one function for each family of plugins, and what each depends on."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
REPOSITORY = ROOT.parent.parent
DIST = ROOT / "dist"

IDENTITY_SECTION = "cc_lb.plugin.v1"
CARGO = "cargo build --target wasm32-unknown-unknown"
CARGO_ARGUMENTS = ("--release", "--workspace")
RUST_UNWINDING = {
    "unwinding": (),
    "unwinding-exceptions": ("-Zbuild-std=std,panic_abort,panic_unwind",),
}
"""What is built with the profile `unwinding`, each with arguments of cargo's of its own."""
WITH_EXCEPTIONS = ("-Cpanic=unwind", "-Cllvm-args=-wasm-use-legacy-eh=false")
"""What makes panics exceptions, in their final form, which the engine takes."""


class BuildError(Exception):
    """Why an artifact could not be built, in a sentence that says what to do."""


@dataclass(frozen=True)
class Plugin:
    """One entry of expected.toml, as far as building it goes."""

    name: str
    language: str
    mistake: str
    verdict: str
    source: str | None
    derived_from: str | None

    @property
    def artifact(self) -> Path:
        return DIST / f"{self.name}.wasm"

    @property
    def family(self) -> str:
        """The folder that the sources lie in, which decides how they are built."""
        return Path(self.source).parts[0] if self.source else "derived"

    @property
    def folder(self) -> Path:
        assert self.source is not None
        return ROOT / self.source


# WebAssembly's own bytes, as far as they are needed here


def leb128(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def custom_section(name: str, payload: bytes) -> bytes:
    label = name.encode()
    content = leb128(len(label)) + label + payload
    return b"\x00" + leb128(len(content)) + content


# Artifacts made of other artifacts


def truncated(plugin: bytes) -> bytes:
    """Break off, as a download does."""
    return plugin[: len(plugin) // 3]


def component(plugin: bytes) -> bytes:
    """Make a component whose only part is the plugin as a core module."""
    return b"\0asm\x0d\x00\x01\x00" + b"\x01" + leb128(len(plugin)) + plugin


def lfs_pointer(plugin: bytes) -> bytes:
    """Leave what a checkout without Git LFS has in the plugin's place."""
    digest = hashlib.sha256(plugin).hexdigest()
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(plugin)}\n"
    ).encode()


def empty_file(plugin: bytes) -> bytes:
    """Leave what `build > plugin.wasm` does when the build fails."""
    return plugin[:0]


def zip_archive(plugin: bytes) -> bytes:
    """Pack, as the runner does with what a workflow uploads."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # Without compression and with a date of its own, the bytes are the same everywhere.
        archive.writestr(zipfile.ZipInfo("plugin.wasm", (2026, 1, 1, 0, 0, 0)), plugin)
    return packed.getvalue()


def native_library(plugin: bytes) -> bytes:
    """Leave the head of a shared library for x86-64 Linux, and bytes that mean nothing."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01\x00\x00\x00"
    return head.ljust(64, b"\0") + hashlib.sha256(plugin).digest()


def line_ends_changed(plugin: bytes) -> bytes:
    """Write each line feed as two bytes, as a transfer of text does."""
    return plugin.replace(b"\n", b"\r\n")


DERIVATIONS: dict[str, Callable[[bytes], bytes]] = {
    "truncated": truncated,
    "component": component,
    "lfs-pointer": lfs_pointer,
    "empty-file": empty_file,
    "zip-archive": zip_archive,
    "native-library": native_library,
    "line-ends-changed": line_ends_changed,
}


# Building, a function for each family of sources


@dataclass(frozen=True)
class Options:
    cargo: Sequence[str]
    build_dir: Path


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a tool and return its standard output; what it says of errors passes through."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise BuildError(f"{command[0]} is not installed; README.md lists the tools.") from None
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise BuildError(f"{command[0]} failed with exit code {done.returncode}; see above.")
    return done.stdout


def find_tool(variable: str, candidates: Iterable[str], purpose: str) -> str:
    named = os.environ.get(variable)
    for candidate in [named] if named else candidates:
        if found := shutil.which(candidate):
            return found
    wanted = named or " or ".join(candidates)
    raise BuildError(f"{wanted} is not installed; {purpose} needs it ({variable} names another).")


def build_rust(plugins: Sequence[Plugin], options: Options) -> Iterator[tuple[Plugin, bytes]]:
    for name, arguments in RUST_UNWINDING.items():
        for plugin in plugins:
            if plugin.name == name:
                chosen = ("--profile=unwinding", f"--package={name}", *arguments)
                yield plugin, built_by_cargo([plugin], "unwinding", chosen, options)[0]
    others = [plugin for plugin in plugins if plugin.name not in RUST_UNWINDING]
    excluded = [f"--exclude={name}" for name in RUST_UNWINDING]
    if others:
        built = built_by_cargo(others, "release", (*CARGO_ARGUMENTS, *excluded), options)
        yield from zip(others, built, strict=True)


def built_by_cargo(
    plugins: Sequence[Plugin], profile: str, arguments: Sequence[str], options: Options
) -> list[bytes]:
    target = options.build_dir / "cargo"
    flags = [f"--remap-path-prefix={path}={shown}" for path, shown in rust_paths(target)]
    environment = dict(os.environ)
    if any(argument.startswith("-Z") for argument in arguments):
        target /= "with-std"
        flags += WITH_EXCEPTIONS
        environment["RUSTC_BOOTSTRAP"] = "1"
    environment["CARGO_TARGET_DIR"] = str(target)
    environment["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
    environment.pop("RUSTFLAGS", None)
    run([*options.cargo, *arguments, "--locked"], cwd=ROOT, env=environment)
    return [artifact_of(plugin, target / "wasm32-unknown-unknown" / profile) for plugin in plugins]


def artifact_of(plugin: Plugin, folder: Path) -> bytes:
    # A library's file is named after the crate, a program's after the package.
    names = (plugin.name.replace("-", "_"), plugin.name)
    built = [path for path in (folder / f"{name}.wasm" for name in names) if path.is_file()]
    if not built:
        raise BuildError(f"cargo built no artifact for {plugin.name} in {folder}.")
    return max(built, key=lambda path: path.stat().st_mtime).read_bytes()


def rust_paths(target: Path) -> Iterator[tuple[Path, str]]:
    """Directories of this machine, and what stands for them in debug information."""
    rustc = os.environ.get("RUSTC", "rustc")
    version = run([rustc, "--version", "--verbose"], cwd=ROOT)
    commit = re.search(r"^commit-hash: (\w+)$", version, re.MULTILINE)
    sysroot = Path(run([rustc, "--print", "sysroot"], cwd=ROOT).strip())
    library = sysroot / "lib" / "rustlib" / "src" / "rust"
    shown = f"/rustc/{commit.group(1) if commit else 'unknown'}"
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))

    yield ROOT, ROOT.relative_to(REPOSITORY).as_posix()
    # The last match wins, and what the toolchain writes may lie in the repository's folder.
    yield target, "/target"
    sources = cargo_home / "registry" / "src"
    yield sources, "/cargo/registry/src"
    # A folder a registry, which is named after its host.
    for path in sorted(sources.glob("*")):
        yield path, "/cargo/registry/src/registry"
    for path in {library, library.resolve()}:
        yield path, shown


def build_c(plugins: Sequence[Plugin], options: Options) -> Iterator[tuple[Plugin, bytes]]:
    clang = find_tool("CLANG", ("clang-19", "clang"), "building the plugins in C")
    for plugin in plugins:
        output = options.build_dir / f"{plugin.name}.wasm"
        flags = nearest(plugin.folder, "compile_flags.txt")
        source = f"{plugin.source}/plugin.c"
        run([clang, f"@{flags}", "-I", "c", source, "-o", output], cwd=ROOT)
        yield plugin, output.read_bytes()


def nearest(folder: Path, name: str) -> Path:
    """Return the file of that name in the folder or above it, as clang's tools look for it."""
    return folder / name if (folder / name).is_file() else folder.parent / name


def build_assemblyscript(
    plugins: Sequence[Plugin], options: Options
) -> Iterator[tuple[Plugin, bytes]]:
    npm = find_tool("NPM", ("npm",), "building the plugins in AssemblyScript")
    # npm writes where package.json lies: in a copy, so that the tree stays clean.
    workspace = options.build_dir / "assemblyscript"
    shutil.copytree(ROOT / "assemblyscript", workspace, dirs_exist_ok=True)
    run([npm, "install", "--no-package-lock", "--no-audit", "--no-fund"], cwd=workspace)
    for plugin in plugins:
        output = workspace / f"{plugin.name}.wasm"
        config = f"{plugin.name}/asconfig.json"
        asc = ["node", "node_modules/assemblyscript/bin/asc.js"]
        run([*asc, f"{plugin.name}/index.ts", "--config", config, "-o", output], cwd=workspace)
        # The language has no word for custom sections.
        identity = json.loads((plugin.folder / "identity.json").read_text(encoding="utf-8"))
        payload = json.dumps(identity, separators=(",", ":")).encode()
        yield plugin, output.read_bytes() + custom_section(IDENTITY_SECTION, payload)


def build_wat(plugins: Sequence[Plugin], _options: Options) -> Iterator[tuple[Plugin, bytes]]:
    # Debian's wat2wasm will not do: it drops `(@custom …)`, and with it the identity section.
    try:
        wasmtime = importlib.import_module("wasmtime")
    except ImportError:
        raise BuildError(
            f"{sys.executable} has no package wasmtime; building the plugins in WAT needs it"
            " (pip install wasmtime)."
        ) from None
    for plugin in plugins:
        yield plugin, bytes(wasmtime.wat2wasm(plugin.folder.read_text(encoding="utf-8")))


def copy_files(plugins: Sequence[Plugin], _options: Options) -> Iterator[tuple[Plugin, bytes]]:
    for plugin in plugins:
        yield plugin, plugin.folder.read_bytes()


def derive(plugins: Sequence[Plugin], _options: Options) -> Iterator[tuple[Plugin, bytes]]:
    for plugin in plugins:
        original = DIST / f"{plugin.derived_from}.wasm"
        yield plugin, DERIVATIONS[plugin.name](original.read_bytes())


Builder = Callable[[Sequence[Plugin], Options], Iterator[tuple[Plugin, bytes]]]

# In this order: what is derived comes after what it is derived from.
BUILDERS: dict[str, Builder] = {
    "rust": build_rust,
    "c": build_c,
    "assemblyscript": build_assemblyscript,
    "wat": build_wat,
    "files": copy_files,
    "derived": derive,
}


def build(plugins: Sequence[Plugin], options: Options) -> Iterator[tuple[Plugin, bytes]]:
    """Build each of the plugins, and give its bytes as soon as they are there."""
    for family, builder in BUILDERS.items():
        if members := [plugin for plugin in plugins if plugin.family == family]:
            yield from builder(members, options)


# What all plugins of a family are made of, besides their own folder.
SHARED: dict[str, tuple[str, ...]] = {
    "rust": ("Cargo.toml", "Cargo.lock", "rust/plugin-support"),
    "c": ("c/plugin.h", "c/compile_flags.txt"),
    "assemblyscript": ("assemblyscript/package.json", "assemblyscript/lib"),
}

# What of this script decides on the bytes; a change of it is a change of the sources.
RECIPES: dict[str, str] = {
    "rust": shlex.join((*CARGO_ARGUMENTS, *RUST_UNWINDING)),
    "assemblyscript": f"appended section {IDENTITY_SECTION}",
}

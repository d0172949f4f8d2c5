"""Builds the plugin of "Getting started" with the real cargo, as it stands at each of its builds.

The artifacts lie in ``built/``, each named by the digest of what it was built from, so that the
tests need no compiler: where the page's sources change, no artifact fits them any more.
``python -m tests.docs.build`` makes them anew; ``--cargo COMMAND`` names another ``cargo build``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PAGE: Final = "docs/getting-started.md"
TARGET: Final = "wasm32-unknown-unknown"
_BUILT: Final = Path(__file__).resolve().parent / "built"
_CARGO: Final = f"cargo build --release --target {TARGET}"
_SOURCES: Final = ("Cargo.toml", "src/lib.rs")
_SMALL: Final = {
    "CARGO_PROFILE_RELEASE_LTO": "true",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "s",
    "CARGO_PROFILE_RELEASE_PANIC": "abort",
    "CARGO_PROFILE_RELEASE_STRIP": "symbols",
}
"""As for the other artifacts that are kept: the verdict is the same."""


def built(folder: Path) -> Path:
    """Return where the artifact of a folder's sources is kept."""
    digest = hashlib.sha256(b"\0".join((folder / name).read_bytes() for name in _SOURCES))
    return _BUILT / f"{digest.hexdigest()[:16]}.wasm"


def artifact_of(folder: Path) -> Path:
    """Return where cargo leaves the artifact of a folder's sources."""
    manifest = tomllib.loads((folder / "Cargo.toml").read_text("utf-8"))
    name = manifest["package"]["name"].replace("-", "_")
    return folder / "target" / TARGET / "release" / f"{name}.wasm"


def states(folder: Path) -> Iterator[None]:
    """Follow the page in a folder, and yield at each of its builds."""
    from .pages import blocks
    from .session import Session

    session = Session(folder)
    for block in blocks():
        if block.page == PAGE and block.file:
            session.follow(block)
        elif block.page == PAGE and block.is_shell and "cargo build" in "".join(block.commands):
            yield


def _environment(folder: Path) -> dict[str, str]:
    """Return cargo's environment, in which no path of this machine gets into the artifact."""
    from tests.plugins.toolchains import rust_paths

    paths = [*rust_paths(folder / "target"), (folder, "first-plugin")]
    flags = [f"--remap-path-prefix={path}={shown}" for path, shown in paths]
    return {**os.environ, **_SMALL, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags)}


def main() -> int:
    """Build each state and keep its artifact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cargo", default=_CARGO, metavar="COMMAND")
    command = shlex.split(parser.parse_args().cargo)
    _BUILT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        kept = set()
        for _ in states(folder):
            subprocess.run(command, cwd=folder, check=True, env=_environment(folder))
            built(folder).write_bytes(artifact_of(folder).read_bytes())
            kept.add(built(folder))
            print(built(folder))
    for stale in {*_BUILT.iterdir()} - kept:
        stale.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

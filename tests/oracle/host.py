"""The host's side: the small Rust program beside this file, built and spoken to."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUIET = ("WASMTIME_BACKTRACE_DETAILS", "RUST_BACKTRACE", "EXTISM_CACHE_CONFIG")
"""Variables that change what the engine says or does."""

Verdict = dict[str, Any]


def build() -> Path:
    """Build the program if needed and return its path.

    CARGO, RUSTC and CARGO_TARGET_DIR are obeyed: the engine asks for rustc 1.96 or newer.
    """
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if cargo is None:
        raise SystemExit("The oracle is a Rust program: cargo was not found.")
    manifest = HERE / "Cargo.toml"
    command = [cargo, "build", "--release", "--locked", "--manifest-path", str(manifest)]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit("The oracle could not be built; it needs rustc 1.96 or newer (RUSTC=…).")
    target = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
    return target / "release" / "oracle"


class Host:
    """Asks the program for verdicts."""

    def __init__(self, program: Path) -> None:
        self.program = program

    def verdicts(self, artifacts: Sequence[bytes]) -> list[Verdict | None]:
        """Return a verdict per artifact; None where the host itself died or panicked."""
        found: list[Verdict | None] = []
        while len(found) < len(artifacts):
            rest = artifacts[len(found) :]
            found += self._run(rest)
            if len(found) < len(artifacts):
                found.append(None)  # the one that took the process with it
        return found

    def _run(self, artifacts: Sequence[bytes]) -> list[Verdict | None]:
        lines = [json.dumps({"name": "", "wasm_b64": _base64(item)}) for item in artifacts]
        environment = {key: value for key, value in os.environ.items() if key not in QUIET}
        done = subprocess.run(
            [self.program, "verdicts"],
            input="\n".join(lines).encode(),
            capture_output=True,
            check=False,
            env=environment,
        )
        answers = [json.loads(line) for line in done.stdout.split(b"\n") if line]
        return [answer.get("verdict") for answer in answers]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()

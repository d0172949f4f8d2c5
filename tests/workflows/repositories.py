"""What tests of ``init`` share: repositories, and the workflows that it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.options import load
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.init import files_of, plan_of
from cc_lb_selfcheck.workflows.settings import InitSettings

ROOT = Path(__file__).resolve().parents[2]
CRATE = '[package]\nname = "{}"\n[lib]\ncrate-type = ["cdylib"]\n'
RUSTUP = "rustup target add wasm32-unknown-unknown"
CARGO = "cargo build --release --target wasm32-unknown-unknown"
RELEASE = "target/wasm32-unknown-unknown/release/*.wasm"
ONE = {"Cargo.toml": CRATE.format("one")}
THREE = {
    "Cargo.toml": '[workspace]\nmembers = ["plugins/*", "tool"]\n',
    "tool/Cargo.toml": '[package]\nname = "tool"\n',
    **{f"plugins/{name}/Cargo.toml": CRATE.format(name) for name in ("filter", "shape", "signer")},
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def made(folder: Path, files: Mapping[str, str], **given: Any) -> list[dict[Any, Any]]:
    """Return the workflows for a repository with these files, as YAML tells them."""
    settings = load(given, InitSettings)
    plan = plan_of(settings, Repository(write(folder, files)), Nobody())
    return [yaml.safe_load(text) for text in files_of(plan, settings.name).values()]


def steps_of(workflow: Mapping[Any, Any], job: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return steps


def commands(steps: list[dict[str, Any]]) -> list[str]:
    """Return the shell lines, with the folder that they are run in."""
    runs = [step for step in steps if "run" in step]
    return [":".join(filter(None, (step.get("working-directory"), step["run"]))) for step in runs]

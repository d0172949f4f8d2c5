"""The packages, installed as users install them, and run where there is nothing else."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Callable
from email import message_from_string
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .conftest import ROOT, Built, run

pytestmark = pytest.mark.ways

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BIN = "Scripts" if os.name == "nt" else "bin"
ACCEPTED, REFUSED = "shape.wasm", "misspelt-export.wasm"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a folder with two plugins and nothing else."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in (ACCEPTED, REFUSED):
        shutil.copy(ROOT / "tests/plugins/dist" / name, folder)
    return folder


def tell_apart(*command: str | Path, cwd: Path) -> None:
    """Check that a command tells the two plugins apart, in the catalogue's words."""
    version = run(*command, "--version", cwd=cwd).stdout
    assert re.fullmatch(r"cc-lb-selfcheck \d+\.\d+\.\d+\n", version)
    done = run(*command, "check", ".", cwd=cwd, status=1)
    assert f"passed       {ACCEPTED}" in done.stdout
    assert "Rename the function to `cc_lb_self_check`" in done.stdout
    assert "CCLB-MISSPELT-EXPORT" in run(*command, "explain", cwd=cwd).stdout


def test_the_wheel_has_every_file_of_the_package(built: Built) -> None:
    package = ROOT / "entrypoint"
    ours = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and not {"__pycache__", "cc_lb_selfcheck.egg-info"} & set(path.parts)
    }
    with zipfile.ZipFile(built.wheel) as wheel:
        theirs = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert theirs == ours


def test_what_pypi_is_told(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_string(wheel.read(name).decode())
        assert name.replace("METADATA", "licenses/LICENSE") in wheel.namelist()
    assert metadata["Name"] == "cc-lb-selfcheck"
    assert metadata["Summary"] == PROJECT["description"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text("utf-8")
    assert metadata["License-Expression"] == "Apache-2.0"
    needed = set(map(Requirement, metadata.get_all("Requires-Dist") or ()))
    assert needed == set(map(Requirement, PROJECT["dependencies"]))
    assert set(PROJECT["urls"]) == {"Homepage", "Documentation", "Changelog", "Issues"}


def test_pip(built: Built, work: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    programs = tmp_path / "venv" / BIN
    run(programs / "python", "-m", "pip", "install", "--quiet", built.wheel, cwd=tmp_path)
    run(programs / "python", "-m", "pip", "check", cwd=tmp_path)
    tell_apart(programs / "cc-lb-selfcheck", cwd=work)


def test_uvx(built: Built, work: Path, program: Callable[[str], str]) -> None:
    tell_apart(program("uvx"), "--from", built.wheel, "cc-lb-selfcheck", cwd=work)


def test_pipx_run(built: Built, work: Path, program: Callable[[str], str]) -> None:
    tell_apart(program("pipx"), "run", "--spec", built.wheel, "cc-lb-selfcheck", cwd=work)

"""macOS and Windows, as far as they can be had on Linux; see ``tests/support/elsewhere.py``."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any, cast

import pytest

import cc_lb_selfcheck
from cc_lb_selfcheck.artifacts.find import find, shown_path
from cc_lb_selfcheck.artifacts.patterns import matches_path
from cc_lb_selfcheck.artifacts.read import is_own_directory
from cc_lb_selfcheck.host import child
from cc_lb_selfcheck.host.sandbox import GIVES

PLUGINS = Path(__file__).parent / "plugins"
DISGUISE = Path(__file__).parent / "support/elsewhere.py"
SYSTEMS = ("darwin", "win32")
FOR_LINUX = {f"cc_lb_selfcheck.host.{name}" for name in ("landlock", "layers", "linux", "seccomp")}
CHECKED = ("filter", "host-functions", "panic-with-debuginfo", "panics", "trailing-zero")
"""Accepted; told by the engine's error; by its log; by its core dump; by what came back."""
CHECK = ("-m", "cc_lb_selfcheck", "check", "--format", "json", *(f"dist/{n}.wasm" for n in CHECKED))


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    if sys.platform != "linux":
        pytest.skip("Linux alone is disguised")
    return cast("str", request.param)


@pytest.fixture
def python(system: str, tmp_path: Path) -> Path:
    """Return what starts Python so that it takes itself to be elsewhere."""
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -P {DISGUISE} {system} {wrapper} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def run(
    python: str | Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, *arguments],
        cwd=PLUGINS,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_every_module_can_be_imported(python: Path) -> None:
    modules = [
        module.name
        for module in pkgutil.walk_packages(cc_lb_selfcheck.__path__, "cc_lb_selfcheck.")
        if not module.name.endswith("__main__")
    ]
    code = """
import importlib, json, sys
failed = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        failed.append(name)
print(json.dumps(failed))"""
    done = run(python, "-c", code, *modules)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == FOR_LINUX
    assert len(modules) > 90


@pytest.fixture(scope="module")
def here() -> subprocess.CompletedProcess[str]:
    """Return a check as it is on this system."""
    return run(sys.executable, *CHECK)


def test_the_verdicts_are_the_same(
    system: str, python: Path, here: subprocess.CompletedProcess[str]
) -> None:
    there = run(python, *CHECK)
    assert (there.returncode, there.stderr) == (here.returncode, "")
    ours, theirs = (_verdicts(done.stdout) for done in (here, there))
    assert theirs == ours
    assert [verdict["status"] for verdict in ours].count("passed") == 1
    layers = {layer["name"]: layer for layer in json.loads(there.stdout)["sandbox"]}
    assert set(layers) == set(GIVES)
    assert [name for name, layer in layers.items() if layer["holds"]] == ["process"]
    assert layers["files"]["detail"] == f"there is none on {system}"


def _verdicts(report: str) -> list[dict[str, Any]]:
    """Return what a report says of each artifact, but for measured times and what they lead to."""
    artifacts = cast("list[dict[str, Any]]", json.loads(report)["artifacts"])
    for artifact in artifacts:
        for name in ("compile_ms", "link_ms", "wall_ms", "cpu_ms", "fuel_at_least", "fuel_below"):
            artifact["evidence"].pop(name)
        response = artifact["verdict"]["response"]
        assert response is None or response.pop("completed_at") > 0
    return artifacts


def test_the_engines_log_leaves_no_file(python: Path, tmp_path: Path) -> None:
    code = """
import os, tempfile
from cc_lb_selfcheck.host.engine import EngineLog
log = EngineLog()
assert os.listdir(tempfile.gettempdir()) == []
os._exit(0)"""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = run(python, "-c", code, TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (0, "")


def test_what_programs_read_is_utf_8(system: str, python: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run(python, "-m", "cc_lb_selfcheck", "check", "dist/filter.wasm", **ascii_only)
    assert done.returncode == 0, done.stderr
    # A code page is Windows' own matter; elsewhere the user has chosen the encoding.
    assert done.stdout.startswith("✓ passed" if system == "win32" else "\\u2713 passed")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        (r"target\*\release\*.wasm", r"target\wasm32-unknown-unknown\release\a.wasm", True),
        ("target/**/*.wasm", r"target\wasm32-unknown-unknown\release\a.wasm", True),
        (r"**\deps", r"target\wasm32-unknown-unknown\release\deps\a.wasm", True),
        (r"plugins\[ab].wasm", r"plugins\a.wasm", True),
        ("*.wasm", r"plugins\a.wasm", False),
        (r"D:\a\repo\**\*.wasm", r"D:\a\repo\target\a.wasm", True),
        (r"D:\a\repo\**\*.wasm", r"E:\a\repo\target\a.wasm", False),
    ],
)
def test_patterns_and_paths_of_windows(pattern: str, path: str, matches: bool) -> None:
    assert matches_path(PureWindowsPath(pattern).parts, PureWindowsPath(path).parts) is matches


def test_paths_of_windows_are_shown_with_slashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    assert shown_path(r"target\release\a.wasm") == "target/release/a.wasm"
    assert shown_path(r"D:\a\x1b.wasm") == "D:/a/x1b.wasm"


def test_a_pattern_may_begin_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "a.wasm").touch()
    findings = find([f"{tmp_path.as_posix()}/*.wasm"], [], tmp_path.parent)
    assert [Path(found.path) for found in findings.found] == [tmp_path / "a.wasm"]


@pytest.mark.parametrize(("tag", "own"), [(0, True), (0xA0000003, False), (0x9000001A, True)])
def test_a_junction_is_no_directory_of_its_own(
    tag: int, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    entry = SimpleNamespace(
        is_dir=lambda **_: True,
        stat=lambda **_: SimpleNamespace(st_reparse_tag=tag),
    )
    assert is_own_directory(cast("os.DirEntry[str]", entry)) is own


@pytest.mark.parametrize(
    ("name", "handed_on"), [("nt", {"SYSTEMROOT", "TEMP"}), ("posix", {"SYSTEMROOT"})]
)
def test_a_child_gets_what_its_system_needs(
    name: str, handed_on: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", {"SYSTEMROOT": "C:\\Windows", "TEMP": "C:\\T", "TOKEN": "x"})
        patched.setattr(os, "name", name)
        environment, directory = child.environment(), child.directory()
    assert set(environment) == handed_on
    assert directory == ("/" if name == "posix" else "C:\\Windows")

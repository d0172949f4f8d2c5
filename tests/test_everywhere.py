"""What has to hold on Linux, macOS and Windows alike: the command, asked as its users ask it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

PLUGINS = Path(__file__).resolve().parent / "plugins"
DIST = PLUGINS / "dist"
SLOW_ELSEWHERE = {"deep-recursion", "large-fill"}
"""How deep a stack and how large a memory may grow is the system's."""


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        cwd=cwd,
        env={**outside, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a folder with plugins at several places in it."""
    for name, path in (("shape", "a/good.wasm"), ("misspelt-export", "a/b/bad.wasm")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DIST / f"{name}.wasm", tmp_path / path)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(DIST / "shape.wasm", "in/side.wasm")
    return tmp_path


def statuses(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {item["path"]: item["status"] for item in json.loads(done.stdout)["artifacts"]}


def test_the_verdicts_are_the_hosts() -> None:
    done = run("check", "dist", "--unmarked", "check", "--format", "json", cwd=PLUGINS)
    told: dict[str, Any] = {}
    for item in json.loads(done.stdout)["artifacts"]:
        told[Path(item["path"]).stem] = (item["status"], (item["verdict"] or {}).get("variant"))
    plugins = tomllib.loads((PLUGINS / "expected.toml").read_text("utf-8"))["plugin"]
    wanted = {item["name"]: (item["status"], item.get("variant")) for item in plugins}
    left_out = SLOW_ELSEWHERE if sys.platform != "linux" else set()
    assert {name: told[name] for name in wanted if name not in left_out} == {
        name: outcome for name, outcome in wanted.items() if name not in left_out
    }


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["."], {"a/b/bad.wasm": "refused", "a/good.wasm": "passed"}),
        (["a/*.wasm"], {"a/good.wasm": "passed"}),
        (["a/**/*.wasm", "!a/b"], {"a/good.wasm": "passed"}),
        ([f"a{os.sep}b{os.sep}bad.wasm"], {"a/b/bad.wasm": "refused"}),
        ([f"a{os.sep}**{os.sep}*.wasm", "--exclude", f"a{os.sep}b"], {"a/good.wasm": "passed"}),
        (["packed.zip"], {"packed.zip!/in/side.wasm": "passed"}),
        (["*.zip", "--exclude", f"packed.zip!{os.sep}in"], {}),
    ],
    ids=" ".join,
)
def test_paths_are_found_and_shown_with_slashes(
    paths: list[str], found: dict[str, str], work: Path
) -> None:
    done = run("check", *paths, "--if-no-plugins", "ignore", "--format", "json", cwd=work)
    assert statuses(done) == found
    assert done.returncode == int("refused" in found.values())


def test_an_absolute_path_is_found(work: Path) -> None:
    done = run("check", str(work / "a" / "*.wasm"), "--format", "json", cwd=work)
    assert statuses(done) == {"a/good.wasm": "passed"}


def test_the_runner_is_told_in_its_own_terms(work: Path) -> None:
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(work),
        "GITHUB_OUTPUT": str(work / "output"),
        "GITHUB_STEP_SUMMARY": str(work / "summary"),
        "INPUT_REPORT": f"a{os.sep}report.json",
        "INPUT_IF-NO-PLUGINS": "fail",
    }
    done = run("check", f"a{os.sep}b", cwd=work, **runner)
    assert done.returncode == 1, done.stderr
    assert "\n::error " in done.stdout
    for name in ("output", "summary", "a/report.json"):
        assert b"\r" not in (work / name).read_bytes(), name
    assert "\na/report.json\n" in (work / "output").read_text("utf-8")
    assert (
        (work / "summary").read_text("utf-8").startswith("## ❌ cc-lb would refuse 1 of 1 plugin")
    )
    assert json.loads((work / "a/report.json").read_bytes())["summary"]["refused"] == 1


def test_a_report_is_written_over_the_earlier_one(work: Path) -> None:
    for path, refused in (("a/b", 1), ("a/good.wasm", 0)):
        run("check", path, "--report", "report.json", cwd=work)
        assert json.loads((work / "report.json").read_bytes())["summary"]["refused"] == refused
    assert sorted(path.name for path in work.iterdir()) == ["a", "packed.zip", "report.json"]


def test_a_kept_cache_serves_again(work: Path) -> None:
    for _ in range(2):
        done = run("check", "a/good.wasm", "--cache-dir", "kept", cwd=work)
        assert done.returncode == 0, done.stderr
    assert [path for path in (work / "kept/engine").rglob("*") if path.is_file()]


def test_the_exit_status_tells_what_was_wrong(work: Path) -> None:
    done = run("check", "missing.wasm", cwd=work)
    assert done.returncode == 2
    assert "`missing.wasm` does not exist." in done.stdout

"""`check --watch`, as its user sees it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DIST = Path(__file__).parent / "plugins" / "dist"
COMMAND = (sys.executable, "-m", "cc_lb_selfcheck", "check", "--watch")


class Watcher:
    """The command, and what it has printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env={key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def until(self, wanted: str) -> list[str]:
        """Return the lines up to one that begins so; fail where the output ends before."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(wanted):
                return lines
        raise AssertionError("\n".join(lines))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(DIST / "shape.wasm", tmp_path / "a.wasm")
    shutil.copy(DIST / "zero-timestamp.wasm", tmp_path / "b.wasm")
    return tmp_path


@pytest.fixture
def watcher(folder: Path) -> Iterator[Watcher]:
    watcher = Watcher(folder, ".", "--report", "report.json")
    yield watcher
    watcher.process.kill()
    watcher.process.communicate()


def test_what_a_build_changes_is_checked_again_and_told(folder: Path, watcher: Watcher) -> None:
    first = watcher.until("2 artifacts: 1 passed, 1 refused")
    assert any(line.startswith("✓ passed       a.wasm") for line in first)
    assert any(line.startswith("✗ refused      b.wasm") for line in first)

    (folder / "a.wasm").touch()  # the same content: nothing to tell
    shutil.copy(DIST / "observe.wasm", folder / "b.wasm")
    second = watcher.until("mended")
    assert second[-1] == "mended: b.wasm"
    assert second[-2] == "2 artifacts: 2 passed"
    assert not any("a.wasm" in line for line in second)

    # As a build does that removes what it is about to write.
    (folder / "a.wasm").unlink()
    shutil.copy(DIST / "two-results.wasm", folder / "a.wasm")
    third = watcher.until("newly refused")
    assert third[-1] == "newly refused: a.wasm"
    assert any("MissingSelfCheckExport" in line for line in third)

    (folder / "a.wasm").unlink()
    assert watcher.until("gone")[-2:] == ["1 artifact: 1 passed", "gone: a.wasm"]
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert [item["path"] for item in report["artifacts"]] == ["b.wasm"]
    assert report["engine"]["extism"]
    assert report["sandbox"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_ctrl_c_ends_it_without_a_word(watcher: Watcher) -> None:
    watcher.until("2 artifacts")
    watcher.process.send_signal(signal.SIGINT)
    _, errors = watcher.process.communicate(timeout=60)

    assert watcher.process.returncode == 130
    assert errors == ""


def test_a_plugin_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path, "new.wasm")
    try:
        assert "! `new.wasm` does not exist." in watcher.until("0 artifacts")
        shutil.copy(DIST / "shape.wasm", tmp_path / "new.wasm")
        assert watcher.until("new")[-1] == "new: new.wasm"
    finally:
        watcher.process.kill()
        watcher.process.communicate()


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["a.wasm", "--format", "json"], {}, "--watch prints text: leave --format out"),
        (["a.wasm", "--fix-suggestions"], {}, "leave --fix-suggestions out"),
        (["--artifacts", "plugins"], {}, "--watch looks at files"),
        (["a.wasm"], {"GITHUB_ACTIONS": "true"}, "--watch is for a person at a terminal"),
    ],
)
def test_what_nobody_could_watch_is_refused(
    folder: Path, arguments: list[str], environ: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""

"""The command where the machine lacks something: disk, descriptors, memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import output_module, success
from tests.support.packing import tgz_of, zip_of
from tests.support.running import GOOD, run

PLUGINS = Path(__file__).parent / "plugins" / "dist"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Make a file system of 64 KB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs mount")
    if done.returncode != 0:
        pytest.skip("only root mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def test_a_full_disk_under_the_cache_costs_no_verdict(
    work: Path, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tiny_disk))
    for number in range(20):
        (work / f"{number}.wasm").write_bytes(output_module(success(number + 2)))
    report = run_check(CheckSettings(paths=(".",)), work)
    assert (report.summary.passed, report.summary.artifacts) == (21, 21)
    assert list(tiny_disk.iterdir()) == []


def test_a_full_disk_under_the_report_leaves_the_earlier_one(work: Path, tiny_disk: Path) -> None:
    for number in range(200):
        (work / f"{number}.wasm").write_bytes(output_module(success(number + 2)))
    (tiny_disk / "report.json").write_text("earlier")
    done = run(work, ".", "--report", str(tiny_disk / "report.json"))
    assert done.returncode == 2
    assert "report.json cannot be written: no space left on device." in done.stderr
    assert [path.name for path in tiny_disk.iterdir()] == ["report.json"]
    assert (tiny_disk / "report.json").read_text() == "earlier"


def checked_within(
    work: Path, limit: str, value: int, *paths: str
) -> tuple[int, list[dict[str, Any]]]:
    """Check under a limit of the system's; return the status and what is told of each artifact."""
    code = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.{limit}, ({value}, {value}))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'cc_lb_selfcheck', 'check',"
        f" *{paths or ('good.wasm',)!r}, '--format', 'json'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=work, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)["artifacts"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need more descriptors")
@pytest.mark.parametrize("descriptors", [11])
def test_without_descriptors_it_is_said_why_there_is_no_verdict(
    work: Path, descriptors: int
) -> None:
    status, [item] = checked_within(work, "RLIMIT_NOFILE", descriptors)
    assert (status, item["status"]) in ((3, "undetermined"), (0, "passed"))
    assert item["reason"] is None or item["reason"].startswith("The engine's process ")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need more descriptors")
def test_archives_without_end_take_no_descriptors(work: Path) -> None:
    inner = {f"{number}.zip": zip_of({"a.wasm": GOOD}) for number in range(40)}
    for number in range(40):
        (work / f"{number}.zip").write_bytes(zip_of({"a.wasm": GOOD}))
        (work / f"{number}.tgz").write_bytes(tgz_of({"a.wasm": GOOD}))
    # Larger than what is kept in memory.
    (work / "nested.zip").write_bytes(
        zip_of({**inner, "b.tgz": tgz_of({"x": os.urandom(9 << 20)})})
    )
    status, items = checked_within(work, "RLIMIT_NOFILE", 40, "*.{zip,tgz}", "good.wasm")
    assert (status, len(items)) == (0, 121)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such limit")
@pytest.mark.parametrize("mebibytes", [400, 5_000, 9_000, 14_500])
def test_an_engine_that_is_refused_memory_refuses_no_plugin(work: Path, mebibytes: int) -> None:
    """It reserves some gigabytes of addresses at a time: to compile, to link, and to call."""
    status, [item] = checked_within(work, "RLIMIT_AS", mebibytes << 20)
    assert (status, item["status"]) == (3, "undetermined")
    assert "was refused what it needs by this machine" in item["reason"]
    assert (item["verdict"], item["finding"]["id"]) == (None, "CCLB-UNDETERMINED")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep memories elsewhere")
def test_an_engine_that_may_write_no_file_refuses_no_plugin(work: Path) -> None:
    """It keeps what a memory begins with in files without a name."""
    for name in ("filter", "filter-assemblyscript"):  # the second has a start function
        shutil.copy(PLUGINS / f"{name}.wasm", work / f"{name}.wasm")
    status, items = checked_within(work, "RLIMIT_FSIZE", 0, "filter*.wasm")
    assert (status, [item["status"] for item in items]) == (3, ["undetermined"] * 2)
    assert all("(file too large (os error 27))" in item["reason"] for item in items)


# Threads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", ["limits", "sends", "imports", "explains"])
def test_without_a_thread_no_verdict_is_lost_or_made_up(
    work: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    """A plugin runs only where it is watched; all else can be done without a thread, or again."""
    begin = threading.Thread.start

    def start_unless(thread: threading.Thread) -> None:
        if thread.name == lacking:
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start_unless)
    for name in ("filter", "panic-in-self-check", "infinite-loop"):
        shutil.copy(PLUGINS / f"{name}.wasm", work)
    report = run_check(CheckSettings(paths=(".",)), work)
    statuses = {artifact.path: artifact.status for artifact in report.artifacts}
    if lacking == "limits":
        assert set(statuses.values()) == {"undetermined"}
        told = "cannot be held to its limits: the system has no more threads to give."
        assert all(str(artifact.reason).endswith(told) for artifact in report.artifacts)
        return
    assert statuses == {
        "filter.wasm": "passed",
        "good.wasm": "passed",
        "infinite-loop.wasm": "refused",
        "panic-in-self-check.wasm": "refused",
    }
    unexplained = [
        problem for problem in report.problems if "could not be explained" in str(problem)
    ]
    assert bool(unexplained) == (lacking == "explains")

"""The command when things around it go wrong: files, pipes, signals, deadlines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.bombs import compile_bomb
from tests.support.builder import END, LOOP
from tests.support.modules import Plugin, output_module, success, trap_module
from tests.support.running import GOOD, run, start

PLUGINS = Path(__file__).parent / "plugins" / "dist"
PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not (PROC / "self" / "stat").exists(), reason="needs /proc")


def leftovers(work: Path) -> list[str]:
    """Return what a run left behind besides the plugins."""
    there = [*work.rglob("*"), *(work.parent / "temporary").rglob("*")]
    return sorted(path.name for path in there if path.suffix != ".wasm")


# Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ("missing/report.json", "no such file or directory"),
        ("good.wasm/report.json", "not a directory"),
        ("folder", "is a directory"),
        ("/dev/null/report.json", "not a directory"),
        (f"{'x' * 300}.json", "file name too long"),
    ],
)
def test_a_report_that_cannot_be_written_costs_no_verdict(
    work: Path, report: str, reason: str
) -> None:
    (work / "folder").mkdir()
    done = run(work, "good.wasm", "--report", report)
    assert done.returncode == 2
    assert done.stderr == f"cc-lb-selfcheck: The report {report} cannot be written: {reason}.\n"
    assert "✓ passed" in done.stdout
    assert leftovers(work) == ["folder"]


def test_a_report_takes_the_place_of_an_earlier_one(work: Path) -> None:
    (work / "report.json").write_text("earlier")
    assert run(work, "good.wasm", "--report", "report.json").returncode == 0
    assert json.loads((work / "report.json").read_text())["summary"]["passed"] == 1
    assert leftovers(work) == ["report.json"]


def test_without_a_place_for_temporary_files_all_is_checked(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null/nowhere")
    report = run_check(CheckSettings(paths=("good.wasm",), jobs=1), work)
    assert report.summary.passed == 1


@pytest.mark.parametrize("directory", ["/dev/null", "/nonexistent"])
def test_a_temporary_directory_that_is_none_costs_no_verdict(
    work: Path, directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", directory)
    process = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", "check", "good.wasm"],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, "")


# Pipes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_has_seen_enough_gets_no_complaint(work: Path, form: str) -> None:
    for number in range(1_500):
        (work / f"{'long' * 40}-{number}.wasm").write_bytes(GOOD)
    process = start(work, ".", "--format", form)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(1)
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert complaint == ""
    assert leftovers(work) == []
    assert process.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_under_stdout_is_told_as_such(work: Path, form: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cc_lb_selfcheck", "check", "good.wasm", "--format", form],
            cwd=work,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "no space left on device" in done.stderr.lower()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("arguments", "redirected", "status"),
    [
        (("bogus",), "2>/dev/full", 2),
        (("check", "good.wasm", "--jobs=0"), "2>/dev/full", 2),
        (("explain", "nothing"), "2>/dev/full", 2),
        (("check", "good.wasm", "--report=none/a.json"), "2>/dev/full", 2),
        (("check", "good.wasm"), ">/dev/full 2>&1", 2),
        (("--version",), ">/dev/full 2>&1", 2),
        (("check", "good.wasm"), "2>/dev/full", 0),
        (("check", "none.wasm"), "2>&-", 2),
    ],
)
def test_where_nothing_can_be_complained_the_status_tells(
    work: Path, arguments: tuple[str, ...], redirected: str, status: int
) -> None:
    command = f'exec "$@" {redirected}'
    called = [sys.executable, "-m", "cc_lb_selfcheck", *arguments]
    done = subprocess.run(["sh", "-c", command, "sh", *called], cwd=work, check=False)
    assert done.returncode == status


# Signals -------------------------------------------------------------------------------------


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    found = []
    for task in (PROC / str(pid) / "task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found + [below for child in found for below in children_of(child)]


def processor_s(pid: int) -> float:
    """Return the seconds of processor that a process has used; 0 for one that is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_running(pid: int) -> bool:
    """Tell whether a process is there; one that only waits to be reaped is not."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what must come; how long it takes proves nothing."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


@pytest.fixture
def busy(work: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Start a run whose worker compiles for minutes; yield it, and its workers' ids."""
    (work / "bomb.wasm").write_bytes(compile_bomb())
    process = start(work, ".", "--deadline", "600", "--report", "report.json", "--jobs", "2")
    try:
        wait_until(lambda: any(processor_s(pid) > 1 for pid in children_of(process.pid)))
        yield process, children_of(process.pid)
    finally:
        process.kill()
        process.communicate()


SIGNALS = (
    [signal.SIGHUP],
    [signal.SIGTERM],
    [signal.SIGINT],
    [signal.SIGINT, signal.SIGTERM],
    [signal.SIGTERM] * 2,
)
"""The runner sends the two of a cancelled job seconds apart, which may be too few to tell all."""


@needs_proc
@pytest.mark.parametrize("numbers", SIGNALS)
def test_a_signal_ends_the_run_which_tells_what_it_knows(
    work: Path, busy: tuple[subprocess.Popen[str], list[int]], numbers: list[signal.Signals]
) -> None:
    process, workers = busy
    assert workers
    for number in numbers:
        process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + numbers[0]
    assert stderr == ""
    assert "The run was ended before all was checked." in stdout
    wait_until(lambda: not any(is_running(pid) for pid in workers))
    assert leftovers(work) == ["report.json"]
    report = json.loads((work / "report.json").read_text())
    told = {item["path"]: (item["status"], item["reason"]) for item in report["artifacts"]}
    ended = ("undetermined", "The run was ended before this was checked.")
    assert told == {"bomb.wasm": ended, "good.wasm": ("passed", None)}


# Faults of our own ---------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["cc_lb_selfcheck.explained.explain", "further runs"])
def test_what_cannot_be_explained_keeps_its_verdict(
    work: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (work / "bad.wasm").write_bytes(trap_module("unreachable", ["cc_lb_self_check"]))

    def fail(*_: object) -> NoReturn:
        raise ValueError("\x1b::error::a fault")

    place = "cc_lb_selfcheck.diagnosis.trace.investigate" if where == "further runs" else where
    monkeypatch.setattr(place, fail)
    report = run_check(CheckSettings(paths=("bad.wasm", "good.wasm"), jobs=2), work)
    told = {
        item.path: (item.status, item.verdict and item.verdict.variant) for item in report.artifacts
    }
    assert told == {"bad.wasm": ("refused", "Call"), "good.wasm": ("passed", None)}
    finding = next(item.finding for item in report.artifacts if item.path == "bad.wasm")
    assert finding is not None
    assert finding.id.startswith("CCLB-")
    (problem,) = report.problems
    assert problem.message.startswith("A verdict stands, and could not be explained in full.")
    assert "test_faults.py" in problem.message
    assert not problem.is_usage_error


# Deadlines -----------------------------------------------------------------------------------


def test_what_passes_its_deadline_costs_no_other_verdict(work: Path) -> None:
    (work / "bomb.wasm").write_bytes(compile_bomb())
    for number in range(3):
        (work / f"good-{number}.wasm").write_bytes(output_module(success(number + 2)))
    done = run(work, ".", "--deadline", "1", "--format", "json", "--jobs", "2")
    report = json.loads(done.stdout)
    assert {item["path"]: item["status"] for item in report["artifacts"]} == {
        "bomb.wasm": "undetermined",
        "good-0.wasm": "passed",
        "good-1.wasm": "passed",
        "good-2.wasm": "passed",
        "good.wasm": "passed",
    }
    assert done.returncode == 3
    reason = report["artifacts"][0]["reason"]
    assert reason.startswith("The engine was not done within the deadline of 1 s;")
    finding = report["artifacts"][0]["finding"]
    assert (finding["id"], finding["cause"]) == ("CCLB-DEADLINE", reason)
    assert leftovers(work) == []


def test_a_start_function_without_end_is_the_hosts_to_refuse(work: Path) -> None:
    plugin = Plugin()
    plugin.start = plugin.function(LOOP + b"\x0c\0" + END)
    plugin.self_check(plugin.set_output(success()))
    (work / "loops.wasm").write_bytes(plugin.build())
    report = run_check(CheckSettings(paths=("loops.wasm", "good.wasm"), jobs=2), work)
    assert [item.status for item in report.artifacts] == ["passed", "refused"]
    verdict = report.artifacts[1].verdict
    assert verdict is not None
    assert verdict.variant == "Instantiate"


# Around a run -------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_clock_that_jumps_costs_no_verdict(
    work: Path, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = time.time, iter(range(1_000_000))
    monkeypatch.setattr(time, "time", lambda: real() + (jump if next(calls) % 2 else 0))
    report = run_check(CheckSettings(paths=("good.wasm",), deadline=20), work)
    assert report.summary.passed == 1


@needs_proc
def test_a_killed_run_leaves_no_process_and_no_half_report(
    work: Path, busy: tuple[subprocess.Popen[str], list[int]]
) -> None:
    process, workers = busy
    process.kill()
    process.communicate()
    wait_until(lambda: not any(is_running(pid) for pid in workers))
    assert not (work / "report.json").exists()


# Where a report goes --------------------------------------------------------------------------


def test_a_report_follows_a_link_and_writes_into_a_pipe(work: Path) -> None:
    (work / "real.json").write_text("old")
    (work / "link.json").symlink_to("real.json")
    assert run(work, "good.wasm", "--report", "link.json").returncode == 0
    assert (work / "link.json").is_symlink()
    assert json.loads((work / "real.json").read_text())["schema_version"] == 1
    os.mkfifo(work / "pipe")
    command = [sys.executable, "-m", "cc_lb_selfcheck", "check", "good.wasm", "--report", "pipe"]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.DEVNULL) as process:
        assert json.loads((work / "pipe").read_text())["schema_version"] == 1
        assert process.wait() == 0
    assert not (work / "pipe").is_file()


def test_a_report_into_a_pipe_that_nobody_reads_is_told_as_such(work: Path) -> None:
    os.mkfifo(work / "pipe")
    done = run(work, "good.wasm", "--report", "pipe")
    assert done.returncode == 2
    assert "The report pipe cannot be written: no such device or address." in done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs /dev/stdout")
def test_a_report_to_stdout_comes_before_what_is_printed_there(work: Path) -> None:
    with (work / "both").open("w") as both:
        command = ["check", "good.wasm", "--report", "/dev/stdout", "--format", "markdown"]
        subprocess.run(
            [sys.executable, "-m", "cc_lb_selfcheck", *command], cwd=work, stdout=both, check=True
        )
    text = (work / "both").read_text()
    report, end = json.JSONDecoder().raw_decode(text)
    assert report["summary"]["passed"] == 1
    assert text[end:].lstrip().startswith("## ")


def test_wrong_usage_is_told_to_the_runner_too(work: Path) -> None:
    output, summary = work / "output", work / "summary"
    environment = {
        **os.environ,
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "INPUT_JOBS": "0",
    }
    command = [sys.executable, "-m", "cc_lb_selfcheck", "check", "good.wasm"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert "\nusage-error\n" in output.read_text()
    assert "--jobs" in summary.read_text()


def test_a_terminal_that_is_not_utf8_is_no_obstacle(work: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "cc_lb_selfcheck", "check", "good.wasm"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr

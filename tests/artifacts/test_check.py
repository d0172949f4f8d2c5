"""Odd files among good ones: each gets its sentence, and the others keep their verdicts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.artifacts.marks import is_marked, why_unmarked
from cc_lb_selfcheck.artifacts.read import SIZE_MAX_BYTES, Unreadable, read_artifact
from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.status import check_status
from cc_lb_selfcheck.settings import CheckSettings
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.builder import HEADER, Module, custom_section
from tests.support.modules import output_module, success

GOOD = output_module(success())
BAD = output_module(b"")
ODD_NAMES = (
    b"line\nfeed.wasm",
    b"::error::x.wasm",
    b"##[error]y.wasm",
    b"\xff.wasm",
    b"\\xff.wasm",
    b"\xe2\x80\xae.wasm",
)


def plain_module() -> bytes:
    """Build a module that bears no mark of a plugin."""
    module = Module()
    module.function(b"", export="main")
    return module.build()


def check(
    root: Path, *paths: str, steps: list[tuple[int, int]] | None = None, **settings: Any
) -> tuple[Report, int]:
    """Check, and return the report and the exit status."""
    wanted = CheckSettings(paths=paths, **{"jobs": 2, **settings})
    told = steps if steps is not None else []
    report = run_check(wanted, root, on_progress=lambda done, total: told.append((done, total)))
    assert report.summary.artifacts == len(report.artifacts)
    return report, check_status(report, wanted)


def statuses(report: Report) -> dict[str, str]:
    return {artifact.path: artifact.status for artifact in report.artifacts}


def entry(report: Report, path: str) -> Artifact:
    return next(artifact for artifact in report.artifacts if artifact.path == path)


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def test_a_directory_of_oddities(tmp_path: Path) -> None:
    write(tmp_path, {"good.wasm": GOOD, "bad.wasm": BAD, "empty.wasm": b"", "zip.wasm": b"PK\3\4"})
    write(tmp_path, {"plain.wasm": plain_module(), "text.wasm": b"cc_lb_ in some text"})
    with (tmp_path / "huge.wasm").open("wb") as file:
        file.truncate(2 << 30)
    os.mkfifo(tmp_path / "pipe.wasm")
    (tmp_path / "device.wasm").symlink_to("/dev/null")
    (tmp_path / "dangling.wasm").symlink_to("nowhere")
    (tmp_path / "loop.wasm").symlink_to("loop.wasm")
    report, status = check(tmp_path, ".")
    assert statuses(report) == {
        "bad.wasm": "refused",
        "dangling.wasm": "skipped",
        "device.wasm": "skipped",
        "empty.wasm": "skipped",
        "good.wasm": "passed",
        "huge.wasm": "undetermined",
        "loop.wasm": "skipped",
        "pipe.wasm": "skipped",
        "plain.wasm": "skipped",
        "text.wasm": "refused",
        "zip.wasm": "skipped",
    }
    assert status == 1
    assert report.problems == []
    for artifact in report.artifacts:
        untold = artifact.status in ("undetermined", "skipped")
        assert (artifact.reason is not None) == untold
        assert artifact.reason is None or artifact.reason.endswith(".")
        assert str(tmp_path) not in (artifact.reason or "")
    assert "an empty file" in str(entry(report, "empty.wasm").reason)
    assert "a zip archive" in str(entry(report, "zip.wasm").reason)
    assert "without a mark" in str(entry(report, "plain.wasm").reason)


def test_a_huge_file_is_told_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"good.wasm": GOOD})
    with (tmp_path / "huge.wasm").open("wb") as file:
        file.truncate(2 << 30)
    report, status = check(tmp_path, "huge.wasm", "good.wasm")
    huge = entry(report, "huge.wasm")
    assert (huge.status, huge.size, huge.sha256) == ("undetermined", 2 << 30, None)
    assert str(huge.reason).startswith(
        "It has 2,147,483,648 bytes; this tool reads at most 128 MiB"
    )
    assert statuses(report)["good.wasm"] == "passed"
    assert status == 3


def test_named_oddities_are_wrong_usage_or_checked(tmp_path: Path) -> None:
    write(tmp_path, {"good.wasm": GOOD, "empty.wasm": b"", "plain.wasm": plain_module()})
    os.mkfifo(tmp_path / "pipe.wasm")
    given = ["empty.wasm", "plain.wasm", "pipe.wasm", "/dev/null", "missing.wasm", "no*.wasm"]
    report, status = check(tmp_path, *given, "good.wasm")
    assert statuses(report) == {
        "empty.wasm": "refused",
        "good.wasm": "passed",
        "plain.wasm": "refused",
    }
    told = {problem.path: problem.is_usage_error for problem in report.problems}
    assert told == {
        "pipe.wasm": True,
        "/dev/null": True,
        "missing.wasm": True,
        "no*.wasm": False,
    }
    assert status == 2


def test_a_pattern_without_a_match_alone_changes_no_status(tmp_path: Path) -> None:
    write(tmp_path, {"good.wasm": GOOD})
    report, status = check(tmp_path, "good.wasm", "no*.wasm")
    assert [problem.path for problem in report.problems] == ["no*.wasm"]
    assert status == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"good.wasm": GOOD, "closed.wasm": GOOD})
    (tmp_path / "closed.wasm").chmod(0)
    report, status = check(tmp_path, ".")
    assert statuses(report) == {"closed.wasm": "undetermined", "good.wasm": "passed"}
    assert entry(report, "closed.wasm").reason == "It cannot be read: permission denied."
    assert status == 3


def test_odd_names_keep_their_own_verdicts(tmp_path: Path) -> None:
    for number, name in enumerate(ODD_NAMES):
        (tmp_path / os.fsdecode(name)).write_bytes(BAD if number % 2 else GOOD)
    report, status = check(tmp_path, ".")
    assert len(statuses(report)) == len(ODD_NAMES)
    assert (report.summary.passed, report.summary.refused) == (3, 3)
    assert status == 1
    # Of two names that look alike once bytes are written out, none takes the other's verdict.
    alike = {path: told for path, told in statuses(report).items() if path.endswith("xff.wasm")}
    assert sorted(alike.values()) == ["passed", "refused"]


def test_one_content_is_checked_once_and_told_under_every_path(tmp_path: Path) -> None:
    write(tmp_path, {"a.wasm": BAD, "b/c.wasm": BAD, "d.wasm": GOOD})
    (tmp_path / "link.wasm").symlink_to("a.wasm")
    steps: list[tuple[int, int]] = []
    report, _ = check(tmp_path, ".", steps=steps)
    assert [artifact.path for artifact in report.artifacts] == [
        "a.wasm",
        "b/c.wasm",
        "d.wasm",
        "link.wasm",
    ]
    same = [entry(report, path) for path in ("a.wasm", "b/c.wasm", "link.wasm")]
    assert {item.sha256 for item in same} == {hashlib.sha256(BAD).hexdigest()}
    assert same[0].verdict == same[1].verdict == same[2].verdict
    assert same[0].finding == same[1].finding == same[2].finding
    assert len(steps) == 2


def test_unmarked_files_are_skipped_unless_named_or_asked_for(tmp_path: Path) -> None:
    write(tmp_path, {"plain.wasm": plain_module(), "copy.wasm": plain_module()})
    report, status = check(tmp_path, ".")
    assert (statuses(report), status) == ({"copy.wasm": "skipped", "plain.wasm": "skipped"}, 2)
    assert "--if-no-plugins warn" in report.problems[0].message
    report, status = check(tmp_path, ".", if_no_plugins="warn")
    assert status == 0
    assert "--if-no-plugins warn" not in report.problems[0].message  # which was said already
    assert check(tmp_path, ".", if_no_plugins="ignore")[1] == 0
    report, status = check(tmp_path, ".", unmarked="check")
    assert (statuses(report), status) == ({"copy.wasm": "refused", "plain.wasm": "refused"}, 1)
    report, status = check(tmp_path, ".", "plain.wasm")
    assert (statuses(report), status) == ({"copy.wasm": "skipped", "plain.wasm": "refused"}, 1)


MARKS: Sequence[tuple[bytes, bool]] = (
    (GOOD, True),
    (plain_module(), False),
    (plain_module() + custom_section("cc_lb.plugin.v1"), True),
    (plain_module() + custom_section("cc_lb"), False),
    (b"", False),
    (b"(module (export \"cc_lb_self_check\"))", True),
    (b"(module)", False),
    (HEADER + b"\x07\x7fdamaged before the name cc_lb_self_check", True),
    (HEADER + b"\x07\x7fdamaged", False),
)  # fmt: skip


@pytest.mark.parametrize(("data", "marked"), MARKS)
def test_marks(data: bytes, marked: bool) -> None:
    outline = read_outline(data)
    assert is_marked(outline) == marked
    if not marked:
        assert "--unmarked check" in why_unmarked(outline)


@pytest.mark.parametrize("export", ["shape", "filter", "cc_lb_selfcheck", "old_CC_LB_check"])
def test_an_export_marks(export: str) -> None:
    module = Module()
    module.function(b"", export=export)
    assert is_marked(read_outline(module.build()))


def test_reading_never_waits_and_reads_no_more_than_allowed(tmp_path: Path) -> None:
    """A path may have become something else since it was found."""
    os.mkfifo(tmp_path / "pipe")
    whole = tmp_path / "whole"
    with whole.open("wb") as file:
        file.truncate(SIZE_MAX_BYTES)
    assert len(read_artifact(whole)) == SIZE_MAX_BYTES
    with whole.open("r+b") as file:
        file.truncate(SIZE_MAX_BYTES + 1)
    told = {
        tmp_path / "pipe": "It is no regular file.",
        Path("/dev/zero"): "It is no regular file.",
        tmp_path: "It is no regular file.",
        tmp_path / "gone": "It cannot be read: no such file or directory.",
    }
    for path, message in told.items():
        with pytest.raises(Unreadable) as caught:
            read_artifact(path)
        assert str(caught.value) == message
    with pytest.raises(Unreadable, match="this tool reads at most 128 MiB") as caught:
        read_artifact(whole)
    assert caught.value.size == SIZE_MAX_BYTES + 1

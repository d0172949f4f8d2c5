"""Archives in a whole check: all has its verdict, or a reason why not."""

from __future__ import annotations

import json
from pathlib import Path

from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from tests.artifacts.hostile_archives import WHOLE
from tests.artifacts.hostile_members import MEMBERS
from tests.artifacts.reading import (
    BAD,
    GOOD,
    checked,
)
from tests.support.hostile import CURATED
from tests.support.packing import (
    tar_of,
    zip_of,
)


def test_hostile_archives_leave_the_others_their_verdicts(tmp_path: Path) -> None:
    """All that is wrong at once: each is told, and what is right is checked."""
    hostile = [case[:2] for case in MEMBERS.values()] + [case[:2] for case in WHOLE.values()]
    for number, (name, data) in enumerate(hostile):
        (tmp_path / f"{number}-{name}").write_bytes(data)
    (tmp_path / "good.wasm").write_bytes(GOOD)
    (tmp_path / "good.zip").write_bytes(zip_of({"a.wasm": GOOD, "b.wasm": BAD}))
    report, status = checked(tmp_path, "*.{zip,tar,tgz,tar.gz}", "good.wasm")
    told = {artifact.path: artifact for artifact in report.artifacts}
    assert told["good.wasm"].status == told["good.zip!/a.wasm"].status == "passed"
    assert told["good.zip!/b.wasm"].status == "refused"
    for artifact in report.artifacts:
        assert artifact.status in ("passed", "refused") or str(artifact.reason).endswith(".")
    blamed = [problem.path for problem in report.problems]
    assert len(blamed) == len(set(blamed)) == len(WHOLE)
    assert status == 2
    assert load_report(render_json(report).encode()) == report


def test_what_cannot_be_read_has_no_verdict_and_a_link_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "link.zip").write_bytes(MEMBERS["symbolic link in a zip"][1])
    (tmp_path / "secret.zip").write_bytes(MEMBERS["encrypted"][1])
    (tmp_path / "bomb.zip").write_bytes(MEMBERS["nested bomb"][1])
    report, status = checked(tmp_path, "link.zip")
    assert [artifact.status for artifact in report.artifacts] == ["skipped", "passed"]
    assert status == 0
    for name in ("secret.zip", "bomb.zip"):
        report, status = checked(tmp_path, name)
        assert sorted(item.status for item in report.artifacts) == ["passed", "undetermined"]
        assert report.problems == []
        assert status == 3


def test_names_are_told_as_they_are_and_act_nowhere(tmp_path: Path) -> None:
    texts = [text for text in CURATED if text.isprintable() and text.isascii() and "\0" not in text]
    names = [f"d/{n} {text}.wasm" for n, text in enumerate(texts)]
    files = {name: GOOD if n % 2 else BAD for n, name in enumerate(names)}
    files |= {"line\nfeed ::error::x.wasm": GOOD, "https://evil.example/a.wasm": GOOD}
    (tmp_path / "x.tar").write_bytes(tar_of(files))
    report, status = checked(tmp_path, "x.tar")
    assert len(report.artifacts) == len(files)
    assert status == 1
    assert json.loads(render_json(report))["summary"]["passed"] == report.summary.passed
    assert load_report(render_json(report).encode()) == report

"""A check in parts: each content in exactly one, and merged they are the whole."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.github.legs import Contexts, leg_of
from cc_lb_selfcheck.options import SettingsError, load
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.merge import merge, missing_legs
from cc_lb_selfcheck.report.model import Artifact, Report
from cc_lb_selfcheck.report.status import check_status, verdict_status
from cc_lb_selfcheck.settings import CheckSettings, Shard
from tests.support.builder import Module
from tests.support.modules import output_module, success
from tests.support.packing import zip_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def plain_module() -> bytes:
    """Return a module that is no plugin."""
    module = Module()
    module.function(b"", export="main")
    return module.build()


def checked(root: Path, shard: Shard | None, *paths: str, **settings: Any) -> tuple[Report, int]:
    """Check one part, or all, and return its report and exit status."""
    part = {"shard": f"{shard.number}/{shard.total}"} if shard else {}
    wanted = load({"paths": paths or (".",), "jobs": 2, **part, **settings}, CheckSettings)
    leg = leg_of({}, Contexts(), shard)
    report = run_check(wanted, root, name_leg=lambda: leg)
    return report, check_status(report, wanted)


def parts(total: int) -> list[Shard]:
    return [Shard(number, total) for number in range(1, total + 1)]


def timeless(report: Report) -> Report:
    """Return a report without what differs between two runs of the same."""

    def plain(artifact: Artifact) -> Artifact:
        times = dict.fromkeys(("wall_ms", "cpu_ms", "compile_ms", "link_ms", "fuel_below"))
        evidence = artifact.evidence.model_copy(update=times)
        return artifact.model_copy(update={"evidence": evidence, "legs": []})

    # Parts without plugins never start the engine, whose version is another's to tell.
    changes = {"started_at": NOW, "finished_at": NOW, "legs": []}
    return report.model_copy(
        update={**changes, "artifacts": [plain(item) for item in report.artifacts]}
    )


@given(content=st.binary(max_size=20), total=st.integers(1, 10_000), other=st.integers(1, 10_000))
def test_a_content_is_in_exactly_one_part(content: bytes, total: int, other: int) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    number = int(sha256, 16) % total + 1
    assert Shard(number, total).holds(sha256)
    assert Shard(other, total).holds(sha256) == (other == number)


def test_parts_are_about_as_large() -> None:
    hashes = [hashlib.sha256(b"%d" % n).hexdigest() for n in range(8_000)]
    sizes = [sum(map(shard.holds, hashes)) for shard in parts(8)]
    assert sum(sizes) == 8_000
    assert min(sizes) > 800
    assert max(sizes) < 1_200


@pytest.mark.parametrize(
    "text", ["0/2", "3/2", "1/0", "1/10001", "1", "1/2/3", "a/b", "-1/2", "1.0/2"]
)
def test_what_is_no_part_is_told(text: str) -> None:
    with pytest.raises(SettingsError, match=r"use two whole numbers, I from 1 to N"):
        load({"paths": ("x",), "shard": text}, CheckSettings)


def furnish(root: Path) -> None:
    """Write plugins good and bad, copies, an archive, and what is no plugin."""
    for number in range(8):
        (root / f"good-{number}.wasm").write_bytes(output_module(success(number + 1)))
        (root / f"bad-{number}.wasm").write_bytes(output_module(b"%d" % number))
    (root / "copies").mkdir()
    for number in range(8):
        (root / f"copies/{number}.wasm").write_bytes(output_module(success(number + 1)))
    files = {"in.wasm": output_module(success(1)), "link.wasm": output_module(b"in a zip")}
    (root / "bundle.zip").write_bytes(zip_of(files))
    (root / "plain.wasm").write_bytes(plain_module())
    (root / "dangling.wasm").symlink_to("nowhere")
    with (root / "huge.wasm").open("wb") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize("total", [2, 5])
def test_merged_parts_are_the_whole(tmp_path: Path, total: int) -> None:
    furnish(tmp_path)
    given_ = (".", "bundle.zip", "missing.wasm", "no*.wasm")
    whole, status = checked(tmp_path, None, *given_)
    told = [checked(tmp_path, shard, *given_)[0] for shard in parts(total)]
    random.Random(0).shuffle(told)
    merged = merge(told)
    assert timeless(merged) == timeless(merge([whole]))
    assert merged.summary.refused == 9
    assert merged.summary.passed == 17
    assert missing_legs(merged) == []
    assert status == 2
    assert verdict_status(merged, CheckSettings(paths=("x",))) == 1
    assert load_report(render_json(merged).encode()) == merged
    # Each content is run in one part, and all of its paths are told there.
    seen = [{item.sha256 for item in part.artifacts if item.verdict} for part in told]
    assert sum(map(len, seen)) == len(set[str | None]().union(*seen)) == 17


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    furnish(tmp_path)
    merged = merge([checked(tmp_path, shard)[0] for shard in parts(3)[:2]])
    [missing] = missing_legs(merged)
    assert missing.startswith("Part 3 of 3 sent no report: ")


def test_other_names_and_another_order_change_no_part(tmp_path: Path) -> None:
    contents = [output_module(success(number + 1)) for number in range(6)]
    divided = []
    for place, order in (("one", contents), ("two", contents[::-1])):
        root = tmp_path / place
        root.mkdir()
        for number, content in enumerate(order):
            (root / f"{place}-{number}.wasm").write_bytes(content)
        told = [checked(root, shard, if_no_plugins="ignore")[0] for shard in parts(2)]
        divided.append([{item.sha256 for item in part.artifacts} for part in told])
    assert divided[0] == divided[1]


def test_an_empty_part_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.wasm").write_bytes(output_module(success()))
    told = [checked(tmp_path, shard) for shard in parts(5)]
    assert [status for _, status in told] == [0] * 5
    assert sorted(report.summary.passed for report, _ in told) == [0, 0, 0, 0, 1]
    assert all(report.problems == [] for report, _ in told)


def test_no_plugin_at_all_is_an_error_in_every_part(tmp_path: Path) -> None:
    (tmp_path / "dangling.wasm").symlink_to("nowhere")
    for shard in parts(3):
        report, status = checked(tmp_path, shard)
        assert [problem.path for problem in report.problems] == [""]
        assert status == 2
        assert checked(tmp_path, shard, if_no_plugins="warn")[1] == 0
        assert checked(tmp_path, shard, if_no_plugins="ignore")[0].problems == []


def test_files_that_are_no_plugins_are_none_in_another_part_either(tmp_path: Path) -> None:
    for number in range(6):
        module = Module()
        module.function(b"", export=f"main{number}")
        (tmp_path / f"{number}.wasm").write_bytes(module.build())
    told = [checked(tmp_path, shard) for shard in parts(2)]
    assert [status for _, status in told] == [2, 2]
    assert sum(report.summary.skipped for report, _ in told) == 6


def test_a_part_says_nothing_of_the_others_but_in_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts the parts together misses one, not the part itself."""
    (tmp_path / "a.wasm").write_bytes(output_module(success()))
    monkeypatch.chdir(tmp_path)
    for name in ("summary", "outputs"):
        (tmp_path / name).touch()
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_JOB": "check",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "INPUT_STRATEGY": '{"job-index": 0, "job-total": 3}',
    }
    files = [f"--output={form}={form}" for form in ("json", "sarif", "junit", "markdown")]
    done = CliRunner().invoke(whole_app(), ["check", ".", *files], env=environment)
    assert done.exit_code == 0, done.output
    shown = [(tmp_path / name).read_text() for name in ("summary", "sarif", "junit", "markdown")]
    for text in (done.output, *shown):
        assert "sent no report" not in text
        assert "not everything" not in text
    report = load_report((tmp_path / "json").read_bytes())
    assert missing_legs(report) == [
        "Legs 2 and 3 of 3 of the job `check` sent no report: their plugins are not here."
    ]

"""What is read is never written over, by whatever name the report's file is given."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cc_lb_selfcheck.cli import whole_app
from tests.report.build import passes, report
from tests.support.modules import output_module, success

PLUGIN = output_module(success())


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a directory with a plugin, an archive of one and a report."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.wasm").write_bytes(PLUGIN)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr("inside.wasm", PLUGIN)
    (tmp_path / "told.json").write_text(report(passes(1)).model_dump_json())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def symlink(root: Path) -> str:
    (root / "link.json").symlink_to("dist/a.wasm")
    return "link.json"


def link_to_link(root: Path) -> str:
    symlink(root)
    (root / "second.json").symlink_to("link.json")
    return "second.json"


def hard_link(root: Path) -> str:
    os.link(root / "dist" / "a.wasm", root / "same.json")
    return "same.json"


def linked_folder(root: Path) -> str:
    (root / "folder").symlink_to("dist")
    return "folder/a.wasm"


@pytest.mark.parametrize("given", [["dist/a.wasm"], ["dist"], ["**/*.wasm"], ["./dist/../dist"]])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda _root: "dist/a.wasm",
        lambda _root: "./dist//../dist/a.wasm",
        lambda root: str(root / "dist" / "a.wasm"),
        symlink,
        link_to_link,
        hard_link,
        linked_folder,
    ],
    ids=["plain", "dots", "absolute", "symlink", "link to a link", "hard link", "linked folder"],
)
def test_a_report_in_the_place_of_an_artifact_is_wrong_usage(
    work: Path, given: list[str], spelling: Callable[[Path], str]
) -> None:
    named = spelling(work)
    before = contents(work)
    done = CliRunner().invoke(
        whole_app(), ["check", *given, "--unmarked=check", f"--report={named}"]
    )
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"cc-lb-selfcheck: {Path(named)} is to be written, and to be read as well:"
        " name another file to write, by --report (input `report`) or --output.\n"
    )
    assert contents(work) == before


def test_a_report_in_the_place_of_an_archive_is_wrong_usage(work: Path) -> None:
    before = contents(work)
    done = CliRunner().invoke(whole_app(), ["check", "bundle.zip", "--report=bundle.zip"])
    assert done.exit_code == 2
    assert "to be read as well" in done.stderr
    assert contents(work) == before


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_report_in_the_place_of_one_to_publish_is_wrong_usage(work: Path, form: str) -> None:
    (work / "again.json").symlink_to("told.json")
    given = ["."] if form == "json" else ["told.json"]
    before = contents(work)
    for named in ("told.json", "again.json"):
        output = f"--output={form}={named}"
        done = CliRunner().invoke(whole_app(), ["publish", *given, "--dry-run", output])
        assert done.exit_code == 2
        assert done.stdout == ""
        assert "to be read as well" in done.stderr
    assert contents(work) == before


def test_what_is_excluded_or_an_earlier_report_may_be_written_over(work: Path) -> None:
    (work / "dist" / "old.wasm").write_bytes(b"old")
    command = ["check", "dist", "--unmarked=check", "--exclude=**/old.wasm"]
    for named in ("dist/old.wasm", "told.json"):
        done = CliRunner().invoke(whole_app(), [*command, f"--report={named}"])
        assert done.exit_code == 0
        assert (work / named).read_text().startswith("{")

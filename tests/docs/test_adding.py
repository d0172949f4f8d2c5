"""What CONTRIBUTING says of additions: a new file and a line in another, and the command has it.

Each is made in a copy of the package, and seen through the command.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cc_lb_selfcheck import __file__ as package_file

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "tests/plugins/dist"

FORMAT = """
def write(report, around, printer):
    printer.say("\\t".join(artifact.status for artifact in report.artifacts))
"""
SOURCE = """
from cc_lb_selfcheck.artifacts.find import Findings, Found


def bring(settings, environ, resources, suffix, patience):
    return Findings([Found(f"{name}/filter.wasm", name, named=True) for name in settings.shelf])
"""
NEAR_MISS = '''
seen_with = ["DecodeResponse"]
title = "The response is a greeting"
meaning = "The plugin greets, and the host reads JSON alone."
causes = ["The author is polite."]
fix = "Answer with the JSON object of a self-check response."
code = """
{"status":"success","failures":[],"completed_at":1750000000}
"""
code_language = "json"
example = "self-check response decode failed: expected value at line 1 column 1"
'''


class Copy:
    """A copy of the package, to which things are added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._package = folder / "cc_lb_selfcheck"
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(package_file).parent, self._package, ignore=leave_out)

    def add(self, name: str, text: str, line_in: str, before: str, line: str) -> None:
        """Write a new file, and one line or one more word into another."""
        file, other = self._package / name, self._package / line_in
        assert not file.exists()
        file.write_text(text.lstrip(), "utf-8")
        old = other.read_text("utf-8")
        assert old.count(before) == 1
        other.write_text(old.replace(before, line + before), "utf-8")

    def run(self, *arguments: str) -> str:
        """Run the copy's command and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", "from cc_lb_selfcheck.__main__ import main; main()", *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_format(copy: Copy) -> None:
    copy.add("report/tsv.py", FORMAT, "settings.py", '"junit"]', '"tsv", ')

    plugins = [str(DIST / name) for name in ("filter.wasm", "html-output.wasm")]

    assert copy.run("check", "--format", "tsv", *plugins) == "passed\trefused\n"
    assert "tsv" in copy.run("merge", "--help")


def test_a_source(copy: Copy) -> None:
    option = 'shelf: Annotated[Names, Option("FOLDER", is_source=True)] = Field((), description="")'
    before = "    artifacts: Annotated[Names"
    copy.add("sources/shelf.py", SOURCE, "settings.py", before, f"    {option}\n")

    assert "--shelf" in copy.run("check", "--help")
    assert "1 artifact: 1 passed" in copy.run("check", "--shelf", str(DIST))


def test_a_near_miss(copy: Copy) -> None:
    line = 'if output.startswith("OK"): return Specifics("It greets.", id="CCLB-GREETING")'
    before = "    if not output:\n"
    name = "diagnosis/near_misses/responses/cclb-greeting.toml"
    copy.add(name, NEAR_MISS, "diagnosis/response.py", before, f"    {line}\n")

    assert "The response is a greeting" in copy.run("explain", "greeting")
    assert "It greets." in copy.run("check", str(DIST / "text-output.wasm"))

"""What CONTRIBUTING says of additions: most are a new file and a line, and the command has it.

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


CLASS = '''
class Greeting(_Variant):
    """The response is a greeting."""

    variant: Literal["Greeting"] = "Greeting"

    def __str__(self) -> str:
        return "self-check response is a greeting"


'''


class Copy:
    """A copy of the package, to which things are added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._package = folder / "cc_lb_selfcheck"
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(package_file).parent, self._package, ignore=leave_out)

    def add(self, name: str, text: str) -> None:
        """Write a new file."""
        file = self._package / name
        assert not file.exists()
        file.write_text(text.lstrip(), "utf-8")

    def insert(self, name: str, text: str, *, before: str) -> None:
        """Write a text into a file that is there."""
        file = self._package / name
        old = file.read_text("utf-8")
        assert old.count(before) == 1
        file.write_text(old.replace(before, text + before), "utf-8")

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
    copy.add("report/tsv.py", FORMAT)
    copy.insert("settings.py", '"tsv", ', before='"junit"]')

    plugins = [str(DIST / name) for name in ("filter.wasm", "html-output.wasm")]

    assert copy.run("check", "--format", "tsv", *plugins) == "passed\trefused\n"
    assert "tsv" in copy.run("merge", "--help")


def test_a_source(copy: Copy) -> None:
    option = 'shelf: Annotated[Names, Option("FOLDER", is_source=True)] = Field((), description="")'
    copy.add("sources/shelf.py", SOURCE)
    copy.insert("settings.py", f"    {option}\n", before="    artifacts: Annotated[Names")

    assert "--shelf" in copy.run("check", "--help")
    assert "1 artifact: 1 passed" in copy.run("check", "--shelf", str(DIST))


def test_a_near_miss(copy: Copy) -> None:
    line = 'if output.startswith("OK"): return Specifics("It greets.", id="CCLB-GREETING")'
    copy.add("diagnosis/near_misses/responses/cclb-greeting.toml", NEAR_MISS)
    copy.insert("diagnosis/response.py", f"    {line}\n", before="    if not output:\n")

    assert "The response is a greeting" in copy.run("explain", "greeting")
    assert "It greets." in copy.run("check", str(DIST / "text-output.wasm"))


def test_a_variant_which_takes_three_places(copy: Copy) -> None:
    errors, order = "protocol/errors.py", "protocol/self_check.py"
    copy.insert(errors, CLASS, before="SelfCheckExecutionError: TypeAlias")
    copy.insert(errors, "    | Greeting\n", before="    | Clock,\n")
    line = 'if output.text.startswith("OK"): raise SelfCheckRefusal(Greeting())'
    copy.insert(order, "    Greeting,\n", before="    Instantiate,\n")
    copy.insert(order, f"    {line}\n", before="    try:\n        response = decode_response")
    words = NEAR_MISS.replace('seen_with = ["DecodeResponse"]', 'variant = "Greeting"')
    table = f'[[finding]]\nid = "CCLB-GREETING"{words}\n'
    copy.insert("diagnosis/catalogue.toml", table, before='[[finding]]\nid = "CCLB-INSTANTIATE"')

    told = copy.run("check", str(DIST / "text-output.wasm"))

    assert "text-output.wasm  Greeting\n" in told
    assert "host says       self-check response is a greeting" in told
    assert "The response is a greeting" in told

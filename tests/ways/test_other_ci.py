"""The recipes for other CIs: each command in them is run, with the command as it is installed."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from .conftest import ROOT, Built, run

pytestmark = pytest.mark.ways

RECIPES = ROOT / "examples/other-ci"
GITLAB = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text("utf-8"))
JENKINS = (RECIPES / "Jenkinsfile").read_text("utf-8")
CARGO = """\
#!/bin/sh
test "$*" = "build --release --target wasm32-unknown-unknown"
mkdir -p target/wasm32-unknown-unknown/release
cp built/*.wasm target/wasm32-unknown-unknown/release/
"""
RUSTUP = '#!/bin/sh\ntest "$*" = "target add wasm32-unknown-unknown"\n'


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the command, installed from its package."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", place, cwd=ROOT)
    run(place / "bin/python", "-m", "pip", "install", "--quiet", built.wheel, cwd=ROOT)
    return place / "bin"


@pytest.fixture
def machine(tmp_path: Path, installed: Path, program: Callable[[str], str]) -> Path:
    """Return what a CI's machine has on its PATH: the command, pipx, and stand-ins for Rust."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("cargo", CARGO), ("rustup", RUSTUP)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "cc-lb-selfcheck").symlink_to(installed / "cc-lb-selfcheck")
    (folder / "pipx").symlink_to(program("pipx"))
    return folder


def gitlab_lines() -> list[str]:
    return [line for job in ("build", "self-check") for line in GITLAB[job]["script"]]


def jenkins_lines() -> list[str]:
    texts = re.findall(
        r"\bsh (?:returnStatus: true, script: )?('''.*?'''|'.*?')", JENKINS, re.DOTALL
    )
    return [textwrap.dedent(text.strip("'")).strip().replace("\\\n", " ") for text in texts]


@pytest.mark.parametrize("lines", [gitlab_lines(), jenkins_lines()], ids=["GitLab", "Jenkins"])
@pytest.mark.parametrize(
    ("plugins", "status", "outcomes"),
    [
        (("shape", "filter"), 0, {"shape.wasm": "", "filter.wasm": ""}),
        (("shape", "misspelt-export"), 1, {"shape.wasm": "", "misspelt-export.wasm": "failure"}),
    ],
    ids=["accepted", "refused"],
)
def test_a_recipe(
    lines: list[str],
    plugins: tuple[str, ...],
    status: int,
    outcomes: dict[str, str],
    machine: Path,
    built: Built,
    tmp_path: Path,
) -> None:
    work = tmp_path / "work"
    (work / "built").mkdir(parents=True)
    for name in plugins:
        shutil.copy(ROOT / f"tests/plugins/dist/{name}.wasm", work / "built")
    variables: dict[str, Any] = {
        "PATH": f"{machine}{os.pathsep}{os.environ['PATH']}",
        "PIP_FIND_LINKS": str(built.wheel.parent),
        "UV_FIND_LINKS": str(built.wheel.parent),  # pipx uses uv, where there is one
        "PIPX_HOME": str(tmp_path / "pipx"),
        "GITLAB_CI": "true",
    }
    *before, last = lines
    assert len(before) == 2
    for line in before:
        run("sh", "-e", "-c", line, cwd=work, **variables)
    run("sh", "-e", "-c", last, cwd=work, status=status, **variables)

    suite = ET.parse(work / "cc-lb-selfcheck.xml").getroot()
    told = {
        Path(f"{case.get('classname')}/{case.get('name')}").name: (
            "" if case.find("failure") is None else "failure"
        )
        for case in suite.iter("testcase")
    }
    assert told == outcomes


def test_the_status_of_what_is_not_determined_is_the_one_that_is_let_pass() -> None:
    assert GITLAB["self-check"]["allow_failure"] == {"exit_codes": 3}
    assert re.search(r"if \(status == 3\) \{\s*unstable ", JENKINS)


def test_both_keep_the_report_whatever_the_outcome() -> None:
    assert GITLAB["self-check"]["artifacts"]["when"] == "always"
    report = GITLAB["self-check"]["artifacts"]["reports"]["junit"]
    assert f"--output junit={report}" in gitlab_lines()[-1]
    assert re.search(rf"always \{{\s*junit '{re.escape(report)}'", JENKINS)
    assert f"--output junit={report}" in jenkins_lines()[-1]

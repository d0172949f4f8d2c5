"""The command that runs other people's linters, and what it says of one that is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tools import linters

ROOT = Path(__file__).resolve().parents[2]
NAMES = [linter.name for linter in linters.linters(ROOT)]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which all linters are that there are; each is content."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NAMES:
        program(folder, name, 'echo "asked: $*" >> "$0.log"')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / name).chmod(0o755)


def test_all_are_asked_about_files_that_exist(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert linters.main([]) == 0
    assert capsys.readouterr().out == "".join(f"{name}: clean\n" for name in NAMES)
    for name in NAMES:
        asked = (programs / f"{name}.log").read_text("utf-8")
        files = [word for word in asked.split() if not word.startswith(("-", "vendor.", "asked:"))]
        assert files
        assert all((ROOT / file).is_file() for file in files)


def test_every_workflow_and_form_is_looked_at(programs: Path) -> None:
    assert linters.main([]) == 0
    asked = (programs / "check-jsonschema.log").read_text("utf-8").split()
    ours = ROOT / ".github"
    assert {path.name for path in ours.rglob("*.yml")} - {"zizmor.yml"} <= {
        Path(word).name for word in asked
    }


def test_a_complaint_is_shown_with_the_command_and_fails(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(programs, "hadolint", 'echo "DL0000 $1"; echo "and more" >&2; exit 1')

    assert linters.main(["hadolint", "zizmor"]) == 1

    shown = capsys.readouterr().out
    assert "hadolint: not clean\n$ hadolint Dockerfile\nDL0000 Dockerfile\nand more\n" in shown
    assert "zizmor: clean\n" in shown


def test_a_missing_one_is_told_with_where_to_get_it(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (programs / "zizmor").unlink()

    assert linters.main([]) == 1

    shown = capsys.readouterr().out
    assert "zizmor is not installed. This installs it: pipx install zizmor==" in shown
    assert shown.count(": clean") == len(NAMES) - 1


def test_install_asks_for_what_is_missing_alone(programs: Path) -> None:
    (programs / "zizmor").unlink()
    program(programs, "pipx", 'echo "$*" >> "$0.log"')

    assert linters.main(["--install"]) == 0

    (line,) = (programs / "pipx.log").read_text("utf-8").splitlines()
    assert line.startswith("install zizmor==")
    (programs / "pipx").unlink()
    assert linters.main(["--install"]) == 1


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        linters.main(["lint"])
    assert "there is no linter 'lint'; there are actionlint," in capsys.readouterr().err

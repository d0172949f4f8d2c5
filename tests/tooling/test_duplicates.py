"""Code that stands twice is found; code that only begins alike is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import duplicates

from tests.e2e.git import git

LINES = [f"    total += value * {number}\n" for number in range(duplicates.MAX_LINES + 1)]
IMPORTS = "".join(f"from package.module_{number} import name_{number}\n" for number in range(20))


def write(root: Path, **files: str) -> None:
    git(root, "init", "--quiet")
    for name, text in {"dev": "", **files}.items():
        (root / (name if name == "dev" else f"{name}.py")).write_text(text, "utf-8")


def function(name: str, lines: list[str]) -> str:
    return f'def {name}(value):\n    """Do {name}."""\n    total = {len(name)}\n{"".join(lines)}'


def test_a_long_run_in_two_files_is_found(tmp_path: Path) -> None:
    write(tmp_path, one=function("a", LINES), other=function("bb", [*LINES, "    return total\n"]))

    said = duplicates.report(tmp_path)

    assert f"{duplicates.MAX_LINES + 1} similar lines in 2 files\n==one.py:" in said


@pytest.mark.parametrize("comment", ["", "    # why\n"])
def test_a_short_run_is_not(tmp_path: Path, comment: str) -> None:
    one, other = [comment, *LINES[1:]], [*LINES[1:], comment]
    write(tmp_path, one=function("a", one), other=function("bb", other))

    assert duplicates.report(tmp_path) == ""


def test_imports_may_be_the_same(tmp_path: Path) -> None:
    write(tmp_path, one=f"{IMPORTS}print(1)\n", other=f"{IMPORTS}print(2)\n")

    assert duplicates.report(tmp_path) == ""


def test_what_git_ignores_is_not_read(tmp_path: Path) -> None:
    text = function("a", LINES)
    write(tmp_path, one=text, other=text)
    (tmp_path / ".gitignore").write_text("other.py\n", "utf-8")

    assert duplicates.report(tmp_path) == ""

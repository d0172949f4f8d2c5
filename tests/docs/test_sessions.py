"""Each page's commands, typed one after the other as a reader would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from .pages import ROOT
from .session import Session, agrees
from .suites import claimed_by

STAND_INS: Final = Path(__file__).resolve().parent / "stand_ins"
PLUGINS: Final = ("filter", "shape", "misspelt-export")
PAGES: Final = sorted({block.page for block in claimed_by("session")})


def an_empty_directory(_directory: Path) -> None:
    """Prepare nothing."""


def a_repository_with_plugins(directory: Path) -> None:
    """Leave what a build of a plugin author leaves."""
    (directory / "dist").mkdir()
    for name in PLUGINS:
        shutil.copy(ROOT / f"tests/plugins/dist/{name}.wasm", directory / "dist")


def an_example_of_a_report(directory: Path) -> None:
    """Leave plugins, and the example that the page speaks of."""
    a_repository_with_plugins(directory)
    shutil.copy(ROOT / "docs/report.example.json", directory / "report.json")


PREPARED: Final[Mapping[str, Callable[[Path], None]]] = {
    "docs/getting-started.md": an_empty_directory,
    "docs/report.md": an_example_of_a_report,
}
"""What a page takes for granted, where that is not ``a_repository_with_plugins``."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_followed(page: str, tmp_path: Path) -> None:
    PREPARED.get(page, a_repository_with_plugins)(tmp_path)
    session = Session(tmp_path, [STAND_INS])
    for block in claimed_by("session"):
        if block.page == page:
            session.follow(block)


@pytest.mark.parametrize("page", PREPARED)
def test_a_prepared_page_has_commands(page: str) -> None:
    assert page in PAGES


def test_what_is_printed_is_compared() -> None:
    printed = "one\ntwo 2 ms\n\nthree\nfour\n"
    assert agrees(printed, ["one", "two … ms", "…", "four"])
    assert agrees(printed, ["one", "two 2 ms", "", "three", "four", "…"])
    assert not agrees(printed, ["one", "…", "three"])
    assert not agrees(printed, ["one", "two", "…"])
    assert not agrees(printed, ["One", "…"])

"""The workflows that the pages show are those of ``examples/``, to the letter."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

import pytest
import yaml

from .pages import ROOT, Block, pages, text_of
from .suites import claimed_by

EXAMPLES: Final = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in sorted((ROOT / "examples").rglob("*"))
    if path.is_file()
}
WORKFLOWS: Final = [name for name in EXAMPLES if name.startswith("examples/workflows/")]
SHOWN: Final = claimed_by("examples")


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_what_is_shown_is_in_an_example(block: Block) -> None:
    assert any(f"\n{block.text}" in f"\n{text}" for text in EXAMPLES.values()), block.text


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_linked(name: str) -> None:
    assert any(
        f"]({'../' * (len(PurePosixPath(page).parts) - 1)}{name})" in text_of(page)
        for page in pages()
    )


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_example_gives_every_job_its_own_permissions(name: str) -> None:
    workflow = yaml.safe_load(EXAMPLES[name])
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].values()) <= {"read", "write"}

"""docs/verdict-equality.md tells the golden answers as they are."""

from __future__ import annotations

import gzip
import re
from typing import Final

import pytest

from .pages import ROOT, text_of

TOLD: Final = re.findall(
    r"^\| `(tests/vectors/\S+)` \| ([\d,]+) \w+ \| `tests/",
    text_of("docs/verdict-equality.md"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("file", "number"), TOLD)
def test_the_answers_are_counted(file: str, number: str) -> None:
    with gzip.open(ROOT / file) as answers:
        assert f"{sum(1 for _ in answers):,}" == number


def test_every_file_of_answers_is_told() -> None:
    files = sorted(path.name for path in (ROOT / "tests/vectors").glob("*.gz"))
    assert sorted(file.rpartition("/")[2] for file, _ in TOLD) == files

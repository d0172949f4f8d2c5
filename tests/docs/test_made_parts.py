"""What is made from the code has its place in the pages, and every place is filled."""

from __future__ import annotations

import re
from typing import Final

import pytest
from tools.generate import PAGES, with_made_parts
from tools.tables import made_parts

from .pages import pages, text_of

PARTS: Final = made_parts()


@pytest.mark.parametrize("page", pages())
def test_every_place_is_known_and_filled(page: str) -> None:
    begun = re.findall(r"^<!-- begin:(\S+) -->$", text_of(page), re.MULTILINE)
    ended = re.findall(r"^<!-- end:(\S+) -->$", text_of(page), re.MULTILINE)
    assert begun == ended
    assert {*begun} <= PARTS.keys()
    assert bool(begun) == (page in PAGES)


def test_every_part_has_a_place() -> None:
    every = "".join(map(text_of, PAGES))
    assert {name for name in PARTS if f"<!-- begin:{name} -->" not in every} == set()


@pytest.mark.parametrize("name", PARTS)
def test_no_code_is_cut_in_two(name: str) -> None:
    for line in PARTS[name].splitlines():
        assert line.startswith("```") or line.count("`") % 2 == 0, line


def test_a_part_is_renewed_in_its_place() -> None:
    page = "before\n<!-- begin:outputs -->\nold\n<!-- end:outputs -->\nafter\n"
    made = with_made_parts(page)
    assert made == page.replace("old\n", PARTS["outputs"] + "\n")
    assert with_made_parts(made) == made

"""Every block of code in the pages is tested by one of the suites."""

from __future__ import annotations

import pytest

from .pages import Block, blocks, pages
from .suites import SUITES, claimed_by, programs


def test_the_pages_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/README.md", "docs/guides/forks.md"} <= {*pages()}


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_a_block_belongs_to_one_suite(block: Block) -> None:
    claims = [name for name, claim in SUITES.items() if claim(block)]
    assert len(claims) == 1, f"{block} is claimed by {claims or 'nobody'}: see tests/docs/suites.py"


@pytest.mark.parametrize("suite", SUITES)
def test_no_suite_is_idle(suite: str) -> None:
    assert claimed_by(suite)


def test_the_programs_of_a_script() -> None:
    script = "A=1 one --two three | four && (five; six)\nseven \\\n  eight"
    assert programs(script) == {"one", "four", "five", "six", "seven"}

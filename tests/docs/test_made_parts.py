"""What is made from the code has its place in the pages, and every place is filled."""

from __future__ import annotations

import re
from typing import Final

import pytest
import yaml
from tools.generate import PAGES, with_made_parts
from tools.tables import made_parts

from cc_lb_selfcheck.options import options
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings

from .pages import ROOT, pages, text_of

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


def test_the_permissions_are_those_that_the_example_workflows_give() -> None:
    jobs = [
        job
        for path in sorted((ROOT / "examples/workflows").glob("*.yml"))
        for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    ]
    given = {item for job in jobs for item in job["permissions"].items()}
    told = re.findall(r"`([a-z-]+): (read|write)`", PARTS["permissions"])
    assert {*told} == given


def test_no_cell_of_code_has_a_blank_at_its_ends() -> None:
    for name, part in PARTS.items():
        cells = [cell for line in part.splitlines() for cell in line.split(" | ")]
        codes = [code for cell in cells for code in re.findall(r"`([^`]*)`", cell)]
        assert [code for code in codes if code != code.strip()] == [], name


def test_a_default_stands_in_its_column() -> None:
    assert (
        "| `--ref REF` | `v1` | The action's release, or a commit of it. |"
        in PARTS["other-commands"]
    )
    assert "(default:" not in "".join(PARTS.values())


def test_a_part_is_renewed_in_its_place() -> None:
    page = "before\n<!-- begin:outputs -->\nold\n<!-- end:outputs -->\nafter\n"
    made = with_made_parts(page)
    assert made == page.replace("old\n", PARTS["outputs"] + "\n")
    assert with_made_parts(made) == made


def test_publish_takes_the_options_of_check_from_one_on() -> None:
    assert "It takes the options of `check` from `--fail-on` on, and:" in text_of("docs/options.md")
    of_check = [*options(CheckSettings)]
    own = {*PublishSettings.__annotations__}
    assert [name for name in options(PublishSettings) if name not in own] == of_check[
        of_check.index("fail_on") :
    ]

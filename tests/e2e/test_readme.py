"""The README shows the example workflows as they are; what else it says of them is true as well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = {
    path.name: path.read_text("utf-8") for path in sorted((ROOT / "examples/workflows").iterdir())
}
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("shown", SHOWN, ids=range(len(SHOWN)))
def test_what_is_shown_is_in_an_example(shown: str) -> None:
    assert any(f"\n{shown}" in f"\n{text}" for text in EXAMPLES.values()), shown


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_linked(name: str) -> None:
    assert f"](examples/workflows/{name})" in README


def test_every_link_leads_to_a_file() -> None:
    targets = set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README))
    assert {target for target in targets if not (ROOT / target).exists()} == set()


def test_every_link_within_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors
    assert "pull-requests-from-forks" in anchors


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_every_job_its_own_permissions(name: str) -> None:
    workflow = yaml.safe_load(EXAMPLES[name])
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].values()) <= {"read", "write"}

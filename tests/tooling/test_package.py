"""What is published on PyPI."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from tools.package import ROOT, with_absolute_links

from cc_lb_selfcheck import HOMEPAGE, __version__


def targets(markdown: str) -> list[str]:
    """Return where the links lead, and where the pictures lie."""
    html = MarkdownIt().render(markdown)
    return re.findall(r'(?:href|src)="([^"]*)"', html)


def test_the_readmes_links_lead_to_the_repository() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    before, after = targets(readme), targets(with_absolute_links(readme, __version__))
    assert len(before) == len(after)
    relative = [target for target in before if "://" not in target and not target.startswith("#")]
    assert len(relative) > 20
    assert all("://" in target or target.startswith("#") for target in after)
    begins = (f"{HOMEPAGE}/blob/v{__version__}/", "https://raw.githubusercontent.com/")
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == len(relative)
    for old, new in zip(relative, changed, strict=True):
        assert new.startswith(begins)
        assert new.endswith(f"/{old}")
        assert (ROOT / old.partition("#")[0]).exists()


def test_what_is_no_relative_link_stays() -> None:
    for text in ("[a](https://b.example)", "[a](#b)", "[a](mailto:b)", "a [b] (c)"):
        assert with_absolute_links(text, "1.0.0") == text

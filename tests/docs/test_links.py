"""Links and pictures in the pages lead to what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import pytest

from .pages import ROOT, all_pages, anchors_of, inline_of, pages

START: Final = "docs/README.md"


def targets_of(page: str) -> Iterator[tuple[int, str]]:
    """Yield the address of each link and picture with the line of its paragraph."""
    for line, token in inline_of(page):
        address = token.attrGet("href") or token.attrGet("src")
        if address is not None:
            yield line, str(address)


def fault_of(page: str, address: str) -> str | None:
    """Tell what is wrong with an address; nothing is asked of the network."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None if parts.scheme == "https" and "." in parts.netloc else "is no https address"
    target = page
    if parts.path:
        target = os.path.normpath(PurePosixPath(page).parent / unquote(parts.path))
        if not (ROOT / target).exists():
            return "leads nowhere"
    if parts.fragment and target.endswith(".md") and parts.fragment not in anchors_of(target):
        return f"leads to no heading of {target}"
    return None


@pytest.mark.parametrize("page", all_pages())
def test_every_link_leads_somewhere(page: str) -> None:
    faults = [
        f"{page}:{line}: {address} {fault}"
        for line, address in targets_of(page)
        if (fault := fault_of(page, address))
    ]
    assert not faults, "\n".join(faults)


def test_a_link_that_leads_nowhere_is_found() -> None:
    assert fault_of("docs/README.md", "../README.md#in-a-workflow") is None
    assert fault_of("docs/README.md", "README.md#no-such-heading") is not None
    assert fault_of("docs/README.md", "no-such-page.md") is not None
    assert fault_of("docs/README.md", "http://example.com/") is not None


@pytest.mark.parametrize("page", pages())
def test_every_picture_is_told_in_words(page: str) -> None:
    for _, token in inline_of(page):
        if token.type == "image":
            assert re.search(r"\w+ \w+", token.content), token.attrs


def test_every_page_is_within_reach() -> None:
    found: set[str] = set()
    open_pages = ["README.md"]
    while open_pages:
        page = open_pages.pop()
        if page in found:
            continue
        found.add(page)
        for _, address in targets_of(page):
            path = urlsplit(address).path
            if path.endswith(".md") and "://" not in address:
                open_pages.append(os.path.normpath(PurePosixPath(page).parent / path))
    assert {page for page in pages() if page.startswith("docs/")} <= found


def test_the_start_names_every_page_beside_it() -> None:
    named = {
        os.path.normpath(PurePosixPath(START).parent / urlsplit(address).path)
        for _, address in targets_of(START)
    }
    beside = {page for page in pages() if page.startswith("docs/") and "/findings/" not in page}
    assert beside - {START} <= named

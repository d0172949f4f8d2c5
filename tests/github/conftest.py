"""A fake of GitHub for each test, and a token that may do what a workflow's may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.github import FakeGitHub
from tests.support.publishing import furnish
from tests.support.uploads import Place


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made


@pytest.fixture
def token(fake: FakeGitHub) -> str:
    return furnish(fake)


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a fake of its own, with a run whose artifacts may be fetched."""
    with FakeGitHub() as made:
        yield Place(made)

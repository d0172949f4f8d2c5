"""Each target, shortly: its seeds, damaged seeds, and what hypothesis thinks of."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.packing import zip_of

from .mutation import mutated
from .targets import ALL, seeds

SLOW = {"debug_info": 5, "reports": 60, "archives": 60}
EXAMPLES = 120


@pytest.mark.parametrize("name", ALL)
def test_seeds_are_survived(name: str) -> None:
    for seed in seeds(name):
        ALL[name](seed)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("archives", zip_of({"Q": b""}).replace(b"Q", b"\0")),  # an entry without a name
    ],
)
def test_what_was_found_once_is_survived(name: str, data: bytes) -> None:
    ALL[name](data)


@pytest.mark.parametrize("name", ALL)
def test_damaged_seeds_are_survived(name: str) -> None:
    chance, begun = random.Random(f"{name} 1"), seeds(name)
    for _ in range(SLOW.get(name, EXAMPLES)):
        data = mutated(begun, chance)
        try:
            ALL[name](data)
        except BaseException as error:
            error.add_note(f"data: {data[:2000]!r}")
            raise


@pytest.mark.parametrize("name", [name for name in ALL if name not in SLOW])
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
def test_anything_is_survived(name: str, data: bytes) -> None:
    ALL[name](data)

"""What is remembered of a run, and what changed since."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.report.changes import Changes, Memory, Seen
from cc_lb_selfcheck.report.merge import merge
from tests.support.hostile import CURATED
from tests.support.reports import accepted, artifact, refused, report, untold

STATUSES = st.sampled_from(["refused", "undetermined", "passed"])
NAMES = st.text(max_size=30) | st.sampled_from(CURATED) | st.text("a/", max_size=4_096)
MEMORIES = st.builds(Memory, st.dictionaries(NAMES, STATUSES, max_size=30), st.booleans())
SEEN = st.builds(
    Seen,
    st.dictionaries(NAMES, STATUSES, max_size=30),
    is_whole=st.booleans(),
    has_all_legs=st.booleans(),
)
LETTERS = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def many(count: int, status: Status = "passed", length: int = 20) -> dict[str, Status]:
    """Return so many names with a status."""
    return {f"dist/{'x' * length}{n:06}.wasm": status for n in range(count)}


# Memory --------------------------------------------------------------------------------------


@settings(deadline=None)
@given(memory=MEMORIES)
def test_what_is_packed_comes_out_as_it_was(memory: Memory) -> None:
    packed = memory.pack(1 << 20)
    assert Memory.unpack(packed) == memory
    assert LETTERS.fullmatch(packed)


@settings(deadline=None)
@given(memory=MEMORIES, most=st.integers(40, 400))
def test_what_is_packed_is_within_its_bound_and_the_first_are_kept(
    memory: Memory, most: int
) -> None:
    packed = memory.pack(most)
    assert len(packed) <= most
    kept = Memory.unpack(packed)
    names = list(memory.statuses)
    assert list(kept.statuses) == names[: len(kept.statuses)]
    assert kept.cut == (memory.cut or len(kept.statuses) < len(names))


@pytest.mark.parametrize("length", [1, 20, 200, 4_000])
def test_of_many_as_many_as_fit_are_kept(length: int) -> None:
    """Names that resemble each other pack so well that what they come to needs a bound, too."""
    memory = Memory({**many(300, "refused", length), **many(6_000, "passed", length + 1)})
    packed = memory.pack(12_000)
    assert len(packed) <= 12_000
    kept = Memory.unpack(packed)
    assert kept.cut
    assert len(kept.statuses) >= 300
    assert sorted(kept.statuses.values(), reverse=True) == list(kept.statuses.values())


def test_the_worst_come_first() -> None:
    told = report(
        artifact("a.wasm", accepted()),
        artifact("b.wasm", untold()),
        artifact("c.wasm", refused()),
        artifact("d.wasm", untold("It is a link.", skipped=True)),
        artifact("e.wasm", refused()),
    )
    seen = Seen.of(told)
    assert list(seen.statuses.items()) == [
        ("c.wasm", "refused"),
        ("e.wasm", "refused"),
        ("b.wasm", "undetermined"),
        ("a.wasm", "passed"),
    ]
    assert seen.skipped == {"d.wasm"}
    assert seen.remembered(None) == Memory(seen.statuses)


def test_of_one_path_with_unlike_verdicts_the_worst_counts() -> None:
    told = merge(
        [
            report(artifact("a.wasm", accepted(), "x", ["linux"])),
            report(artifact("a.wasm", refused(), "y", ["mac", "arm"])),
            report(artifact("b.wasm", accepted(), "z", ["mac"])),
        ]
    )
    assert Seen.of(told).statuses == {"a.wasm": "refused", "b.wasm": "passed"}


def test_endless_names_can_be_remembered() -> None:
    memory = Memory(Seen.of(report(artifact("x" * 100_000, refused()))).statuses)
    assert Memory.unpack(memory.pack(12_000)) == memory


def packed(value: object) -> str:
    """Pack anything as a memory is packed."""
    return b64encode(zlib.compress(json.dumps(value).encode())).decode()


GARBAGE: Mapping[str, str] = {
    "nothing": "",
    "a word": "None",
    "no base64": "a-b_c",
    "not ASCII": "äöü=",
    "lines": "YWJj\nYWJj",
    "no zlib": b64encode(b"hello").decode(),
    "cut": Memory(many(20)).pack(9_999)[:-8],
    "no JSON": b64encode(zlib.compress(b"hello")).decode(),
    "no UTF-8": b64encode(zlib.compress(b'[0,{"\xff":"r"}]')).decode(),
    "a number": packed(1),
    "null": packed(None),
    "a list of one": packed([0]),
    "a list of three": packed([0, {}, {}]),
    "no names": packed([0, ["a.wasm"]]),
    "an unknown letter": packed([0, {"a.wasm": "x"}]),
    "a list for a letter": packed([0, {"a.wasm": ["r"]}]),
    "an endless name": packed([0, {"x" * 5_000: "r"}]),
    "deep": b64encode(zlib.compress(b"[" * 1_000_000)).decode(),
    "a bomb": b64encode(zlib.compress(b" " * (256 << 20), 9)).decode(),
    "more behind it": b64encode(zlib.compress(b"[0,{}]")[:-1]).decode(),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_memory_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Memory.unpack(GARBAGE[name])


@settings(deadline=None)
@given(
    text=st.text(max_size=50) | st.binary(max_size=50).map(lambda data: b64encode(data).decode())
)
@example("eJw=")
def test_anything_else_is_a_memory_or_told(text: str) -> None:
    with suppress(ValueError):
        assert Memory.unpack(text).statuses is not None


# Changes -------------------------------------------------------------------------------------

BEFORE = Memory(
    {
        "still": "refused",
        "mended": "refused",
        "broken": "passed",
        "lost": "passed",
        "found": "undetermined",
        "fine": "passed",
        "gone": "refused",
        "from untold": "undetermined",
    }
)
NOW = Seen(
    {
        "still": "refused",
        "mended": "passed",
        "broken": "refused",
        "lost": "undetermined",
        "found": "passed",
        "fine": "passed",
        "new": "refused",
        "from untold": "refused",
    }
)


def test_what_became_of_each() -> None:
    changes = Changes.between(BEFORE, NOW)
    assert changes == Changes(
        newly_refused=("broken", "from untold"),
        mended=("found", "mended"),
        still_refused=("still",),
        new=("new",),
        gone=("gone",),
        undetermined=("lost",),
    )
    assert changes.any
    assert {words: names for words, names in changes.told() if names} == {
        "newly refused": ("broken", "from untold"),
        "mended": ("found", "mended"),
        "still refused": ("still",),
        "no longer determined": ("lost",),
        "new": ("new",),
        "gone": ("gone",),
    }


def test_the_same_again_is_no_change() -> None:
    changes = Changes.between(Memory(NOW.statuses), NOW)
    assert changes.still_refused == ("broken", "from untold", "new", "still")
    assert not changes.any


def test_of_a_memory_that_was_cut_only_what_is_known_is_told() -> None:
    changes = Changes.between(Memory(BEFORE.statuses, cut=True), NOW)
    assert changes.new == ()
    assert changes.gone == ("gone",)
    assert changes.incomplete
    assert Changes.between(BEFORE, NOW).incomplete is False


def test_of_what_was_not_seen_is_kept_what_was_known() -> None:
    now = replace(NOW, skipped=frozenset({"gone"}), is_whole=False, has_all_legs=False)
    before = Memory({**BEFORE.statuses, "elsewhere": "refused"})
    changes = Changes.between(before, now)
    assert (changes.skipped, changes.gone) == (("gone",), ())
    # Of what looks better, the leg that is missing may say otherwise.
    assert changes.unknown == ("elsewhere", "found", "mended")
    assert changes.mended == ()
    known = now.remembered(before)
    assert not known.cut
    assert known.statuses["elsewhere"] == known.statuses["mended"] == "refused"
    assert list(known.statuses.values())[-1] == "passed"
    assert known.statuses["broken"] == "refused"
    assert now.remembered(None).cut


@settings(deadline=None)
@given(before=MEMORIES, now=SEEN)
def test_each_name_is_told_at_most_once(before: Memory, now: Seen) -> None:
    changes = Changes.between(before, now)
    names = [name for _, group in changes.told() for name in group]
    assert len(names) == len(set(names))
    if not before.cut:
        same = {
            name
            for name in before.statuses.keys() & now.statuses.keys()
            if before.statuses[name] == now.statuses[name] != "refused"
        }
        assert set(names) | same == before.statuses.keys() | now.statuses.keys()

"""What is remembered of a run, and what changed since."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.report.changes import Changes, Named
from cc_lb_selfcheck.report.memory import Memory, Spot
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.seen import Seen
from tests.support.hostile import CURATED
from tests.support.reports import accepted, artifact, refused, report, untold

STATUSES = st.sampled_from(["refused", "undetermined", "passed"])
NAMES = st.text(max_size=30) | st.sampled_from(CURATED) | st.text("a/", max_size=4_096)
LEGS = st.sampled_from(["", "t (1)", "t (2)", "-->"])
SPOTS = st.dictionaries(st.builds(Spot, NAMES, LEGS), STATUSES, max_size=30)
MEMORIES = st.builds(Memory, SPOTS, st.booleans())
NONE_SKIPPED = st.just(frozenset[Spot]())
SEEN = st.builds(Seen, SPOTS, NONE_SKIPPED, complete=st.none() | st.frozensets(LEGS))
LETTERS = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def many(count: int, status: Status = "passed", length: int = 20) -> dict[Spot, Status]:
    """Return so many plugins with a status."""
    return {Spot(f"dist/{'x' * length}{n:06}.wasm"): status for n in range(count)}


def named(*names: str) -> tuple[Named, ...]:
    """Return how plugins at home are told."""
    return tuple(Named(name, (Spot(name),)) for name in names)


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
    paths = list(dict.fromkeys(spot.path for spot in memory.statuses))
    first = paths[: len({spot.path for spot in kept.statuses})]
    assert kept.statuses == {s: told for s, told in memory.statuses.items() if s.path in first}
    assert kept.cut == (memory.cut or len(first) < len(paths))


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
        (("c.wasm", ""), "refused"),
        (("e.wasm", ""), "refused"),
        (("b.wasm", ""), "undetermined"),
        (("a.wasm", ""), "passed"),
    ]
    assert seen.skipped == {Spot("d.wasm")}
    assert seen.remembered(None) == Memory(seen.statuses)


def test_each_leg_has_its_own_and_of_one_leg_the_worst_counts() -> None:
    told = merge(
        [
            report(artifact("a.wasm", accepted(), "x", ["linux"])),
            report(artifact("a.wasm", refused(), "y", ["mac", "arm"])),
            report(artifact("a.wasm", accepted(), "z", ["mac"])),
        ]
    )
    assert Seen.of(told).statuses == {
        ("a.wasm", "mac"): "refused",
        ("a.wasm", "arm"): "refused",
        ("a.wasm", "linux"): "passed",
    }


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
    "no UTF-8": b64encode(zlib.compress(b'[0,[""],{"\xff":"0r"}]')).decode(),
    "a number": packed(1),
    "null": packed(None),
    "a list of one": packed([0]),
    "of an older version": packed([0, {"a.wasm": "r"}]),
    "a list of four": packed([0, [], {}, {}]),
    "no names": packed([0, [""], ["a.wasm"]]),
    "an unknown letter": packed([0, [""], {"a.wasm": "0x"}]),
    "a list for a letter": packed([0, [""], {"a.wasm": ["0r"]}]),
    "no sighting": packed([0, [""], {"a.wasm": ""}]),
    "an unknown leg": packed([0, [""], {"a.wasm": "1r"}]),
    "a leg before the first": packed([0, [""], {"a.wasm": "-1r"}]),
    "an endless number": packed([0, [""], {"a.wasm": "0" * 5_000 + "r"}]),
    "a number for legs": packed([0, 1, {"a.wasm": "0r"}]),
    "an endless name": packed([0, [""], {"x" * 5_000: "0r"}]),
    "deep": b64encode(zlib.compress(b"[" * 1_000_000)).decode(),
    "a bomb": b64encode(zlib.compress(b" " * (256 << 20), 9)).decode(),
    "more behind it": b64encode(zlib.compress(b"[0,[],{}]")[:-1]).decode(),
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
        Spot("still"): "refused",
        Spot("mended"): "refused",
        Spot("broken"): "passed",
        Spot("lost"): "passed",
        Spot("found"): "undetermined",
        Spot("fine"): "passed",
        Spot("gone"): "refused",
        Spot("from untold"): "undetermined",
    }
)
NOW = Seen(
    {
        Spot("still"): "refused",
        Spot("mended"): "passed",
        Spot("broken"): "refused",
        Spot("lost"): "undetermined",
        Spot("found"): "passed",
        Spot("fine"): "passed",
        Spot("new"): "refused",
        Spot("from untold"): "refused",
    }
)


def words(changes: Changes) -> dict[str, tuple[str, ...]]:
    return {group: names for group, names in changes.told() if names}


def test_what_became_of_each() -> None:
    changes = Changes.between(BEFORE, NOW)
    assert changes == Changes(
        newly_refused=named("broken", "from untold"),
        mended=named("found", "mended"),
        still_refused=named("still"),
        new=named("new"),
        gone=named("gone"),
        undetermined=named("lost"),
    )
    assert changes.any
    assert words(changes) == {
        "newly refused": ("broken", "from untold"),
        "mended": ("found", "mended"),
        "still refused": ("still",),
        "no longer determined": ("lost",),
        "new": ("new",),
        "gone": ("gone",),
    }


def test_the_same_again_is_no_change() -> None:
    changes = Changes.between(Memory(NOW.statuses), NOW)
    assert changes.still_refused == named("broken", "from untold", "new", "still")
    assert not changes.any


def test_of_a_memory_that_was_cut_only_what_is_known_is_told() -> None:
    changes = Changes.between(Memory(BEFORE.statuses, cut=True), NOW)
    assert changes.new == ()
    assert changes.unseen == named("new")
    assert changes.gone == named("gone")
    assert changes.incomplete
    assert Changes.between(BEFORE, NOW).incomplete is False


def test_of_what_was_not_seen_is_kept_what_was_known() -> None:
    now = NOW._replace(skipped=frozenset({Spot("gone")}), complete=frozenset())
    before = Memory({**BEFORE.statuses, Spot("elsewhere", "t (2)"): "refused"})
    changes = Changes.between(before, now)
    assert (changes.skipped, changes.gone) == (named("gone"), ())
    assert changes.unknown == (Named("elsewhere", (Spot("elsewhere", "t (2)"),)),)
    assert changes.mended == named("found", "mended")
    known = now.remembered(before)
    assert not known.cut
    assert known.statuses[Spot("elsewhere", "t (2)")] == "refused"
    assert Spot("gone") not in known.statuses
    assert list(known.statuses.values())[-1] == "passed"
    assert known.statuses[Spot("broken")] == "refused"
    assert now.remembered(None).cut


def test_a_leg_that_is_there_tells_what_is_gone_though_another_is_missing() -> None:
    before = Memory({Spot("a", "t (1)"): "passed", Spot("a", "t (2)"): "passed"})
    changes = Changes.between(before, Seen({}, complete=frozenset({"t (1)"})))
    assert words(changes) == {
        "gone": ("a (t (1))",),
        "not known this time": ("a (t (2))",),
    }


def test_a_job_that_was_renamed_has_its_plugins_still() -> None:
    before = Memory({Spot("a", "old"): "refused", Spot("b", "old"): "passed", Spot("c"): "passed"})
    now = Seen(
        {Spot("a", "new"): "passed", Spot("b", "new"): "refused"}, frozenset({Spot("c", "new")})
    )
    changes = Changes.between(before, now)
    assert words(changes) == {
        "newly refused": ("b",),
        "mended": ("a",),
        "skipped": ("c",),
    }


@settings(deadline=None)
@given(before=MEMORIES, now=SEEN)
def test_each_plugin_is_told_at_most_once(before: Memory, now: Seen) -> None:
    changes = Changes.between(before, now)
    groups = [group for name, group in changes._asdict().items() if name != "incomplete"]
    told = [spot for group in groups for item in group for spot in item.spots]
    assert len(told) == len(set(told))
    paths = {spot.path for spot in (*before.statuses, *now.statuses)}
    assert {spot.path for spot in told} <= paths
    both = before.statuses.keys() & now.statuses.keys()
    same = {spot for spot in both if before.statuses[spot] == now.statuses[spot] != "refused"}
    assert now.statuses.keys() - same <= set(told) | {
        spot
        for spot in now.statuses.keys() - both
        if now.statuses[spot]
        in {before.statuses[s] for s in before.statuses if s.path == spot.path}
    }

"""Archives that mean harm: what is wrong is told, and the rest is read."""

from __future__ import annotations

import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from cc_lb_selfcheck.artifacts.expand import expand
from cc_lb_selfcheck.artifacts.find import find
from cc_lb_selfcheck.artifacts.read import SIZE_MAX_BYTES
from tests.artifacts.hostile_archives import WHOLE
from tests.artifacts.hostile_members import MEMBERS
from tests.artifacts.reading import (
    GOOD,
    contents,
    entries_of,
    looked_into,
)
from tests.support.packing import (
    tar_header,
    tar_of,
    zip_of,
)


@pytest.mark.parametrize("case", MEMBERS)
def test_a_hostile_member_is_told_and_the_others_are_read(case: str, tmp_path: Path) -> None:
    name, data, wanted = MEMBERS[case]
    read, problems = looked_into(name, data, tmp_path)
    assert read == wanted
    assert problems == []


@pytest.mark.parametrize("case", WHOLE)
def test_a_hostile_archive_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    name, data, names, sentence = WHOLE[case]
    read, problems = looked_into(name, data, tmp_path)
    assert list(read) == [f"{name}!/{inner}" for inner in names]
    assert len(problems) == 1
    sentences = (sentence,) if isinstance(sentence, str) else sentence
    assert problems[0].startswith(tuple(f"{name} {begin}" for begin in sentences))
    assert problems[0].endswith(".")
    assert len(problems[0]) < 300


def test_a_member_above_the_limit_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    with (tmp_path / "x.tar").open("wb") as file:
        for name, size in (("a.wasm", SIZE_MAX_BYTES + 1), ("huge.txt", 4 << 30)):
            file.write(tar_header(name, size))
            file.truncate(file.seek(size + -size % 512, 1))
        file.write(tar_of({"b.wasm": GOOD}))
    with ExitStack() as resources:
        read, problems = contents(expand(find(["x.tar"], (), tmp_path), resources))
    assert read == {
        "x.tar!/a.wasm": "It has 134,217,729 bytes; at most 128 MiB are read.",
        "x.tar!/b.wasm": GOOD,
    }
    assert problems == []


def test_the_members_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of entries may share the same bytes."""
    monkeypatch.setattr("cc_lb_selfcheck.artifacts.archive.UNPACKED_MAX_BYTES", 3 * len(GOOD))
    read, problems = looked_into("x.zip", entries_of(5), tmp_path)
    assert len(read) == 3
    assert problems == ["x.zip unpacks to more than 0 GiB, which is the most that is read."]
    # Those inside are counted with it: each is no more than the limit alone.
    inner = zip_of({"a.wasm": GOOD}, zipfile.ZIP_STORED)
    read, problems = looked_into("y.zip", zip_of({f"{n}.zip": inner for n in range(5)}), tmp_path)
    assert [shown for shown, told in read.items() if told == GOOD] == ["y.zip!/0.zip!/a.wasm"]
    assert problems == ["y.zip unpacks to more than 0 GiB, which is the most that is read."]

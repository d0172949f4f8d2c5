"""What paths, directories and patterns stand for."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from cc_lb_selfcheck.artifacts.find import Findings, find, shown_path
from cc_lb_selfcheck.artifacts.patterns import PatternError, expand_braces
from tests.support.hostile import strings

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a function that makes empty files below a new working directory."""

    def make(*names: str | bytes) -> Path:
        root = tmp_path / "work"
        root.mkdir()
        for name in names:
            path = root / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return root

    return make


def paths(findings: Findings) -> list[str]:
    return [found.shown for found in findings.found]


def said(findings: Findings) -> dict[str, str]:
    return {problem.path: problem.message for problem in findings.problems}


NAMES = (
    "a.wasm",
    "b.wasm",
    "c.txt",
    "d/a.wasm",
    "d/e/f.wasm",
    "d/e/g.WASM",
    ".h/i.wasm",
    ".j.wasm",
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["."], ["a.wasm", "b.wasm", "d/a.wasm", "d/e/f.wasm"]),
        (["d"], ["d/a.wasm", "d/e/f.wasm"]),
        (["d/"], ["d/a.wasm", "d/e/f.wasm"]),
        (["./d/../a.wasm"], ["a.wasm"]),
        (["*.wasm"], ["a.wasm", "b.wasm"]),
        (["*"], ["a.wasm", "b.wasm", "c.txt"]),
        (["**"], ["a.wasm", "b.wasm", "c.txt", "d/a.wasm", "d/e/f.wasm", "d/e/g.WASM"]),
        (["**/*.wasm"], ["a.wasm", "b.wasm", "d/a.wasm", "d/e/f.wasm"]),
        (["**/**/f.wasm"], ["d/e/f.wasm"]),
        (["d/**/f.wasm"], ["d/e/f.wasm"]),
        (["d/**/a.wasm"], ["d/a.wasm"]),
        (["**/e/*"], ["d/e/f.wasm", "d/e/g.WASM"]),
        (["*/*"], ["d/a.wasm"]),
        (["?.wasm"], ["a.wasm", "b.wasm"]),
        (["[ab].wasm"], ["a.wasm", "b.wasm"]),
        (["[!a].wasm"], ["b.wasm"]),
        (["[b-z].*"], ["b.wasm", "c.txt"]),
        (["{a,b}.wasm"], ["a.wasm", "b.wasm"]),
        (["{a,d/{a,e/f}}.wasm"], ["a.wasm", "d/a.wasm", "d/e/f.wasm"]),
        (["{,d/}a.wasm"], ["a.wasm", "d/a.wasm"]),
        ([".*"], [".j.wasm"]),
        ([".h"], [".h/i.wasm"]),
        ([".h/*"], [".h/i.wasm"]),
        (["**/*.WASM"], ["d/e/g.WASM"]),
        (["b.wasm", "a.wasm", "."], ["a.wasm", "b.wasm", "d/a.wasm", "d/e/f.wasm"]),
        (["a.wasm", "a.wasm", "./a.wasm", "a*", "{a,a}.wasm"], ["a.wasm"]),
        ([".", "!d"], ["a.wasm", "b.wasm"]),
        ([".", "!d/**"], ["a.wasm", "b.wasm"]),
        (["!**/a.wasm", "."], ["b.wasm", "d/e/f.wasm"]),
        ([".", "!**/e/*"], ["a.wasm", "b.wasm", "d/a.wasm"]),
        ([".", "!{a,b}.wasm"], ["d/a.wasm", "d/e/f.wasm"]),
        ([".", "!./d/../a.wasm"], ["b.wasm", "d/a.wasm", "d/e/f.wasm"]),
        (["a.wasm", "b.wasm", "!a.wasm"], ["b.wasm"]),
    ],
)
def test_finds(tree: Tree, given: list[str], expected: list[str]) -> None:
    findings = find(given, (), tree(*NAMES))
    assert paths(findings) == expected
    assert findings.problems == []


def test_exclude_is_the_same_as_an_exclamation_mark(tree: Tree) -> None:
    root = tree(*NAMES)
    assert find(["."], ["d", "a.*"], root).found == find([".", "!d", "!a.*"], (), root).found


def test_absolute_paths_are_shown_from_the_working_directory(tree: Tree) -> None:
    root = tree(*NAMES)
    given = [str(root / "a.wasm"), str(root / "d" / "**" / "f.wasm"), f"!{root / 'd' / 'a.wasm'}"]
    assert paths(find([*given, str(root / "d")], (), root)) == ["a.wasm", "d/e/f.wasm"]


def test_a_place_outside_may_be_named(tree: Tree, tmp_path: Path) -> None:
    root = tree()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.wasm").touch()
    expected = [shown_path(str(tmp_path / "elsewhere" / "x.wasm"))]
    for text in ("../elsewhere", "../elsewhere/x.wasm", "../else*/*.wasm"):
        assert paths(find([text], (), root)) == expected


@pytest.mark.parametrize("name", ["a[1].wasm", "{a,b}.wasm", "*.wasm", "?.wasm", "a\\b.wasm"])
def test_a_file_is_found_under_its_own_odd_name(tree: Tree, name: str) -> None:
    findings = find([name], (), tree(name, "x.wasm", "a1.wasm"))
    assert paths(findings) == [name]
    assert findings.found[0].named


def test_a_class_takes_the_meaning_from_a_character(tree: Tree) -> None:
    root = tree("*.wasm", "x.wasm", "[.wasm", "]y.wasm", "!z.wasm")
    assert paths(find(["[*].was?"], (), root)) == ["*.wasm"]
    assert paths(find(["[[].was?"], (), root)) == ["[.wasm"]
    assert paths(find(["[]]*"], (), root)) == ["]y.wasm"]
    assert paths(find(["./!z.wasm"], (), root)) == ["!z.wasm"]
    assert paths(find(["[!!]z.wasm", "[!]z.wasm"], (), root)) == []


def test_a_named_file_is_told_from_a_found_one(tree: Tree) -> None:
    root = tree("a.wasm", "b.wasm", "c.wasm")
    findings = find(["a.wasm", ".", "b.wasm"], (), root)
    assert [found.named for found in findings.found] == [True, True, False]


@pytest.mark.parametrize(
    ("given", "message", "is_usage_error"),
    [
        ("missing.wasm", "does not exist.", True),
        ("d/missing", "does not exist.", True),
        ("a.wasm/b", "cannot be looked at: not a directory.", True),
        ("x" * 300, "cannot be looked at: file name too long.", True),
        ("", "A path is empty: name a file, a directory or a pattern.", True),
        ("a\0b", "is no path: name a file, a directory or a pattern.", True),
        ("!", "excludes nothing: name what to leave out.", True),
        ("*.nothing", "matches no file.", False),
        ("nowhere/*.wasm", "matches no file.", False),
        ("a.wasm/*", "matches no file.", False),
        ("empty", "holds no .wasm file.", False),
        ("[" * 100_000, "cannot be used: it has more than 4,096 characters.", True),
        ("{1,2}" * 10, "cannot be used: its braces stand for more than 1000 patterns.", True),
    ],
)
def test_says_what_is_wrong_with_a_path(
    tree: Tree, given: str, message: str, is_usage_error: bool
) -> None:
    root = tree("a.wasm", "d/b.wasm")
    (root / "empty").mkdir()
    findings = find([given, "d"], (), root)
    assert paths(findings) == ["d/b.wasm"]
    [problem] = findings.problems
    assert (problem.path, problem.message) == (given, message)
    assert problem.is_usage_error == is_usage_error


def test_what_is_excluded_is_no_problem(tree: Tree) -> None:
    findings = find(["*.wasm", "d", "a.wasm", "!**"], (), tree("a.wasm", "d/b.wasm"))
    assert findings == Findings([], [])


def test_the_same_problem_is_told_once(tree: Tree) -> None:
    assert len(find(["x.wasm", "x.wasm"], (), tree()).problems) == 1


def test_links_inside_are_followed_to_files(tree: Tree) -> None:
    root = tree("d/a.wasm")
    (root / "link.wasm").symlink_to("d/a.wasm")
    (root / "directory").symlink_to("d")
    findings = find(["."], (), root)
    assert paths(findings) == ["d/a.wasm", "link.wasm"]
    assert {found.obstacle for found in findings.found} == {None}
    assert paths(find(["directory"], (), root)) == ["directory/a.wasm"]
    assert paths(find(["directory/a.wasm"], (), root)) == ["directory/a.wasm"]


def test_links_never_lead_outside(tree: Tree, tmp_path: Path) -> None:
    root = tree("d/x.wasm")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.wasm").touch()
    (root / "file.wasm").symlink_to("../secret/s.wasm")
    (root / "d" / "deep.wasm").symlink_to(tmp_path / "secret" / "s.wasm")
    (root / "directory").symlink_to("../secret")
    found = {item.shown: item.obstacle for item in find(["**"], (), root).found}
    outside = "It is a symbolic link that leads outside."
    assert found == {
        "d/deep.wasm": outside,
        "d/x.wasm": None,
        "directory": outside,
        "file.wasm": outside,
    }
    for text in ("file.wasm", "directory/s.wasm"):
        findings = find([text, "d/x.wasm"], (), root)
        assert paths(findings) == ["d/x.wasm"]
        assert said(findings) == {
            text: "is a symbolic link that leads outside; name the file it leads to."
        }
    for text in ("directory", "directory/*.wasm", "directory/**"):
        findings = find([text, "d/x.wasm"], (), root)
        assert paths(findings) == ["d/x.wasm"]
        assert said(findings)[text].startswith("leads outside through a symbolic link")


def test_links_that_lead_nowhere_are_told_without_their_full_path(tree: Tree) -> None:
    root = tree("good.wasm")
    for link, target in (("loop.wasm", "loop.wasm"), ("x.wasm", "y.wasm"), ("y.wasm", "x.wasm")):
        (root / link).symlink_to(target)
    (root / "dangling.wasm").symlink_to("nowhere.wasm")
    looping = "too many levels of symbolic links"
    reasons = {
        "dangling.wasm": "no such file or directory",
        "good.wasm": None,
        "loop.wasm": looping,
        "x.wasm": looping,
        "y.wasm": looping,
    }
    found = {item.shown: item.obstacle for item in find(["."], (), root).found}
    assert found == {
        path: reason and f"It is a symbolic link that leads nowhere: {reason}."
        for path, reason in reasons.items()
    }
    findings = find(list(reasons), (), root)
    assert paths(findings) == ["good.wasm"]
    assert said(findings) == {
        path: f"leads nowhere: {reason}." for path, reason in reasons.items() if reason
    }


def test_what_is_no_file_is_told(tree: Tree) -> None:
    root = tree("good.wasm")
    os.mkfifo(root / "pipe.wasm")
    (root / "device.wasm").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(root / "socket.wasm"))
        found = {item.shown: item.obstacle for item in find(["."], (), root).found}
        named = find(["pipe.wasm", "socket.wasm", "/dev/null", "good.wasm"], (), root)
    assert found == {
        "device.wasm": "It is a symbolic link that leads outside.",
        "good.wasm": None,
        "pipe.wasm": "It is no regular file.",
        "socket.wasm": "It is no regular file.",
    }
    assert paths(named) == ["good.wasm"]
    assert set(said(named)) == {"pipe.wasm", "socket.wasm", "/dev/null"}
    assert set(said(named).values()) == {"is no regular file."}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list any directory")
def test_a_directory_that_cannot_be_listed_is_told(tree: Tree) -> None:
    root = tree("a.wasm", "closed/b.wasm")
    (root / "closed").chmod(0)
    try:
        inside, itself = find(["."], (), root), find(["closed"], (), root)
    finally:
        (root / "closed").chmod(0o700)
    assert paths(inside) == ["a.wasm"]
    assert said(inside) == said(itself) == {"closed": "cannot be listed: permission denied."}
    assert not inside.problems[0].is_usage_error
    assert itself.problems[0].is_usage_error


def test_names_that_are_no_utf8_are_shown_apart(tree: Tree) -> None:
    names = [b"\xff.wasm", b"\\xff.wasm", b"\\x5cxff.wasm", b"\xfe\\xff.wasm", b"a\\b.wasm"]
    root = tree(*names)
    findings = find(["."], (), root)
    assert len(set(paths(findings))) == len(names)
    assert {os.fsencode(Path(found.path).name) for found in findings.found} == set(names)
    assert {"\\xff.wasm", "\\x5cxff.wasm", "a\\b.wasm"} < set(paths(findings))
    assert paths(find([os.fsdecode(b"\xff.wasm")], (), root)) == ["\\xff.wasm"]


def test_odd_names_are_found_as_they_are(tree: Tree) -> None:
    names = ["a\nb.wasm", "::error::c.wasm", "##[error]d.wasm", "\u202ee.wasm", " f .wasm"]
    root = tree(*names)
    assert sorted(paths(find(["."], (), root))) == sorted(names)
    assert sorted(paths(find(names, (), root))) == sorted(names)


def test_no_text_makes_the_finder_fail(tree: Tree) -> None:
    root = tree("a.wasm")
    # An argument or variable of a process holds no lone surrogate but those that stand for bytes.
    for text in strings(3_000):
        bytelike = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        if bytelike.startswith("/"):
            continue
        findings = find([bytelike, "a.wasm"], (), root)
        assert "a.wasm" in paths(findings) or bytelike.startswith("!"), text
        for problem in findings.problems:
            assert problem.message.endswith(".")


def test_braces_stand_for_each_alternative_once() -> None:
    assert expand_braces("a") == ["a"]
    assert expand_braces("{a}") == ["{a}"]
    assert expand_braces("{a,b}{c,c}") == ["ac", "bc"]
    assert sorted(expand_braces("x{1,{2,3}}y")) == ["x1y", "x2y", "x3y"]
    assert expand_braces("{a,b") == ["{a,b"]
    with pytest.raises(PatternError):
        expand_braces("{a,b}" * 12)

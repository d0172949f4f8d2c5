"""A release, as far as it needs no GitHub: in a repository with an origin of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tools import action_image, changelog, release

from tests.e2e.git import git

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "0123456789abcdef" * 4
MODULE = "entrypoint/cc_lb_selfcheck/__init__.py"
AUTHOR = ("-c", "user.name=author", "-c", "user.email=author@example.invalid")
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A thing that nobody had before.
- Another, [linked](README.md).

## [0.9.0] - 2024-01-31

- The first.
"""


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a repository and its origin: 0.9.0 is released, something else not."""
    folder = tmp_path_factory.mktemp("pattern")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(folder, "init", "--quiet", "--initial-branch=main", "checkout")
    root = folder / "checkout"
    git(root, "remote", "add", "origin", "../origin.git")
    (root / MODULE).parent.mkdir(parents=True)
    (root / MODULE).write_text('"""A package."""\n\n__version__ = "0.9.0"\n', "utf-8")
    (root / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    text = (ROOT / "action.yml").read_text("utf-8")
    image = action_image.image_of(text)
    (root / "action.yml").write_text(text.replace(image, "Dockerfile"), "utf-8")
    commit(root)
    git(root, "tag", "v0.9.0")
    git(root, "push", "--quiet", "--tags", "origin", "main")
    return folder


@pytest.fixture
def checkout(tmp_path: Path, pattern: Path) -> Path:
    """Return a repository of a test's own."""
    shutil.copytree(pattern, tmp_path, dirs_exist_ok=True)
    return tmp_path / "checkout"


def commit(root: Path) -> str:
    git(root, "add", "--all")
    git(root, *AUTHOR, "commit", "--quiet", "--message", "Change something")
    return git(root, "rev-parse", "HEAD").strip()


def ready(root: Path) -> str:
    """Prepare 1.0.0, as a maintainer does, and return the commit."""
    assert release.main(["prepare", "1.0.0"], root) == 0
    made = commit(root)
    git(root, "push", "--quiet", "origin", "main")
    return made


def refused(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert release.main([*arguments], root) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err.strip()


def test_prepare_writes_the_number_and_the_section(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)

    assert '\n__version__ = "1.0.0"\n' in (checkout / MODULE).read_text("utf-8")
    text = (checkout / "CHANGELOG.md").read_text("utf-8")
    assert re.search(
        r"^## \[Unreleased\]\n\n## \[1\.0\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- A thing",
        text,
        re.MULTILINE,
    )
    assert "git tag release/v1.0.0 && git push origin release/v1.0.0" in capsys.readouterr().out
    assert release.main(["check", "release/v1.0.0", "--branch", "origin/main"], checkout) == 0
    assert capsys.readouterr().out == f"version=1.0.0\nimage={action_image.REPOSITORY}\n"


def test_notes_are_the_section_and_no_more(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)
    capsys.readouterr()

    assert release.main(["notes", "1.0.0"], checkout) == 0

    assert capsys.readouterr().out == (
        "### Added\n\n- A thing that nobody had before.\n- Another, [linked](README.md).\n"
    )


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc.1", "01.0.0", "1.0.0\n", ""])
def test_a_version_is_three_numbers(
    checkout: Path, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is no version" in refused(capsys, checkout, "prepare", version)


@pytest.mark.parametrize(
    ("version", "why"),
    [("0.9.0", "The tag v0.9.0 exists."), ("0.8.9", "v0.9.0 is released; 0.8.9 has to be above")],
)
def test_no_version_is_made_again_or_below(
    checkout: Path, version: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why in refused(capsys, checkout, "prepare", version)


def test_tags_that_only_the_origin_has_count(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(checkout, "push", "--quiet", "origin", "HEAD:refs/tags/v1.0.0")

    assert "The tag v1.0.0 exists." in refused(capsys, checkout, "prepare", "1.0.0")


def test_a_tree_with_changes_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "CHANGELOG.md").write_text("changed", "utf-8")
    (checkout / "new file").touch()

    for command in (("prepare", "1.0.0"), ("check", "release/v0.9.1"), ("commit", "0.9.0", DIGEST)):
        told = refused(capsys, checkout, *command)
        assert told.startswith("These have changes that no commit holds: CHANGELOG.md, ")
    assert (checkout / "CHANGELOG.md").read_text("utf-8") == "changed"


def test_nothing_unreleased_is_no_release(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)

    assert "nothing under [Unreleased]" in refused(capsys, checkout, "prepare", "1.0.1")


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        (MODULE, "1.0.0", "1.0.1", "The tag says 1.0.0, __version__ says 1.0.1."),
        ("CHANGELOG.md", "[1.0.0]", "[1.0.1]", "newest section is [1.0.1], not [1.0.0]"),
        ("CHANGELOG.md", "## [1", "- More.\n\n## [1", "entries under [Unreleased], above"),
        ("CHANGELOG.md", "[1.0.0] - 2", "[1.0.0] - x2", "has no date"),
        ("CHANGELOG.md", "## [Unreleased]\n", "", "has to begin with [Unreleased]"),
        ("action.yml", "  image: Dockerfile", "  image: other", "names the image other"),
        (
            "action.yml",
            "  image: Dockerfile",
            f"  image: docker://{action_image.REPOSITORY}@{DIGEST}",
            "names a published image",
        ),
    ],
)
def test_what_does_not_agree_is_refused(
    checkout: Path, file: str, old: str, new: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)
    text = (checkout / file).read_text("utf-8")
    assert text.count(old) == 1
    (checkout / file).write_text(text.replace(old, new), "utf-8")
    commit(checkout)

    assert why in refused(capsys, checkout, "check", "release/v1.0.0")


def test_a_section_without_a_word_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)
    text = (checkout / "CHANGELOG.md").read_text("utf-8")
    head, _, rest = text.partition("### Added")
    (checkout / "CHANGELOG.md").write_text(head + rest[rest.index("## [0.9.0]") :], "utf-8")
    commit(checkout)

    assert "says nothing of [1.0.0]" in refused(capsys, checkout, "check", "release/v1.0.0")


@pytest.mark.parametrize("tag", ["v1.0.0", "release/1.0.0", "release/v1.0", "main"])
def test_other_tags_ask_for_nothing(
    checkout: Path, tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)

    told = refused(capsys, checkout, "check", tag)
    assert "asks for no release" in told or "is no version" in told


def test_a_commit_beside_the_branch_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(checkout)
    (checkout / "more").touch()
    commit(checkout)

    told = refused(capsys, checkout, "check", "release/v1.0.0", "--branch", "origin/main")

    assert told == "This commit is not on origin/main. Merge it first."


def test_the_released_commit_differs_in_the_image_alone(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = ready(checkout)
    capsys.readouterr()

    assert release.main(["commit", "1.0.0", DIGEST], checkout) == 0

    made = capsys.readouterr().out.strip()
    assert git(checkout, "rev-parse", "v1.0.0").strip() == made
    assert git(checkout, "rev-parse", f"{made}^").strip() == main
    changed = git(checkout, "diff", "--unified=0", main, made).splitlines()
    assert [line for line in changed if line[0] in "+-" and line[1] == " "] == [
        "-  image: Dockerfile",
        f"+  image: docker://ghcr.io/org/cc-lb-selfcheck@{DIGEST}",
    ]
    action = yaml.safe_load(git(checkout, "show", "v1.0.0:action.yml"))
    assert action["runs"]["image"] == f"docker://ghcr.io/org/cc-lb-selfcheck@{DIGEST}"
    # Neither main nor the files here have moved.
    assert git(checkout, "rev-parse", "HEAD", "origin/main").split() == [main, main]
    assert git(checkout, "status", "--porcelain") == ""


def test_made_again_it_is_the_same_commit(checkout: Path) -> None:
    ready(checkout)
    assert release.main(["commit", "1.0.0", DIGEST], checkout) == 0
    first = git(checkout, "rev-parse", "v1.0.0")
    git(checkout, "push", "--quiet", "origin", "v1.0.0")
    git(checkout, "tag", "--delete", "v1.0.0")

    assert release.main(["commit", "1.0.0", DIGEST], checkout) == 0

    assert git(checkout, "rev-parse", "v1.0.0") == first
    git(checkout, "push", "--quiet", "origin", "refs/tags/v1.0.0")


def test_a_version_is_never_moved(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready(checkout)
    assert release.main(["commit", "1.0.0", DIGEST], checkout) == 0
    git(checkout, "push", "--quiet", "origin", "v1.0.0")
    first = git(checkout, "rev-parse", "v1.0.0")

    told = refused(capsys, checkout, "commit", "1.0.0", DIGEST.replace("0", "1"))

    assert told == "The tag v1.0.0 exists, on another commit. It is never moved."
    assert git(checkout, "rev-parse", "v1.0.0") == first


@pytest.mark.parametrize(
    "digest",
    ["", "latest", DIGEST[:-1], f"{DIGEST}0", DIGEST.upper(), f"{DIGEST}\n", f"{DIGEST}\n  x: y"],
)
def test_only_a_digest_is_pinned(
    checkout: Path, digest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (checkout / "action.yml").read_text("utf-8")

    capsys.readouterr()
    assert release.main(["pin", digest], checkout) == 1

    assert "is no digest" in capsys.readouterr().err
    assert (checkout / "action.yml").read_text("utf-8") == before


def test_pinned_again_the_newest_counts(checkout: Path) -> None:
    other = DIGEST.replace("0", "1")

    assert release.main(["pin", DIGEST], checkout) == 0
    assert release.main(["pin", other], checkout) == 0

    text = (checkout / "action.yml").read_text("utf-8")
    assert action_image.image_of(text) == f"docker://{action_image.REPOSITORY}@{other}"


def test_without_a_repository_there_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "git status failed: " in refused(capsys, tmp_path, "prepare", "1.0.0")


def test_this_repository_has_the_form_that_a_release_needs() -> None:
    unreleased = changelog.sections((ROOT / "CHANGELOG.md").read_text("utf-8"))[0]
    assert unreleased.name == changelog.UNRELEASED
    assert '__version__ = "' in (ROOT / MODULE).read_text("utf-8")


def test_it_runs_with_the_standard_library_alone() -> None:
    """The workflow has no environment of ours when it checks and pins."""
    command = [sys.executable, "-I", "-S", "-c", _WITHOUT_PACKAGES, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ./dev release")


_WITHOUT_PACKAGES = """
import sys
sys.path.insert(0, sys.argv[1])
from tools import release
release.main(["--help"])
"""

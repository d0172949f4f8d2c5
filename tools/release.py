"""What a release needs of the checkout: numbers that agree, a changelog, a commit with the digest.

    prepare 1.2.3            write the number and the changelog's section; commit and merge them
    check release/v1.2.3     say whether this commit may be released by that tag
    notes 1.2.3              print what the changelog says of it
    pin sha256:…             name the published image in action.yml
    commit 1.2.3 sha256:…    make the commit that users get, and the tag v1.2.3 on it

docs/releasing.md tells the whole way. Nothing here pushes or publishes. Needs git, and nothing of
the package: the workflow runs it with any Python from 3.11 on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, Self

from tools import action_image, changelog
from tools.refusal import Refusal

ROOT: Final = Path(__file__).resolve().parent.parent
REQUEST: Final = "release/"
"""A tag ``release/v1.2.3`` asks for the release whose tag is ``v1.2.3``."""

_MODULE: Final = "entrypoint/cc_lb_selfcheck/__init__.py"
_CHANGELOG: Final = "CHANGELOG.md"
_ACTION: Final = "action.yml"
_VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_NUMBER: Final = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_BOT: Final = {
    "NAME": "github-actions[bot]",
    "EMAIL": "41898282+github-actions[bot]@users.noreply.github.com",
}


class Version(NamedTuple):
    """A version: three numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``1.2.3``. Raises ``Refusal`` for anything else."""
        found = _VERSION.fullmatch(text)
        if not found:
            raise Refusal(f"{text!r} is no version: three numbers, as in 1.2.3.")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class Checkout:
    """The files and the history that a release is made of. Each method may raise ``Refusal``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self, version: Version, day: dt.date) -> list[str]:
        """Write the number and the changelog's section; return the files that were changed."""
        self._require_clean()
        self._require_new(version)
        text = changelog.rotated(self._read(_CHANGELOG), str(version), day)
        number = _NUMBER.sub(f'__version__ = "{version}"', self._read(_MODULE))
        self._write(_CHANGELOG, text)
        self._write(_MODULE, number)
        return [_CHANGELOG, _MODULE]

    def check(self, tag: str, branch: str | None) -> Version:
        """Return the version that the tag of a request may release from this commit."""
        if not tag.startswith(f"{REQUEST}v"):
            raise Refusal(f"{tag!r} asks for no release: such a tag is as {REQUEST}v1.2.3.")
        version = Version.read(tag.removeprefix(f"{REQUEST}v"))
        self._require_clean()
        if branch and self._git("merge-base", "HEAD", branch) != self._git("rev-parse", "HEAD"):
            raise Refusal(f"This commit is not on {branch}. Merge it first.")
        self._require_new(version)
        number = ", ".join(_NUMBER.findall(self._read(_MODULE)))
        if number != str(version):
            raise Refusal(f"The tag says {version}, __version__ says {number}.")
        self.notes(version)
        if action_image.image_of(self._read(_ACTION)) != action_image.IN_DEVELOPMENT:
            raise Refusal("action.yml names a published image: this is a release's commit already.")
        return version

    def notes(self, version: Version) -> str:
        """Return what the changelog says of a version that is to be released."""
        return changelog.released(self._read(_CHANGELOG), str(version)).text

    def pin(self, digest: str) -> None:
        """Write the published image into ``action.yml``."""
        self._write(_ACTION, action_image.with_digest(self._read(_ACTION), digest))

    def commit(self, version: Version, digest: str) -> str:
        """Make the release's commit on top of this one, on no branch, and its tag; return it.

        The same commit and digest always give the same commit: a workflow that is run again finds
        what it made before. The files here stay as they are.
        """
        self._require_clean()
        self.notes(version)
        action = action_image.with_digest(self._git("show", f"HEAD:{_ACTION}") + "\n", digest)
        blob = self._git("hash-object", "-w", "--stdin", stdin=action)
        with tempfile.TemporaryDirectory() as place:
            index = {"GIT_INDEX_FILE": f"{place}/index"}
            self._git("read-tree", "HEAD", variables=index)
            self._git("update-index", "--cacheinfo", f"100644,{blob},{_ACTION}", variables=index)
            tree = self._git("write-tree", variables=index)
        who = {**_BOT, "DATE": self._git("log", "-1", "--format=%cI")}
        roles = ("AUTHOR", "COMMITTER")
        signature = {f"GIT_{role}_{part}": text for part, text in who.items() for role in roles}
        message = f"Release {version}\n\nThe action runs the image {digest}."
        made = self._git("commit-tree", tree, "-p", "HEAD", "-m", message, variables=signature)
        tag = f"v{version}"
        if self._tags().get(tag, made) != made:
            raise Refusal(f"The tag {tag} exists, on another commit. It is never moved.")
        self._git("tag", "--force", tag, made)
        return made

    def _require_clean(self) -> None:
        changed = self._git("status", "--porcelain").splitlines()
        if changed:
            names = ", ".join(line.split(maxsplit=1)[1] for line in changed[:5])
            raise Refusal(f"These have changes that no commit holds: {names}. Commit them first.")

    def _require_new(self, version: Version) -> None:
        tags = self._tags()
        if f"v{version}" in tags:
            raise Refusal(f"The tag v{version} exists. A released version is never made again.")
        released = [Version.read(tag[1:]) for tag in tags if _VERSION.fullmatch(tag[1:])]
        if released and max(released) > version:
            raise Refusal(f"v{max(released)} is released; {version} has to be above it.")

    def _tags(self) -> dict[str, str]:
        """Return the tags ``v…`` here and at ``origin``, where there is one, with their commits."""
        pattern = "refs/tags/v*"
        listed = self._git("for-each-ref", "--format=%(objectname) %(refname)", pattern)
        if "origin" in self._git("remote").split():
            listed += "\n" + self._git("ls-remote", "--refs", "origin", pattern)
        pairs = (line.split() for line in listed.splitlines() if line)
        return {name.removeprefix("refs/tags/"): commit for commit, name in pairs}

    def _git(
        self, *arguments: str, variables: dict[str, str] | None = None, stdin: str | None = None
    ) -> str:
        """Run git and return what it prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self._root,
            env={**os.environ, **(variables or {})},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            why, *_ = done.stderr.strip().splitlines() or ["it does not say why"]
            raise Refusal(f"git {arguments[0]} failed: {why}")
        return done.stdout.strip()

    def _read(self, name: str) -> str:
        return (self._root / name).read_text("utf-8")

    def _write(self, name: str, text: str) -> None:
        (self._root / name).write_text(text, "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in ("prepare", "notes", "commit"):
        commands.add_parser(name).add_argument("version")
    commands.choices["commit"].add_argument("digest")
    commands.add_parser("pin").add_argument("digest")
    check = commands.add_parser("check")
    check.add_argument("tag")
    check.add_argument("--branch", help="the branch that has to hold this commit")
    return parser


def _run(given: argparse.Namespace, checkout: Checkout, today: dt.date) -> Iterable[str]:
    """Do what was asked, and yield the lines to print."""
    match given.command:
        case "prepare":
            version = Version.read(given.version)
            for file in checkout.prepare(version, today):
                yield f"wrote {file}"
            yield "Now ./dev generate; look at the change, commit it and merge it. On that commit:"
            yield f"  git tag {REQUEST}v{version} && git push origin {REQUEST}v{version}"
        case "check":
            yield f"version={checkout.check(given.tag, given.branch)}"
            yield f"image={action_image.REPOSITORY}"
        case "notes":
            yield checkout.notes(Version.read(given.version))
        case "pin":
            checkout.pin(given.digest)
        case "commit":
            yield checkout.commit(Version.read(given.version), given.digest)


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run one command; return 1 where something stands in the way of the release."""
    today = dt.datetime.now(tz=dt.UTC).date()
    try:
        for line in _run(_parser().parse_args(arguments), Checkout(root), today):
            print(line)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

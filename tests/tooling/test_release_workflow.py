"""The shell steps of release.yml, to the letter, with stand-ins for docker, gh and GitHub itself.

What stands between them (actions of others) cannot run here; docs/releasing.md lists it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools import action_image, release

from tests.e2e.git import git

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github/workflows"
RELEASE = yaml.safe_load((WORKFLOWS / "release.yml").read_text("utf-8"))["jobs"]
SELFTEST = yaml.safe_load((WORKFLOWS / "selftest.yml").read_text("utf-8"))["jobs"]
DIGEST = "sha256:" + "0123456789abcdef" * 4
OTHER = "sha256:" + "f" * 64
IMAGE = action_image.REPOSITORY
MODULE = "entrypoint/cc_lb_selfcheck/__init__.py"
IMAGE_TAGS = ("1.0.0", "1.0", "1", "latest")
NAMES = {"VERSION": "1.0.0", "DIGEST": DIGEST, "IMAGE": IMAGE}
# Says how it was called; answers what the test put into $ANSWERS, where it is asked something:
# `docker buildx imagetools inspect`, `gh release view`. As older releases of the former, it passes
# over a format that begins with .Manifest (docker/buildx, util/imagetools/printers.go).
STAND_IN = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *" {{.Manifest"*) echo "Name: a table" ;;
  *" inspect "* | *" view "*) cat "$ANSWERS" ;;
esac
"""


class Place:
    """A checkout of what is to be released, and the runner's files."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.origin = folder / "origin.git"
        self.temp = folder / "temp"
        self.output = folder / "output"
        self.calls = folder / "calls"
        self.answers = folder / "answers"
        for directory in (self.root, self.temp / "assets", folder / "bin"):
            directory.mkdir(parents=True)
        for file in (self.output, self.calls, self.answers):
            file.touch()
        for name in ("docker", "gh"):
            (folder / "bin" / name).write_text(STAND_IN, "utf-8")
            (folder / "bin" / name).chmod(0o755)
        (folder / "bin/python3").symlink_to(sys.executable)
        self._path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def run(self, step: Mapping[str, Any], **more: str) -> subprocess.CompletedProcess[str]:
        """Run a step as GitHub does: bash, ended by the first failure."""
        environment = {
            "PATH": self._path,
            "HOME": str(self.temp),
            "GITHUB_OUTPUT": str(self.output),
            "RUNNER_TEMP": str(self.temp),
            "CALLS": str(self.calls),
            "ANSWERS": str(self.answers),
            **more,
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def tags(self) -> dict[str, str]:
        listed = git(self.root, "ls-remote", "--tags", "origin").splitlines()
        return {line.partition("refs/tags/")[2]: line.split()[0] for line in listed}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a checkout in which 1.0.0 is prepared, merged and asked for."""
    place = Place(tmp_path)
    listed = git(
        ROOT, "ls-files", "--", "tools", "action.yml", "CHANGELOG.md", "Dockerfile", MODULE
    )
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (place.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place.root / name)
    text = (ROOT / "action.yml").read_text("utf-8")
    text = text.replace(action_image.image_of(text), action_image.IN_DEVELOPMENT)
    (place.root / "action.yml").write_text(text, "utf-8")
    (place.root / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n- All.\n", "utf-8")
    (place.root / ".gitignore").write_text("__pycache__/\n", "utf-8")
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(place.origin))
    git(place.root, "init", "--quiet", "--initial-branch=main")
    git(place.root, "remote", "add", "origin", str(place.origin))
    commit(place.root)
    assert release.main(["prepare", "1.0.0"], place.root) == 0
    commit(place.root)
    git(place.root, "tag", "release/v1.0.0")
    git(place.root, "push", "--quiet", "--tags", "origin", "main")
    git(place.root, "fetch", "--quiet", "origin")
    return place


def commit(root: Path) -> None:
    author = ("-c", "user.name=author", "-c", "user.email=author@example.invalid")
    git(root, "add", "--all")
    git(root, *author, "commit", "--quiet", "--message", "Change something")


def step(job: str, name: str) -> dict[str, Any]:
    """Return the step of a job that has this name, or this id."""
    (found,) = (
        item for item in RELEASE[job]["steps"] if name in (item.get("name"), item.get("id"))
    )
    return dict(found)


def test_the_request_is_checked_and_the_names_are_told(place: Place) -> None:
    done = place.run(step("agree", "check"), GITHUB_REF_NAME="release/v1.0.0")

    assert done.returncode == 0, done.stderr
    told = dict(line.split("=") for line in place.output.read_text("utf-8").splitlines())
    assert told == {"version": "1.0.0", "image": IMAGE}
    assert set(told) == set(RELEASE["agree"]["outputs"])


def test_a_request_that_does_not_agree_ends_the_release(place: Place) -> None:
    done = place.run(step("agree", "check"), GITHUB_REF_NAME="release/v1.0.1")

    assert done.returncode == 1
    assert done.stderr == "The tag says 1.0.1, __version__ says 1.0.0.\n"
    assert place.output.read_text("utf-8") == ""


@pytest.mark.parametrize(
    ("said", "status"), [({"packages": [{"name": "x"}]}, 0), ({"packages": []}, 1), (None, 1)]
)
def test_an_empty_list_of_what_is_in_it_ends_the_release(
    place: Place, said: object, status: int
) -> None:
    place.answers.write_text(json.dumps(said), "utf-8")

    done = place.run(step("image", "Take the lists of what is in it"), **NAMES)

    assert done.returncode == status, done.stderr
    if status == 0:
        lists = {path.name for path in place.root.glob("sbom-*.spdx.json")}
        assert lists == {"sbom-amd64.spdx.json", "sbom-arm64.spdx.json"}
        inputs = [item.get("with", {}) for item in RELEASE["image"]["steps"]]
        assert {given["sbom-path"] for given in inputs if "sbom-path" in given} == lists


def test_the_image_gets_its_tags_by_digest(place: Place) -> None:
    place.answers.write_text(DIGEST, "utf-8")

    done = place.run(step("names", "Tag the image that was tried"), **NAMES)

    assert done.returncode == 0, done.stderr
    calls = place.calls.read_text("utf-8").splitlines()
    assert [call for call in calls if " create " in call] == [
        f"docker buildx imagetools create --tag {IMAGE}:{tag} {IMAGE}@{DIGEST}"
        for tag in IMAGE_TAGS
    ]


def test_users_are_told_of_no_tag_that_the_image_never_gets() -> None:
    listed = git(ROOT, "ls-files", "--", "*.md", "*.yml", "*.yaml", "examples").splitlines()
    texts = ((ROOT / name).read_text("utf-8") for name in listed if (ROOT / name).is_file())
    named = {tag for text in texts for tag in re.findall(rf"{IMAGE}:([\w.-]+)", text)}
    assert named
    assert named <= {*IMAGE_TAGS}


def test_a_tag_on_another_image_ends_the_release(place: Place) -> None:
    place.answers.write_text(OTHER, "utf-8")

    assert place.run(step("names", "Tag the image that was tried"), **NAMES).returncode != 0


def run_release(place: Place, **more: str) -> None:
    for item in RELEASE["release"]["steps"]:
        if "run" in item:
            done = place.run(item, **{**NAMES, **more})
            assert done.returncode == 0, done.stderr


def test_the_last_job_makes_what_users_see(place: Place) -> None:
    (place.temp / "assets/a.whl").touch()
    main = git(place.root, "rev-parse", "main").strip()

    run_release(place)

    tags = place.tags()
    assert tags["v1.0.0"] == tags["v1"]
    assert git(place.root, "rev-parse", "v1.0.0^").strip() == main
    assert git(place.root, "ls-remote", "origin", "refs/heads/main").split()[0] == main
    image = action_image.image_of(git(place.root, "show", "v1.0.0:action.yml"))
    assert image == f"docker://{IMAGE}@{DIGEST}"
    assert (place.temp / "notes.md").read_text("utf-8") == "- All.\n"
    assert place.calls.read_text("utf-8").splitlines() == [
        "gh auth setup-git",
        "gh release view v1.0.0 --json isDraft --jq .isDraft",
        f"gh release create v1.0.0 {place.temp}/assets/a.whl --draft --verify-tag --title v1.0.0"
        f" --notes-file {place.temp}/notes.md",
        "gh release edit v1.0.0 --draft=false --latest",
    ]


@pytest.mark.parametrize(
    ("left_behind", "done_again"),
    [("true", ["delete", "create", "edit"]), ("false", [])],
    ids=["a draft", "a release"],
)
def test_the_last_job_may_run_again(place: Place, left_behind: str, done_again: list[str]) -> None:
    run_release(place)
    first = place.tags()
    git(place.root, "tag", "--delete", "v1.0.0")
    place.calls.write_text("", "utf-8")
    place.answers.write_text(left_behind, "utf-8")

    run_release(place)

    assert place.tags() == first
    calls = [call.split() for call in place.calls.read_text("utf-8").splitlines()]
    assert [call[2] for call in calls if call[1] == "release"] == ["view", *done_again]


@pytest.mark.parametrize(
    ("refused", "step_name", "mend"),
    [
        (
            "v1.0.0",
            "Make the commit with the digest, and its tag",
            f"./dev release commit 1.0.0 {DIGEST} && git push origin v1.0.0",
        ),
        (
            "v1",
            "Move the major tag",
            "git push --force origin refs/tags/v1.0.0:refs/tags/v1",
        ),
    ],
)
def test_where_github_takes_no_tag_from_the_workflow_a_maintainer_is_told_what_to_do(
    place: Place, refused: str, step_name: str, mend: str
) -> None:
    hook = place.origin / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\ntest "$1" != refs/tags/{refused}\n', "utf-8")
    hook.chmod(0o755)
    steps = [item for item in RELEASE["release"]["steps"] if "run" in item]

    for item in steps:
        done = place.run(item, **NAMES)
        if done.returncode:
            break

    assert item["name"] == step_name
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("::error::"))
    assert told.endswith(f": {mend}")


def test_the_next_release_moves_the_major_tag_alone(place: Place) -> None:
    run_release(place)
    first = place.tags()["v1.0.0"]
    text = (place.root / "CHANGELOG.md").read_text("utf-8")
    (place.root / "CHANGELOG.md").write_text(text.replace("d]\n", "d]\n\n- More.\n", 1), "utf-8")
    commit(place.root)
    assert release.main(["prepare", "1.1.0"], place.root) == 0
    commit(place.root)
    git(place.root, "push", "--quiet", "origin", "main")

    run_release(place, VERSION="1.1.0", DIGEST=OTHER)

    tags = place.tags()
    assert tags["v1.0.0"] == first
    assert tags["v1"] == tags["v1.1.0"] != first


def test_every_job_of_the_self_test_tries_the_published_image(place: Place) -> None:
    jobs = [job for job in SELFTEST.values() if job.get("if") != "${{ !inputs.digest }}"]
    assert len(jobs) == 4
    for job in jobs:
        (pin,) = (item for item in job["steps"] if item.get("if") == "inputs.digest")
        used = [item.get("uses") for item in job["steps"]]
        assert job["steps"].index(pin) < used.index("./")
        git(place.root, "checkout", "--quiet", "--", "action.yml")

        done = place.run(pin, DIGEST=DIGEST)

        assert done.returncode == 0, done.stderr
        text = (place.root / "action.yml").read_text("utf-8")
        assert action_image.image_of(text) == f"docker://{IMAGE}@{DIGEST}"

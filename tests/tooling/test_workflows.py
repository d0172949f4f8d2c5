"""Our workflows: who may do what, and what runs there. What others know of them, linters check."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.linters import workflows

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {name: yaml.safe_load((ROOT / name).read_text("utf-8")) for name in workflows(ROOT)}
OURS = [name for name in WORKFLOWS if name.startswith(".github/")]
RELEASE = WORKFLOWS[".github/workflows/release.yml"]
USES = [
    (name, uses)
    for name in WORKFLOWS
    for uses in re.findall(r"uses: (\S+.*)", (ROOT / name).read_text("utf-8"))
]
PINNED = re.compile(r"(?P<action>[\w.-]+/[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+")
OWN = re.compile(
    r"\./(composite|\.github/workflows/[\w-]+\.yml)?"
    r"|org/cc-lb-selfcheck(/composite|/\.github/workflows/[\w-]+\.yml)?@v1"
)
WRITES = {
    "image": {"attestations", "id-token", "packages"},
    "pypi": {"id-token"},
    "names": {"packages"},
    "release": {"contents"},
}
"""What the jobs of a release may write; the others may write nothing."""


def jobs(name: str) -> dict[str, Any]:
    return dict(WORKFLOWS[name]["jobs"])


def before(job: str) -> set[str]:
    """Return the jobs of the release that have to be done before one."""
    needs = RELEASE["jobs"][job].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(before(other) for other in direct))


def test_there_are_workflows_of_both_kinds() -> None:
    assert len(OURS) > 5
    assert len(WORKFLOWS) > len(OURS) + 3
    assert len(USES) > 30


@pytest.mark.parametrize(("workflow", "uses"), USES)
def test_other_peoples_actions_are_pinned_by_commit(workflow: str, uses: str) -> None:
    assert OWN.fullmatch(uses) or PINNED.fullmatch(uses), f"{workflow}: {uses}"


def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    pins = defaultdict(set)
    for _, uses in USES:
        if pinned := PINNED.fullmatch(uses):
            pins[pinned["action"]].add(uses)
    assert "actions/checkout" in pins
    assert {action: sorted(found) for action, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("workflow", OURS)
def test_a_token_may_write_only_where_a_job_says_so(workflow: str) -> None:
    assert set(WORKFLOWS[workflow]["permissions"].values()) <= {"read"}


@pytest.mark.parametrize("workflow", OURS)
def test_every_job_ends(workflow: str) -> None:
    if set(WORKFLOWS[workflow][True]) == {"workflow_call"}:
        return  # it builds other people's plugins, for as long as that takes
    for name, job in jobs(workflow).items():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 90, name


@pytest.mark.parametrize("workflow", OURS)
def test_no_step_leaves_a_token_behind(workflow: str) -> None:
    for job in jobs(workflow).values():
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_a_release_begins_with_a_tag_that_asks_for_it() -> None:
    assert RELEASE[True] == {"push": {"tags": ["release/v*"]}}  # YAML reads "on" as true


@pytest.mark.parametrize("job", RELEASE["jobs"])
def test_each_job_of_a_release_may_write_what_it_has_to(job: str) -> None:
    allowed = RELEASE["jobs"][job]["permissions"]
    assert {name for name, level in allowed.items() if level == "write"} == WRITES.get(job, set())


@pytest.mark.parametrize("job", ["pypi", "names", "release"])
def test_nothing_is_published_before_it_was_tried(job: str) -> None:
    assert {"agree", "test", "package", "image", "try"} <= before(job)


def test_what_users_see_comes_last() -> None:
    assert before("release") == set(RELEASE["jobs"]) - {"release"}
    last = RELEASE["jobs"]["release"]["steps"][-1]["run"]
    assert "git push --force" in last


@pytest.mark.parametrize("job", ["pypi", "release"])
def test_what_cannot_be_undone_waits_for_a_person(job: str) -> None:
    assert RELEASE["jobs"][job]["environment"]["name"] == job


def test_the_image_is_built_once_for_both_machines() -> None:
    built = [
        step["with"]
        for job in RELEASE["jobs"].values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("docker/build-push-action@")
    ]
    assert [item["platforms"] for item in built] == ["linux/amd64,linux/arm64"]
    assert built[0]["provenance"] == "mode=max"
    assert built[0]["sbom"] is True
    arguments = {line.partition("=")[0] for line in built[0]["build-args"].splitlines()}
    declared = re.findall(r"^ARG (.*)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    told = {item.partition("=")[0] for line in declared for item in line.split()}
    assert arguments == told


def test_all_green_waits_for_every_job() -> None:
    checks = jobs(".github/workflows/ci.yml")
    assert set(checks["green"]["needs"]) == set(checks) - {"green"}
    assert checks["green"]["steps"][0]["run"].count("success") == len(checks) - 1


def test_every_python_that_we_name_is_tested() -> None:
    named = re.findall(
        r'"Programming Language :: Python :: (3\.\d+)"',
        (ROOT / "pyproject.toml").read_text("utf-8"),
    )
    tested = jobs(".github/workflows/ci.yml")["test"]["strategy"]["matrix"]["python"]
    assert tested == named
    assert len(named) > 2

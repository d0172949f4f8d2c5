"""``init``: in every variant, what it makes fits together and may do no more than it must."""

from __future__ import annotations

import itertools
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.compose import CHECKOUT, UPLOAD
from cc_lb_selfcheck.workflows.init import plan_of
from cc_lb_selfcheck.workflows.settings import InitSettings
from tests.workflows.repositories import ONE, ROOT, THREE, made, write

VARIANTS = [
    {
        **spread,
        **{
            name: True for name, wanted in zip(("forks", "check_run"), flags, strict=True) if wanted
        },
    }
    for spread in (
        {},
        {"matrix": ("auto",)},
        {"artifacts": "built"},
        {"artifacts": "built", "shards": 3},
    )
    for flags in itertools.product((False, True), repeat=2)
]


@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
def test_every_variant_fits_together(given: dict[str, Any], tmp_path: Path) -> None:
    first, *second = made(tmp_path, THREE, **given)
    assert len(second) == bool(given.get("forks"))
    workflows = [first, *second]
    assert all(workflow["permissions"] == {} for workflow in workflows)
    jobs = {name: job for workflow in workflows for name, job in workflow["jobs"].items()}
    steps = [step for job in jobs.values() for step in job["steps"]]

    # One job publishes, with what that takes, and no other job may write anything.
    publishers = [job for job in jobs.values() if "write" in job["permissions"].values()]
    (publisher,) = publishers
    wanted = {"pull-requests", *(["checks"] if given.get("check_run") else [])}
    assert {
        scope for scope, level in publisher["permissions"].items() if level == "write"
    } == wanted
    publishing = publisher["steps"][-1]["with"]
    assert publishing.get("check-run", False) is bool(given.get("check_run"))

    # What is uploaded is what is read.
    uploads = [step["with"]["name"] for step in steps if "upload-artifact" in step.get("uses", "")]
    reads = [step["with"]["artifacts"] for step in steps if "artifacts" in step.get("with", {})]
    for read in reads:
        assert any(fnmatch(re.sub(r"\$\{\{.*?\}\}", "leg", name), read) for name in uploads)
    assert len(uploads) == len(reads)

    # No job but a workflow_run's has a token beside strangers' code, unless it comments itself.
    check = next(job for name, job in jobs.items() if name in ("check", "self-check"))
    checking = next(s["with"] for s in check["steps"] if s.get("uses", "").startswith("org/"))
    if publisher is not check:
        assert checking.get("github-token") == "" or checking["comment-mode"] == "off"
    if given.get("forks"):
        assert second[0][True]["workflow_run"]["workflows"] == [first["name"]]
        assert not any("checkout" in step.get("uses", "") for step in publisher["steps"])
    else:
        assert publisher is check or publisher["needs"] == "check"


@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
@pytest.mark.parametrize("bundle", ["certificates/ca.pem", "/etc/ssl/ca.pem", r"C:\ca.pem"])
def test_each_job_that_talks_to_the_server_has_the_certificates(
    given: dict[str, Any], bundle: str, tmp_path: Path
) -> None:
    workflows = made(tmp_path, THREE, **given, ca_bundle=bundle)
    for job in (job for workflow in workflows for job in workflow["jobs"].values()):
        steps = job["steps"]
        ours = [step["with"] for step in steps if step.get("uses", "").startswith("org/")]
        for inputs in ours:
            talks = "artifacts" in inputs or "write" in job["permissions"].values()
            assert inputs.get("ca-bundle") == (bundle if talks else None)
        builds = any("run" in step for step in steps)
        names_a_file = any("ca-bundle" in inputs for inputs in ours)
        checkouts = [step for step in steps if step.get("uses") == CHECKOUT.partition(" ")[0]]
        assert len(checkouts) == (builds or (names_a_file and bundle == "certificates/ca.pem"))
        assert all(step["with"] == {"persist-credentials": False} for step in checkouts)
        assert (job["permissions"].get("contents") == "read") is bool(checkouts)
        assert checkouts == steps[: len(checkouts)]


@pytest.mark.parametrize(
    ("labels", "action"),
    [
        (("windows-latest",), "org/cc-lb-selfcheck/composite@v1"),
        (("macos-15-large",), "org/cc-lb-selfcheck/composite@v1"),
        (("self-hosted", "macOS"), "org/cc-lb-selfcheck/composite@v1"),
        (("self-hosted", "linux"), "org/cc-lb-selfcheck@v1"),
    ],
)
@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
def test_where_there_is_no_docker_the_composite_action_is_used(
    given: dict[str, Any], labels: tuple[str, ...], action: str, tmp_path: Path
) -> None:
    workflows = made(tmp_path, THREE, **given, runs_on=labels)
    steps = [s for one in workflows for job in one["jobs"].values() for s in job["steps"]]
    assert {s["uses"] for s in steps if s.get("uses", "").startswith("org/")} == {action}


@pytest.mark.parametrize(("label", "is_asked"), [("macos-15", False), ("ubuntu-24.04", True)])
def test_docker_is_asked_for_where_the_label_does_not_tell(
    label: str, is_asked: bool, tmp_path: Path
) -> None:
    questions = []

    class Curious(Nobody):
        def confirm(self, question: str, *, default: bool = False) -> bool:
            questions.append(question)
            return default

    plan_of(InitSettings(runs_on=(label,)), Repository(write(tmp_path, ONE)), Curious())
    assert any("Docker" in question for question in questions) is is_asked


def test_others_actions_are_the_ones_that_are_used_here() -> None:
    ours = "\n".join(
        path.read_text("utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
    )
    for uses in (CHECKOUT, UPLOAD):
        action = uses.partition("@")[0]
        assert set(re.findall(rf"uses: ({action}@.*)", ours)) == {uses}

"""The reusable workflow gives the Action what it was given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
TEXT = (ROOT / ".github/workflows/check-plugins.yml").read_text("utf-8")
WORKFLOW = yaml.safe_load(TEXT)
CALL = WORKFLOW[True]["workflow_call"]
OWN = {"build", "paths", "artifacts", "shards", "runs-on", "reports"}


def given_to(job: str) -> dict[str, Any]:
    """Return what the Action is given in a job."""
    (step,) = (
        step
        for step in WORKFLOW["jobs"][job]["steps"]
        if step.get("uses", "").startswith("org/cc-lb-selfcheck@")
    )
    return dict(step["with"])


def test_what_is_the_actions_has_its_defaults_and_words() -> None:
    shared = set(CALL["inputs"]) - OWN
    assert len(shared) > 8
    for name in shared:
        ours, actions = CALL["inputs"][name], ACTION["inputs"][name]
        assert ours["description"] == actions["description"]
        assert str(ours["default"]).lower() == actions["default"]


def test_every_input_is_used_and_every_use_is_an_input() -> None:
    assert set(re.findall(r"\binputs\.([\w-]+)", TEXT)) == set(CALL["inputs"])
    for job in ("check", "publish"):
        given = given_to(job)
        assert set(given) <= set(ACTION["inputs"])
        for name in set(given) & (set(CALL["inputs"]) - OWN):
            own = "off" if (job, name) == ("check", "comment-mode") else None
            assert given[name] == (own or f"${{{{ inputs.{name} }}}}")


@pytest.mark.parametrize("job", ["check", "publish"])
def test_who_asks_github_trusts_the_certificates_and_has_their_file(job: str) -> None:
    assert given_to(job)["ca-bundle"] == "${{ inputs.ca-bundle }}"
    first, *_ = WORKFLOW["jobs"][job]["steps"]
    assert first["uses"].startswith("actions/checkout@")
    assert first["if"] == "inputs.ca-bundle != '' && !startsWith(inputs.ca-bundle, '/')"
    assert first["with"]["sparse-checkout"] == "${{ inputs.ca-bundle }}"
    assert first["with"]["persist-credentials"] is False


def test_no_input_becomes_part_of_a_command() -> None:
    for job in WORKFLOW["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_its_outputs_are_the_actions() -> None:
    assert set(CALL["outputs"]) == set(ACTION["outputs"]) - {"report"}
    for name, output in CALL["outputs"].items():
        assert output["description"] == ACTION["outputs"][name]["description"]
        assert (
            WORKFLOW["jobs"]["publish"]["outputs"][name]
            == f"${{{{ steps.publish.outputs.{name} }}}}"
        )


def test_each_job_may_do_what_it_has_to() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "build": {"contents": "read"},
        "check": {"actions": "read", "contents": "read"},
        "publish": {"actions": "read", "contents": "read", "pull-requests": "write"},
    }
    example = yaml.safe_load((ROOT / "examples/workflows/reusable.yml").read_text("utf-8"))
    (caller,) = example["jobs"].values()
    asked = [item for job in WORKFLOW["jobs"].values() for item in job["permissions"].items()]
    assert caller["permissions"] == dict(asked)

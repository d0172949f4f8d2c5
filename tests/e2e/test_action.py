"""The real action in real workflows: the repository's own, and the one that the README shows."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .act import run_workflow
from .conftest import commit

pytestmark = pytest.mark.e2e

COPIED = ".github/workflows/copied.yml"


def test_the_example_workflow(repository: Path) -> None:
    jobs = run_workflow(repository, ".github/workflows/selftest.yml")

    # Each job compares verdicts and outputs with what is expected, and fails where they differ.
    assert {name: job.succeeded for name, job in jobs.items()} == {
        "accepted": True,
        "refused": True,
        "nothing": True,
    }, "\n".join(line for job in jobs.values() for line in job.log)

    accepted, refused, nothing = jobs["accepted"], jobs["refused"], jobs["nothing"]
    assert accepted.outputs["conclusion"] == "success"
    assert accepted.outputs["passed"] == "8"
    assert accepted.annotations == []
    assert accepted.summary.startswith("## ✅ cc-lb accepts all 8 plugins\n")

    assert refused.outputs["conclusion"] == "failure"
    assert refused.outputs["report"] == "cc-lb-selfcheck-report.json"
    assert int(refused.outputs["refused"]) > 10
    errors = [item for item in refused.annotations if item.level == "error"]
    assert len(errors) == 10
    assert re.fullmatch(r"\d+ more", errors[-1].properties["title"])
    assert "cc_lb_log" in next(item.message for item in errors if "host-func" in item.message)
    (warning,) = (item for item in refused.annotations if item.level == "warning")
    assert "config-at-start.wasm" in warning.message
    assert refused.summary.startswith("## ❌ cc-lb would refuse ")
    assert refused.summary.count("<details") == refused.summary.count("</details>") > 30

    assert nothing.outputs["conclusion"] == "usage-error"
    assert "No plugin was found." in " ".join(item.message for item in nothing.annotations)
    assert nothing.summary.startswith("## ⚠️ No plugin was checked\n")


@pytest.mark.parametrize(
    ("built", "succeeds", "told"),
    [
        ("shape", True, "## ✅ cc-lb accepts "),
        ("misspelt-export", False, "## ❌ cc-lb would refuse "),
    ],
    ids=["passing", "refused"],
)
def test_the_workflow_of_the_readme(
    repository: Path,
    tool: Callable[[str], str],
    built: str,
    succeeds: bool,
    told: str,
) -> None:
    folder = "target/wasm32-unknown-unknown/release"
    workflow = _readme_workflow(repository)
    build = f"mkdir -p {folder} && cp tests/plugins/dist/{built}.wasm {folder}/"
    workflow, builds = re.subn(r"run: cargo build .*", f"run: {build}", workflow)
    workflow, targets = re.subn(r"run: rustup target add .*", "run: 'true'", workflow)
    workflow, uses = re.subn(r"uses: org/cc-lb-selfcheck@\S+", "uses: ./", workflow)
    assert (builds, targets, uses) == (1, 1, 1)
    (repository / COPIED).write_text(workflow, "utf-8")
    subprocess.run([tool("actionlint"), COPIED], cwd=repository, check=True)
    commit(repository)

    (job,) = run_workflow(repository, COPIED).values()

    assert job.succeeded == succeeds, "\n".join(job.log)
    assert job.outputs["passed"] == str(int(succeeds))
    assert job.outputs["conclusion"] == ("success" if succeeds else "failure")
    assert len(job.annotations) == int(not succeeds)
    assert job.summary.startswith(told)
    assert f"{folder}/{built}.wasm" in html.unescape(job.summary)


def _readme_workflow(repository: Path) -> str:
    readme = (repository / "README.md").read_text("utf-8")
    (workflow,) = re.findall(r"^```yaml\n(name: .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    return str(workflow)

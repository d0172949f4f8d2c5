"""The repository's own workflows, which check its example plugins with the real action."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .author import Author
from .git import commit

pytestmark = pytest.mark.e2e


def test_the_self_test(author: Author, repository: Path) -> None:
    author.adopt(repository)
    jobs = author.push("selftest.yml")

    # Each job compares verdicts and outputs with what is expected, and fails where they differ.
    log = "\n".join(line for job in jobs.values() for line in job.log)
    assert len(jobs) == 4, log
    assert all(job.succeeded for job in jobs.values()), log

    accepted, refused = jobs["Good plugins pass"], jobs["Bad plugins are refused"]
    nothing = jobs["A folder without plugins is a mistake"]
    together = jobs["Reports are read from where they were uploaded"]
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
    assert "completed_at" in next(item.message for item in errors if "camel-case" in item.message)
    warnings = [item.message for item in refused.annotations if item.level == "warning"]
    assert any("config-at-start.wasm" in message for message in warnings)
    assert refused.summary.startswith("## ❌ cc-lb would refuse ")
    assert refused.summary.count("<details") == refused.summary.count("</details>") > 30

    assert nothing.outputs["conclusion"] == "usage-error"
    assert "No plugin was found." in " ".join(item.message for item in nothing.annotations)
    assert nothing.summary.startswith("## ⚠️ No plugin was checked\n")

    assert together.outputs["refused"] == refused.outputs["refused"]
    # What was accepted lies in the same folder, and counts once.
    assert together.outputs["passed"] == refused.outputs["passed"]


def test_the_composite_twin(author: Author, repository: Path) -> None:
    workflow = repository / ".github/workflows/ways.yml"
    text = workflow.read_text("utf-8")
    text = text.partition("\n  install:\n")[0] + "\n"
    # act has no macOS and no Windows, and mixes up the legs of a matrix of runners.
    alone = text.replace("[ubuntu-latest, macos-latest, windows-latest]", "[ubuntu-latest]")
    assert alone != text
    workflow.write_text(alone, "utf-8")
    commit(repository)
    author.adopt(repository)
    jobs = author.push("ways.yml")

    # The failed step makes act fail the job, although the job goes on to compare verdicts and
    # outputs with what is expected.
    job = jobs["The composite twin on ubuntu-latest"]
    assert any(line.startswith("As expected: ") for line in job.log), "\n".join(job.log)
    assert job.outputs["conclusion"] == "failure"
    assert job.outputs["report"] == "cc-lb-selfcheck-report.json"
    assert job.summary.startswith("## ❌ cc-lb would refuse ")
    errors = [item for item in job.annotations if item.level == "error"]
    assert len(errors) == 10


def test_what_users_of_the_major_tag_get(author: Author, repository: Path) -> None:
    # act checks out what lies here, and nothing by name.
    workflow = repository / ".github/workflows/published.yml"
    text = workflow.read_text("utf-8")
    assert text.count("          ref: v1\n") == 3
    workflow.write_text(text.replace("          ref: v1\n", ""), "utf-8")
    commit(repository)
    author.adopt(repository)
    jobs = author.dispatch("published.yml")

    # The third job asks Sigstore and GitHub, which are not here.
    accepted, refused = jobs["Good plugins pass"], jobs["Bad plugins are refused"]
    assert accepted.succeeded, "\n".join(accepted.log)
    assert accepted.outputs["conclusion"] == "success"
    assert refused.succeeded, "\n".join(refused.log)
    assert refused.outputs["conclusion"] == "failure"
    assert not jobs["The image is signed"].succeeded

"""The workflows of examples/workflows, to the letter, against a fake of GitHub.

Each run has a token that may do what the workflow asks for, and no more.
"""

from __future__ import annotations

import html

import pytest

from tests.support.reader_sarif import read_sarif

from .act import Job
from .author import Author

pytestmark = pytest.mark.e2e

FOLDER = "target/wasm32-unknown-unknown/release"


def only(jobs: dict[str, Job]) -> Job:
    (job,) = jobs.values()
    return job


def writes(author: Author) -> list[str]:
    """Return what was asked for, other than to read and to take turns by reactions."""
    told = [str(request) for request in author.fake.requests if request.method != "GET"]
    return [request for request in told if "/reactions" not in request]


@pytest.mark.parametrize(
    ("built", "succeeds", "told"),
    [
        ("shape", True, "## ✅ cc-lb accepts the plugin\n"),
        ("misspelt-export", False, "## ❌ cc-lb would refuse 1 of 1 plugin\n"),
    ],
    ids=["passing", "refused"],
)
def test_a_push(author: Author, built: str, succeeds: bool, told: str) -> None:
    author.write(built)

    job = only(author.push("pull-request.yml"))

    assert job.succeeded == succeeds, "\n".join(job.log)
    assert job.outputs == {
        "passed": str(int(succeeds)),
        "refused": str(int(not succeeds)),
        "undetermined": "0",
        "report": "cc-lb-selfcheck-report.json",
        "conclusion": "success" if succeeds else "failure",
    }
    assert job.summary.startswith(told)
    assert f"{FOLDER}/{built}.wasm" in html.unescape(job.summary)
    assert [item.level for item in job.annotations] == [] if succeeds else ["error"]
    assert writes(author) == []


def test_a_pull_request_refused_then_mended(author: Author) -> None:
    author.write("shape", "misspelt-export")
    run, jobs = author.pull_request("pull-request.yml")

    job = only(jobs)
    assert not job.succeeded
    (error,) = job.annotations
    assert error.level == "error"
    assert "CCLB-MISSPELT-EXPORT" in error.properties["title"]
    assert "Commented on pull request 7." in job.log
    (red,) = author.comments()
    assert "## ❌ cc-lb would refuse 1 of 2 plugins\n" in red
    assert "Rename the function to <code>cc&#95;lb&#95;self&#95;check</code>." in red
    assert f"https://github.com/octo/plugins/actions/runs/{run.id})" in red

    author.write("shape", "filter")
    _, jobs = author.pull_request("pull-request.yml")

    job = only(jobs)
    assert job.succeeded, "\n".join(job.log)
    assert job.annotations == []
    assert "Edited the comment on pull request 7." in job.log
    (green,) = author.comments()
    assert "## ✅ cc-lb accepts all 2 plugins\n" in green
    assert "- 1 new: " in green
    assert "- 1 gone: " in green
    assert [write.partition(" ")[0] for write in writes(author)] == ["POST", "PATCH"]


def test_a_pull_request_from_a_fork_without_the_second_step(author: Author) -> None:
    author.write("shape")

    _, jobs = author.pull_request("pull-request.yml", 8, permissions={"contents": "read"})

    job = only(jobs)
    assert job.succeeded, "\n".join(job.log)
    assert job.summary.startswith("## ✅ cc-lb accepts the plugin\n")
    (warning,) = job.annotations
    assert warning.level == "warning"
    assert "permissions:\n  pull-requests: write\n" in warning.message
    assert "#pull-requests-from-forks" in warning.message
    assert author.comments(8) == []


def test_a_fork_in_two_steps(author: Author) -> None:
    author.write("shape", "misspelt-export")
    first, jobs = author.pull_request("fork-check.yml", 8, permissions={})

    job = only(jobs)
    assert not job.succeeded
    assert job.told("warning") == job.told("notice") == []
    assert [request.token for request in author.fake.requests if request.token] == []

    jobs = author.after(first, "fork-publish.yml")

    job = only(jobs)
    assert job.succeeded, "\n".join(job.log)
    assert job.outputs["refused"] == "1"
    assert len(job.told("error")) == 1
    assert job.summary.startswith("## ❌ cc-lb would refuse 1 of 2 plugins\n")
    (comment,) = author.comments(8)
    assert "## ❌ cc-lb would refuse 1 of 2 plugins\n" in comment
    assert f"/actions/runs/{first.id})" in comment
    assert author.comments(7) == []
    assert all(not request.token for request in author.fake.requests if request.server == "storage")


def test_a_fork_whose_build_fails(author: Author) -> None:
    author.write("shape")
    first, _ = author.pull_request("fork-check.yml", 8, permissions={})
    author.after(first, "fork-publish.yml")
    assert "## ✅ cc-lb accepts the plugin\n" in author.comments(8)[0]
    author.write()
    first, jobs = author.pull_request("fork-check.yml", 8, permissions={})
    assert not only(jobs).succeeded

    job = only(author.after(first, "fork-publish.yml"))

    assert job.succeeded, "\n".join(job.log)
    assert job.told("error") == []
    assert job.told("warning")[0].endswith("has no artifact `cc-lb-selfcheck-report`; it has none.")
    (comment,) = author.comments(8)
    assert "## ⚠️ No plugin was checked\n" in comment
    assert "That run failed, perhaps before its self-check" in comment
    assert f"/actions/runs/{first.id})" in comment


def test_a_matrix_of_three_in_one_comment(author: Author) -> None:
    author.write("filter", "shape", "signer")
    author.replace("signer", "misspelt-export")
    _, jobs = author.pull_request("matrix.yml")

    assert {name: job.succeeded for name, job in jobs.items()} == {
        "Self-check of filter": True,
        "Self-check of shape": True,
        "Self-check of signer": False,
        "Comment": False,
    }
    assert jobs["Comment"].outputs["passed"] == "2"
    assert jobs["Comment"].outputs["refused"] == "1"
    (comment,) = author.comments()
    assert "## ❌ cc-lb would refuse 1 of 3 plugins\n" in comment
    for plugin in ("filter", "shape", "signer"):
        assert f"{plugin}.wasm</code> | <code>check ({plugin})</code> |" in comment
    assert "sent no report" not in comment
    assert len(writes(author)) == 1


def test_a_leg_whose_build_fails(author: Author) -> None:
    """As act does not count the legs of a matrix, the workflow does here what GitHub does."""
    author.write("filter", "shape")
    number = "matrix.plugin == 'filter' && '0' || matrix.plugin == 'shape' && '1' || '2'"
    strategy = f'"{{\\"job-index\\": ${{{{ {number} }}}}, \\"job-total\\": 3}}"'
    old = '          comment-mode: "off"'
    author.change("matrix.yml", old, f"          strategy: {strategy}\n{old}")
    _, jobs = author.pull_request("matrix.yml")

    assert {name: job.succeeded for name, job in jobs.items()} == {
        "Self-check of filter": True,
        "Self-check of shape": True,
        "Self-check of signer": False,
        "Comment": True,
    }
    (comment,) = author.comments()
    assert "## ⚠️ cc-lb accepts all 2 plugins, but not everything was checked\n" in comment
    assert "Leg 3 of 3 of the job <code>check</code> sent no report" in comment


def test_a_part_whose_report_is_lost(author: Author) -> None:
    author.write("filter", "shape", "signer", "observe", "normalize-error")
    author.lost.add("cc-lb-selfcheck-report-2")
    run, jobs = author.pull_request("monorepo.yml")

    assert jobs["Comment"].succeeded
    (comment,) = author.comments()
    assert comment.splitlines()[1].endswith(", but not everything was checked (plugins)")
    # act does not tell a leg's number, as GitHub does: the part is known all the same.
    assert "Part 2 of 3 sent no report: its plugins are not here." in comment
    (check,) = author.fake.check_runs("octo/plugins", run.head_sha)
    assert check.conclusion == "neutral"


def test_a_monorepo_in_parts(author: Author) -> None:
    plugins = ("filter", "shape", "signer", "observe", "normalize-error")
    author.write(*plugins)
    run, jobs = author.pull_request("monorepo.yml")

    assert all(job.succeeded for job in jobs.values())
    parts = [job for name, job in jobs.items() if name.startswith("Self-check")]
    assert len(parts) == 3
    assert sum(int(job.outputs["passed"]) for job in parts) == len(plugins)
    assert jobs["Comment"].outputs["passed"] == str(len(plugins))
    (comment,) = author.comments()
    assert "## ✅ cc-lb accepts all 5 plugins (plugins)\n" in comment
    assert all(f"plugins/{plugin}.wasm" in html.unescape(comment) for plugin in plugins)
    (check,) = author.fake.check_runs("octo/plugins", run.head_sha)
    assert (check.name, check.conclusion) == ("cc-lb-selfcheck (plugins)", "success")


def test_refusals_become_alerts(author: Author) -> None:
    author.write("shape", "misspelt-export")
    _, jobs = author.pull_request("code-scanning.yml")
    job = only(jobs)
    assert not job.succeeded
    (document,) = author.uploaded("sarif").values()
    run = read_sarif(document)
    (alert,) = run["results"]
    assert alert["ruleId"] == "CCLB-MISSPELT-EXPORT"
    physical = alert["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"].startswith("target/wasm32-unknown-unknown/release/")
    assert run["automationDetails"]["id"] == "cc-lb-selfcheck/Plugins/self-check/"
    assert author.comments() == []


def test_a_cache_that_pushes_store(author: Author) -> None:
    author.write("shape", "filter")

    job = only(author.push("cache.yml"))
    assert job.succeeded, "\n".join(job.log)
    assert "Restored files: 0" in job.log
    stored = next(line for line in job.log if line.startswith("Stored files: "))

    _, jobs = author.pull_request("cache.yml")
    job = only(jobs)
    assert job.succeeded, "\n".join(job.log)
    assert f"Restored files: {stored.rpartition(' ')[2]}" in job.log
    assert not any(line.startswith("Stored files: ") for line in job.log)


def test_the_reusable_workflow(author: Author) -> None:
    author.write("filter", "shape", "signer")
    author.replace("signer", "misspelt-export")
    _, jobs = author.pull_request("reusable.yml")

    told = {name.rpartition("/")[2]: job for name, job in jobs.items()}
    assert told["Build"].succeeded, "\n".join(told["Build"].log)
    assert told["Comment"].outputs.get("passed") == "2", [
        (name, job.annotations, job.outputs) for name, job in jobs.items()
    ]
    assert told["Comment"].outputs["refused"] == "1"
    (comment,) = author.comments()
    assert "## ❌ cc-lb would refuse 1 of 3 plugins\n" in comment
    assert all(f"plugins/{name}.wasm" in html.unescape(comment) for name in ("filter", "signer"))
    assert "sent no report" not in comment


def test_an_enterprise_server(corporate_author: tuple[Author, str]) -> None:
    author, certificates = corporate_author
    author.write("shape", files={"certificates/ca.pem": certificates})
    run, jobs = author.pull_request("enterprise.yml")

    job = only(jobs)
    assert job.succeeded, "\n".join(job.log)
    assert job.annotations == []
    (comment,) = author.comments()
    server = author.environment["GITHUB_SERVER_URL"]
    assert f"({server}/octo/plugins/actions/runs/{run.id})" in comment

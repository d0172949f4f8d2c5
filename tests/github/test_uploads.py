"""Artifacts that a run uploaded: listed, fetched from another host, checked or published."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cc_lb_selfcheck.github import uploads
from cc_lb_selfcheck.github.uploads import fetch
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Leg
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.github.model import Run
from tests.support.hostile import CURATED
from tests.support.modules import output_module, success
from tests.support.packing import tgz_of, zip_of
from tests.support.publishing import (
    HEAD,
    PULL,
    REPOSITORY,
    client,
    command,
    furnish,
    only_body,
    runner_environment,
)
from tests.support.reader_runner import read_log
from tests.support.reports import accepted, leg_report, refused
from tests.support.tls import make_certificate, with_tls

GOOD = output_module(success())
BAD = output_module(b"")
STORAGE = "GET /actions-results/*"


class Place:
    """A fake of GitHub with a run, and a token for it."""

    def __init__(self, fake: FakeGitHub) -> None:
        self.fake = fake
        self.token = furnish(fake)
        self.run: Run = fake.add_run(REPOSITORY, head_sha=HEAD, event="pull_request")
        self.slept: list[float] = []
        self.ca_bundle: Path | None = None

    def fetched(self, *names: str, run: int | None = None) -> tuple[dict[str, bytes], list[str]]:
        """Fetch artifacts; the zips' bytes by name, and the faults."""
        bundle = self.ca_bundle
        api = client(self.fake, self.token, sleep=self.slept.append, ca_bundle=bundle)
        with ExitStack() as resources:
            got = fetch(api, run or self.run.id, names, resources)
            read = {name: path.read_bytes() for name, path in got.files.items()}
            return read, [*got.faults, *got.absent]

    def fault(self, *names: str, run: int | None = None) -> str:
        """Return the one sentence that tells why nothing was fetched."""
        read, faults = self.fetched(*names, run=run)
        assert read == {}
        [fault] = faults
        assert fault.endswith(".")
        assert self.token not in fault
        return fault


@pytest.fixture
def place() -> Iterator[Place]:
    with FakeGitHub() as fake:
        yield Place(fake)


# Which ---------------------------------------------------------------------------------------


def test_names_and_patterns_choose_through_all_pages(place: Place) -> None:
    for number in range(250):
        place.fake.upload_artifact(place.run, f"leg-{number:03}", content=b"%d" % number)
    for name in ("other", "Leg-x", "wasm [linux]"):
        place.fake.upload_artifact(place.run, name, content=name.encode())
    assert place.fetched("leg-000", "leg-249") == ({"leg-000": b"0", "leg-249": b"249"}, [])
    read, faults = place.fetched("leg-1[0-4]?", "leg-10*", "wasm [linux]", "wasm*")
    assert (len(read), read["wasm [linux]"], faults) == (51, b"wasm [linux]", [])


def test_what_no_artifact_matches_is_told_with_what_there_is(place: Place) -> None:
    assert place.fault("none") == f"Run {place.run.id} has no artifact `none`; it has none."
    for number in range(12):
        place.fake.upload_artifact(place.run, f"leg-{number}", content=b"x")
    read, faults = place.fetched("leg-1", "LEG-*")
    assert read == {"leg-1": b"x"}
    [fault] = faults
    assert fault.startswith(f"Run {place.run.id} has no artifact `LEG-*`; it has `leg-0`, `leg-1`,")


def test_of_several_attempts_the_newest_counts(place: Place) -> None:
    for content in (b"first", b"second", b"third"):
        place.fake.upload_artifact(place.run, "dist", content=content)
        place.fake.rerun(place.run)
    place.fake.upload_artifact(place.run, "old", content=b"x")
    place.fake.upload_artifact(place.run, "old", expired=True)
    read, faults = place.fetched("dist", "old")
    assert read == {"dist": b"third"}
    assert faults == ["The artifact `old` has expired: run the workflow again to upload it anew."]


def test_another_runs_artifacts_are_not_taken(place: Place) -> None:
    other = place.fake.add_run(REPOSITORY)
    place.fake.upload_artifact(other, "dist", content=b"other")
    assert "has no artifact `dist`; it has none." in place.fault("dist")
    assert place.fetched("dist", run=other.id) == ({"dist": b"other"}, [])


# What goes wrong -----------------------------------------------------------------------------


def test_a_run_that_is_missing_is_told(place: Place) -> None:
    assert place.fault("dist", run=5) == (
        f"There is no run 5 in {REPOSITORY}, or the token may not see it."
    )


def test_a_permission_that_is_missing_is_named(place: Place) -> None:
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    place.token = place.fake.add_token(REPOSITORY, permissions={"contents": "read"})
    # A public repository's artifacts can be listed by anybody, and fetched by few.
    fault = place.fault("dist")
    assert "did not let us download the artifact `dist` (403: " in fault
    assert "`actions: read`" in fault
    place.fake.fail("GET */artifacts", fakes.error(403, "Resource not accessible by integration"))
    fault = place.fault("dist")
    assert f"did not let us list the artifacts of run {place.run.id} (403: " in fault
    assert "`actions: read`" in fault


def test_one_that_expires_while_it_is_fetched_is_told(place: Place) -> None:
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    place.fake.fail("GET */zip", fakes.error(410, "Artifact has expired"))
    assert place.fault("dist") == (
        "The artifact `dist` has expired: run the workflow again to upload it anew."
    )


def test_the_storage_never_sees_the_token(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    assert place.fetched("dist") == ({"dist": b"x"}, [])
    seen = [request for request in place.fake.requests if request.server == "storage"]
    assert len(seen) == 1
    assert [request.token for request in seen] == [None]
    assert place.token not in json.dumps([request.headers for request in seen])
    assert {r.token for r in place.fake.requests if r.server == "api"} == {place.token}


def test_a_link_that_ran_out_is_asked_for_anew(place: Place) -> None:
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    place.fake.on_request(STORAGE, place.fake.expire_links)
    assert place.fetched("dist") == ({"dist": b"x"}, [])
    asked = [request.path for request in place.fake.requests if request.path.endswith("/zip")]
    assert len(asked) == 2
    assert sum(place.slept) < 5


@pytest.mark.parametrize(
    "how", [fakes.truncated(), fakes.hang_up(), fakes.hang_up("after"), fakes.bad_gateway()]
)
@pytest.mark.parametrize("which", [STORAGE, "GET */zip", "GET */artifacts"])
def test_a_broken_answer_is_asked_for_again(place: Place, how: fakes.How, which: str) -> None:
    content = os.urandom(100_000)
    place.fake.upload_artifact(place.run, "dist", content=content)
    place.fake.fail(which, how, times=2)
    assert place.fetched("dist") == ({"dist": content}, [])


def test_a_storage_that_never_answers_is_told_and_the_others_are_fetched(place: Place) -> None:
    for name in ("a", "b"):
        place.fake.upload_artifact(place.run, name, content=name.encode())
    broken = iter([True] * 6)
    place.fake.fail(
        lambda _method, path: "actions-results" in path and next(broken, False),
        fakes.bad_gateway(),
        times=None,
    )
    read, faults = place.fetched("?")
    assert read == {"b": b"b"}
    assert faults == [
        "GitHub's storage at localhost did not let us download the artifact `a` (502)."
    ]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_the_storage_answers_is_told(place: Place, status: int) -> None:
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    place.fake.fail(STORAGE, fakes.respond(status, b"<Error>No</Error>"), times=None)
    assert place.fault("dist") == (
        f"GitHub's storage at localhost did not let us download the artifact `dist` ({status})."
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "github.example.com")


@pytest.mark.parametrize(
    ("api", "storage", "leads_to", "asked"),
    [
        ("https", "https", None, 1),
        ("https", "http", None, 0),
        ("https", "https", "http://localhost", 1),
        ("https", "https", "http://127.0.0.1", 1),
        ("http", "https", "http://localhost", 1),
    ],
)
def test_no_download_leaves_https(
    place: Place,
    certificate: tuple[Path, Path],
    api: str,
    storage: str,
    leads_to: str | None,
    asked: int,
) -> None:
    """Wherever an answer leads, be it the API's or the storage's, and to the API's own host too."""
    fake = place.fake
    fake.upload_artifact(place.run, "dist", content=b"x")
    place.ca_bundle = certificate[0]
    port = urlsplit(fake.storage_url).port
    with (
        with_tls(fake.url, certificate) as api_port,
        with_tls(fake.storage_url, certificate) as storage_port,
    ):
        if api == "https":
            fake.url = f"https://127.0.0.1:{api_port}"
        if storage == "https":
            fake.storage_url = f"https://localhost:{storage_port}"
        if leads_to:
            fake.fail(STORAGE, fakes.redirect(f"{leads_to}:{port}/elsewhere", 302), times=None)
        read, faults = place.fetched("dist")
    unsafe = "The artifact `dist` lies at an address without https, and was not fetched."
    is_safe = storage == "https" and leads_to is None
    assert (read, faults) == (({"dist": b"x"}, []) if is_safe else ({}, [unsafe]))
    assert [item.server for item in fake.requests].count("storage") == asked


@pytest.mark.parametrize("location", ["ftp://storage.example/x", "file:///etc/passwd", "/zip", ""])
def test_a_link_that_leads_astray_is_not_followed(place: Place, location: str) -> None:
    place.fake.upload_artifact(place.run, "dist", content=b"x")
    place.fake.fail("GET */zip", fakes.redirect(location, 302), times=None)
    assert "dist" in place.fault("dist")
    assert [request for request in place.fake.requests if request.server == "storage"] == []


def test_too_large_is_told_before_and_while_it_is_fetched(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "DOWNLOAD_MAX_BYTES", 1_000)
    place.fake.upload_artifact(place.run, "dist", content=bytes(1_001))
    assert place.fault("dist") == (
        "The artifact `dist` has 1,001 bytes; at most 0 GiB are downloaded."
    )
    place.fake.upload_artifact(place.run, "lie", content=b"x")
    place.fake.fail(STORAGE, fakes.content(bytes(100_000)))
    assert place.fault("lie") == "The artifact `lie` is larger than GitHub said."


def test_what_is_too_large_together_is_told_and_the_rest_is_fetched(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "TOGETHER_MAX_BYTES", 2_000)
    for name, size in (("a", 1_500), ("b", 1_000), ("c", 500)):
        place.fake.upload_artifact(place.run, name, content=bytes(size))
    read, faults = place.fetched("*")
    assert {name: len(content) for name, content in read.items()} == {"a": 1_500, "c": 500}
    assert faults == ["The artifact `b` was not downloaded: all of them together may have 0 GiB."]
    paths = [request.path for request in place.fake.requests if request.server == "storage"]
    assert len(paths) == 2


def test_the_zips_lie_in_a_private_directory_that_goes(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place.fake.upload_artifact(place.run, "../../dist", content=b"x")
    with ExitStack() as resources:
        got = fetch(client(place.fake, place.token), place.run.id, ("*",), resources)
        [path] = got.files.values()
        assert path.parent.parent == tmp_path
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


# The commands --------------------------------------------------------------------------------


def real(
    environment: dict[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, with nothing but its environment."""
    paths = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        cwd=folder,
        env=environment | paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def environment_of(place: Place, folder: Path, **more: Any) -> dict[str, str]:
    told = {"token": place.token, "GITHUB_RUN_ID": str(place.run.id), **more}
    return runner_environment(place.fake, folder, **told)


def test_check_takes_what_the_run_uploaded(place: Place, tmp_path: Path) -> None:
    files = {"a.wasm": GOOD, "deep/b.tar.gz": tgz_of({"x/c.wasm": BAD}), "notes.txt": b"x"}
    place.fake.upload_artifact(place.run, "dist", files)
    place.fake.upload_artifact(place.run, "not wanted", {"d.wasm": BAD})
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/a.wasm").write_bytes(BAD)
    arguments = ["check", "dist", "--artifacts", "dist", "--report", "told.json"]
    done = real(environment_of(place, tmp_path), tmp_path, *arguments)
    assert done.returncode == 1
    told = json.loads((tmp_path / "told.json").read_text())
    assert {item["path"]: item["status"] for item in told["artifacts"]} == {
        "dist/a.wasm": "refused",
        "dist/a.wasm#2": "passed",
        "dist/deep/b.tar.gz!/x/c.wasm": "refused",
    }
    assert place.token not in done.stdout + done.stderr
    assert "would refuse 2 of 3 plugins" in only_body(place.fake)


def test_a_file_uploaded_as_it_is_is_one(place: Place, tmp_path: Path) -> None:
    """By ``archive: false``; the artifact has the file's name then, but a zip may be called so."""
    place.fake.upload_artifact(place.run, "a.wasm", content=GOOD)
    place.fake.upload_artifact(place.run, "b.wasm", {"inside.wasm": BAD})
    place.fake.upload_artifact(place.run, "c.tgz", content=tgz_of({"d.wasm": BAD}))
    environment = environment_of(place, tmp_path)
    report = str(tmp_path / "told.json")
    assert command(environment, "check", "--artifacts=*", "--report", report).exit_code == 1
    told = json.loads((tmp_path / "told.json").read_text())
    assert {item["path"]: item["status"] for item in told["artifacts"]} == {
        "a.wasm": "passed",
        "b.wasm/inside.wasm": "refused",
        "c.tgz/d.wasm": "refused",
    }
    place.fake.upload_artifact(place.run, "told.json", content=Path(report).read_bytes())
    assert command(environment, "publish", "--artifacts=told.json").exit_code == 1
    assert "cc-lb would refuse 2 of 3 plugins" in only_body(place.fake)


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"<html>not found</html>" * 99, 2, "`dist` is no archive that can be read: "),
        (zip_of({"a.txt": b"x"}), 2, "`dist` holds no .wasm file."),
    ],
)
def test_check_tells_what_is_no_artifact_and_checks_the_rest(
    place: Place, tmp_path: Path, content: bytes, status: int, words: str
) -> None:
    place.fake.upload_artifact(place.run, "dist", content=content)
    place.fake.upload_artifact(place.run, "gone", expired=True)
    (tmp_path / "a.wasm").write_bytes(GOOD)
    environment = environment_of(place, tmp_path)
    result = command(
        environment,
        *("check", str(tmp_path / "a.wasm"), "--report", str(tmp_path / "told.json")),
        *("--artifacts", "dist", "--artifacts", "gone"),
    )
    told = json.loads((tmp_path / "told.json").read_text())
    assert result.exit_code == status
    assert told["summary"]["passed"] == 1
    problems = [f"`{item['path']}` {item['message']}" for item in told["problems"]]
    assert any(problem.startswith(words) for problem in problems)
    assert any("The artifact `gone` has expired" in problem for problem in problems)


def leg(number: int) -> Leg:
    return Leg(name=f"test ({number})", job="test", number=number, total=2)


def test_publish_merges_the_reports_that_the_events_run_uploaded(
    place: Place, tmp_path: Path
) -> None:
    """In workflow_run the run is the event's; its own has nothing."""
    for number, outcome in ((1, accepted()), (2, refused())):
        told = leg_report(leg(number), {("a.wasm", "x"): outcome})
        name, files = f"report-{number}", {"report.json": render_json(told).encode()}
        place.fake.upload_artifact(place.run, name, files)
    owner, _, _ = REPOSITORY.partition("/")
    payload = {
        "workflow_run": {
            "id": place.run.id,
            "run_attempt": 1,
            "head_sha": HEAD,
            "head_branch": "feature",
            "event": "pull_request",
            "head_repository": {"owner": {"login": owner}},
        }
    }
    environment = environment_of(
        place, tmp_path, event="workflow_run", payload=payload, GITHUB_RUN_ID="999"
    )
    done = real(environment, tmp_path, "publish", "--artifacts", "report-*")
    assert done.returncode == 1, done.stderr
    body = only_body(place.fake)
    assert "although its content is the same" in body
    assert "test (1)" in body
    assert f"/actions/runs/{place.run.id}" in body
    assert (
        f"[JSON report](https://github.com/{REPOSITORY}/actions/runs/{place.run.id}#artifacts)"
        in body
    )
    assert place.token not in done.stdout + done.stderr + body


def test_reading_and_publishing_have_one_budget(place: Place, tmp_path: Path) -> None:
    """Half a second is waited for the list of artifacts, and is not there for the comment."""
    told = leg_report(leg(1), {("a.wasm", "x"): accepted()})
    place.fake.upload_artifact(place.run, "report", {"report.json": render_json(told).encode()})
    place.fake.fail("GET */artifacts", fakes.bad_gateway())
    place.fake.fail("POST */comments", fakes.bad_gateway())
    environment = environment_of(place, tmp_path, GITHUB_RUN_ID=str(place.run.id))
    done = command(environment, "publish", "--artifacts=report", "--max-wait=0.9")
    assert "GitHub is in trouble and did not comment on the pull request (502" in done.output
    assert place.fake.comments(REPOSITORY, PULL) == []


def test_publish_names_each_report_that_it_cannot_use(place: Place, tmp_path: Path) -> None:
    good = render_json(leg_report(leg(1), {("a.wasm", "x"): accepted()})).encode()
    files = {"good.json": good, "bad.json": b"{", "::error::x.json": b"[]"}
    place.fake.upload_artifact(place.run, "reports", files)
    result = command(environment_of(place, tmp_path), "publish", "--artifacts", "reports")
    assert result.exit_code == 2
    told = [item.data for item in read_log(result.output) if item.name == "error"]
    assert len(told) == 2
    assert told[0].startswith(
        "The report `reports/::error::x.json` is no report of cc-lb-selfcheck"
    )
    assert told[1].startswith("The report `reports/bad.json` is no JSON")
    assert result.stderr == ""
    body = only_body(place.fake)
    assert "## ⚠️ cc-lb accepts the plugin, but not everything was checked" in body
    assert "Leg 2 of 2" in body
    assert "reports/bad.json" in body


def test_another_run_of_another_repository(place: Place, tmp_path: Path) -> None:
    place.fake.add_repository("octo-org/other")
    run = place.fake.add_run("octo-org/other")
    told = leg_report(Leg(name="test", job="test", check_run=77), {("a.wasm", "x"): refused()})
    place.fake.upload_artifact(run, "r", {"r.json": render_json(told).encode()})
    place.token = place.fake.add_token([REPOSITORY, "octo-org/other"])
    environment = environment_of(place, tmp_path)
    arguments = ["publish", "--artifacts", "r", "--run-id", str(run.id)]
    assert command(environment, *arguments).exit_code == 2
    result = command(environment, *arguments, "--repository", "octo-org/other")
    assert result.exit_code == 1
    assert "cc-lb would refuse 1 of 1 plugin" in only_body(place.fake)
    # The log of the job that checked is that run's, too.
    there = f"https://github.com/octo-org/other/actions/runs/{run.id}"
    assert f"[JSON report]({there}#artifacts)" in only_body(place.fake)
    assert f"Logs: [test]({there}/job/77)" in only_body(place.fake)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"GITHUB_TOKEN": ""}, "--artifacts needs a token that may read them: set GITHUB_TOKEN,"),
        ({"INPUT_GITHUB-TOKEN": ""}, "leave the input `github-token` out rather than empty."),
        ({"GITHUB_REPOSITORY": ""}, "name it by --repository OWNER/NAME."),
        ({"GITHUB_RUN_ID": "x"}, "unless --run-id names another: GITHUB_RUN_ID is no number."),
        ({"GITHUB_API_URL": "evil"}, "GITHUB_API_URL is no address of an API"),
    ],
)
@pytest.mark.parametrize("name", ["check", "publish"])
def test_what_is_needed_to_ask_is_named(
    place: Place, tmp_path: Path, name: str, change: dict[str, str], words: str
) -> None:
    environment = environment_of(place, tmp_path) | change
    result = command(environment, name, "--artifacts", "dist")
    assert result.exit_code == 2
    assert words in result.stderr
    assert place.fake.requests == []


def test_names_of_artifacts_act_nowhere(place: Place, tmp_path: Path) -> None:
    """GitHub forbids some of these letters; that is not relied on."""
    texts = [text for text in CURATED if text.strip() and text.isprintable()][:60]
    for text in texts:
        place.fake.upload_artifact(place.run, text, content=b"x")
    result = command(environment_of(place, tmp_path), "publish", "--artifacts", "*")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == len(set(texts))
    assert all(line.startswith("::error title=") for line in lines)

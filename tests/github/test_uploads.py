"""Artifacts that a run uploaded: listed, fetched from another host, checked or published."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cc_lb_selfcheck.github import uploads
from cc_lb_selfcheck.github.uploads import fetch
from tests.support import github as fakes
from tests.support.modules import output_module, success
from tests.support.publishing import REPOSITORY, client
from tests.support.tls import make_certificate, with_tls
from tests.support.uploads import Place

GOOD = output_module(success())
BAD = output_module(b"")
STORAGE = "GET /actions-results/*"


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

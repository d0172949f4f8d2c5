"""Other servers than github.com: their addresses, certificates and proxies."""

from __future__ import annotations

import gc
import http.client
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import pytest

from cc_lb_selfcheck.report.json import render_json
from tests.support import github as fakes
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    body_of,
    client,
    command,
    furnish,
    publish,
    publisher,
    runner_environment,
    runs,
    waits,
    write_report,
)
from tests.support.tls import join, make_certificate, serving, with_tls

# Other servers -------------------------------------------------------------------------------


def test_enterprise_server_has_a_path() -> None:
    with FakeGitHub(prefix="/api/v3") as fake:
        token = furnish(fake)
        for number in range(150):
            fake.add_comment(REPOSITORY, PULL, f"Comment {number}", "octocat")
        fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
        assert publish(fake, token, GREEN, 100).failures == []
        assert runs(fake) == [100]
        assert {request.path.split("/")[1] for request in fake.requests} <= {
            "repos",
            "repositories",
            "user",
        }


@pytest.mark.parametrize("how", [fakes.foreign_link, fakes.redirect])
def test_another_host_never_sees_a_request(fake: FakeGitHub, token: str, how: Any) -> None:
    with FakeGitHub(host="localhost") as elsewhere:
        address = elsewhere.url.replace("127.0.0.1", "localhost")
        for number in range(1, 9):
            fake.fail(number, how(address))
            publish(fake, token, RED, 100)
        assert elsewhere.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "github.example.com")


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "storage.example.com")


def test_a_certificate_that_is_not_trusted_is_told_at_once(
    fake: FakeGitHub, token: str, certificate: tuple[Path, Path]
) -> None:
    with with_tls(fake.url, certificate) as port:
        fake.url = f"https://127.0.0.1:{port}"
        slept, error = waits(fake, token, 60)
    assert slept == []
    assert str(error) == (
        "The certificate of 127.0.0.1 is not trusted, so GitHub did not let us read the pull"
        " request (self-signed certificate): name the one that signed it by `--ca-bundle` (input"
        " `ca-bundle`)."
    )
    assert fake.requests == []


def test_a_servers_own_certificate_can_be_named(
    fake: FakeGitHub, token: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    with with_tls(fake.url, certificate) as port:
        fake.url = f"https://127.0.0.1:{port}"
        environment = runner_environment(fake, tmp_path, token=token)
        arguments = ["publish", write_report(tmp_path), "--max-wait=0"]
        told = command(environment, *arguments, f"--ca-bundle={certificate[0]}")
    assert told.exit_code == 1
    assert "Commented" in told.stdout
    assert runs(fake) == [100]


@pytest.mark.parametrize("variable", [None, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_servers_own_certificate_counts_beside_the_usual_ones(
    fake: FakeGitHub,
    token: str,
    certificate: tuple[Path, Path],
    another: tuple[Path, Path],
    tmp_path: Path,
    no_proxies: pytest.MonkeyPatch,
    variable: str | None,
) -> None:
    """Whichever of the two the API has, and whichever the storage of what was uploaded."""
    no_proxies.setattr("requests.utils.DEFAULT_CA_BUNDLE_PATH", str(another[0]))
    if variable:
        no_proxies.setenv(variable, str(another[0]))
    run = fake.add_run(REPOSITORY, head_sha=HEAD)
    fake.upload_artifact(run, "told", {"report.json": render_json(RED).encode()})
    plain, storage = fake.url, fake.storage_url
    for ours, theirs in ((certificate, another), (another, certificate), (certificate,) * 2):
        with with_tls(plain, ours) as port, with_tls(storage, theirs) as other_port:
            fake.url = f"https://127.0.0.1:{port}"
            fake.storage_url = f"https://localhost:{other_port}"
            environment = runner_environment(fake, tmp_path, token=token, GITHUB_RUN_ID=f"{run.id}")
            arguments = ["publish", "--artifacts=told", "--max-wait=0"]
            told = command(environment, *arguments, f"--ca-bundle={certificate[0]}")
        assert told.exit_code == 1, told.output
        assert "1 refused" in told.stdout


def test_the_file_of_certificates_goes_with_its_client(
    fake: FakeGitHub,
    token: str,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    api = client(fake, token, ca_bundle=certificate[0])
    assert [str(path) for path in tmp_path.iterdir()] == [api.verify]
    del api
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_of_no_certificates_is_told(fake: FakeGitHub, token: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    fake.url = "https://127.0.0.1:9"
    environment = runner_environment(fake, tmp_path, token=token)
    arguments = ["publish", write_report(tmp_path), "--max-wait=0"]
    told = command(environment, *arguments, f"--ca-bundle={tmp_path / 'ca.pem'}")
    assert told.exit_code == 2
    assert "ca.pem holds no certificates in PEM that can be read." in told.stderr
    missing = command(environment, *arguments, f"--ca-bundle={tmp_path / 'none.pem'}")
    assert missing.exit_code == 2
    assert "none.pem is no file" in missing.stderr


# Proxies -------------------------------------------------------------------------------------


@contextmanager
def proxy(target: str) -> Iterator[tuple[str, list[str]]]:
    """Run a proxy that leads all hosts to one; yield its address and what it was asked for."""
    seen: list[str] = []
    place = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            seen.append(self.path)
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            inner = http.client.HTTPConnection(place.hostname or "", place.port)
            rest = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
            inner.request(self.command, rest, content, dict(self.headers.items()))
            answer = inner.getresponse()
            body = answer.read()
            inner.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815 - http.server's names

        def do_CONNECT(self) -> None:
            seen.append(f"CONNECT {self.path}")
            with create_connection((place.hostname or "", place.port or 0)) as inner:
                self.send_response(200)
                self.end_headers()
                join(self.connection, inner)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", seen


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def test_a_proxy_is_used_where_one_is_set(
    fake: FakeGitHub, token: str, no_proxies: pytest.MonkeyPatch
) -> None:
    direct = fake.url
    with proxy(direct) as (address, seen):
        no_proxies.setenv("HTTP_PROXY", address)
        fake.url = "http://github.example.com"
        assert publish(fake, token, RED, 100).failures == []
        assert seen
        assert all(path.startswith("http://github.example.com:80/") for path in seen)
        assert len(seen) == len(fake.requests)
        # Where the environment says that none is to be used, none is.
        del seen[:]
        fake.url = direct
        no_proxies.setenv("NO_PROXY", "127.0.0.1")
        publish(fake, token, RED, 101)
    assert (seen, runs(fake)) == ([], [101])


def test_a_proxy_leads_to_servers_with_tls_and_does_not_see_the_token(
    fake: FakeGitHub,
    token: str,
    no_proxies: pytest.MonkeyPatch,
    certificate: tuple[Path, Path],
) -> None:
    with (
        with_tls(fake.url, certificate) as port,
        proxy(f"http://127.0.0.1:{port}") as (address, seen),
    ):
        no_proxies.setenv("HTTPS_PROXY", address)
        fake.url = "https://github.example.com"
        told = publisher(RED).publish(client(fake, token, ca_bundle=certificate[0]))
    assert told.failures == []
    assert set(seen) == {"CONNECT github.example.com:443"}
    assert runs(fake) == [100]


def test_a_proxy_that_is_not_there_is_told_without_its_password(
    fake: FakeGitHub, token: str, tmp_path: Path, no_proxies: pytest.MonkeyPatch
) -> None:
    no_proxies.setenv("HTTP_PROXY", "http://user:pass-word@127.0.0.1:9")
    environment = runner_environment(fake, tmp_path, token=token)
    told = command(environment, "publish", write_report(tmp_path), "--max-wait=0")
    assert (told.exit_code, fake.requests) == (1, [])
    assert "GitHub could not be reached to read whose token it is (ProxyError)." in told.stderr
    assert "pass-word" not in told.output

"""How GitHub is asked: patience and its bounds, other servers, proxies, and the token's secrecy."""

from __future__ import annotations

import gc
import http.client
import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cc_lb_selfcheck.github.api import (
    ApiError,
    Forbidden,
    GitHubApi,
    Gone,
    NotFound,
    Rejected,
    Unavailable,
)
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.report.json import render_json
from tests.support import github as fakes
from tests.support.github import FakeGitHub, How
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    asked,
    body_of,
    client,
    command,
    furnish,
    publish,
    publisher,
    runner_environment,
    runs,
    write_report,
)
from tests.support.tls import join, make_certificate, serving, with_tls

DIST = Path(__file__).parents[1] / "plugins" / "dist"
NOW = 1_800_000_000


def read_pull(api: GitHubApi) -> str:
    return api.read("read the pull request", lambda: api.repository.get_pull(PULL).head.sha)


def waits(fake: FakeGitHub, token: str, max_wait_s: float) -> tuple[list[float], ApiError | None]:
    """Read a pull request; return the seconds of each wait, and what went wrong."""
    slept: list[float] = []
    api = client(fake, token, max_wait_s=max_wait_s, sleep=slept.append, clock=lambda: NOW)
    try:
        read_pull(api)
    except ApiError as error:
        return slept, error
    return slept, None


def limited(status: int = 403, message: str = "API rate limit exceeded", **headers: str) -> How:
    """Answer a refusal with these headers (``_`` for ``-``)."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return fakes.respond(status, json.dumps({"message": message}), told)


# Patience ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("max_wait_s", "slept"),
    [
        (60, [0.5, 1, 2, 4, 8]),
        (7.5, [0.5, 1, 2, 4]),
        (7.4, [0.5, 1, 2]),
        (0.5, [0.5]),
        (0.4, []),
        (0, []),
    ],
)
@pytest.mark.parametrize("how", [fakes.error(500), fakes.bad_gateway(), fakes.hang_up()])
def test_patience_doubles_within_its_bounds(
    fake: FakeGitHub, token: str, how: How, max_wait_s: float, slept: list[float]
) -> None:
    fake.fail("*", how, times=None)
    found, error = waits(fake, token, max_wait_s)
    assert found == slept
    assert isinstance(error, Unavailable)
    assert len(fake.requests) == len(slept) + 1


def test_all_requests_share_one_budget(fake: FakeGitHub, token: str) -> None:
    slept: list[float] = []
    api = client(fake, token, max_wait_s=4, sleep=slept.append)
    for _ in range(2):
        fake.fail("*", fakes.error(500), times=2)
        read_pull(api)
    assert slept == [0.5, 1, 0.5, 1]
    fake.fail("*", fakes.error(500), times=2)
    with pytest.raises(Unavailable):
        read_pull(api)
    assert sum(slept) <= 4


def test_time_outs_come_out_of_the_budget(fake: FakeGitHub, token: str) -> None:
    """Each try takes half a minute here, by a watch of the test's own."""
    slept: list[float] = []
    watch = itertools.count(0, 30)
    api = client(fake, token, max_wait_s=60, sleep=slept.append, stopwatch=lambda: next(watch))
    fake.fail("*", fakes.hang_up(), times=None)
    with pytest.raises(Unavailable, match="could not be reached to read the pull request"):
        read_pull(api)
    assert (slept, len(fake.requests)) == ([0.5], 2)
    # Who has never answered is not asked again then.
    with pytest.raises(Unavailable, match="was not asked any more to read the pull request"):
        read_pull(api)
    assert len(fake.requests) == 2


def test_a_github_that_has_answered_is_asked_once_where_the_budget_is_spent(
    fake: FakeGitHub, token: str
) -> None:
    """What was begun can be brought to its end."""
    slept: list[float] = []
    watch = itertools.count(0, 30)
    api = client(fake, token, max_wait_s=40, sleep=slept.append, stopwatch=lambda: next(watch))
    read_pull(api)
    fake.fail("*", fakes.hang_up(), times=3)
    for number in (3, 4):
        with pytest.raises(Unavailable):
            read_pull(api)
        assert (slept, len(fake.requests)) == ([0.5], number)
    assert read_pull(api) == HEAD


def test_a_slow_refusal_leaves_the_budget_for_what_github_asks(
    fake: FakeGitHub, token: str
) -> None:
    watch = itertools.count(0, 30)
    slept: list[float] = []
    api = client(fake, token, max_wait_s=60, sleep=slept.append, stopwatch=lambda: next(watch))
    fake.fail(1, limited(retry_after="60"))
    assert read_pull(api) == HEAD
    assert slept == [60]


def test_who_does_not_take_a_connection_is_not_waited_for_long(
    fake: FakeGitHub, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    send = requests.Session.send

    def noted(self: requests.Session, request: Any, **options: Any) -> requests.Response:
        given.append((urlsplit(request.url).hostname, options["timeout"]))
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    run = fake.add_run(REPOSITORY, head_sha=HEAD)
    fake.upload_artifact(run, "told", {"report.json": render_json(RED).encode()})
    environment = runner_environment(fake, tmp_path, token=token, GITHUB_RUN_ID=f"{run.id}")
    assert command(environment, "publish", "--artifacts=told", "--max-wait=0").exit_code == 1
    assert set(given) == {("127.0.0.1", (10, 30)), ("localhost", (10, 60))}


LIMITS: dict[str, tuple[How, list[float]]] = {
    "Retry-After": (limited(retry_after="7"), [7]),
    "Retry-After 0": (limited(retry_after="0"), [0]),
    "Retry-After without words": (limited(message="Forbidden", retry_after="7"), [7]),
    "Retry-After comes first": (
        limited(retry_after="7", x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 50}"),
        [7],
    ),
    "429": (limited(429, retry_after="9"), [9]),
    "the reset": (limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 42}"), [43]),
    "a reset that was": (limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW - 9}"), [1]),
    "an absurd reset": (limited(x_ratelimit_remaining="0", x_ratelimit_reset="-1"), [60]),
    "no reset": (limited(x_ratelimit_remaining="0"), [60]),
    "no time": (limited(message="You have exceeded a secondary rate limit."), [60]),
    "429 without words": (limited(429, message=""), [60]),
    **{
        f"Retry-After {text[:40]!r}": (limited(retry_after=text), [60])
        for text in ("nan", "-1", "1e1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 400)
    },
}


@pytest.mark.parametrize(("how", "slept"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_waited_for_as_github_asks(
    fake: FakeGitHub, token: str, how: How, slept: list[float]
) -> None:
    fake.fail(1, how)
    assert waits(fake, token, 60) == (slept, None)


@pytest.mark.parametrize(
    "how",
    [
        limited(retry_after="61"),
        limited(retry_after="999999999999"),
        limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 60}"),
    ],
)
def test_a_limit_beyond_the_budget_is_not_waited_for(
    fake: FakeGitHub, token: str, how: How
) -> None:
    fake.fail("*", how, times=None)
    slept, error = waits(fake, token, 60)
    assert (slept, len(fake.requests)) == ([], 1)
    assert str(error).startswith("GitHub asks to wait for longer than `--max-wait` allows (403: ")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, Rejected, "GitHub did not let us read the pull request (400: No)."),
        (401, Rejected, "The token is not valid, so GitHub did not let us read"),
        (403, Forbidden, "GitHub did not let us read the pull request (403: No)."),
        (404, NotFound, "GitHub did not let us read the pull request (404: No)."),
        (410, Gone, "GitHub did not let us read the pull request (410: No)."),
        (422, Rejected, "GitHub did not let us read the pull request (422: No)."),
        (503, Unavailable, "GitHub is in trouble and did not read the pull request (503: No)."),
    ],
)
def test_each_status_has_its_words(
    fake: FakeGitHub, token: str, status: int, kind: type[ApiError], words: str
) -> None:
    fake.fail("*", fakes.error(status, "No"), times=None)
    slept, error = waits(fake, token, 60)
    assert isinstance(error, kind)
    assert str(error).startswith(words)
    assert bool(slept) == (status >= 500)


def test_no_pause_is_made_between_requests(fake: FakeGitHub, token: str) -> None:
    slept: list[float] = []
    publisher(RED).publish(client(fake, token, sleep=slept.append))
    # The one before the last look.
    assert slept == [1]


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

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815

        def do_CONNECT(self) -> None:
            seen.append(f"CONNECT {self.path}")
            with create_connection((place.hostname or "", place.port or 0)) as inner:
                self.send_response(200)
                self.end_headers()
                join(self.connection, inner)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
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


# The token -----------------------------------------------------------------------------------


def test_every_request_bears_the_token_and_our_name(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    assert {request.token for request in fake.requests} == {token}
    agents = {request.headers["user-agent"].partition("/")[0] for request in fake.requests}
    assert agents == {"cc-lb-selfcheck"}


def test_a_netrc_file_replaces_no_token(
    fake: FakeGitHub, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login octocat password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    publish(fake, token, RED, 100)
    assert {request.token for request in fake.requests} == {token}


def test_no_log_holds_the_token(
    fake: FakeGitHub, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fail("POST *", fakes.hang_up("after"))
    publish(fake, token, RED, 100)
    assert len(caplog.records) >= len(asked(fake, "GET"))
    assert token not in caplog.text


def test_no_child_gets_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = Path("/proc")
    if not (environ / "self" / "environ").exists():
        pytest.skip("needs /proc")
    for name in ("GITHUB_TOKEN", "INPUT_GITHUB-TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        monkeypatch.setenv(name, "ghs_secret")
    worker = WorkerProcess()
    try:
        worker.start()
        assert b"ghs_secret" not in (environ / str(worker.pid) / "environ").read_bytes()
        assert b"ghs_secret" not in (environ / str(worker.pid) / "cmdline").read_bytes()
    finally:
        worker.close()


PUSH = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REPOSITORY": REPOSITORY,
    "GITHUB_RUN_ID": "100",
    "GITHUB_SHA": HEAD,
}


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({}, ["check", str(DIST / "shape.wasm")]),
        (PUSH, ["check", str(DIST / "shape.wasm")]),
        ({}, ["publish", "report.json", "--dry-run", "--check-run"]),
        (PUSH, ["publish", "report.json"]),
    ],
    ids=["at home", "of a push", "a dry run", "a push's report"],
)
def test_who_asks_github_nothing_loads_no_client(
    tmp_path: Path, environment: dict[str, str], arguments: list[str]
) -> None:
    write_report(tmp_path, GREEN)
    script = (
        "import sys\n"
        "from cc_lb_selfcheck.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    sys.stderr.write(' '.join(sorted(sys.modules)))\n"
    )
    foreign = ("GITHUB_", "INPUT_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**clean, **environment, "GITHUB_TOKEN": "ghs_secret"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "pydantic" in loaded
    assert loaded.isdisjoint({"github", "requests", "urllib3", "jwt", "nacl"})
    assert "ghs_secret" not in done.stdout


def test_a_client_shows_no_token(fake: FakeGitHub, token: str) -> None:
    api = client(fake, token)
    assert token not in repr(api) + str(api) + repr(vars(publisher()))

"""TLS in front of a server of the tests, with a certificate that nobody trusts."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import SHUT_WR, create_connection, socket
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn, ThreadingTCPServer
from urllib.parse import urlsplit

import pytest


def make_certificate(directory: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate that nobody trusts, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    names = f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        f" -subj /CN={name} -addext {names} -out cert.pem -keyout key.pem".split(),
        cwd=directory,
        check=True,
        capture_output=True,
    )
    return directory / "cert.pem", directory / "key.pem"


def pump(source: socket, target: socket) -> None:
    """Hand on what comes, to its end."""
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(SHUT_WR)
    except OSError:
        return  # one of the two has gone


def join(one: socket, other: socket) -> None:
    """Hand on both ways."""
    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join()
    other.close()


@contextmanager
def serving(server: TCPServer) -> Iterator[int]:
    """Serve, and tell the port."""
    if isinstance(server, ThreadingMixIn):
        server.daemon_threads = True
        server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def with_tls(url: str, certificate: tuple[Path, Path]) -> Iterator[int]:
    """Serve what lies at an address over TLS, and tell the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inner = urlsplit(url)

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            try:
                secure = context.wrap_socket(self.request, server_side=True)
            except OSError:
                return  # the client does not trust us
            with secure, create_connection((inner.hostname or "", inner.port or 0)) as plain:
                join(secure, plain)

    with serving(ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port

"""An Enterprise server's certificate: TLS in front of a server that has none."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

_CHUNK_BYTES = 65_536
_CA = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=octo corp CA")
_OF_A_CA = ("-addext", "keyUsage=critical,keyCertSign")
_OF_A_SERVER = "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n"
"""Without these, Python 3.13 takes neither (``ssl.VERIFY_X509_STRICT``)."""


def make_authority(folder: Path) -> Path:
    """Make an authority of which nobody knows, and a certificate of it for 127.0.0.1.

    Return the authority's certificate; ``server.pem`` is beside it. Raises ``CalledProcessError``.
    """
    folder.mkdir()
    _openssl(folder, *_CA, *_OF_A_CA, "-keyout", "ca.key", "-out", "ca.pem")
    request = ("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1")
    _openssl(folder, *request, "-keyout", "server.key", "-out", "server.csr")
    (folder / "extensions").write_text(_OF_A_SERVER, "utf-8")
    signed = ("x509", "-req", "-days", "2", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    files = ("-extfile", "extensions", "-in", "server.csr", "-out", "server.crt")
    _openssl(folder, *signed, *files)
    whole = [(folder / name).read_text("utf-8") for name in ("server.key", "server.crt")]
    (folder / "server.pem").write_text("".join(whole), "utf-8")
    return folder / "ca.pem"


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class TlsFront:
    """Takes connections on ``port`` by TLS and passes them on to another port in the clear."""

    def __init__(self, certificate: Path) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.behind: int | None = None
        """The port that connections go on to; to be set before the first."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # Who does not trust the certificate hangs up in the handshake.
        with (
            suppress(OSError),
            self._context.wrap_socket(client, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", self.behind or 0)) as inside,
        ):
            _relay(outside, inside)


def _relay(outside: ssl.SSLSocket, inside: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    other: dict[socket.socket, socket.socket] = {outside: inside, inside: outside}
    while True:
        # What the TLS layer has read already no longer wakes select.
        ready = [outside] if outside.pending() else select.select(list(other), [], [])[0]
        for source in ready:
            data = source.recv(_CHUNK_BYTES)
            if not data:
                return
            other[source].sendall(data)

"""HTTP/1.1 with kept connections: the API at one host, the storage at another."""

import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from . import actions, checks, reactions, routes
from .answers import Answer, Refused, answer_json
from .archives import Storage
from .faults import Fault, Request, Script, Server
from .state import State
from .views import Views

STATE_PATH: Final = "/__state"
"""Not GitHub's: a look at the fake itself, never logged, counted or spoilt."""

__all__ = ["STATE_PATH", "Desk", "Listener", "actions", "checks", "reactions"]


class Desk:
    """What both servers share: the log, the script, and carrying requests out."""

    def __init__(self, state: State, views: Views, storage: Storage, prefix: str) -> None:
        self.state, self.views, self.storage, self.prefix = state, views, storage, prefix
        self.script = Script()
        self.stopped = threading.Event()
        self.dump: Callable[[], Any] = dict
        self.problems: list[BaseException] = []
        """Errors of the fake's own, or of hooks: never GitHub's, so they must not pass for it."""
        self._lock = threading.Lock()
        self._log: list[Request] = []

    @property
    def log(self) -> list[Request]:
        """The requests so far, in the order in which they came."""
        with self._lock:
            return list(self._log)

    def receive(
        self, server: Server, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Request:
        """Write a request into the log."""
        parts = urlsplit(target)
        path = parts.path.removeprefix(self.prefix) if server == "api" else parts.path
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            number = len(self._log) + 1
            made = Request(number, server, method, path, query, headers, body)
            self._log.append(made)
        return made

    def answer(self, request: Request, target: str) -> Answer | None:
        """Run hooks, faults and the request itself; None means to hang up."""
        hooks = self.script.hooks(request)
        for hook in hooks:
            if hook.effect == "before":
                hook.action()
        fault = self.script.fault(request)
        if fault is not None:
            request.fault = fault.how.name
        answer: Answer | None = None
        if fault is not None and fault.effect == "before":
            answer, over = self._spoil(fault, Answer(200))
            if over:
                return answer
        answer = self._carry_out(request, target)
        for hook in hooks:
            if hook.effect == "after":
                hook.action()
        if fault is not None and fault.effect == "after":
            answer, _ = self._spoil(fault, answer)
        return answer

    def _spoil(self, fault: Fault, true: Answer) -> tuple[Answer | None, bool]:
        """Return what is sent, and whether the fault stands in for the request."""
        how = fault.how
        if how.delay:
            self.stopped.wait(how.delay)
        if how.hang_up:
            return None, True
        if how.spoil is None:
            return true, False
        return how.spoil(true), True

    def _carry_out(self, request: Request, target: str) -> Answer:
        if request.server == "storage":
            authorization = request.headers.get("authorization")
            return self.storage.fetch(request.query.get("sig", ""), authorization)
        if not urlsplit(target).path.startswith(self.prefix + "/"):
            return Refused(404, "Not Found").answer("")
        return routes.answer(self.state, self.views, self.storage, request)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "fake-github"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Listener"

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing on the terminal: the log is `FakeGitHub.requests`."""

    def respond(self) -> None:
        """Read the request whole and answer it."""
        desk = self.server.desk
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.server.role == "api" and self.path == STATE_PATH:
            self.send(answer_json(200, desk.dump()))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = desk.receive(self.server.role, self.command, self.path, headers, body)
        answer = desk.answer(request, self.path)
        if answer is None:
            self.hang_up()
            return
        request.status = answer.status
        self.send(answer)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = respond  # noqa: N815 - http.server's names

    def send(self, answer: Answer) -> None:
        """Send an answer, in one piece unless it is to be cut short."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if answer.sent is None else answer.body[: answer.sent])
        self.wfile.flush()
        if answer.sent is not None:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection as it is."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


class Listener(ThreadingHTTPServer):
    """A server in a thread of its own."""

    daemon_threads = True
    # One burst of publishers must find room: the default queue is five.
    request_queue_size = 128

    def __init__(self, role: Server, desk: Desk, host: str, port: int) -> None:
        super().__init__((host, port), Handler)
        self.role, self.desk = role, desk
        self.connections: set[socket.socket] = set()
        # What a stop waits for, at most: the pause between two looks of serve_forever.
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def server_bind(self) -> None:
        """Bind without the look-up of a name for the address, which can take long."""
        TCPServer.server_bind(self)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve until stopped."""
        self._thread.start()

    def stop(self) -> None:
        """End it, and the connections that clients keep open."""
        self.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its client was faster
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep an error for the end, unless it is a client that went away."""
        problem = sys.exception()
        if problem is not None and not isinstance(problem, ConnectionError):
            self.desk.problems.append(problem)

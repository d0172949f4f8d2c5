"""Prism as a judge: proxies between a client and the fake that hold both to the description."""

import os
import queue
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Final, Self

from .description import cut_text

HERE: Final = Path(__file__).resolve().parent
START_SECONDS: Final = 120
MARK_SECONDS: Final = 30

# What Prism's log has where something is amiss: an error or a warning of its own, and its answering
# in the fake's place (which it does on a 501).
AMISS: Final = re.compile(r"✖|⚠|Violation|Remocking")
PREFACE: Final = re.compile(r"^\[[^]]*\]\s*\S\s*")


def install(folder: Path) -> None:
    """Install Prism and the description by npm and cut the latter. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    shutil.copy(HERE / "prism.cjs", folder)
    quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run(["npm", "install", *quiet], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    generated = folder / "node_modules/@octokit/openapi/generated"
    whole = (generated / "api.github.com.json").read_text("utf-8")
    (folder / "description.json").write_text(cut_text(whole), "utf-8")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Prism:
    """One proxy. `requests` false lets wrong requests through, to judge how they are answered."""

    def __init__(self, folder: Path, upstream: str, *, requests: bool = True) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = folder / "node_modules/@stoplight/prism-cli/dist/index.js"
        command = ["node", "--require", "./prism.cjs", str(program), "proxy", "description.json"]
        command += [upstream, "--errors", "--host", "127.0.0.1", "--port", str(port)]
        command += [] if requests else ["--validate-request", "false"]
        self._command, self._folder = command, folder
        self._lines: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> Self:
        environment = os.environ | {"FORCE_COLOR": "0", "NO_COLOR": "1"}
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        assert self._process.stdout is not None
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._until("is listening", START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def violations(self) -> list[str]:
        """Return what was amiss since the last call.

        A request for a path that no description has ends the log so far. That it is found amiss
        shows each time that the judge is awake. Raises TimeoutError when it is not.
        """
        mark = f"/end-{secrets.token_hex(8)}"
        try:
            urllib.request.urlopen(self.url + mark, timeout=MARK_SECONDS)  # noqa: S310
        except urllib.error.HTTPError as refused:
            refused.close()
        lines = self._until(f"{mark} ✖", MARK_SECONDS)
        found = [line for line in lines if AMISS.search(line) and mark not in line]
        return [PREFACE.sub("", line) for line in found]

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip())

    def _until(self, text: str, seconds: float) -> list[str]:
        """Return the log up to a line with this text."""
        ends = time.monotonic() + seconds
        lines: list[str] = []
        while not lines or text not in lines[-1]:
            try:
                lines.append(self._lines.get(timeout=max(0, ends - time.monotonic())))
            except queue.Empty:
                shown = "\n".join(lines[-20:])
                raise TimeoutError(
                    f"Prism did not say {text!r}. Its last lines:\n{shown}"
                ) from None
        return lines

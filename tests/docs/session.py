"""A reader who types what a page says, in a directory of their own."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .pages import Block

_TIME_LIMIT_S: Final = 900
_COLUMNS: Final = "100"


@dataclass
class Session:
    """A shell in a directory; ``tools`` are folders of programs that go before all others."""

    directory: Path
    tools: Sequence[Path] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def follow(self, block: Block) -> None:
        """Write the block's file, make its change, or run its commands, each as the page says."""
        if not block.file:
            self._run(block)
        elif block.language == "diff":
            _change(self.directory / block.file, block.text)
        else:
            path = self.directory / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")

    def _run(self, block: Block) -> None:
        mark = secrets.token_hex(8)
        script = "status=0\n" + "".join(
            f"(exit $status)\n{command}\nstatus=$?; echo; echo {mark} $status $PWD\n"
            for command, _ in block.steps
        )
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
        path = [*map(str, self.tools), str(Path(sys.executable).parent), clean["PATH"]]
        changed = {"PATH": os.pathsep.join(path), "COLUMNS": _COLUMNS, **self.variables}
        done = subprocess.run(
            ["bash", "-uo", "pipefail", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            cwd=self.directory,
            env=clean | changed,
            timeout=_TIME_LIMIT_S,
            check=False,
        )
        pieces = re.split(rf"\n{mark} (\d+) (.*)\n", done.stdout)
        assert len(pieces) == 3 * len(block.steps) + 1, f"{block} ended early:\n{done.stdout}"
        steps = zip(block.steps, pieces[::3], pieces[1::3], strict=False)
        for (command, shown), printed, status in steps:
            _judge(block, command, shown, printed, int(status))
        self.directory = Path(pieces[-2])


def _judge(block: Block, command: str, shown: list[str] | None, printed: str, status: int) -> None:
    told = f"{block}: {command}\nexit status {status}, and it prints:\n{printed}"
    if shown:
        assert agrees(printed, shown), told
    else:
        wanted = re.search(r"# exit status (\d+)", command)
        assert status == int(wanted[1] if wanted else 0), told


def agrees(printed: str, shown: Sequence[str]) -> bool:
    """Tell whether a page shows what was printed: ``…`` is any text, on its own any lines."""
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _change(file: Path, diff: str) -> None:
    """Replace the lines that a change takes away by those that it adds."""
    old = "".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] in " +")
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{file.name} holds {text.count(old)} times:\n{old}"
    file.write_text(text.replace(old, new), "utf-8")

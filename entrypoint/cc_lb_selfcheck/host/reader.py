"""Reads an artifact's debug information in a process of its own.

Debug information is a stranger's as much as the code is: reading it may take long, much memory, or
fail. The process holds nothing, loads no engine, enters ``host.sandbox`` and is ended when its time
is up. Started as
``python -I -m cc_lb_selfcheck.host.reader``: one frame in, one frame out.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cc_lb_selfcheck.wasm.outline import read_outline

from . import child
from .frames import BrokenFrame, receive, send

if TYPE_CHECKING:
    from cc_lb_selfcheck.wasm.dwarf import Place

_MEMORY_MAX_BYTES: Final = 2 << 30
_CPU_MAX_S: Final = 10
"""Its end, should the parent be gone."""
_ANSWER_MAX_BYTES: Final = 4 << 20
_PLACES_MAX: Final = 64


def read_places(
    data: bytes, offsets: Sequence[int], *, timeout_s: float
) -> list[list[tuple[str | None, str | None, int | None, int | None]]]:
    """Return, for each offset in the file, the places around it: see ``DebugInfo.places``.

    Empty lists for what cannot be read, or not in time.
    """
    answer = _ask({"offsets": list(offsets)}, data, timeout_s)
    places = answer.get("places", [])
    return [[(*place,) for place in of_one] for of_one in places] or [[] for _ in offsets]


def read_declaration(
    data: bytes, body: tuple[int, int], *, timeout_s: float
) -> tuple[str | None, str | None, int | None, int | None] | None:
    """Return where the function with that body is declared; None where that cannot be told."""
    place = _ask({"body": list(body)}, data, timeout_s).get("declaration")
    return (*place,) if place else None


def _ask(head: dict[str, Any], data: bytes, timeout_s: float) -> dict[str, Any]:
    asked = io.BytesIO()
    send(asked, {**head, "parent": os.getpid()}, data)
    try:
        done = subprocess.run(
            child.command("host.reader"),
            input=asked.getvalue(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child.environment(),
            cwd=child.directory(),
            start_new_session=True,
            timeout=timeout_s,
            check=False,
        )
        return receive(io.BytesIO(done.stdout), _ANSWER_MAX_BYTES)[0]
    except (subprocess.TimeoutExpired, BrokenFrame):
        return {}


def _serve(asked: BinaryIO, answers: BinaryIO) -> None:
    from cc_lb_selfcheck.wasm.dwarf import DebugInfo

    from . import sandbox

    head, data = receive(asked)
    _limit_itself()
    sandbox.enter(parent=head["parent"], cache_config="")
    outline = read_outline(data)
    try:
        info = DebugInfo(outline)
        answer: dict[str, Any] = {}
        if "body" in head:
            answer["declaration"] = info.declaration(*head["body"])
        else:
            answer["places"] = [_told(info, offset) for offset in head["offsets"]]
    except Exception:  # noqa: BLE001 - nonsense may raise anything; then nothing is told
        answer = {}
    send(answers, answer)


def _told(info: Any, offset: int) -> list[Place]:
    places: list[Place] = info.places(offset)
    return places[:_PLACES_MAX]


def _limit_itself() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, wanted in (
        (resource.RLIMIT_AS, _MEMORY_MAX_BYTES),
        (resource.RLIMIT_CPU, _CPU_MAX_S),
    ):
        hard = resource.getrlimit(limit)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (value, hard))


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)

"""Takes from a worker what running a plugin does not need, before the engine starts a thread.

Each layer stands for itself, and what the machine does not offer is told, never silent. No limit
here is one that a plugin could see: memory is watched from outside (``host.memory``).
"""

from __future__ import annotations

import sys
from typing import Final, NamedTuple

if sys.platform == "linux":
    from . import layers

_LAYERS: Final = ("limits", "user", "parent", "files", "calls")
"""Those that are entered; the others hold by how the process was started and is watched."""
GIVES: Final = {
    "process": "the engine runs in a process of its own: no environment, no descriptors but its"
    " two pipes, a session of its own",
    "memory": "what takes too much memory is ended",
    "limits": "bounded files, descriptors and processor time, and no core files",
    "user": "a user of its own, without any privilege",
    "parent": "the engine's process ends with the one that started it",
    "files": "no file within reach but the compilation cache",
    "calls": "no network, no other process, no privileges",
}
"""What each layer gives, in the order in which they are told."""


class Layer(NamedTuple):
    """One layer: whether it holds, and why not or by what, in a clause."""

    name: str
    holds: bool
    detail: str = ""


def enter(*, parent: int, cache_config: str) -> list[Layer]:
    """Enter the sandbox for good, and return what holds.

    ``parent`` is the process without which this one is to end. ``cache_config`` names the engine's
    cache configuration (empty: no cache); it and the directory ``engine`` beside it stay within
    reach.
    """
    if sys.platform == "linux":
        return [Layer(name, *layers.entered(name, parent, cache_config)) for name in _LAYERS]
    return [Layer(name, holds=False, detail=f"there is none on {sys.platform}") for name in _LAYERS]


def limit_processor(seconds: float) -> None:
    """End this process once it has used so much more processor time, should its parent not."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))

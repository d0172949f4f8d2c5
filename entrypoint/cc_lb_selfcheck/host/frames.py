"""Frames over pipes between the parent and a worker: a JSON head and bytes behind it.

Each frame is two big-endian 32-bit lengths, the head and the body. What a worker sends is not
trusted: lengths are bounded and the head is plain JSON.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Final

_LENGTHS: Final = struct.Struct(">II")
_HEAD_MAX: Final = 1 << 20
_BODY_MAX: Final = 1 << 30


class BrokenFrame(Exception):
    """The other side is gone, or what it sent is no frame."""


class Gone(BrokenFrame):
    """The other side is gone."""


def send(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame and flush it. Raises ``BrokenFrame`` when nobody reads."""
    encoded = json.dumps(head).encode()
    try:
        stream.write(_LENGTHS.pack(len(encoded), len(body)))
        stream.write(encoded)
        stream.write(body)
        stream.flush()
    except (OSError, ValueError) as error:
        raise Gone(f"cannot send: {error}") from error


def receive(stream: BinaryIO, body_max: int = _BODY_MAX) -> tuple[dict[str, Any], bytes]:
    """Read one frame. Raises ``BrokenFrame`` at the end of the stream or on nonsense."""
    try:
        head_size, body_size = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
        if head_size > _HEAD_MAX or body_size > body_max:
            raise BrokenFrame(f"a frame of {head_size} + {body_size} bytes is too large")
        head = json.loads(_exactly(stream, head_size))
        body = _exactly(stream, body_size)
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenFrame(f"cannot read: {error}") from error
    if not isinstance(head, dict):
        raise BrokenFrame("a frame's head is no JSON object")
    return head, body


def capacity(pipe: BinaryIO) -> int:
    """Return how many bytes a pipe holds that nobody reads; 0 where the system does not tell."""
    try:
        from fcntl import F_GETPIPE_SZ, fcntl
    except ImportError:  # only Linux has it
        return 0
    return fcntl(pipe, F_GETPIPE_SZ)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Gone("the stream ended")
    return data

"""Frames over pipes between the parent and a worker: a JSON head and bytes behind it.

Each frame is two big-endian 32-bit lengths, the head and the body. What a worker sends is not
trusted: lengths are bounded and the head is plain JSON.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any, BinaryIO, Final

_LENGTHS: Final = struct.Struct(">II")
LOG_MAX_BYTES: Final = 4 << 20
"""How much a worker tells of what the engine logs of a call, which has an error text twice."""
_HEAD_MAX: Final = 1 << 20
_BODY_MAX: Final = 1 << 30
_LARGE_BYTES: Final = 1 << 20


class BrokenFrame(Exception):
    """The other side is gone, or what it sent is no frame."""


class Gone(BrokenFrame):
    """The other side is gone."""


def parts(head: dict[str, Any], body: bytes = b"") -> tuple[bytes, ...]:
    """Return a frame's bytes in one part, or in two where the body is large: it is not copied."""
    text = json.dumps(head).encode()
    begin = _LENGTHS.pack(len(text), len(body)) + text
    return (begin + body,) if len(body) < _LARGE_BYTES else (begin, body)


def send(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame and flush it. Raises ``BrokenFrame`` when nobody reads."""
    try:
        stream.writelines(parts(head, body))
        stream.flush()
    except (OSError, ValueError) as error:
        raise Gone(f"cannot send: {error}") from error


def receive(stream: BinaryIO, body_max: int = _BODY_MAX) -> tuple[dict[str, Any], bytes]:
    """Read one frame. Raises ``BrokenFrame`` at the end of the stream or on nonsense."""
    try:
        head_size, body_size = _sizes(_exactly(stream, _LENGTHS.size), body_max)
        return _head(_exactly(stream, head_size)), _exactly(stream, body_size)
    except OSError as error:
        raise BrokenFrame(f"cannot read: {error}") from error


class Incoming:
    """Frames that come in pieces."""

    def __init__(self, body_max: int = _BODY_MAX) -> None:
        self._body_max = body_max
        self._data = b""

    def add(self, piece: bytes) -> None:
        """Add what has come."""
        self._data = self._data + piece if self._data else piece

    def next(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the next frame, if all of it is there. Raises ``BrokenFrame`` on nonsense."""
        if len(self._data) < _LENGTHS.size:
            return None
        head_size, body_size = _sizes(self._data[: _LENGTHS.size], self._body_max)
        begin = _LENGTHS.size + head_size
        end = begin + body_size
        if len(self._data) < end:
            return None
        frame = _head(self._data[_LENGTHS.size : begin]), self._data[begin:end]
        self._data = self._data[end:]
        return frame


def capacity(pipe: BinaryIO) -> int:
    """Return how many bytes a pipe holds that nobody reads; 0 where the system does not tell."""
    if sys.platform == "linux":
        from fcntl import F_GETPIPE_SZ, fcntl

        return fcntl(pipe, F_GETPIPE_SZ)
    return 0


def _sizes(lengths: bytes, body_max: int) -> tuple[int, int]:
    head_size, body_size = _LENGTHS.unpack(lengths)
    if head_size > _HEAD_MAX or body_size > body_max:
        raise BrokenFrame(f"a frame of {head_size} + {body_size} bytes is too large")
    return head_size, body_size


def _head(text: bytes) -> dict[str, Any]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame(f"cannot read: {error}") from error
    if not isinstance(head, dict):
        raise BrokenFrame("a frame's head is no JSON object")
    return head


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Gone("the stream ended")
    return data

"""The artifacts that are measured: real plugins, small modules and padded ones, all distinct."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.builder import (
    DROP,
    END,
    HEADER,
    UNREACHABLE,
    custom_section,
    i32_const,
    section,
    uleb,
)
from tests.support.modules import error_module, output_module, success, trap_module

REPOSITORY: Final = Path(__file__).resolve().parent.parent
_PLUGINS: Final = REPOSITORY / "tests" / "plugins"
_FUNCTIONS, _CODE = 3, 10
_REFUSED_EVERY: Final = 10
_DEBUG_INFO: Final = b"\x0b.debug_info"
_PADDING: Final = bytes(32 * 1024)


def write_real(directory: Path, count: int) -> list[Path]:
    """Write distinct variants of the real Rust plugins that pass, each about as often."""
    plugins = [path.read_bytes() for path in _passing_rust_plugins()]
    wasms = (with_function(plugins[n % len(plugins)], n) for n in range(count))
    return _write(directory, wasms)


def write_small(directory: Path, count: int) -> list[Path]:
    """Write distinct small modules; one in ten is refused, for a trap or for an error text."""
    return _write(directory, (_small(n) for n in range(count)))


def write_padded(directory: Path, count: int) -> list[Path]:
    """Write distinct small modules of a plugin's size, so that whoever keeps them is seen."""
    padding = custom_section("padding", _PADDING)
    return _write(directory, (output_module(success(n)) + padding for n in range(count)))


def write_with_debug_info(directory: Path, plugin: str, size: int) -> Path:
    """Write a variant of an example plugin with so much debug information that it has that size."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{plugin}.wasm"
    path.write_bytes(with_repeated_units(example(plugin).read_bytes(), size))
    return path


def with_repeated_units(wasm: bytes, size: int) -> bytes:
    """Repeat a module's debug information until the module is at least that large.

    Each unit of it stands for itself (DWARF 5, 7.5.1), and a reader has to look at all of them.
    """
    out = bytearray(HEADER)
    for identifier, payload in _sections(wasm):
        if identifier == 0 and payload.startswith(_DEBUG_INFO):
            units = payload[len(_DEBUG_INFO) :]
            times = 1 + max(0, size - len(wasm)) // len(units)
            out += section(identifier, _DEBUG_INFO + units * (times + 1))
        else:
            out += section(identifier, payload)
    return bytes(out)


def with_function(wasm: bytes, number: int) -> bytes:
    """Add a function to a module that nobody calls and whose code holds ``number``.

    The file and its compiled code are then like no other's, and it does what it did before.
    """
    instructions = b"\0" + i32_const(number) + DROP + UNREACHABLE + END
    added = {_FUNCTIONS: uleb(0), _CODE: uleb(len(instructions)) + instructions}
    out = bytearray(HEADER)
    for identifier, payload in _sections(wasm):
        if identifier in added:
            count, at = _unsigned(payload, 0)
            payload = uleb(count + 1) + payload[at:] + added[identifier]  # noqa: PLW2901
        out += section(identifier, payload)
    return bytes(out)


def _small(number: int) -> bytes:
    if number % _REFUSED_EVERY:
        return output_module(success(number))
    if number % (2 * _REFUSED_EVERY):
        return error_module(b"plugin %d is not configured" % number)
    return trap_module("unreachable", ["cc_lb_self_check", f"plugin_{number}::check"])


def _passing_rust_plugins() -> Iterator[Path]:
    expected = tomllib.loads((_PLUGINS / "expected.toml").read_text(encoding="utf-8"))
    for plugin in expected["plugin"]:
        if plugin["language"] == "Rust" and plugin["status"] == "passed":
            yield example(plugin["name"])


def example(name: str) -> Path:
    """Return an example plugin's file."""
    return _PLUGINS / "dist" / f"{name}.wasm"


def _write(directory: Path, wasms: Iterator[bytes]) -> list[Path]:
    directory.mkdir()
    paths = []
    for number, wasm in enumerate(wasms):
        path = directory / f"{number:05}.wasm"
        path.write_bytes(wasm)
        paths.append(path)
    return paths


def _sections(wasm: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(HEADER)
    while at < len(wasm):
        size, begin = _unsigned(wasm, at + 1)
        yield wasm[at], wasm[begin : begin + size]
        at = begin + size


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    """Read unsigned LEB128; return the value and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at

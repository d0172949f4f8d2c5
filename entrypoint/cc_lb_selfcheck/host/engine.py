"""Extism's C API, used as the cc-lb host uses the Rust crate.

The Python SDK's ``Plugin`` has no fuel parameter; the C API below it does. An artifact is always
wrapped in a manifest of our own: handed over bare, bytes that happen to be JSON would be taken as
a manifest, which may name files and set its own limits.

Source: extism 1.41.0 ``src/sdk.rs``; cc-lb-runtime-protocol 0.1.0 ``src/handshake.rs``
(``build_plugin``: one data module, a timeout, no hosts, no WASI, no host functions).
"""

from __future__ import annotations

import os
import sys
import time
from base64 import b64encode
from typing import IO, Any, Final, NamedTuple, Self, cast

from extism_sys import ffi, lib

from .frames import LOG_MAX_BYTES

_COMPILE_PREFIX: Final = b"Unable to compile Extism plugin: "
_LINK_PREFIX: Final = b"Unable to create Extism plugin: "
_WITHOUT_WASI: Final = False
_ENV: Final = b"extism:host/env"
_MAGIC: Final = b"\0asm"
_TEXT_MAX_BYTES: Final = 4 << 20
_NO_LOG_LEVEL: Final = 2**31 - 1


class EngineError(Exception):
    """The engine refused to build a plugin; ``step`` is ``compile`` or ``link``."""

    def __init__(self, step: str, text: bytes) -> None:
        super().__init__(step)
        self.step = step
        self.text = text


class CallResult(NamedTuple):
    """What came back from a call.

    ``error`` is the C API's error text (cut at a NUL), None without one; ``log`` is what the
    engine logged at level error meanwhile; ``output`` is cut to ``output_max`` bytes.
    """

    return_code: int
    error: bytes | None
    log: bytes
    output_size: int
    output_fault: str | None
    output: bytes


class EngineLog:
    """The engine's own log of errors, which says more than its error texts.

    A file rather than the SDK's callback, which drops records that hold a NUL. It is global to
    the process, so one per worker.
    """

    def __init__(self) -> None:
        self._file = _private_file()
        path = _path_of(self._file)
        lib.extism_log_file(path.encode(), b"error")
        if not _HAS_PROC and os.name == "posix":
            os.unlink(path)  # noqa: PTH108 - open it stays, and a killed worker leaves nothing
        self._file.seek(0, os.SEEK_END)

    def take(self) -> bytes:
        """Return what was logged since the last time, bounded, and forget it."""
        records = self._file.read(LOG_MAX_BYTES)
        if records:
            self._file.truncate(0)
            self._file.seek(0)
        return records


class CoreDump:
    """A private file into which the engine writes what it knows of a plugin that it stops."""

    def __init__(self) -> None:
        self._file = _private_file()
        self.path = _path_of(self._file)

    def take(self) -> bytes:
        """Return the sections that tell modules, instances and stack; nothing without a dump."""
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(end - _STACK_MAX_BYTES, 0))
        tail = self._file.read(_STACK_MAX_BYTES)
        self._file.truncate(0)
        begin = tail.rfind(_MODULES)
        return tail[begin + len(_MODULES) :] if begin >= 0 else b""


_MODULES: Final = b"\x0bcoremodules"
"""The name of the first section behind those that copy the plugin's memory."""
_STACK_MAX_BYTES: Final = 64 * 1024

_HAS_PROC: Final = hasattr(os, "memfd_create") and os.path.exists("/proc/self/fd")  # noqa: PTH110


def _private_file() -> IO[bytes]:
    """Return a file of nobody else's; without a name, where the system has such files."""
    if sys.platform == "linux" and _HAS_PROC:
        return os.fdopen(os.memfd_create("engine-log"), "w+b", buffering=0)
    import tempfile

    return cast("IO[bytes]", tempfile.NamedTemporaryFile(buffering=0))


def _path_of(file: IO[bytes]) -> str:
    return f"/proc/self/fd/{file.fileno()}" if _HAS_PROC else str(file.name)


# Our ``EngineLog`` is a log at level error to the whole process, and two of the engine's host
# functions behave otherwise where there is one. The crate itself sets none up, so a plugin that
# may ask gets these in their place: what the engine does without a log.
# Source: extism 1.41.0 ``src/pdk.rs`` (``log``, ``get_log_level``).


def _get_log_level(
    _plugin: Any, _inputs: Any, _n_inputs: int, outputs: Any, _n_outputs: int, _data: Any
) -> None:
    outputs[0].t = lib.ExtismValType_I32
    outputs[0].v.i32 = _NO_LOG_LEVEL


def _log_error(
    plugin: Any, inputs: Any, _n_inputs: int, _outputs: Any, _n_outputs: int, _data: Any
) -> None:
    lib.extism_current_plugin_memory_free(plugin, ffi.cast("uint64_t", inputs[0].v.i64))


_CALLBACK: Final = ffi.callback(
    "void(ExtismCurrentPlugin*, const ExtismVal*, ExtismSize, ExtismVal*, ExtismSize, void*)"
)
_UNLOGGED: Final = (
    (b"get_log_level", (), (lib.ExtismValType_I32,), _CALLBACK(_get_log_level)),
    (b"log_error", (lib.ExtismValType_I64,), (), _CALLBACK(_log_error)),
)


def _host_functions(wasm: bytes) -> list[Any]:
    """Return those functions that the artifact may import, each good for one plugin."""
    functions = []
    is_text = not wasm.startswith(_MAGIC)  # in which a name may be written with escapes
    for name, params, results, callback in _UNLOGGED:
        if is_text or name in wasm:
            types = [ffi.new("ExtismValType[]", list(kinds)) for kinds in (params, results)]
            function = lib.extism_function_new(
                name, types[0], len(params), types[1], len(results), callback, ffi.NULL, ffi.NULL
            )
            lib.extism_function_set_namespace(function, _ENV)
            functions.append(function)
    return functions


def elapsed_ms(begun: float, ended: float) -> float:
    """Return the time between two readings of a clock in milliseconds, to the microsecond."""
    return round((ended - begun) * 1000, 3)


class CompiledPlugin:
    """A compiled and linked artifact. Free it by leaving the ``with`` block."""

    def __init__(
        self, wasm: bytes, *, wall_ms: int, fuel: int, max_pages: int | None = None
    ) -> None:
        """Compile and link. Raises ``EngineError``; times are kept in milliseconds.

        ``max_pages`` bounds the plugin's memory, in pages of 64 KiB; the host sets no bound.
        """
        memory = b"" if max_pages is None else b',"memory":{"max_pages":%d}' % max_pages
        manifest = b'{"wasm":[{"data":"%b"}],"timeout_ms":%d,"allowed_hosts":[]%b}' % (
            b64encode(wasm),
            wall_ms,
            memory,
        )
        self._compiled = self._plugin = ffi.NULL
        message = ffi.new("char**")
        functions = _host_functions(wasm)
        pointers = ffi.new("ExtismFunction*[]", functions)
        begun = time.perf_counter()
        self._compiled = lib.extism_compiled_plugin_new_with_fuel_limit(
            manifest, len(manifest), pointers, len(functions), _WITHOUT_WASI, fuel, message
        )
        for function in functions:
            lib.extism_function_free(function)
        if self._compiled == ffi.NULL:
            raise EngineError("compile", _take_message(message, _COMPILE_PREFIX))
        compiled = time.perf_counter()
        self._plugin = lib.extism_plugin_new_from_compiled(self._compiled, message)
        self.compile_ms = elapsed_ms(begun, compiled)
        self.link_ms = elapsed_ms(compiled, time.perf_counter())
        if self._plugin == ffi.NULL:
            text = _take_message(message, _LINK_PREFIX)
            self.close()
            raise EngineError("link", text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the engine's memory."""
        if self._plugin != ffi.NULL:
            lib.extism_plugin_free(self._plugin)
            self._plugin = ffi.NULL
        if self._compiled != ffi.NULL:
            lib.extism_compiled_plugin_free(self._compiled)
            self._compiled = ffi.NULL

    def function_exists(self, name: str) -> bool:
        """Tell whether the name is an exported function without parameters and with no or one
        i32 result.
        """
        return bool(lib.extism_plugin_function_exists(self._plugin, name.encode()))

    def call(self, name: str, request: bytes, log: EngineLog, *, output_max: int) -> CallResult:
        """Call an export with a request; keep at most ``output_max`` bytes of its output."""
        code = lib.extism_plugin_call(self._plugin, name.encode(), request, len(request))
        error_text = lib.extism_plugin_error(self._plugin)
        error = cast(bytes, ffi.string(error_text)) if error_text != ffi.NULL else None
        if error is not None or code != 0:
            records = log.take()
            if not error and not records:
                error = None  # set, but without a text: to the host there is no error then
            if error is not None or code != 0:
                return CallResult(code, error, records, 0, None, b"")
        size, fault, output = self._output(output_max)
        return CallResult(code, None, b"", size, fault, output)

    def _output(self, output_max: int) -> tuple[int, str | None, bytes]:
        size = lib.extism_plugin_output_length(self._plugin)
        if size == 0:
            return 0, None, b""
        data = ffi.buffer(lib.extism_plugin_output_data(self._plugin), size)
        # The host reads the whole output as UTF-8 before it looks at its size.
        return size, utf8_fault(bytes(data)), data[:output_max]


def _take_message(message: object, prefix: bytes) -> bytes:
    """Take an error text; of one that quotes a whole file, its beginning, which says it all."""
    pointer = message[0]  # type: ignore[index]
    text = cast(bytes, ffi.string(pointer, _TEXT_MAX_BYTES)) if pointer != ffi.NULL else b""
    if pointer != ffi.NULL:
        lib.extism_plugin_new_error_free(pointer)
    return text.removeprefix(prefix)


def utf8_fault(data: bytes) -> str | None:
    """Return Rust's ``Utf8Error`` text for bytes that are no UTF-8, None for those that are."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"incomplete utf-8 byte sequence from index {error.start}"
        length = error.end - error.start
        return f"invalid utf-8 sequence of {length} bytes from index {error.start}"
    return None


def engine_version() -> str:
    """Return the version of extism that the library carries."""
    return cast(bytes, ffi.string(lib.extism_version())).decode()

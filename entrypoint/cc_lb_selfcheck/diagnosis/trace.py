"""What further runs of a refused plugin show: its call stack, or where its export is declared.

These runs come after the verdict and change nothing of it. Each needs what the artifact brings: a
backtrace has names where there is a name section, and lines where there is debug information.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any, Final

from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.messages import OUT_OF_FUEL, TIMEOUT, TRAP_CONTEXT
from cc_lb_selfcheck.host.outcome import Outcome, Verdict
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.reader import read_declaration, read_places
from cc_lb_selfcheck.host.remote import RemotePlugin, Terms
from cc_lb_selfcheck.host.repeat import clock_of
from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT, WIRE_FUNCTIONS
from cc_lb_selfcheck.protocol.request import build_request
from cc_lb_selfcheck.protocol.self_check import BuildFailed, CallFailed
from cc_lb_selfcheck.wasm.binary import MAGIC, Damaged, code_bodies
from cc_lb_selfcheck.wasm.coredump import Stopped, stack_of, stands_at_loop
from cc_lb_selfcheck.wasm.features import largest_bulk
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .backtrace import FRAMES_MAX, frames_of, make_frame
from .spelling import closest

_READING_MAX_S: Final = 3.0
_UNLIMITED_FUEL: Final = (1 << 64) - 1
_STOPS_MS: Final = (20, 3)
"""When to stop a plugin that went beyond a limit: later is deeper in its work."""
_PAGES_MAX: Final = 1024
_NAMES_MAX: Final = 18
"""The engine lists no more than 20 frames."""
_NEARNESS: Final = 0.8


def investigate(
    worker: WorkerProcess,
    data: bytes,
    outline: Outline,
    outcome: Outcome,
    export: str = SELF_CHECK_EXPORT,
) -> Outcome:
    """Return the outcome with what further runs show of the refusal. Raises ``WorkerDied``.

    ``export`` is the function that was called.
    """
    verdict = outcome.verdict
    if verdict is None or not outline.is_module:
        return outcome
    is_own = outcome.evidence.own_error
    reason = str(verdict.fields.get("reason", ""))
    run = _Run(worker, data, outline, export, clock_of(outcome))
    seen: dict[str, Any]
    if verdict.variant == "Call" and reason.startswith(TRAP_CONTEXT) and not is_own:
        seen = {"trace": run.trapped() or frames_of(reason, names_in(outline))}
    elif verdict.variant == "Call" and reason in (OUT_OF_FUEL, TIMEOUT) and not is_own:
        seen = run.stopped()
    else:
        seen = {"declared": _declared(data, outline, _function_at_fault(verdict, outline))}
    evidence = outcome.evidence.model_copy(update=seen)
    return outcome.model_copy(update={"evidence": evidence})


def runs_again(outline: Outline, outcome: Outcome) -> bool:
    """Tell whether ``investigate`` runs a plugin, or reads debug information, to explain this."""
    verdict = outcome.verdict
    if verdict is None or not outline.is_module:
        return False
    is_stopped = verdict.fields.get("reason") in (OUT_OF_FUEL, TIMEOUT)
    return _has_debug_info(outline) or (is_stopped and not outcome.evidence.own_error)


class _Run:
    """Runs of one plugin after its verdict."""

    def __init__(
        self,
        worker: WorkerProcess,
        data: bytes,
        outline: Outline,
        export: str,
        clock: Callable[[], float],
    ) -> None:
        self._worker = worker
        self._data = data
        self._outline = outline
        self._export = export
        self._clock = clock

    def trapped(self) -> list[Frame]:
        """Run it again with details in its backtrace; nothing where there are none to be had."""
        if not _has_debug_info(self._outline):
            return []
        plugin, _ = self._call(Terms(details=True))
        message = plugin.seen.get("engine_message", "")
        return frames_of(message, names_in(self._outline), self._names_at)

    def _names_at(self, offsets: Sequence[int]) -> list[list[str | None]]:
        places = read_places(self._data, offsets, timeout_s=_READING_MAX_S)
        return [[function for function, *_ in around] for around in places]

    def stopped(self) -> dict[str, Any]:
        """Run it again without end, stop it, and look where it was."""
        for wall_ms in _STOPS_MS:
            terms = Terms(wall_ms=wall_ms, fuel=_UNLIMITED_FUEL, dump=True, max_pages=_PAGES_MAX)
            plugin, ended = self._call(terms)
            stack = stack_of(plugin.dump, self._outline) if ended == TIMEOUT else []
            if stack:
                return {
                    "trace": self._frames(stack)[:FRAMES_MAX],
                    "stopped_in_loop": stands_at_loop(stack, self._data),
                    "bulk_on_stack": self._has_bulk(stack),
                }
        return {}

    def _has_bulk(self, stack: Sequence[Stopped]) -> bool | None:
        """Tell whether a function on the stack has the largest piece of bulk work."""
        at = largest_bulk(self._outline)
        return None if at is None else at.function in {stopped.function for stopped in stack}

    def _call(self, terms: Terms) -> tuple[RemotePlugin, str]:
        plugin = RemotePlugin(self._worker, self._outline, terms)
        try:
            plugin.build(self._data).call(self._export, build_request(WIRE_FUNCTIONS, self._clock))
        except (BuildFailed, CallFailed) as failure:
            return plugin, str(failure)
        return plugin, ""

    def _frames(self, stack: Sequence[Stopped]) -> list[Frame]:
        stack = stack[:_NAMES_MAX]
        offsets = [stopped.offset for stopped in stack]
        places: list[list[Any]] = [[] for _ in stack]
        if _has_debug_info(self._outline):
            places = [*read_places(self._data, offsets, timeout_s=_READING_MAX_S)]
        names = self._outline.names_of({stopped.function for stopped in stack})
        unknown = {
            stopped.function: names[stopped.function]
            for stopped, around in zip(stack, places, strict=True)
            if not around and stopped.function in names
        }
        readable = dict(zip(unknown, demangled(self._worker, [*unknown.values()]), strict=True))
        frames: list[Frame] = []
        for stopped, around in zip(stack, places, strict=True):
            frames += [make_frame(*place) for place in around]
            if not around:
                frames.append(make_frame(readable.get(stopped.function)))
        return frames


# Names and declarations ----------------------------------------------------------------------

_MANGLED: Final = ("_R", "_Z", "__R", "__Z")
"""How the names begin that compilers of Rust and C++ make, and the engine makes readable."""


def names_in(outline: Outline) -> Callable[[Collection[int]], dict[int, str]]:
    """Return what gives the names that functions bear as their authors wrote them, by offsets."""

    def names(offsets: Collection[int]) -> dict[int, str]:
        functions = outline.functions_at(offsets)
        named = outline.names_of(frozenset(functions.values()))
        return {
            offset: named[function]
            for offset, function in functions.items()
            if function in named and not named[function].startswith(_MANGLED)
        }

    return names


def demangled(worker: WorkerProcess, names: Sequence[str]) -> list[str]:
    """Return names of functions as the engine prints them in a backtrace.

    It is made to: by a module whose functions bear those names and call one another.
    """
    if not any(name.startswith(_MANGLED) for name in names):
        return list(names)
    module = _module_of_names(names)
    plugin = RemotePlugin(worker, read_outline(module))
    try:
        plugin.build(module).call(SELF_CHECK_EXPORT, "")
    except (BuildFailed, CallFailed):
        told = frames_of(plugin.seen.get("engine_message", ""))
        if len(told) == len(names):
            readable = [frame.function for frame in reversed(told)]
            return [
                (new or old) if old.startswith(_MANGLED) else old
                for new, old in zip(readable, names, strict=True)
            ]
    return list(names)


def _module_of_names(names: Sequence[str]) -> bytes:
    """Return a module of as many functions: each calls the next, the last one traps."""
    last = len(names) - 1
    bodies = [b"\0\x10" + _leb(index + 1) + b"\x0b" for index in range(last)] + [b"\0\0\x0b"]
    named = [_leb(index) + _sized(name.encode()) for index, name in enumerate(names)]
    sections = (
        (1, b"\1\x60\0\0"),
        (3, _vector([b"\0"] * len(names))),
        (7, _vector([_sized(SELF_CHECK_EXPORT.encode()) + b"\0\0"])),
        (10, _vector([_sized(body) for body in bodies])),
        (0, _sized(b"name") + b"\1" + _sized(_vector(named))),
    )
    return MAGIC + b"\1\0\0\0" + b"".join(bytes([kind]) + _sized(data) for kind, data in sections)


def _leb(value: int) -> bytes:
    more = value >> 7
    return bytes([value & 0x7F | 0x80]) + _leb(more) if more else bytes([value])


def _sized(data: bytes) -> bytes:
    return _leb(len(data)) + data


def _vector(items: Sequence[bytes]) -> bytes:
    return _leb(len(items)) + b"".join(items)


def _has_debug_info(outline: Outline) -> bool:
    names = {section.name for section in outline.custom_sections if section.size}
    return {".debug_info", ".debug_abbrev", ".debug_line"} <= names


def _function_at_fault(verdict: Verdict, outline: Outline) -> int | None:
    """Return the index of the function that a refusal other than a trap is about."""
    if verdict.variant == "Instantiate":
        reason = str(verdict.fields.get("reason", ""))
        if reason == TRAP_CONTEXT:
            return outline.start_function
        is_reactor = reason.startswith("calling the Reactor")
        export = outline.export("_initialize") if is_reactor else None
    else:
        export = outline.export(SELF_CHECK_EXPORT) or next(
            (item for item in outline.exports if is_near(item.name)), None
        )
    if export is None or export.kind != "function":
        return None
    name = outline.names_of((export.number,)).get(export.number, "")
    if name.endswith(_WRAPPER):
        inner = outline.function_named(name.removesuffix(_WRAPPER))
        return export.number if inner is None else inner
    return export.number


_WRAPPER: Final = ".command_export"
"""How wasm-ld names what it exports in place of a function, to call constructors before it."""


def is_near(name: str) -> bool:
    """Tell whether an export seems to be meant for the self-check."""
    return closest(name, (SELF_CHECK_EXPORT,), _NEARNESS) is not None


def _declared(data: bytes, outline: Outline, function: int | None) -> Frame | None:
    if function is None or outline.code_section is None or not _has_debug_info(outline):
        return None
    try:
        bodies = code_bodies(data, *outline.code_section)
        body = next(islice(bodies, max(function - outline.imported_functions, 0), None), None)
    except Damaged:
        return None
    place = read_declaration(data, body, timeout_s=_READING_MAX_S) if body else None
    if place is None:
        return None
    own = (item for item in outline.exports if item.kind == "function")
    exports = (item.name for item in own if item.number == function)
    named = place[0] or outline.names_of((function,)).get(function) or next(exports, None)
    return make_frame(named, *place[1:])

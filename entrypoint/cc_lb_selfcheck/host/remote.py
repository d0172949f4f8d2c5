"""A plugin in a worker process, as the protocol's order of checks sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cc_lb_selfcheck.protocol.errors import SelfCheckRefusal
from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_EXPORT,
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
    WIRE_FUNCTIONS,
)
from cc_lb_selfcheck.protocol.self_check import (
    BuildFailed,
    CallFailed,
    Output,
    execute_self_check,
)
from cc_lb_selfcheck.wasm.outline import Outline, read_outline

from .messages import (
    OUT_OF_FUEL,
    TIMEOUT,
    backtrace,
    call_reason,
    compile_reason,
    engine_message,
    link_reason,
)
from .nul import NulGuard
from .outcome import Evidence, Outcome, Verdict
from .process import WorkerDied, WorkerProcess

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a plugin is run: those of the host, or others to explain a verdict."""

    wall_ms: int = SELF_CHECK_WALL_MS
    fuel: int = SELF_CHECK_FUEL
    details: bool = False
    """Whether backtraces tell files and lines."""
    dump: bool = False
    """Whether a call that is stopped leaves its stack."""
    max_pages: int | None = None


AS_THE_HOST: Final = Terms()


class _Answer(BaseModel):
    """What a worker may say. A plugin may have taken it over: anything else ends it."""

    model_config = ConfigDict(strict=True, extra="ignore")


_Milliseconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_Size = Annotated[int, Field(ge=0, lt=1 << 53)]


class _Built(_Answer):
    ok: Literal[True]
    callable: list[str]
    compile_ms: _Milliseconds
    link_ms: _Milliseconds


class _NotBuilt(_Answer):
    ok: Literal[False]
    step: Literal["compile", "link"]


class _Called(_Answer):
    call_ms: _Milliseconds
    return_code: Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)]
    error: bool
    error_fault: str | None
    error_size: _Size
    output_size: _Size
    output_fault: str | None
    dump_size: _Size


_BUILDING: Final[TypeAdapter[_Built | _NotBuilt]] = TypeAdapter(
    Annotated[_Built | _NotBuilt, Field(discriminator="ok")]
)
_CALLING: Final = TypeAdapter(_Called)

_MACHINE = re.compile(r"[A-Z][a-z ]+ \(os error [0-9]+\)")


class RemotePlugin:
    """One run of one artifact in a worker; what was seen on the way is kept in ``seen``.

    ``dump`` is what a call that was stopped has left, where the terms ask for it.
    """

    def __init__(self, worker: WorkerProcess, outline: Outline, terms: Terms = AS_THE_HOST) -> None:
        self._worker = worker
        self._outline = outline
        self._terms = terms
        self._callable: set[str] = set()
        self.seen: dict[str, Any] = {}
        self.dump = b""

    def build(self, data: bytes) -> RemotePlugin:
        """Compile and link on the terms. Raises ``BuildFailed``."""
        guard = NulGuard(data, self._outline)
        head = {"command": "build", "exports": [SELF_CHECK_EXPORT], **asdict(self._terms)}
        answer, text = self._ask(head, guard.data, _BUILDING)
        if isinstance(answer, _Built):
            self._callable = set(answer.callable)
            self.seen |= {"compile_ms": answer.compile_ms, "link_ms": answer.link_ms}
            return self
        told = guard.restore(text.decode(errors="replace"))
        self.seen["engine_message"] = told
        reason = compile_reason if answer.step == "compile" else link_reason
        hosts = reason(told, self._outline)
        if _MACHINE.fullmatch(hosts):
            # This machine has too little, which says nothing about the plugin.
            raise WorkerDied(f"was refused what it needs by this machine ({hosts.lower()})")
        raise BuildFailed(hosts)

    def function_exists(self, name: str) -> bool:
        """Tell whether the engine found a callable function of that name."""
        return name in self._callable

    def call(self, name: str, request: str) -> Output:
        """Call the export on the terms. Raises ``CallFailed``."""
        head = {"command": "call", "name": name, "output_max": SELF_CHECK_OUTPUT_MAX_BYTES}
        answer, body = self._ask(head, request.encode(), _CALLING)
        self.seen["wall_ms"] = answer.call_ms
        if answer.error or answer.return_code != 0:
            error = body[: answer.error_size] if answer.error else None
            log_end = len(body) - answer.dump_size
            self.dump = body[log_end:]
            raise self._failed(answer, error, body[answer.error_size : log_end])
        self.seen["fuel_below"] = self._terms.fuel
        self.seen["output_bytes"] = answer.output_size
        if answer.output_fault is not None:
            raise CallFailed(answer.output_fault)
        text = body.decode(errors="replace")
        if answer.output_size <= SELF_CHECK_OUTPUT_MAX_BYTES:
            self.seen["output_preview"] = text
        return Output(answer.output_size, text)

    def _ask(self, head: dict[str, Any], body: bytes, answers: TypeAdapter[T]) -> tuple[T, bytes]:
        """Ask the worker. Raises ``WorkerDied``, also for what is no answer to that."""
        answer, answer_body = self._worker.ask(head, body)
        try:
            return answers.validate_python(answer), answer_body
        except ValidationError as error:
            self._worker.kill()
            raise WorkerDied("gave an answer that is none") from error

    def _failed(self, answer: _Called, error: bytes | None, log: bytes) -> CallFailed:
        records = log.decode(errors="replace")
        reason = call_reason(answer.return_code, error, answer.error_fault, records)
        self.seen["engine_message"] = engine_message(records) or reason
        self.seen["backtrace"] = backtrace(reason)
        if reason == OUT_OF_FUEL:
            self.seen["fuel_at_least"] = self._terms.fuel
        elif reason != TIMEOUT:
            self.seen["fuel_below"] = self._terms.fuel
        return CallFailed(reason)


def check_once(
    worker: WorkerProcess,
    data: bytes,
    outline: Outline | None = None,
    *,
    clock: Callable[[], float] = time.time,
    functions: Sequence[str] = WIRE_FUNCTIONS,
) -> Outcome:
    """Run the self-check on an artifact in this worker. Raises ``WorkerDied``."""
    outline = outline or read_outline(data)
    plugin = RemotePlugin(worker, outline)
    try:
        response = execute_self_check(data, plugin.build, clock=clock, functions=functions)
    except SelfCheckRefusal as refusal:
        evidence = Evidence.of(outline, **plugin.seen)
        verdict = Verdict.refused(refusal.error)
        return Outcome(status="refused", verdict=verdict, reason=None, evidence=evidence)
    plugin.seen.pop("output_preview", None)
    evidence = Evidence.of(outline, **plugin.seen)
    verdict = Verdict.accepted(response)
    return Outcome(status="passed", verdict=verdict, reason=None, evidence=evidence)

"""A plugin in a worker process, as the protocol's order of checks sees it."""

from typing import Annotated, Any, Final, Literal, NamedTuple, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cc_lb_selfcheck.protocol.limits import (
    SELF_CHECK_FUEL,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    SELF_CHECK_WALL_MS,
)
from cc_lb_selfcheck.protocol.self_check import BuildFailed, CallFailed, Output
from cc_lb_selfcheck.wasm.outline import Outline

from .messages import (
    OF_THE_SYSTEM,
    OUT_OF_FUEL,
    TIMEOUT,
    backtrace,
    call_reason,
    compile_reason,
    engine_message,
    is_plugins_own,
    is_short_of_memory,
    link_reason,
    own_text,
)
from .nul import NulGuard
from .process import WorkerDied, WorkerProcess


class Terms(NamedTuple):
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

    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)


_Milliseconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_Size = Annotated[int, Field(ge=0, lt=1 << 53)]


class _Built(_Answer):
    ok: Literal[True]
    callable: bool = True
    compile_ms: _Milliseconds
    link_ms: _Milliseconds


class _NotBuilt(_Answer):
    ok: Literal[False]
    step: Literal["compile", "link"]


class _Called(_Answer):
    call_ms: _Milliseconds
    cpu_ms: _Milliseconds
    return_code: Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)]
    error: bool
    error_fault: str | None
    error_size: _Size
    output_size: _Size
    output_fault: str | None
    dump_size: _Size


class _Told(_Answer):
    built: Annotated[_Built | _NotBuilt, Field(discriminator="ok")] | None = None
    called: _Called | None = None


_OWN_TEXT_MAX_CHARS: Final = 2_000
"""The engine's message has the whole of it."""


class Run:
    """One run of one artifact, told by a worker's answers; what was seen is kept in ``seen``.

    ``dump`` is what a call that was stopped has left, where the terms ask for it.
    """

    def __init__(self, worker: WorkerProcess, outline: Outline, terms: Terms) -> None:
        self._worker = worker
        self._outline = outline
        self._terms = terms
        self._is_callable = False
        self.seen: dict[str, Any] = {}
        self.dump = b""

    def _built(self, told: _Told, text: bytes, guard: NulGuard) -> None:
        """Look at an answer to ``build``. Raises ``BuildFailed``."""
        answer = told.built or self._no_answer()
        if isinstance(answer, _Built):
            self._is_callable = answer.callable
            self.seen |= {"compile_ms": answer.compile_ms, "link_ms": answer.link_ms}
            return
        said = guard.restore(text.decode(errors="replace"))
        self.seen["engine_message"] = said
        reason = compile_reason if answer.step == "compile" else link_reason
        hosts = reason(said, self._outline)
        if OF_THE_SYSTEM.fullmatch(hosts):
            raise _refused_by_machine(hosts)
        raise BuildFailed(hosts)

    def _called(self, told: _Told, body: bytes) -> Output:
        """Look at an answer to ``call``. Raises ``CallFailed``."""
        answer = told.called or self._no_answer()
        self.seen |= {"wall_ms": answer.call_ms, "cpu_ms": answer.cpu_ms}
        if answer.error or answer.return_code != 0:
            error = body[: answer.error_size] if answer.error else None
            log_end = len(body) - answer.dump_size
            self.dump = body[log_end:]
            raise self._failed(answer, error, body[answer.error_size : log_end])
        self.seen["fuel_below"] = self._terms.fuel
        self.seen["output_bytes"] = answer.output_size
        text = body.decode(errors="replace")
        if answer.output_size <= SELF_CHECK_OUTPUT_MAX_BYTES:
            self.seen["output_preview"] = text
        if answer.output_fault is not None:
            raise CallFailed(answer.output_fault)
        return Output(answer.output_size, text)

    def _read(self, answer: dict[str, Any]) -> _Told:
        """Look at a worker's answer. Raises ``WorkerDied`` for what is none."""
        try:
            return _Told.model_validate(answer)
        except ValidationError:
            self._no_answer()

    def _no_answer(self) -> NoReturn:
        self._worker.kill()
        raise WorkerDied("gave an answer that is none")

    def _failed(self, answer: _Called, error: bytes | None, log: bytes) -> CallFailed:
        records = log.decode(errors="replace")
        reason = call_reason(answer.return_code, error, answer.error_fault, records)
        if is_short_of_memory(reason, records, self._outline):
            raise _refused_by_machine(reason)
        is_own = is_plugins_own(reason, records)
        self.seen["own_error"] = is_own
        text = None if is_own else own_text(error, records)
        self.seen["own_text"] = text and text[:_OWN_TEXT_MAX_CHARS]
        self.seen["engine_message"] = engine_message(error, records) or reason
        self.seen["backtrace"] = [] if is_own else backtrace(reason)
        if reason == OUT_OF_FUEL and not is_own:
            self.seen["fuel_at_least"] = self._terms.fuel
        elif reason != TIMEOUT or is_own:
            self.seen["fuel_below"] = self._terms.fuel
        return CallFailed(reason)


def _refused_by_machine(reason: str) -> WorkerDied:
    """Return what says that this machine has too little, which says nothing about the plugin."""
    how = f"was refused what it needs by this machine ({reason.lower()})"
    return WorkerDied(how, limit="machine")


class RemotePlugin(Run):
    """A run that is told step by step what to do."""

    def __init__(self, worker: WorkerProcess, outline: Outline, terms: Terms = AS_THE_HOST) -> None:
        super().__init__(worker, outline, terms)

    def build(self, data: bytes) -> Self:
        """Compile and link on the terms. Raises ``BuildFailed``."""
        guard = NulGuard(data, self._outline)
        head = {"command": "build", **self._terms._asdict()}
        answer, text = self._worker.ask(head, guard.data)
        self._built(self._read(answer), text, guard)
        return self

    def call(self, name: str, request: str) -> Output:
        """Call the export on the terms. Raises ``CallFailed``."""
        head = {"command": "call", "name": name, "output_max": SELF_CHECK_OUTPUT_MAX_BYTES}
        answer, body = self._worker.ask(head, request.encode())
        return self._called(self._read(answer), body)

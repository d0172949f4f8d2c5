"""Tells what holds a plugin on this machine: each layer, what it gives, and what is missing."""

from __future__ import annotations

import os
import platform
import textwrap
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.evidence import Model
from cc_lb_selfcheck.host.process import Layer, WorkerDied, WorkerProcess
from cc_lb_selfcheck.host.sandbox import GIVES
from cc_lb_selfcheck.report.model import Engine, SandboxLayer, Tool
from cc_lb_selfcheck.settings import processors
from cc_lb_selfcheck.wasm.binary import MAGIC

_DEADLINE_S: Final = 30.0
_EMPTY_MODULE: Final = MAGIC + b"\1\0\0\0"
_CACHE: Final = "a compilation cache that this run alone reads, gone when it ends"
_WIDTH: Final = 100
_NAMES_WIDTH: Final = 10


class ExaminedLayer(SandboxLayer):
    """A layer, and what it gives where it holds."""

    gives: str


class Machine(Model):
    """What the plugins would run on."""

    system: str = Field(description="Name and release of its kernel")
    architecture: str
    processors: int
    python: str
    user: int | None = Field(description="The user's number; null where users have none")


class Examination(Model):
    """Everything that ``doctor`` tells."""

    tool: Tool = Tool()
    engine: Engine
    problem: str | None = Field(description="Why the engine does not run, in a sentence")
    machine: Machine
    sandbox: list[ExaminedLayer]


def examine() -> Examination:
    """Start the engine as ``check`` does, in all of its layers, and look at them."""
    with CompilationCache() as cache:
        layers, extism, problem = _try_engine(cache.config)
        cached = bool(cache.config)
    told = [
        ExaminedLayer(name=name, holds=holds, detail=detail, gives=GIVES[name])
        for name, holds, detail in layers
    ]
    why_none = "" if cached else "there is no place for temporary files; checks take longer"
    told.append(ExaminedLayer(name="cache", holds=cached, detail=why_none, gives=_CACHE))
    return Examination(
        engine=Engine.of(extism),
        problem=problem,
        machine=Machine(
            system=f"{platform.system()} {platform.release()}",
            architecture=platform.machine(),
            processors=processors(),
            python=platform.python_version(),
            user=os.geteuid() if hasattr(os, "geteuid") else None,
        ),
        sandbox=told,
    )


def _try_engine(cache_config: str) -> tuple[list[Layer], str | None, str | None]:
    """Return the layers, the engine's version, and why it does not run, if so."""
    try:
        worker = WorkerProcess()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return [], None, f"The engine's process cannot be started: {reason}."
    try:
        worker.start(cache_config=cache_config)
        check_once(worker, _EMPTY_MODULE)
    except WorkerDied as died:
        return worker.layers, worker.extism_version, f"The engine's process {died}."
    finally:
        worker.close()
    return worker.layers, worker.extism_version, None


def lines_of(examination: Examination) -> Iterator[str]:
    """Yield the examination as lines for a person."""
    tool, engine, machine = examination.tool, examination.engine, examination.machine
    yield f"{tool.name} {tool.version}, extism {engine.extism}, wasmtime {engine.wasmtime}"
    user = "" if machine.user is None else f", user {machine.user}"
    yield (
        f"{machine.system} on {machine.architecture}, {machine.processors} processors,"
        f" Python {machine.python}{user}"
    )
    if examination.problem:
        yield examination.problem
    yield ""
    for layer in examination.sandbox:
        mark = "✓" if layer.holds else "✗"
        by = f" ({layer.detail})" if layer.holds and layer.detail else ""
        yield from _wrapped(f"{mark} {layer.name:<{_NAMES_WIDTH}}", f"{layer.gives}{by}")
        if not layer.holds:
            yield from _wrapped("", f"missing here: {layer.detail}")
    missing = [layer.name for layer in examination.sandbox if not layer.holds]
    yield ""
    yield f"Missing: {', '.join(missing)}." if missing else "All layers hold."


def _wrapped(begin: str, text: str) -> list[str]:
    indent = " " * (_NAMES_WIDTH + 2)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"{begin:<{len(indent)}}", subsequent_indent=indent
    )

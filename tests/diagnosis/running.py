"""The plugin `panics`, whose exports fail in every way there is, run on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cc_lb_selfcheck.diagnosis.trace import investigate
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.remote import RemotePlugin
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.protocol.self_check import CallFailed
from cc_lb_selfcheck.wasm.outline import read_outline

DIST = Path(__file__).parents[1] / "plugins" / "dist"
PANICS = (DIST / "panics.wasm").read_bytes()
WITHOUT_DEBUG_INFO = PANICS.replace(b".debug_", b".xebug_")


def plugin(name: str) -> bytes:
    """Return an example plugin."""
    return (DIST / f"{name}.wasm").read_bytes()


@contextmanager
def worker() -> Iterator[WorkerProcess]:
    """Lend a worker that compiles each artifact once."""
    process = WorkerProcess()
    with CompilationCache() as cache:
        try:
            process.start(cache_config=cache.config)
            yield process
        finally:
            process.close()


def refusal(process: WorkerProcess, data: bytes, export: str) -> Outcome:
    """Call an export as if it were the self-check, and explain why that fails."""
    outline = read_outline(data)
    run = RemotePlugin(process, outline).build(data)
    try:
        run.call(export, "{}")
    except CallFailed as failed:
        verdict = Verdict.refused(Call(reason=str(failed)))
    evidence = Evidence.of(outline, **run.seen)
    outcome = Outcome(status="refused", verdict=verdict, reason=None, evidence=evidence)
    return investigate(process, data, outline, outcome, export)

"""Artifacts run on the real engine, in worker processes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.messages import TIMEOUT
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support.modules import error_module, output_module
from tests.vectors import vectors

ACCEPTED = b'{"status":"success","failures":[],"completed_at":1}'
CRASHER = Path(__file__).parents[1] / "plugins" / "dist" / "config-at-start.wasm"
SLOW = CRASHER.with_name("filter.wasm")
START_BACKTRACES = {"start-loops", "start-traps", "start-loops-no-export"}


def check(artifacts: dict[str, bytes], jobs: int = 2, deadline_s: float = 60) -> dict[str, Outcome]:
    def subjects() -> Iterable[Subject]:
        for key, data in artifacts.items():
            yield Subject(key, data, read_outline(data), lambda data=data: data)  # type: ignore[misc]

    with CompilationCache() as cache:
        pool = Pool(jobs=jobs, deadline_s=deadline_s, cache_config=cache.config)
        return dict(pool.check(subjects()))


def test_gives_the_hosts_verdict_on_every_module() -> None:
    expected = {vector.name: vector for vector in vectors("modules", "wasm_b64")}
    outcomes = check({name: vector.data for name, vector in expected.items()})
    assert outcomes.keys() == expected.keys()
    for name, outcome in outcomes.items():
        told, verdict = expected[name].verdict, outcome.verdict
        assert verdict is not None, (name, outcome.reason)
        assert verdict.variant == told["variant"], name
        if name in START_BACKTRACES:
            assert str(told["message"]).startswith(str(verdict.message))
            continue
        assert verdict.message == told["message"], name
        assert verdict.fields == told.get("fields", {}), name
        response = verdict.response and verdict.response.model_dump()
        assert response == told.get("response"), name


class _Busy(WorkerProcess):
    """A worker; the first of them tells of a time-out, as if its machine had been busy."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1
        self._is_busy = type(self).made == 1

    def answer(self) -> tuple[dict[str, Any], bytes] | None:
        told = super().answer()
        if told is None or not self._is_busy or "called" not in told[0]:
            return told
        text = TIMEOUT.encode()
        failed = {"return_code": -1, "error": True, "error_size": len(text), "output_size": 0}
        return {**told[0], "called": {**told[0]["called"], **failed}}, text


def test_a_timeout_is_confirmed_without_company_before_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cc_lb_selfcheck.host.workers.WorkerProcess", _Busy)
    artifacts = {str(number): output_module(ACCEPTED + b" " * number) for number in range(3)}
    outcomes = check(artifacts, jobs=1)
    assert _Busy.made == 1 + len(artifacts), "each was run again, by a worker of its own"
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}


def test_a_crash_costs_no_other_verdict() -> None:
    good = {str(number): output_module(ACCEPTED + b" " * number) for number in range(6)}
    outcomes = check({"0": good["0"], "crash": CRASHER.read_bytes(), **good})
    assert outcomes.pop("crash").status == "undetermined"
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}


def test_a_passed_deadline_is_told_as_undetermined() -> None:
    outcomes = check({"slow": SLOW.read_bytes()}, jobs=1, deadline_s=0.01)
    assert outcomes["slow"].status == "undetermined"
    assert "deadline" in str(outcomes["slow"].reason)
    assert outcomes["slow"].evidence.stopped_for == "deadline"
    assert outcomes["slow"].evidence.exports, "what the module says of itself is kept"


def test_a_plugin_that_says_what_an_engine_without_memory_says_is_refused() -> None:
    text = b"mmap failed to reserve 0x104000000 bytes"
    outcome = check({"mimic": error_module(text)})["mimic"]
    assert outcome.status == "refused"
    assert outcome.verdict is not None
    assert outcome.verdict.fields == {"reason": text.decode()}


def test_a_text_of_the_engines_that_quotes_a_large_file_is_told_by_its_beginning() -> None:
    """A file of zeros, as a disk leaves one, is a single line to the engine, which quotes it."""
    outcome = check({"zeros": bytes(16 << 20)})["zeros"]
    assert outcome.verdict is not None
    assert outcome.verdict.variant == "Instantiate"
    assert "unexpected character" in outcome.verdict.fields["reason"]


@pytest.mark.parametrize("data", [b"PK\3\4\0\0", b"\x7fELF\0\0", b"\0" * 9, b'(module "\0")'])
def test_a_nul_in_the_engines_text_aborts_nobody(data: bytes) -> None:
    verdict = check({"foreign": data})["foreign"].verdict
    assert verdict is not None
    assert verdict.variant == "Instantiate"


def test_a_worker_inherits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    worker = WorkerProcess()
    try:
        worker.start()
        process = Path(f"/proc/{worker.pid}")
        assert b"secret" not in process.joinpath("environ").read_bytes()
        ours = os.stat(writer)
        theirs = [os.stat(link).st_ino for link in process.joinpath("fd").iterdir()]
        assert ours.st_ino not in theirs
        assert os.getsid(worker.pid) == worker.pid
    finally:
        worker.close()
        os.close(reader)
        os.close(writer)

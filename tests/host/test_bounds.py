"""What one artifact can take: of time, of memory, of the parent, of the others' verdicts."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from cc_lb_selfcheck.artifacts.marks import is_marked
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.trace import investigate
from cc_lb_selfcheck.host import workers as workers_module
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.nul import NulGuard
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.host.process import WorkerDied, WorkerProcess
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.support import bombs
from tests.support.builder import HEADER, custom_section, function_type, name, section, uleb, vector
from tests.support.modules import EXPORT, output_module, success

DEADLINE_S: Final = 1.0
MEMORY_MAX_BYTES: Final = 512 << 20
LIMITS: Final = {
    "deadline": "The engine was not done within the deadline of 1 s; the host sets no such limit",
    "memory": "The engine took more than 512 MiB of memory, and was ended; the host sets no such",
    "death": "The engine's process was ended by SIG",
}

FINDINGS: Final = {
    "deadline": "CCLB-DEADLINE",
    "memory": "CCLB-ENGINE-MEMORY",
    "death": "CCLB-ENGINE-CRASH",
}


def check(
    artifacts: Mapping[str, Callable[[], bytes]], jobs: int = 2, deadline_s: float = DEADLINE_S
) -> dict[str, Outcome]:
    def subjects() -> Iterator[Subject]:
        for key, make in artifacts.items():
            data = make()
            yield Subject(key, data, read_outline(data), make)

    with CompilationCache() as cache:
        pool = Pool(
            jobs=jobs,
            deadline_s=deadline_s,
            memory_max_bytes=MEMORY_MAX_BYTES,
            cache_config=cache.config,
            explainer=investigate,
        )
        return dict(pool.check(subjects()))


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Check every bomb in one run, a good plugin after each."""
    artifacts: dict[str, Callable[[], bytes]] = {}
    for number, (title, make) in enumerate(bombs.ALL.items(), start=1):
        artifacts[title] = make
        artifacts[f"good {title}"] = lambda number=number: output_module(success(number))  # type: ignore[misc]
    return check(artifacts)


def test_all_bombs_are_expected() -> None:
    assert bombs.EXPECTED.keys() == bombs.ALL.keys()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched on Linux")
@pytest.mark.parametrize("title", bombs.EXPECTED)
def test_a_bomb_gets_the_hosts_verdict_or_the_limit_that_stopped_it(
    title: str, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[title]
    verdict, limits = bombs.EXPECTED[title]
    if outcome.status == "undetermined":
        told = [limit for limit in limits if str(outcome.reason).startswith(LIMITS[limit])]
        assert len(told) == 1, outcome
        finding = explain(outcome)
        assert finding is not None
        assert finding.id == FINDINGS[told[0]]
    else:
        assert verdict == ((outcome.verdict and outcome.verdict.variant) or outcome.status)
    assert len(outcome.model_dump_json()) < 2_000_000


@pytest.mark.parametrize("title", bombs.EXPECTED)
def test_a_bomb_costs_no_other_verdict(title: str, outcomes: dict[str, Outcome]) -> None:
    assert outcomes[f"good {title}"].status == "passed", outcomes[f"good {title}"].reason


def test_a_worker_that_keeps_much_memory_is_not_lent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers_module, "_SPENT", 0.0)
    monkeypatch.setattr(workers_module, "_WATCH_EVERY_S", 0.001)
    lent: list[int] = []

    def note(worker: WorkerProcess, _data: object, _outline: object, outcome: Outcome) -> Outcome:
        lent.append(worker.pid)
        return outcome

    monkeypatch.setattr(f"{__name__}.investigate", note)
    outcomes = check({str(n): lambda n=n: output_module(b"refused %d" % n) for n in range(3)}, 1)  # type: ignore[misc]
    assert {outcome.status for outcome in outcomes.values()} == {"refused"}
    assert len(set(lent)) == (3 if sys.platform == "linux" else 1)


# The parent ----------------------------------------------------------------------------------

MANY: Final = 250_000


def with_imports(names: list[bytes], body: bytes = b"\2\0\x0b") -> bytes:
    """Build a module of many imports and one function."""
    imports = b"".join(name("m") + name(item) + b"\0\0" for item in names)
    return (
        HEADER
        + section(1, vector([function_type()]))
        + section(2, uleb(len(names)) + imports)
        + section(3, vector([b"\0"]))
        + section(7, vector([name("last") + b"\0" + uleb(len(names))]))
        + section(10, vector([body]))
    )


def test_a_million_names_are_not_all_kept() -> None:
    data = with_imports([b"f"] * MANY)
    outline = read_outline(data)
    assert outline.damage is None
    assert outline.is_cut
    assert len(outline.imports) <= 20_000
    assert outline.imported_functions == MANY
    assert outline.function_at(len(data) - 1) == MANY
    assert str(outline.exports[0].signature) == "() -> ()"
    assert Evidence.of(outline).lists_cut


def test_what_decides_a_verdict_is_found_behind_what_is_passed_over() -> None:
    names = [b"f"] * MANY
    names[-1] = b"a\0b"
    guard = NulGuard(with_imports(names), read_outline(with_imports(names)))
    assert b"a\0b" not in guard.data
    exports = [name(f"{n:x}") + b"\0" + uleb(0x2000) for n in range(MANY)]
    exports[-2:] = [name("_initialize") + b"\0\0", name(EXPORT) + b"\0\0"]
    data = HEADER + section(1, vector([function_type()])) + section(3, vector([b"\0"]))
    outline = read_outline(data + section(7, uleb(MANY) + b"".join(exports)))
    assert outline.is_cut
    assert len(outline.exports) <= 20_010
    assert outline.export("_initialize") is not None
    assert outline.export(EXPORT) is not None
    assert is_marked(outline)


@pytest.mark.parametrize(
    "content",
    [
        section(1, uleb(MANY) + function_type() * MANY),
        section(2, uleb(MANY) + (name("m") + name("g") + b"\3\x7f\0") * MANY),
        section(4, uleb(MANY) + b"\x70\0\0" * MANY),
        section(5, uleb(MANY) + b"\0\0" * MANY),
        section(6, uleb(MANY) + b"\x7f\0\x41\0\x0b" * MANY),
        section(9, uleb(MANY) + b"\0\x41\0\x0b\0" * MANY),
        section(11, uleb(MANY) + b"\0\x41\0\x0b\0" * MANY),
    ],
    ids=["types", "globals imported", "tables", "memories", "globals", "elements", "data"],
)
def test_the_work_on_a_file_is_bounded_and_what_comes_after_is_read(content: bytes) -> None:
    outline = read_outline(HEADER + content + custom_section("behind"))
    assert outline.is_cut
    assert outline.damage is None
    assert [item.name for item in outline.custom_sections] == ["behind"]
    for kept in (
        outline.imports,
        outline.memories,
        outline.tables,
        outline.data_segments,
        outline.element_segments,
    ):
        assert len(kept) <= 200_000


def test_long_names_are_cut_in_the_evidence_which_says_so() -> None:
    evidence = Evidence.of(read_outline(bombs.long_names()))
    assert evidence.lists_cut
    names = [*(item.module for item in evidence.imports), *(item.name for item in evidence.exports)]
    assert max(map(len, names)) == 1000
    short = Evidence.of(read_outline(output_module(success())))
    assert not short.lists_cut


def test_a_name_that_the_engine_would_not_take_is_damage() -> None:
    data = HEADER + section(1, vector([function_type()]))
    data += section(7, vector([name("x" * 100_001) + b"\0\0"]))
    assert read_outline(data).damage is not None


# A worker that was taken over ----------------------------------------------------------------

FAKE: Final = """#!{python} -I
import sys
sys.path.insert(0, {entrypoint!r})
from cc_lb_selfcheck.host.frames import receive, send
requests, answers = sys.stdin.buffer, sys.stdout.buffer
def answer(head, body):
    if head["command"] == "start":
        return {{"extism": "1.41.0", "sandbox": []}}, b""
    built = {{"ok": True, "callable": True, "compile_ms": 1, "link_ms": 1}}
    out = b'{{"status":"success","failures":[],"completed_at":1}}'
    called = {{"call_ms": 1, "cpu_ms": 1, "return_code": 0, "error": False, "error_fault": None,
              "error_size": 0, "output_size": len(out), "output_fault": None, "dump_size": 0}}
    return {{"built": built, "called": called}}, out
while True:
    head, body = receive(requests)
    told, out = answer(head, body)
    told["id"] = head["id"]
    if head["command"] == {at!r}:
        {what}
    else:
        send(answers, told, out)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a program in the engine's place that answers as told, where it is told to."""
    entrypoint = str(Path(workers_module.__file__).parents[2])

    def put(at: str, what: str) -> None:
        program = tmp_path / "python"
        code = FAKE.format(python=sys.executable, entrypoint=entrypoint, at=at, what=what)
        program.write_text(code)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(sys, "executable", str(program))

    return put


def one(data: bytes, deadline_s: float = 30) -> Outcome:
    return check({"one": lambda: data}, jobs=1, deadline_s=deadline_s)["one"]


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
@pytest.mark.parametrize("at", ["start", "check"])
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("answers.write(b'garbage' * 9); answers.flush()", "gave no answer that can be read"),
        ("answers.write(b'\\0\\0\\0\\1\\0\\0\\0\\0{'); answers.flush()", "gave no answer that can"),
        ("answers.write(b'\\0\\0\\0\\xff'); answers.flush(); sys.exit(7)", "ended with status 7"),
        ("send(answers, {}, b'')", "gave no answer that can be read"),
        ("send(answers, {'id': head['id'] + 1}, b'')", "gave no answer that can be read"),
        ("answers.write(b'\\xff' * 8); answers.flush()", "gave no answer that can be read"),
    ],
    ids=["garbage", "no JSON", "half", "nothing", "another's", "too long"],
)
def test_what_is_no_answer_ends_the_worker(
    fake: Callable[[str, str], None], at: str, what: str, reason: str
) -> None:
    fake(at, what)
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert reason in str(outcome.reason)


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
def test_no_artifact_is_blamed_where_the_engine_never_runs(
    fake: Callable[[str, str], None],
) -> None:
    fake("check", "sys.exit(7)")
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert "over an empty module, too" in str(outcome.reason)
    assert outcome.evidence.stopped_for is None
    finding = explain(outcome)
    assert finding is not None
    assert finding.id == "CCLB-UNDETERMINED"


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
@pytest.mark.parametrize("at", ["start", "check"])
def test_silence_is_told_as_a_passed_deadline(fake: Callable[[str, str], None], at: str) -> None:
    fake(at, "pass")
    outcome = one(output_module(success()), deadline_s=0.2)
    assert outcome.status == "undetermined"
    assert "The engine was not done within the deadline of 0.2 s" in str(outcome.reason)


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
@pytest.mark.parametrize(
    "wrong",
    [
        {"ok": None},
        {"ok": True, "callable": "cc_lb_self_check"},
        {"ok": True, "callable": [["x"]]},
        {"compile_ms": float("nan")},
        {"compile_ms": -1},
        {"link_ms": "1"},
        {"ok": False, "step": "call"},
        {"ok": False},
    ],
    ids=str,
)
def test_an_answer_of_another_shape_ends_the_worker(
    fake: Callable[[str, str], None], wrong: dict[str, object]
) -> None:
    change = f"nan = float('nan'); told['built'] |= {wrong!r}"
    fake("check", f"{change}; send(answers, told, out)")
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert "gave an answer that is none" in str(outcome.reason)


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
@pytest.mark.parametrize(
    "called",
    [{"return_code": None}, {"error_size": -1}, {"call_ms": "1"}, {"cpu_ms": -1}, None],
    ids=str,
)
def test_a_call_told_in_another_shape_ends_the_worker(
    fake: Callable[[str, str], None], called: dict[str, object] | None
) -> None:
    change = "told['called'] = None" if called is None else f"told['called'] |= {called!r}"
    fake("check", f"{change}; send(answers, told, out)")
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert "gave an answer that is none" in str(outcome.reason)


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
@pytest.mark.parametrize(
    "wrong",
    [
        {"sandbox": None},
        {"sandbox": {"files": True}},
        {"sandbox": [["files", True]]},
        {"sandbox": [["files", "yes", ""]]},
        {"sandbox": [[["files"], True, ""]]},
        {"extism": 1.41},
    ],
    ids=str,
)
def test_a_start_of_another_shape_ends_the_worker(
    fake: Callable[[str, str], None], wrong: dict[str, object]
) -> None:
    fake("start", f"send(answers, {{**told, **{wrong!r}}}, out)")
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert "gave an answer that is none" in str(outcome.reason)


@pytest.mark.skipif(os.name != "posix", reason="the fake is a script")
def test_an_answer_given_twice_is_no_verdict_on_the_next(fake: Callable[[str, str], None]) -> None:
    fake("check", "send(answers, told, out); send(answers, told, out)")
    outcomes = check({str(n): lambda n=n: output_module(success(n + 1)) for n in range(3)}, 1)  # type: ignore[misc]
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}
    assert len(outcomes) == 3


def test_a_worker_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    outcome = one(output_module(success()))
    assert outcome.status == "undetermined"
    assert outcome.reason == ("The engine's process cannot be started: no such file or directory.")


def test_what_is_ended_for_a_limit_says_which() -> None:
    worker = WorkerProcess()
    worker.set_deadline(0)
    while worker.started or not worker.is_lost:
        worker.enforce_limits()
    with pytest.raises(WorkerDied) as died:
        worker.start()
    worker.close()
    assert died.value.limit == "deadline"


def test_no_limit_outlasts_the_artifact_that_it_was_set_for() -> None:
    worker = WorkerProcess()
    try:
        worker.set_deadline(0)
        worker.set_deadline(None)
        worker.enforce_limits(memory_max_bytes=1)
        assert not worker.is_lost
        worker.start()
    finally:
        worker.close()

"""What runs after the verdict show, and that they change nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from cc_lb_selfcheck.diagnosis.backtrace import FRAMES_MAX, frames_of
from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.trace import demangled, investigate
from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.messages import TRAP_CONTEXT
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.host.pool import Explainer, Pool
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.wasm.outline import Outline, read_outline
from tests.diagnosis.running import PANICS, WITHOUT_DEBUG_INFO, plugin, refusal, worker
from tests.support.builder import (
    END,
    I32,
    I64,
    LOOP,
    NOP,
    UNREACHABLE,
    Module,
    call,
    custom_section,
    i32_const,
    name_payload,
)
from tests.support.builder import name as name_of
from tests.support.modules import output_module, success

WAYS = "tests/plugins/rust/panics/src/ways.rs"


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    with worker() as lent:
        yield lent


def outcome_of(data: bytes, explainer: Explainer) -> Outcome:
    subject = Subject("it", data, read_outline(data), lambda: data)
    pool = Pool(jobs=1, deadline_s=60, explainer=explainer)
    [(_, outcome)] = pool.check([subject])
    return outcome


# What is seen --------------------------------------------------------------------------------


def test_a_loop_without_end_is_found_by_stopping_it(process: WorkerProcess) -> None:
    evidence = refusal(process, PANICS, "loops").evidence
    assert evidence.stopped_in_loop
    authors = [frame for frame in evidence.trace if not frame.library]
    assert [frame.function for frame in authors] == ["panics::ways::orbit", "panics::ways::loops"]
    assert authors[0].file == WAYS
    assert authors[0].line is not None


def test_without_debug_information_the_loops_function_is_named(process: WorkerProcess) -> None:
    data = plugin("infinite-loop")
    outline = read_outline(data)
    outcome = investigate(process, data, outline, check_once(process, data, outline))
    names = [frame.function for frame in outcome.evidence.trace]
    assert names == ["infinite_loop::parse_body", "cc_lb_self_check"]
    finding = explain(outcome)
    assert finding is not None
    assert "at a loop, in `infinite_loop::parse_body`" in finding.cause
    assert "`debug = 1`" in (finding.hint or "")


def test_what_cannot_be_seen_is_said(process: WorkerProcess) -> None:
    data = WITHOUT_DEBUG_INFO.replace(b"\x04name", b"\x04eman")
    finding = explain(refusal(process, data, "loops"))
    assert finding is not None
    assert "could not be seen" in finding.cause


def test_a_recursion_is_the_frame_that_repeats(process: WorkerProcess) -> None:
    outcome = refusal(process, PANICS, "stack")
    assert {frame.function for frame in outcome.evidence.trace} == {"panics::ways::depth"}
    finding = explain(outcome)
    assert finding is not None
    assert "`panics::ways::depth`" in finding.cause
    assert "which calls itself" in finding.cause


def test_a_refused_answer_is_told_where_the_export_is_declared(process: WorkerProcess) -> None:
    data = plugin("zero-timestamp")
    outline = read_outline(data)
    outcome = investigate(process, data, outline, check_once(process, data, outline))
    declared = outcome.evidence.declared
    assert declared is not None
    assert declared.function == "zero_timestamp::cc_lb_self_check"
    assert declared.file == "tests/plugins/rust/zero-timestamp/src/lib.rs"


def test_a_declared_function_has_the_name_of_its_export_if_no_other(process: WorkerProcess) -> None:
    """Line tables name no function in which nothing is inlined."""
    data = plugin("misspelt-export").replace(b"\x04name", b"\x04eman")
    outline = read_outline(data)
    declared = investigate(process, data, outline, check_once(process, data, outline)).evidence
    assert declared.declared is not None
    assert declared.declared.function == "cc_lb_selfcheck"


def test_the_function_behind_a_linkers_wrapper_is_told(process: WorkerProcess) -> None:
    """As in C++: the linker exports a function of its own, which calls constructors first."""
    data = plugin("average-with-debuginfo")
    handshake = read_outline(data).export("cc_lb_handshake")
    own = read_outline(data).export("cc_lb_self_check")
    assert handshake is not None
    assert own is not None
    exported = name_of(b"cc_lb_self_check") + b"\0"
    assert data.count(exported + bytes([own.number])) == 1
    data = data.replace(exported + bytes([own.number]), exported + bytes([handshake.number]))
    data += custom_section("name", name_payload({handshake.number: "self_check.command_export"}))
    outline = read_outline(data)
    outcome = investigate(process, data, outline, check_once(process, data, outline))
    declared = outcome.evidence.declared
    assert declared is not None
    assert (declared.function, declared.line) == ("self_check", 28)


def test_names_are_told_as_the_engine_writes_them(process: WorkerProcess) -> None:
    mangled = ["_RNvCs5ktgEDC1Uhf_13infinite_loop10parse_body", "_ZN3foo3barE", "_R"]
    told = demangled(process, [*mangled, "plain", "é", "a"])
    assert told == ["infinite_loop::parse_body", "foo::bar", "_R", "plain", "é", "a"]
    assert demangled(process, []) == []


def test_a_short_name_is_not_told_as_a_type_of_cpp(process: WorkerProcess) -> None:
    """The engine reads ``a`` as C++ writes ``signed char``, and ``St4move`` as ``std::move``."""
    names = ("a", "Pi", "St4move", "_ZN3foo3barE")
    module = Module()
    module.import_function("extism:host/env", "input_length", results=[I64])
    innermost = module.function(UNREACHABLE, title=names[0])
    for title in names[1:]:
        innermost = module.function(call(innermost) + NOP, title=title)
    body = call(innermost) + i32_const(0)
    module.function(body, results=[I32], export="cc_lb_self_check", title="v")
    outcome = refusal(process, module.build(), "cc_lb_self_check")
    told = [frame.function for frame in outcome.evidence.trace]
    assert told == ["a", "Pi", "St4move", "foo::bar", "v"]
    finding = explain(outcome)
    assert finding is not None
    assert "It happened in `a`, called by `Pi`." in finding.cause


# The verdict stays ---------------------------------------------------------------------------


def test_explaining_leaves_no_trace_in_the_next_verdict(process: WorkerProcess) -> None:
    data = plugin("panic-with-debuginfo")
    outline = read_outline(data)
    first = check_once(process, data, outline)
    explained = investigate(process, data, outline, first)
    again = check_once(process, data, outline)
    assert explained.verdict == first.verdict == again.verdict
    assert first.evidence.backtrace == again.evidence.backtrace
    assert explained.evidence.trace
    assert not first.evidence.trace


def dies(worker: WorkerProcess, _data: bytes, _outline: Outline, _outcome: Outcome) -> Outcome:
    worker.kill()
    worker.ask({"command": "call", "name": "x", "output_max": 1})
    raise AssertionError("unreachable")


def hangs(worker: WorkerProcess, _data: bytes, _outline: Outline, _outcome: Outcome) -> Outcome:
    endless = Module()
    endless.function(LOOP + b"\x0c\0" + END, export="cc_lb_self_check")
    head: dict[str, Any] = {"command": "build", "wall_ms": 1 << 30, "fuel": (1 << 64) - 1}
    assert worker.ask({**head, "exports": []}, endless.build())[0]["built"]["ok"]
    worker.ask({"command": "call", "name": "cc_lb_self_check", "output_max": 1})
    raise AssertionError("unreachable")


@pytest.mark.parametrize("explainer", [dies, hangs])
def test_a_worker_that_is_lost_while_explaining_costs_only_the_explanation(
    explainer: Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cc_lb_selfcheck.host.pool.EXPLAIN_MAX_S", 0.5)
    outcome = outcome_of(plugin("misspelt-status"), explainer)
    assert outcome.status == "refused"
    assert outcome.verdict is not None
    assert outcome.verdict.variant == "DecodeResponse"


def test_a_plugin_that_passes_is_not_run_again() -> None:
    outcome = outcome_of(output_module(success()), dies)
    assert outcome.status == "passed"


def test_a_timeout_is_explained_once_it_stands() -> None:
    explained: list[Outcome] = []

    def note(_worker: WorkerProcess, _data: bytes, _outline: Outline, told: Outcome) -> Outcome:
        explained.append(told)
        return told

    outcome = outcome_of(plugin("infinite-loop"), note)
    assert explained == [outcome]


# Backtraces ----------------------------------------------------------------------------------


def test_a_backtrace_is_read_with_its_inlined_frames() -> None:
    message = f"""{TRAP_CONTEXT}
    0:  0x11408 - a.wasm!core[b1da763420d39311]::panicking::panic_fmt
    1:   0x565d - <usize as core[f29c79735eaa92ad]::slice::index::SliceIndex<[&str]>>::index
                    at /rustc/ac68faa20c58/library/core/src/slice/index.rs:272:10
                - quota::window
                    at C:\\work\\a b\\quota.rs:6:10
   12: <unknown>!<wasm function 7>
note: using the variable may show more

Caused by:
    wasm trap: wasm `unreachable` instruction executed"""
    frames = [(f.function, f.file, f.line, f.column, f.library) for f in frames_of(message)]
    assert frames == [
        ("core::panicking::panic_fmt", None, None, None, True),
        (
            "<usize as core::slice::index::SliceIndex<[&str]>>::index",
            "/rustc/ac68faa20c58/library/core/src/slice/index.rs",
            272,
            10,
            True,
        ),
        ("quota::window", "C:\\work\\a b\\quota.rs", 6, 10, False),
        (None, None, None, None, True),
    ]


def test_of_a_line_that_debug_information_names_a_type_alone_is_corrected() -> None:
    message = f"""{TRAP_CONTEXT}
    0:   0x92 - signed char
                    at plugin.c:3:60
                - int
                    at plugin.c:4:1
    1:   0x7d - plugin::exported
                    at src/lib.rs:7:5
"""
    known = {0x92: "i", 0x7D: "cc_lb_self_check"}
    told = [frame.function for frame in frames_of(message, lambda _offsets: known)]
    assert told == ["signed char", "i", "plugin::exported"]


def test_an_inlined_function_of_one_letter_is_not_told_as_a_type(process: WorkerProcess) -> None:
    data = plugin("average-with-debuginfo")
    assert data.count(b"\0average\0") == 1
    data = data.replace(b"\0average\0", b"\0a\0erage\0")
    outcome = refusal(process, data, "cc_lb_self_check")
    assert [frame.function for frame in outcome.evidence.trace] == ["a", "self_check"]


def test_inlined_functions_of_recursion_are_named_each_time() -> None:
    """There, one instruction is on the stack again and again."""
    again = """\
    {}:   0x92 - signed char
                    at plugin.c:3:60
                - shared
                    at plugin.c:9:1
"""
    message = f"{TRAP_CONTEXT}\n{again.format(0)}{again.format(1)}"
    asked: list[int] = []

    def inlined(offsets: Sequence[int]) -> list[list[str | None]]:
        asked.extend(offsets)
        return [["a", "shared"] for _ in offsets]

    frames = frames_of(message, inlined=inlined)
    assert [frame.function for frame in frames] == ["a", "shared"] * 2
    assert asked == [0x92]


@pytest.mark.parametrize(
    "account",
    [
        "    0: " + "f" * 100_000,
        "    0: f\n        at " + "x" * 100_000 + ":99999999999:1",
        "    0: f\n        at x:4294967295:0",
        "    0: f\n" + " " * 200_000 + "at",
        "    0: f\n        at " + " " * 200_000 + ":",
        "\n".join(f"  {n}: f{n}" for n in range(10_000)),
        "    0: <<<<" + "<&" * 50_000 + "mut ",
    ],
)
def test_a_hostile_backtrace_stays_within_bounds(account: str) -> None:
    frames = frames_of(f"{TRAP_CONTEXT}\n{account}")
    assert 1 <= len(frames) <= FRAMES_MAX
    for frame in frames:
        assert len(frame.function or "") <= 300
        assert len(frame.file or "") <= 1000

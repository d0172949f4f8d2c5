"""Each way to panic, on the real engine, is told by its kind: with debug information or without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.panics import kind_of_panic
from cc_lb_selfcheck.host.evidence import Frame
from cc_lb_selfcheck.host.process import WorkerProcess
from tests.diagnosis.running import PANICS, WITHOUT_DEBUG_INFO, refusal, worker

_OWN = "`panic!`, `assert!`, `todo!` or `unreachable!`"
KINDS = {
    "index": "an index is out of bounds",
    "slice_range": "a slice's range is out of bounds",
    "slice_order": "a slice's range is out of bounds",
    "char_boundary": "ends amid a character",
    "unwrap_none": "`unwrap` on a `None`",
    "expect_some": "`expect` on a `None`",
    "unwrap_err": "`unwrap` or `expect` on an `Err`",
    "expect_ok": "`unwrap` or `expect` on an `Err`",
    "missing_key": "a key that is not in a map",
    "add_overflow": "an arithmetic operation overflows",
    "subtract_overflow": "an arithmetic operation overflows",
    "divide_by_zero": "a division by zero",
    "remainder_of_zero": "a division by zero",
    "allocation": "an allocation failed",
    "capacity": "more room than there can be",
    "explicit": _OWN,
    "unreachable_code": _OWN,
    "not_done": _OWN,
    "assertion": _OWN,
    "equality": "an assertion failed",
    "stack": "The call stack ran out",
    "system_time": "`SystemTime::now`",
    "instant": "`Instant::now`",
    "sleep": "makes a thread sleep",
    "thread": "starts a thread",
    "process_id": "asks the operating system",
    "exit": "ends the process",
    "wrong_pointer": "through a pointer of another type",
    "cc_lb_self_check": "a `RefCell` is borrowed",
}


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    with worker() as lent:
        yield lent


@pytest.mark.parametrize(("export", "words"), KINDS.items())
def test_a_panic_is_told_by_its_kind(process: WorkerProcess, export: str, words: str) -> None:
    by_line = explain(refusal(process, PANICS, export))
    by_name = explain(refusal(process, WITHOUT_DEBUG_INFO, export))
    assert by_line is not None
    assert by_name is not None
    assert words in by_line.cause
    assert words in by_name.cause
    is_betrayed = export not in ("stack", "wrong_pointer")
    assert [seen.startswith("It came through `") for seen in by_name.seen] == [True] * is_betrayed
    file = "lib.rs" if export == "cc_lb_self_check" else "ways.rs"
    assert f"`tests/plugins/rust/panics/src/{file}:" in by_line.cause
    assert by_line.hint is None
    assert "It happened in `" in by_name.cause
    assert "`debug = 1`" in (by_name.hint or "")


def test_files_are_told_where_the_inlined_frames_name_them(process: WorkerProcess) -> None:
    finding = explain(refusal(process, PANICS, "file"))
    assert finding is not None
    assert "It asks for files" in finding.cause


def test_what_the_author_names_alike_is_no_kind() -> None:
    own = Frame(function="core::option::unwrap_failed", file="src/lib.rs", line=1)
    generic = Frame(function="core::fmt::write::<std::time::Instant>::now", library=True)
    assert kind_of_panic([own]) is None
    assert kind_of_panic([generic]) is None
    assert kind_of_panic([]) is None


def test_older_names_with_hashes_are_known() -> None:
    message = "core::panicking::panic_bounds_check::h0123456789abcdef"
    frame = Frame(function=message, library=True)
    kind = kind_of_panic([frame])
    assert kind is not None
    assert "out of bounds" in kind.cause

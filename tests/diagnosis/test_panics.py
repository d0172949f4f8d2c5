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


PANICKED = Frame(
    function="core::panicking::panic_fmt", library=True, file="/rustc/0123456789/core.rs", line=1
)
OWN = Frame(function="plugin::parse", file="src/lib.rs", line=7)


@pytest.mark.parametrize(
    ("called", "betraying"),
    [
        ("alloc::vec::Vec<T,A>::remove", "core::panicking::panic_fmt"),
        ("core::slice::<impl [T]>::chunks", "core::panicking::panic_fmt"),
        ("<std::sync::Mutex<u8>>::lock", "core::panicking::assert_failed::<bool, bool>"),
        ("<core::time::Duration as core::ops::arith::Sub>::sub", "core::option::expect_failed"),
    ],
)
def test_a_librarys_function_that_refuses_is_told(called: str, betraying: str) -> None:
    by = PANICKED.model_copy(update={"function": betraying})
    library = PANICKED.model_copy(update={"function": called})
    told = kind_of_panic([PANICKED, by, library, OWN])
    assert told is not None
    assert f"`{called}` does not take what it was given" in told.cause
    # Without lines, the author's closure may be inlined there, and panic itself.
    nameless = [frame.model_copy(update={"file": None, "line": None}) for frame in (by, library)]
    told = kind_of_panic([*nameless, OWN.model_copy(update={"file": None, "line": None})])
    assert told is not None
    assert called not in told.cause


@pytest.mark.parametrize(
    ("called", "file"),
    [
        ("core::option::Option<T>::unwrap", "option"),
        (
            "<std::collections::hash::map::HashMap<K,V,S,A> as core::ops::index::Index<&Q>>::index",
            "map",
        ),
        ("index<&str, u8>", "map"),
        ("core::panicking::panic", "panicking"),
        ("std::panic::panic_any", "panic"),
        ("unwrap<u8>", "option"),
        ("expect<u8, core::num::ParseIntError>", "result"),
    ],
)
def test_what_the_author_asks_for_is_not_blamed_on_a_library(called: str, file: str) -> None:
    update = {"function": called, "file": f"/rustc/0123456789/library/core/src/{file}.rs"}
    told = kind_of_panic([PANICKED, PANICKED.model_copy(update=update), OWN])
    assert told is not None
    assert "does not take" not in told.cause


def test_code_that_a_library_may_have_brought_is_not_called_the_authors() -> None:
    bare = {"file": None, "line": None}
    for panicked in (PANICKED, PANICKED.model_copy(update=bare)):  # std's own lines may be there
        told = kind_of_panic([panicked, OWN.model_copy(update=bare)])
        assert told is not None
        assert told.cause.endswith("own code, or in a library's that was compiled into it.")


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("core::option::Option<std::path::PathBuf>", "`unwrap` on a `None`"),
        ("core::result::Result<std::path::PathBuf, std::io::error::Error>", "It asks for files"),
        ("core::result::Result<std::net::Address, std::net::ParseError>", "on an `Err`"),
        ("core::result::Result<std::net::TcpStream, std::io::error::Error>", "operating system"),
    ],
)
def test_a_type_of_files_alone_is_no_call_for_files(type_: str, said: str) -> None:
    by = "core::option::unwrap_failed" if "Option" in type_ else "core::result::unwrap_failed"
    frames = [PANICKED.model_copy(update={"function": name}) for name in (by, f"<{type_}>::unwrap")]
    told = kind_of_panic([*frames, OWN])
    assert told is not None
    assert said in told.cause


def test_older_names_with_hashes_are_known() -> None:
    message = "core::panicking::panic_bounds_check::h0123456789abcdef"
    frame = Frame(function=message, library=True)
    kind = kind_of_panic([frame])
    assert kind is not None
    assert "out of bounds" in kind.cause

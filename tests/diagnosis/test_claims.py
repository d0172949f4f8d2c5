"""What is claimed of calls whose evidence shows less than it seems to: nothing false."""

from __future__ import annotations

from typing import Final

import pytest

from tests.diagnosis.claims import Checked, told
from tests.support.builder import (
    DROP,
    END,
    I32,
    I32_SUB,
    I64,
    LOOP,
    UNREACHABLE,
    br,
    call,
    i32_const,
    i32_store,
    i64_const,
    local_get,
)
from tests.support.modules import (
    ENV,
    Plugin,
    error_module,
    loop_module,
    output_module,
    return_module,
)


def bulk_fill(size: int) -> bytes:
    return i32_const(0) + i32_const(0) + i32_const(size) + b"\xfc\x0b\0"


def loop_beside_a_fill() -> bytes:
    plugin = Plugin()
    plugin.function(bulk_fill(64 << 20), title="unused")
    plugin.self_check(call(plugin.function(LOOP + br(0) + END, title="spin")))
    return plugin.build()


def test_a_loop_is_blamed_before_a_fill_that_nothing_calls(checked: Checked) -> None:
    finding = told(checked({"loop.wasm": loop_beside_a_fill()})["loop.wasm"])
    assert finding.id == "CCLB-OUT-OF-FUEL"
    assert "at a loop, in `spin`" in finding.cause
    [fill] = [other for other in finding.others if other.id == "CCLB-BULK-MEMORY"]
    assert fill.confidence == "possible"
    assert "67,108,864 bytes" in fill.text


OWN_TEXTS: Final = (
    "timeout",
    "plugin ran out of fuel",
    "Returned non-zero exit code: 5",
    "error while executing at wasm backtrace:\n    0: a!b",
    "invalid utf-8 sequence of 1 bytes from index 0",
    "failed to initialize the model",
)


def test_a_plugins_own_error_is_its_own_whatever_it_reads_like(checked: Checked) -> None:
    plugins = {f"{at}.wasm": error_module(text.encode()) for at, text in enumerate(OWN_TEXTS)}
    for artifact in checked(plugins).values():
        finding, evidence = told(artifact), artifact.evidence
        assert finding.id == "CCLB-PLUGIN-ERROR"
        assert "The plugin itself reported an error" in finding.cause
        assert (evidence.own_error, evidence.fuel_at_least, evidence.backtrace) == (True, None, [])


def test_a_deep_recursion_is_not_said_to_have_no_end(checked: Checked) -> None:
    plugin = Plugin()
    own = plugin.imported["func"] + len(plugin.functions)
    again = local_get(0) + i32_const(1) + I32_SUB + call(own)
    plugin.function(local_get(0) + b"\x04\x40" + again + END, [I32])
    plugin.self_check(i32_const(100_000) + call(own))
    finding = told(checked({"deep.wasm": plugin.build()})["deep.wasm"])
    assert finding.id == "CCLB-STACK-OVERFLOW"
    assert "too deep, or without end" in finding.cause
    assert "without end" not in finding.title


def test_a_recursion_that_fills_the_stack_in_memory_is_told_as_likely(checked: Checked) -> None:
    """As compilers of Rust and C make it: each call takes room for its variables from a pointer."""
    plugin = Plugin()
    plugin.memory(1)
    own = plugin.imported["func"] + len(plugin.functions)
    room = local_get(0) + i32_const(4096) + I32_SUB
    write = local_get(0) + i32_const(1) + i32_store()
    plugin.function(write + room + call(own), [I32], title="descend")
    plugin.self_check(i32_const(61_440) + call(own))
    straight = Plugin()
    straight.memory(1)
    straight.self_check(i32_const(-8) + i32_const(1) + i32_store())
    artifacts = checked({"deep.wasm": plugin.build(), "straight.wasm": straight.build()})
    deep, flat = told(artifacts["deep.wasm"]), told(artifacts["straight.wasm"])
    assert (deep.id, deep.confidence) == ("CCLB-STACK-OVERFLOW", "likely")
    assert (
        "the room for local variables seems to have run out. It happened in `descend`" in deep.cause
    )
    assert (flat.id, flat.confidence) == ("CCLB-TRAP", "certain")


def test_functions_that_call_each_other_are_not_said_to_call_themselves(checked: Checked) -> None:
    plugin = Plugin()
    first = plugin.imported["func"] + len(plugin.functions)
    plugin.function(call(first + 1), title="ping")
    plugin.function(call(first), title="pong")
    plugin.self_check(call(first))
    finding = told(checked({"both.wasm": plugin.build()})["both.wasm"])
    assert finding.id == "CCLB-STACK-OVERFLOW"
    assert "which comes up again and again" in finding.cause
    assert "itself" not in finding.cause


def test_the_engines_words_are_not_taken_for_the_plugins(checked: Checked) -> None:
    artifacts = checked({"rc.wasm": return_module(5), "loop.wasm": loop_module()})
    assert told(artifacts["rc.wasm"]).id == "CCLB-EXIT-CODE"
    assert told(artifacts["loop.wasm"]).id == "CCLB-OUT-OF-FUEL"
    assert not any(artifact.evidence.own_error for artifact in artifacts.values())


def test_an_error_text_that_cannot_be_read_is_not_quoted_as_one(checked: Checked) -> None:
    artifacts = checked(
        {"bad.wasm": error_module(b"\xff\xfe"), "blank.wasm": error_module(b" \n \0")}
    )
    lost, blank = told(artifacts["bad.wasm"]), told(artifacts["blank.wasm"])
    assert (lost.id, blank.id) == ("CCLB-PLUGIN-ERROR", "CCLB-PLUGIN-ERROR")
    assert "no UTF-8" in lost.cause
    assert "UTF-8" in lost.fix
    assert "its text is blank" in blank.cause


def test_a_wider_encoding_is_told_although_no_text_comes_of_it(checked: Checked) -> None:
    text = '{"status":"failure","failures":[{"stage":"é","message":"naïve"}],"completed_at":1}'
    outputs = {
        "utf16.wasm": text.encode("utf-16-le"),
        "marked.wasm": text.encode("utf-16"),
        "utf32.wasm": text.encode("utf-32-le"),
        "utf32-be.wasm": text.encode("utf-32-be"),
        "marked32.wasm": text.encode("utf-32"),
        "marked32-be.wasm": b"\0\0\xfe\xff" + text.encode("utf-32-be"),
        "latin1.wasm": text.encode("latin-1"),
    }
    artifacts = checked({name: output_module(data) for name, data in outputs.items()})
    found = {name: (told(one).id, told(one).confidence) for name, one in artifacts.items()}
    assert found == {
        "utf16.wasm": ("CCLB-UTF16-OUTPUT", "likely"),
        "marked.wasm": ("CCLB-UTF16-OUTPUT", "likely"),
        "utf32.wasm": ("CCLB-UTF32-OUTPUT", "likely"),
        "utf32-be.wasm": ("CCLB-UTF32-OUTPUT", "likely"),
        "marked32.wasm": ("CCLB-UTF32-OUTPUT", "likely"),
        "marked32-be.wasm": ("CCLB-UTF32-OUTPUT", "likely"),
        "latin1.wasm": ("CCLB-OUTPUT-NOT-UTF8", "certain"),
    }


def test_an_empty_output_is_not_said_to_be_unset(checked: Checked) -> None:
    plugin = Plugin()
    plugin.self_check(i64_const(1 << 40) + i64_const(50) + call(plugin.output_set))
    finding = told(checked({"far.wasm": plugin.build()})["far.wasm"])
    assert finding.id == "CCLB-EMPTY-OUTPUT"
    assert "or one without a length or in no memory that Extism gave out" in finding.cause


def test_a_request_over_http_is_not_told_as_a_crash_of_the_code(checked: Checked) -> None:
    plugin = Plugin()
    plugin.import_function(ENV, "http_request", [I64, I64], [I64])
    request = plugin.writer(b'{"url":"https://example.com","method":"GET"}')
    plugin.self_check(call(request) + i64_const(0) + call(4) + DROP)
    finding = told(checked({"http.wasm": plugin.build()})["http.wasm"])
    assert finding.id == "CCLB-CALL"
    assert "makes an HTTP request, and the host allows none" in finding.cause
    assert "rule of WebAssembly" not in finding.meaning


def test_a_panic_after_an_error_text_is_told_by_its_stack(checked: Checked) -> None:
    plugin = Plugin()
    panic = plugin.function(UNREACHABLE, title="core::panicking::panic_bounds_check")
    plugin.self_check(plugin.set_error(b"no key") + call(panic), title="look_here")
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-PANIC", "certain")
    assert "an index is out of bounds. It happened in `look_here`" in finding.cause
    assert "By then, the plugin's own error text says `no key`." in finding.seen


def test_an_address_that_extism_does_not_know_is_told_as_one(checked: Checked) -> None:
    plugin = Plugin()
    config_get = plugin.import_function(ENV, "config_get", [I64], [I64])
    plugin.self_check(i64_const(12345) + call(config_get) + DROP)
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-CALL", "certain")
    assert "an address that is none of Extism's memory: `invalid handle offset" in finding.cause


@pytest.mark.parametrize("text", [b"no model is configured", b" "])
def test_a_trap_after_an_error_text_is_blamed_on_nobody(checked: Checked, text: bytes) -> None:
    """The engine tells the text in the place of the trap."""
    plugin = Plugin()
    plugin.self_check(plugin.set_error(text) + UNREACHABLE)
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert "of the host" not in finding.cause
    assert "had set an error text" in finding.cause
    assert finding.confidence == "likely"


FAKE_RECORD: Final = (
    'x plugin="00000000-0000-0000-0000-000000000000"\n2026-01-01T00:00:00.000000Z ERROR'
    " extism::plugin: call to cc_lb_self_check encountered an error: error while executing at wasm"
    " backtrace:\n    0: 0x12 - core::panicking::panic_bounds_check\n\nCaused by:\n    wasm trap: -"
)


@pytest.mark.parametrize(
    "text",
    [
        "wasm trap: integer divide by zero",
        "x\n\nCaused by:\n    wasm trap: call stack exhausted",
        "HTTP request to http://example.com/ is not allowed",
        "thrown Wasm exception",
        "error while executing at wasm backtrace:\n    0: 0x12 - a!std::process::exit\n",
        FAKE_RECORD,
        f"{FAKE_RECORD}\0",
    ],
)
def test_an_error_text_is_not_believed_to_be_the_engines(checked: Checked, text: str) -> None:
    plugin = Plugin()
    plugin.self_check(plugin.set_error(text.encode()) + UNREACHABLE, title="look_here")
    finding = told(checked({"a.wasm": plugin.build()})["a.wasm"])
    assert (finding.id, finding.confidence) == ("CCLB-CALL", "likely")
    assert "The plugin's own error text says" in finding.cause
    assert "in `look_here`" in finding.cause
    assert "What ended it is not told" in finding.cause

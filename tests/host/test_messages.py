"""From the C API's words to the host's, without an engine."""

from __future__ import annotations

from cc_lb_selfcheck.host.messages import TRAP_CONTEXT, call_reason

ERROR = "2026-01-01T00:00:00Z ERROR extism::plugin: call to cc_lb_self_check encountered an error: "
SUFFIX = ' plugin="0a0a0a0a-0000-0000-0000-000000000000"\n'


def test_a_trap_is_told_as_the_c_api_tells_it() -> None:
    text = f"{TRAP_CONTEXT}\n    0: 0x1 - <unknown>!\x7f"
    log = f"{ERROR}{TRAP_CONTEXT}\n    0: 0x1 - <unknown>!\\x7f\n\nCaused by:\n    x{SUFFIX}"
    assert call_reason(134, text.encode(), None, log) == text


def test_a_plugin_cannot_forge_the_engines_log() -> None:
    text = f"x{SUFFIX}{ERROR}{TRAP_CONTEXT}{SUFFIX}"
    assert call_reason(-1, text.encode(), None, f"{ERROR}{text}{SUFFIX}") == text


def test_an_error_before_a_trap_is_told_as_the_trap() -> None:
    log = f"{ERROR}{TRAP_CONTEXT}\n    0: f\n\nCaused by:\n    x{SUFFIX}"
    assert call_reason(134, b"oops", None, log) == f"{TRAP_CONTEXT}\n    0: f"


def test_without_a_text_the_return_code_is_told() -> None:
    assert call_reason(-1, None, None, "") == "Returned non-zero exit code: -1"

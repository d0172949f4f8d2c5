"""The self-check itself: the crate's order of checks, over any engine.

Source: cc-lb-runtime-protocol 0.1.0 ``src/self_check.rs`` (``execute_self_check``).
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from .decode import decode_response
from .errors import (
    Call,
    DecodeResponse,
    FailureStatus,
    FailureWithoutFailures,
    Instantiate,
    InvalidTimestamp,
    MissingSelfCheckExport,
    OutputTooLarge,
    SelfCheckRefusal,
    SuccessWithFailures,
    TooManyFunctions,
    Validation,
)
from .json_scanner import JsonError
from .limits import (
    IMPLEMENTED_FUNCTIONS_MAX,
    SELF_CHECK_EXPORT,
    SELF_CHECK_OUTPUT_MAX_BYTES,
    WIRE_FUNCTIONS,
)
from .request import build_request
from .response import SelfCheckResponse


class BuildFailed(Exception):
    """The engine cannot build the plugin; the message is the host's reason."""


class CallFailed(Exception):
    """The call into the plugin failed; the message is the host's reason."""


class Output(NamedTuple):
    """What a call set as its output: all of its size in bytes, and its text.

    The text of an output above ``SELF_CHECK_OUTPUT_MAX_BYTES`` may be cut: nobody reads it.
    """

    size: int
    text: str


class Plugin(Protocol):
    """A built plugin, ready to be called."""

    def function_exists(self, name: str) -> bool:
        """Tell whether a function of that name and a callable type is exported."""

    def call(self, name: str, request: str) -> Output:
        """Call the export with a request. Raises ``CallFailed``."""


def execute_self_check(
    plugin_bytes: bytes,
    build_plugin: Callable[[bytes], Plugin],
    *,
    clock: Callable[[], float] = time.time,
    functions: Sequence[str] = WIRE_FUNCTIONS,
) -> SelfCheckResponse:
    """Run the host's self-check on an artifact and return the accepted response.

    ``build_plugin`` compiles and links the artifact (raises ``BuildFailed``); ``clock`` gives
    seconds since 1970. Raises ``SelfCheckRefusal`` for everything that the host refuses.
    """
    try:
        plugin = build_plugin(plugin_bytes)
    except BuildFailed as failure:
        raise SelfCheckRefusal(Instantiate(reason=str(failure))) from failure
    if not plugin.function_exists(SELF_CHECK_EXPORT):
        raise SelfCheckRefusal(MissingSelfCheckExport())
    request = build_request(functions, clock)
    try:
        output = plugin.call(SELF_CHECK_EXPORT, request)
    except CallFailed as failure:
        raise SelfCheckRefusal(Call(reason=str(failure))) from failure
    return judge_output(output)


def judge_output(output: Output) -> SelfCheckResponse:
    """Judge what the plugin answered. Raises ``SelfCheckRefusal`` as the host would."""
    if output.size > SELF_CHECK_OUTPUT_MAX_BYTES:
        raise SelfCheckRefusal(OutputTooLarge(bytes=output.size, max=SELF_CHECK_OUTPUT_MAX_BYTES))
    try:
        response = decode_response(output.text)
    except JsonError as failure:
        raise SelfCheckRefusal(DecodeResponse(reason=str(failure))) from failure
    _validate(response)
    match response.status, len(response.failures):
        case "success", 0:
            return response
        case "success", count:
            raise SelfCheckRefusal(SuccessWithFailures(count=count))
        case _, 0:
            raise SelfCheckRefusal(FailureWithoutFailures())
        case _, count:
            raise SelfCheckRefusal(FailureStatus(failures=count))


def _validate(response: SelfCheckResponse) -> None:
    if response.completed_at <= 0:
        raise SelfCheckRefusal(
            Validation(error=InvalidTimestamp(reason="completed_at must be positive"))
        )
    if len(response.failures) > IMPLEMENTED_FUNCTIONS_MAX:
        raise SelfCheckRefusal(Validation(error=TooManyFunctions()))

"""``SelfCheckExecutionError``: every way in which the host refuses a plugin.

Eleven variants with the crate's typed fields and its exact ``Display`` texts.
Source: cc-lb-runtime-protocol 0.1.0 ``src/self_check.rs``; the kinds of ``Validation``:
cc-lb-plugin-wire 0.1.1 ``src/self_check.rs``.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from .limits import IMPLEMENTED_FUNCTIONS_MAX
from .rust_debug import debug_string


class _Data(BaseModel):
    # Built when first used: most runs need few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class EmptyRequest(_Data):
    """The request names no function to test. An artifact cannot cause it."""

    kind: Literal["EmptyRequest"] = "EmptyRequest"

    def __str__(self) -> str:
        return "self-check request is empty (no functions to test)"


class TooManyFunctions(_Data):
    """More than 16 functions in the request, or more than 16 failures in the response."""

    kind: Literal["TooManyFunctions"] = "TooManyFunctions"

    def __str__(self) -> str:
        return f"self-check function list exceeds maximum of {IMPLEMENTED_FUNCTIONS_MAX}"


class InvalidTimestamp(_Data):
    """``initiated_at`` of the request or ``completed_at`` of the response is not positive."""

    kind: Literal["InvalidTimestamp"] = "InvalidTimestamp"
    reason: str

    def __str__(self) -> str:
        return f"invalid timestamp: {self.reason}"


class SerializationFailed(_Data):
    """Part of the crate's enum; the host never produces it."""

    kind: Literal["SerializationFailed"] = "SerializationFailed"
    reason: str

    def __str__(self) -> str:
        return f"self-check response serialization failed: {self.reason}"


ValidationKind: TypeAlias = Annotated[
    EmptyRequest | TooManyFunctions | InvalidTimestamp | SerializationFailed,
    Field(discriminator="kind"),
]
"""The crate's ``SelfCheckError``."""


class _Variant(_Data):
    def fields(self) -> dict[str, Any]:
        """Return the variant's own fields, as the crate names them."""
        return self.model_dump(exclude={"variant"})


class Validation(_Variant):
    """The response (or the request) breaks a rule of the contract."""

    variant: Literal["Validation"] = "Validation"
    error: ValidationKind

    def __str__(self) -> str:
        return f"self-check validation failed: {self.error}"

    def fields(self) -> dict[str, Any]:
        """Return the kind in the form of Rust's ``Debug``."""
        match self.error:
            case InvalidTimestamp(reason=reason) | SerializationFailed(reason=reason):
                return {"kind": f"{self.error.kind}({debug_string(reason)})"}
            case _:
                return {"kind": self.error.kind}


class Instantiate(_Variant):
    """The artifact cannot be compiled, linked or initialised."""

    variant: Literal["Instantiate"] = "Instantiate"
    reason: str

    def __str__(self) -> str:
        return f"self-check plugin instantiation failed: {self.reason}"


class MissingSelfCheckExport(_Variant):
    """No exported function ``cc_lb_self_check`` of type ``() -> i32`` or ``() -> ()``."""

    variant: Literal["MissingSelfCheckExport"] = "MissingSelfCheckExport"

    def __str__(self) -> str:
        return "plugin does not export cc_lb_self_check"


class SerializeRequest(_Variant):
    """The request cannot be written as JSON. An artifact cannot cause it."""

    variant: Literal["SerializeRequest"] = "SerializeRequest"
    reason: str

    def __str__(self) -> str:
        return f"self-check request serialization failed: {self.reason}"


class Call(_Variant):
    """The call ended in a trap, an error of the plugin, a timeout or without fuel."""

    variant: Literal["Call"] = "Call"
    reason: str

    def __str__(self) -> str:
        return f"self-check call failed: {self.reason}"


class OutputTooLarge(_Variant):
    """The response is longer than the limit. Both fields count bytes."""

    variant: Literal["OutputTooLarge"] = "OutputTooLarge"
    bytes: int
    max: int

    def __str__(self) -> str:
        return f"self-check output size {self.bytes} exceeds maximum {self.max}"


class DecodeResponse(_Variant):
    """The response is not the JSON that the contract asks for."""

    variant: Literal["DecodeResponse"] = "DecodeResponse"
    reason: str

    def __str__(self) -> str:
        return f"self-check response decode failed: {self.reason}"


class SuccessWithFailures(_Variant):
    """Status ``success``, yet the list of failures is not empty."""

    variant: Literal["SuccessWithFailures"] = "SuccessWithFailures"
    count: int

    def __str__(self) -> str:
        return f"self-check success response included {self.count} failure(s)"


class FailureWithoutFailures(_Variant):
    """Status ``failure``, yet the list of failures is empty."""

    variant: Literal["FailureWithoutFailures"] = "FailureWithoutFailures"

    def __str__(self) -> str:
        return "self-check failure response did not include failures"


class FailureStatus(_Variant):
    """The plugin itself reports failures; ``failures`` counts them."""

    variant: Literal["FailureStatus"] = "FailureStatus"
    failures: int

    def __str__(self) -> str:
        return f"self-check reported failure status with {self.failures} failure(s)"


class Clock(_Variant):
    """The host's clock cannot be told as a timestamp. An artifact cannot cause it."""

    variant: Literal["Clock"] = "Clock"
    reason: str

    def __str__(self) -> str:
        return f"self-check timestamp generation failed: {self.reason}"


SelfCheckExecutionError: TypeAlias = Annotated[
    Validation
    | Instantiate
    | MissingSelfCheckExport
    | SerializeRequest
    | Call
    | OutputTooLarge
    | DecodeResponse
    | SuccessWithFailures
    | FailureWithoutFailures
    | FailureStatus
    | Clock,
    Field(discriminator="variant"),
]


class SelfCheckRefusal(Exception):
    """The host refuses the plugin; ``error`` is the variant, ``str()`` the host's own text."""

    def __init__(self, error: SelfCheckExecutionError) -> None:
        super().__init__(str(error))
        self.error = error

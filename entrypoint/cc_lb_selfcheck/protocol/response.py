"""What a plugin's self-check answers. Source: cc-lb-plugin-wire 0.1.1 ``src/self_check.rs``."""

from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

SelfCheckStatus: TypeAlias = Literal["success", "failure"]
SelfCheckStage: TypeAlias = Literal[
    "request_preparation", "wire_function_test", "capability_verification", "response_validation"
]

STATUSES: Final = ("success", "failure")
STAGES: Final = (
    "request_preparation",
    "wire_function_test",
    "capability_verification",
    "response_validation",
)


class SelfCheckFailure(BaseModel):
    """One failure that the plugin found in itself: where (``stage``) and what (``message``)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    stage: SelfCheckStage
    message: str


class SelfCheckResponse(BaseModel):
    """A decoded response. ``completed_at`` is in seconds since 1970, within a signed 64-bit."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    status: SelfCheckStatus
    failures: list[SelfCheckFailure]
    completed_at: int

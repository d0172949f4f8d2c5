"""What a plugin's self-check answers. Source: cc-lb-plugin-wire 0.1.1 ``src/self_check.rs``."""

from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

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

    stage: SelfCheckStage = Field(description="Where it was found")
    message: str = Field(description="What the plugin says of it")


class SelfCheckResponse(BaseModel):
    """A decoded response."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    status: SelfCheckStatus = Field(description="What the plugin makes of itself")
    failures: list[SelfCheckFailure] = Field(description="What it found wrong")
    completed_at: int = Field(description="Seconds since 1970, a signed number of 64 bits")

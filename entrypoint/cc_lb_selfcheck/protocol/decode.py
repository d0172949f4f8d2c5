"""Decodes a self-check response as ``serde_json::from_str::<SelfCheckResponse>`` does.

What is accepted, what is refused, and the message with its line and column are serde_json's
(1.0.154, default features).

Source: cc-lb-runtime-protocol 0.1.0, the types' derived ``Deserialize``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, cast

from .json_reader import JsonReader
from .response import (
    STAGES,
    STATUSES,
    SelfCheckFailure,
    SelfCheckResponse,
    SelfCheckStage,
    SelfCheckStatus,
)

_USUAL: Final = re.compile(
    r'\{"status":"success","failures":\[\],"completed_at":([1-9][0-9]{0,17})\}'
)
"""What serde_json writes of a success, as nearly all plugins answer: read at once."""


def decode_response(text: str) -> SelfCheckResponse:
    """Decode a response. Raises ``JsonError`` with serde_json's text."""
    if usual := _USUAL.fullmatch(text):
        return SelfCheckResponse.model_construct(
            status="success", failures=[], completed_at=int(usual[1])
        )
    reader = _ResponseReader(text.encode())
    response = reader.response()
    reader.end()
    return response


class _ResponseReader(JsonReader):
    def response(self) -> SelfCheckResponse:
        fields: dict[str, Callable[[], object]] = {
            "status": lambda: self.unit_enum(STATUSES),
            "failures": lambda: self.sequence(self._failure),
            "completed_at": self.i64,
        }
        values = self.struct("SelfCheckResponse", fields)
        return SelfCheckResponse.model_construct(
            status=cast(SelfCheckStatus, values["status"]),
            failures=cast(list[SelfCheckFailure], values["failures"]),
            completed_at=cast(int, values["completed_at"]),
        )

    def _failure(self) -> SelfCheckFailure:
        fields: dict[str, Callable[[], object]] = {
            "stage": lambda: self.unit_enum(STAGES),
            "message": self.string,
        }
        values = self.struct("SelfCheckFailure", fields)
        return SelfCheckFailure.model_construct(
            stage=cast(SelfCheckStage, values["stage"]), message=cast(str, values["message"])
        )

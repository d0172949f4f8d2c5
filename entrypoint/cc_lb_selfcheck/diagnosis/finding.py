"""What the author is told about one artifact."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cc_lb_selfcheck.host.outcome import Model


class Location(Model):
    """A place in the author's sources; ``line`` and ``column`` count from 1."""

    path: str
    line: int | None
    column: int | None
    function: str | None
    source: str | None = Field(description="The source line itself")
    in_repository: bool


class Finding(Model):
    """Words for one outcome: drawn from the catalogue, with this artifact's specifics."""

    id: str
    severity: Literal["error", "warning", "note"]
    title: str
    meaning: str
    cause: str
    fix: str
    location: Location | None
    link: str

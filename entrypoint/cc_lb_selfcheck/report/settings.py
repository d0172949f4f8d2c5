"""The options of the commands that read reports and publish nothing: ``merge`` and ``diff``."""

from typing import Annotated, Literal

from pydantic import Field

from cc_lb_selfcheck.options import CommandSettings, Option
from cc_lb_selfcheck.settings import Names, ReportSettings


class MergeSettings(ReportSettings):
    """Settings of ``merge``."""

    reports: Annotated[Names, Option("REPORT")] = Field(
        default=(),
        description="Reports of `check`, directories to search for their .json files, or archives.",
    )


class DiffSettings(CommandSettings):
    """Settings of ``diff``."""

    old: Annotated[str, Option("OLD", is_input=False)] = Field(
        default="", description="The earlier report, or a directory of the reports of one run."
    )
    new: Annotated[str, Option("NEW", is_input=False)] = Field(
        default="", description="The later one."
    )
    format: Annotated[
        Literal["text", "json", "markdown"], Option("text|json|markdown", is_input=False)
    ] = Field(default="text", description="What to print.")
    threshold: Annotated[int, Option("PERCENT", is_input=False)] = Field(
        default=20,
        ge=0,
        le=100_000,
        description="Tell of a budget (time, fuel, output) that moved by so much of what it was, if"
        " that is a twentieth of the host's limit as well.",
    )

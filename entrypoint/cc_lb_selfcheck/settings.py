"""Every option, once.

The command's flags, the Action's inputs (``action.yml``) and the README's table are all made from
the fields below or tested against them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from cc_lb_selfcheck import __version__


class SettingsError(Exception):
    """Settings that cannot be used; each message is a sentence."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class Option(NamedTuple):
    """How a field is shown: its placeholder, and what the Action makes of it."""

    metavar: str
    is_input: bool = True
    input_default: str = ""
    """The Action's default, where it differs from leaving the option out."""


def processors() -> int:
    """Return the number of processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


Paths: TypeAlias = tuple[str, ...]


class CheckSettings(BaseModel):
    """Settings of ``check``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: Annotated[Paths, Option("PATHS")] = Field(
        default=(),
        description="Files, directories and patterns (`**`, `{a,b}`, `!` excludes) to check,"
        " relative to the working directory. A directory stands for the .wasm files in it.",
    )
    exclude: Annotated[Paths, Option("PATTERN")] = Field(
        default=(), description="Leave out paths that match; may be given several times."
    )
    unmarked: Annotated[Literal["skip", "check"], Option("skip|check")] = Field(
        default="skip",
        description="What to do with files found by a directory or pattern that bear no mark of a"
        " cc-lb plugin.",
    )
    if_no_plugins: Annotated[Literal["fail", "warn", "ignore"], Option("fail|warn|ignore")] = Field(
        default="fail", description="What to do when no plugin was found at all."
    )
    fail_on: Annotated[Literal["any", "refused", "never"], Option("any|refused|never")] = Field(
        default="any",
        description="Which outcomes fail the run: refused and undetermined plugins, only refused"
        " ones, or none.",
    )
    jobs: Annotated[int, Option("N")] = Field(
        default_factory=processors,
        ge=1,
        le=256,
        description="Plugins checked at a time; by default one a processor.",
    )
    deadline: Annotated[float, Option("SECONDS")] = Field(
        default=30.0,
        gt=0,
        le=86400,
        allow_inf_nan=False,
        description="Seconds that one artifact may take from compile to answer.",
    )
    cache_dir: Annotated[Path | None, Option("DIR")] = Field(
        default=None,
        description="Keep the engine's compilation cache in this directory between runs. It holds"
        " native code: share it only with runs that you trust.",
    )
    format: Annotated[Literal["text", "json"], Option("text|json", is_input=False)] = Field(
        default="text", description="What to print."
    )
    report: Annotated[Path | None, Option("FILE", input_default="cc-lb-selfcheck-report.json")] = (
        Field(default=None, description="Write the JSON report to this file as well.")
    )


def flag_of(name: str) -> str:
    """Return a field's flag: ``--if-no-plugins``; also the Action's input, without dashes."""
    return f"--{name.replace('_', '-')}"


def option_of(field: FieldInfo) -> Option:
    """Return how a field is shown."""
    return next(item for item in field.metadata if isinstance(item, Option))


def default_text(field: FieldInfo) -> str:
    """Return a field's default as one would write it; empty where it is to leave the option out."""
    default = None if field.default_factory else field.default
    return (
        "" if default in (None, ()) else format(default, "g" if isinstance(default, float) else "")
    )


def takes_many(field: FieldInfo) -> bool:
    """Tell whether a field is a list, which an input gives a line each."""
    return get_origin(field.annotation) is tuple


def inputs_from(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that the Action's inputs give; an empty input is one left out.

    The runner sets ``INPUT_`` and the input's name in capitals, hyphens kept
    (actions/runner, ``Handler.cs``).
    """
    given: dict[str, Any] = {}
    for name, field in CheckSettings.model_fields.items():
        if not option_of(field).is_input:
            continue
        value = environ.get(f"INPUT_{flag_of(name)[2:].upper()}", "").strip()
        if not value:
            continue
        lines = [line.strip() for line in value.splitlines()]
        given[name] = tuple(line for line in lines if line) if takes_many(field) else value
    return given


def load(given: Mapping[str, Any]) -> CheckSettings:
    """Validate settings. Raises ``SettingsError`` with a sentence for each wrong value."""
    try:
        return CheckSettings(**given)
    except ValidationError as error:
        raise SettingsError([_sentence(dict(item)) for item in error.errors()]) from error


def _sentence(error: dict[str, Any]) -> str:
    name = str(error["loc"][0])
    field = CheckSettings.model_fields[name]
    return f"{flag_of(name)} (input `{flag_of(name)[2:]}`) is {error['input']!r}: {_wanted(field)}"


def _wanted(field: FieldInfo) -> str:
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if choices:
        return f"use one of {', '.join(choices)}."
    bounds = {
        key: getattr(item, key)
        for item in field.metadata
        for key in ("ge", "gt", "le")
        if hasattr(item, key)
    }
    noun = "a whole number" if field.annotation is int else "a number"
    if "ge" in bounds:
        return f"use {noun} from {bounds['ge']} to {bounds['le']}."
    if "gt" in bounds:
        return f"use {noun} above {bounds['gt']} and up to {bounds['le']}."
    return "use a path."


VERSION_TEXT = f"cc-lb-selfcheck {__version__}"

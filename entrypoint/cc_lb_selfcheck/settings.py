"""Every option, once.

The command's flags, the Action's inputs (``action.yml``) and the README's table are all made from
the fields below or tested against them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
)

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo

from cc_lb_selfcheck import __version__
from cc_lb_selfcheck.surfaces.visible import shorten

_SHARDS_MAX: Final = 10_000
_GIVEN_MAX_CHARS: Final = 120


class SettingsError(Exception):
    """Settings that cannot be used; each message is a sentence."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class Shard(NamedTuple):
    """The ``number``-th (from 1) of ``total`` parts of the distinct contents."""

    number: int
    total: int

    def holds(self, sha256: str) -> bool:
        """Tell whether a content belongs to this part; it depends on the content alone."""
        return int(sha256, 16) % self.total == self.number - 1


def _shard(value: object) -> object:
    """Read ``I/N``; anything else is left to fail as it is."""
    parts = re.fullmatch(r"(\d{1,5})/(\d{1,5})", value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError
    number, total = int(parts[1]), int(parts[2])
    if not 1 <= number <= total <= _SHARDS_MAX:
        raise ValueError
    return Shard(number, total)


def _mebibytes(value: object) -> object:
    """Read ``2048``, ``2048M``, ``2G`` or ``2GiB``; anything else is left to fail as it is."""
    parts = _MEBIBYTES.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        return value
    return int(parts[1]) << (10 if (parts[2] or "").upper() == "G" else 0)


def _percent(value: object) -> object:
    """Read ``80`` or ``80%``; anything else is left to fail as it is."""
    return value.removesuffix("%").rstrip() if isinstance(value, str) else value


_MEBIBYTES: Final = re.compile(r"(\d{1,7})(?: ?([MG])(?:i?B)?)?", re.ASCII | re.IGNORECASE)


Format: TypeAlias = Literal["text", "json", "markdown", "github", "sarif", "junit"]
"""What a report can be written as: a module of ``report/`` for each of these names."""


class Output(NamedTuple):
    """A file that the report is written to, and as what."""

    format: Format
    path: Path


def _output(value: object) -> object:
    """Read ``FORMAT=FILE``; anything else is left to fail as it is."""
    if not isinstance(value, str):
        return value
    form, _, file = value.partition("=")
    if form not in get_args(Format) or not file or "\0" in file:
        raise ValueError
    return form, file


class Option(NamedTuple):
    """How a field is shown: its placeholder, and what the Action makes of it."""

    metavar: str
    is_input: bool = True
    input_default: str = ""
    """The Action's default, where it differs from leaving the option out."""
    hidden: bool = False
    """Set by the Action itself; in no table and no help."""
    is_source: bool = False
    """It names what the module of its name in ``sources/`` is to bring."""
    wanted: str = ""
    """What to write there, as in "a path"; empty where the field's type tells."""


def processors() -> int:
    """Return the number of processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


Names: TypeAlias = tuple[str, ...]


class CommandSettings(BaseModel):
    """What the settings of every command share: they are frozen, and know no others."""

    # Built when first used: a run has one command.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    panel: ClassVar[str | None] = None
    """Under which heading the help shows these settings; None: under the first."""


class ReportSettings(CommandSettings):
    """How a report is judged, and where it is written."""

    panel: ClassVar[str | None] = "Exit status and output"

    fail_on: Annotated[Literal["any", "refused", "never"], Option("any|refused|never")] = Field(
        default="any",
        description="Which outcomes fail the run: refused and undetermined plugins, only refused"
        " ones, or none.",
    )
    continue_on_refusal: Annotated[bool, Option("")] = Field(
        default=False,
        description="Succeed although plugins were refused; they are told all the same.",
    )
    format: Annotated[Format, Option("|".join(get_args(Format)), is_input=False)] = Field(
        default="text",
        description="What to print: text for people, the report as JSON, what a comment would say,"
        " GitHub's annotations, SARIF 2.1.0 or JUnit's XML.",
    )
    output: Annotated[
        tuple[Annotated[Output, BeforeValidator(_output)], ...],
        Option("FORMAT=FILE", wanted=f"one of {', '.join(get_args(Format))}, then `=` and a file"),
    ] = Field(
        default=(),
        description="Write the report to a file as well, in any of the formats"
        f" {', '.join(get_args(Format))}, as in `sarif=plugins.sarif`; may be given several times.",
    )
    report: Annotated[Path | None, Option("FILE", input_default="cc-lb-selfcheck-report.json")] = (
        Field(
            default=None,
            description="Write the JSON report to this file as well, as `--output json=FILE` does.",
        )
    )

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Every file that is to be written, each once."""
        short = () if self.report is None else (Output("json", self.report),)
        return tuple(dict.fromkeys((*short, *self.output)))


class _Uploads(CommandSettings):
    panel: ClassVar[str | None] = "What workflow runs uploaded"

    artifacts: Annotated[Names, Option("NAME", is_source=True)] = Field(
        default=(),
        description="Names or patterns of artifacts that a workflow run uploaded: of plugins for"
        " `check`, of reports for `publish`.",
    )
    run_id: Annotated[int | None, Option("ID")] = Field(
        default=None,
        ge=1,
        le=10**15,
        description="The workflow run whose artifacts are read; by default this run, or the one"
        " that a workflow_run event is about.",
    )
    repository: Annotated[str | None, Option("OWNER/NAME")] = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$",
        description="The repository of that run; by default the workflow's own.",
    )


class _Publishing(CommandSettings):
    panel: ClassVar[str | None] = "On GitHub"

    comment_mode: Annotated[
        Literal["always", "on-change", "on-refusal", "off"],
        Option("always|on-change|on-refusal|off"),
    ] = Field(
        default="always",
        description="When to write the pull request's comment: after each run, when a verdict has"
        " changed, as soon as something is not accepted and from then on, or never.",
    )
    comment_id: Annotated[str, Option("TEXT")] = Field(
        default="",
        max_length=200,
        description="Tells comments apart where a pull request gets several.",
    )
    check_run: Annotated[bool, Option("")] = Field(
        default=False, description="Make a check run as well (needs `checks: write`)."
    )
    publish_errors: Annotated[Literal["warn", "fail"], Option("warn|fail")] = Field(
        default="warn",
        description="What to do when GitHub does not take the comment or the check run.",
    )
    max_wait: Annotated[float, Option("SECONDS")] = Field(
        default=60.0,
        ge=0,
        le=3600,
        allow_inf_nan=False,
        description="Seconds to wait for GitHub in all, where it asks to come back later or does"
        " not answer.",
    )
    ca_bundle: Annotated[Path | None, Option("FILE")] = Field(
        default=None,
        description="Certificates to trust as well (PEM), for a GitHub Enterprise server with its"
        " own.",
    )
    github_token: Annotated[
        SecretStr | None, Option("TOKEN", input_default="${{ github.token }}")
    ] = Field(
        default=None,
        description="The token that publishes; prefer the variable GITHUB_TOKEN to the flag, which"
        " others on the machine can see. An empty input is none, whatever that variable holds.",
    )
    matrix: Annotated[
        Json[Any], Option("JSON", input_default="${{ toJSON(matrix) }}", hidden=True)
    ] = Field(default=None, description="Set by the Action: names this leg of a matrix.")
    strategy: Annotated[
        Json[Any], Option("JSON", input_default="${{ toJSON(strategy) }}", hidden=True)
    ] = Field(default=None, description="Set by the Action: counts the legs of a matrix.")
    job: Annotated[Json[Any], Option("JSON", input_default="${{ toJSON(job) }}", hidden=True)] = (
        Field(default=None, description="Set by the Action: leads to the log of this job.")
    )


class CheckSettings(_Publishing, _Uploads, ReportSettings):
    """Settings of ``check``."""

    paths: Annotated[Names, Option("PATHS")] = Field(
        default=(),
        description="Files, directories and patterns (`**`, `{a,b}`, `!` excludes) to check,"
        " relative to the working directory. A directory stands for the .wasm files in it; a .zip,"
        " .tar, .tar.gz or .tgz that is named or matched, for those in it.",
    )
    exclude: Annotated[Names, Option("PATTERN")] = Field(
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
    shard: Annotated[Shard | None, Option("I/N"), BeforeValidator(_shard)] = Field(
        default=None,
        description="Check only the I-th of N parts of the distinct contents, so that the legs of"
        " a matrix share the work.",
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
    memory: Annotated[int, Option("MIB"), BeforeValidator(_mebibytes)] = Field(
        default=2048,
        ge=64,
        le=1 << 20,
        description="Memory that the engine may take for one artifact, in MiB, or as in `2GiB`.",
    )
    cache_dir: Annotated[Path | None, Option("DIR")] = Field(
        default=None,
        description="Keep the engine's compilation cache in this directory between runs. It holds"
        " native code: share it only with runs that you trust.",
    )
    warn_at: Annotated[int, Option("PERCENT"), BeforeValidator(_percent)] = Field(
        default=80,
        ge=1,
        le=100,
        description="Warn of a plugin that passes with so many percent of its time, fuel or output,"
        " or more; the next change may cross the limit.",
    )
    measure_fuel: Annotated[bool, Option("")] = Field(
        default=False,
        description="Find out by further runs, to a hundredth of the limit, how much fuel each"
        " plugin takes.",
    )
    repeat: Annotated[int, Option("N")] = Field(
        default=0,
        ge=0,
        le=1000,
        description="Run each self-check N times more, with other times in the request. A plugin"
        " that is refused in any run counts as refused.",
    )
    fix_suggestions: Annotated[bool, Option("", is_input=False)] = Field(
        default=False,
        description="Print nothing but one patch with the mends that follow by rule, to be read and"
        " given to `git apply` at the repository's root; the report goes to stderr.",
    )
    watch: Annotated[bool, Option("", is_input=False)] = Field(
        default=False,
        description="Go on until Ctrl-C: check again what a build changes, and tell of it.",
    )

    @property
    def excluded(self) -> Names:
        """Every pattern that excludes, wherever it was given."""
        return (*self.exclude, *(path[1:] for path in self.paths if path.startswith("!")))


class PublishSettings(_Publishing, _Uploads, ReportSettings):
    """Settings of ``publish``."""

    reports: Annotated[Names, Option("REPORT")] = Field(
        default=(),
        description="Reports of `check`, or directories to search for their .json files; several"
        " are merged.",
    )
    dry_run: Annotated[bool, Option("", is_input=False)] = Field(
        default=False, description="Print what would be posted, and post nothing."
    )


Settings: TypeAlias = CheckSettings | PublishSettings
"""Settings of what publishes."""
Kind = TypeVar("Kind", bound=CommandSettings)


def options(model: type[CommandSettings]) -> dict[str, FieldInfo]:
    """Return a command's options in the order in which they are shown: its own first."""
    fields = model.model_fields
    return {name: fields[name] for name in sorted(fields, key=_shared_by(model))}


def _shared_by(model: type[CommandSettings]) -> Callable[[str], bool]:
    return lambda name: name not in model.__annotations__


def panel_of(name: str, model: type[CommandSettings]) -> str | None:
    """Return the heading that a field is shown under; None for a command's own."""
    if name in model.__annotations__:
        return None
    declared = (kind for kind in model.__mro__ if name in getattr(kind, "__annotations__", {}))
    return next((kind.panel for kind in declared if issubclass(kind, CommandSettings)), None)


def flag_of(name: str) -> str:
    """Return a field's flag: ``--if-no-plugins``; also the Action's input, without dashes."""
    return f"--{name.replace('_', '-')}"


def option_of(field: FieldInfo) -> Option:
    """Return how a field is shown."""
    return next(item for item in field.metadata if isinstance(item, Option))


def default_text(field: FieldInfo) -> str:
    """Return a field's default as one would write it; empty where it is to leave the option out."""
    default = None if field.default_factory else field.default
    if isinstance(default, bool):
        return str(default).lower()
    return (
        "" if default in (None, ()) else format(default, "g" if isinstance(default, float) else "")
    )


def takes_many(field: FieldInfo) -> bool:
    """Tell whether a field is a list, which an input gives a line each."""
    return get_origin(field.annotation) is tuple


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """Return the words of which a field takes one; none where it takes others."""
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def is_switch(field: FieldInfo) -> bool:
    """Tell whether a field is on or off."""
    return field.annotation is bool


def is_emptied(name: str, environ: Mapping[str, str]) -> bool:
    """Tell whether a workflow empties an input that has a default: left out, it is not empty."""
    return environ.get(_variable(name), "?").strip() == ""


def _variable(name: str) -> str:
    return f"INPUT_{flag_of(name)[2:].upper()}"


def inputs_from(environ: Mapping[str, str], model: type[CommandSettings]) -> dict[str, Any]:
    """Return the settings that the Action's inputs give; an empty input is one left out.

    The runner sets ``INPUT_`` and the input's name in capitals, hyphens kept
    (actions/runner, ``Handler.cs``).
    """
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if not option_of(field).is_input:
            continue
        value = environ.get(_variable(name), "").strip()
        if not value:
            continue
        lines = [line.strip() for line in value.splitlines()]
        given[name] = tuple(line for line in lines if line) if takes_many(field) else value
    return given


def load(given: Mapping[str, Any], model: type[Kind]) -> Kind:
    """Validate settings. Raises ``SettingsError`` with a sentence for each wrong value."""
    try:
        return model(**given)
    except ValidationError as error:
        messages = [_sentence(dict(item), model) for item in error.errors()]
        raise SettingsError(messages) from error


def _sentence(error: dict[str, Any], model: type[CommandSettings]) -> str:
    name = str(error["loc"][0])
    field = model.model_fields[name]
    given = shorten(repr(error["input"]), _GIVEN_MAX_CHARS)
    flag = flag_of(name)
    shown = f"{flag} (input `{flag[2:]}`)" if option_of(field).is_input else flag
    return f"{shown} is {given}: {_wanted(field)}"


def _wanted(field: FieldInfo) -> str:
    if wanted := option_of(field).wanted:
        return f"use {wanted}."
    if choices := choices_of(field):
        return f"use one of {', '.join(choices)}."
    if is_switch(field):
        return "use true or false."
    bounds = {
        key: getattr(item, key)
        for item in field.metadata
        for key in ("ge", "gt", "le", "max_length")
        if hasattr(item, key)
    }
    noun = "a number" if field.annotation is float else "a whole number"
    if "ge" in bounds:
        return f"use {noun} from {bounds['ge']} to {bounds['le']}."
    if "gt" in bounds:
        return f"use {noun} above {bounds['gt']} and up to {bounds['le']}."
    if "max_length" in bounds:
        return f"use at most {bounds['max_length']} characters."
    return {
        "I/N": "use two whole numbers, I from 1 to N and N up to 10000, as in 2/8.",
        "OWNER/NAME": "name a repository by its owner and name, as in octo-org/plugins.",
        "JSON": "use JSON.",
    }.get(option_of(field).metavar, "use a path.")


VERSION_TEXT = f"cc-lb-selfcheck {__version__}"

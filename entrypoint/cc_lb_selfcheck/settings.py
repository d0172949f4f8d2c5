"""Every option, once.

The command's flags, the Action's inputs (``action.yml``) and the README's table are all made from
the fields below or tested against them.
"""

import os
import re
from pathlib import Path
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NamedTuple,
    TypeAlias,
    get_args,
)

from pydantic import (
    BeforeValidator,
    Field,
    Json,
    SecretStr,
)

from cc_lb_selfcheck import __version__
from cc_lb_selfcheck.options import CommandSettings, Option

_SHARDS_MAX: Final = 10_000


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
    return form, _file(file)


def _file(value: object) -> object:
    """Refuse ``-``, by which others mean stdout; ``./-`` is a file of that name."""
    if value == "-":
        raise ValueError
    return value


_PRINTED: Final = "; --format says what to print"


def processors() -> int:
    """Return the number of processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


Names: TypeAlias = tuple[str, ...]


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
        Option(
            "FORMAT=FILE",
            wanted=f"one of {', '.join(get_args(Format))}, then `=` and a file{_PRINTED}",
        ),
    ] = Field(
        default=(),
        description="Write the report to a file as well, in any of the formats"
        f" {', '.join(get_args(Format))}, as in `sarif=plugins.sarif`; may be given several times.",
    )
    report: Annotated[
        Path | None,
        Option(
            "FILE",
            input_default="cc-lb-selfcheck-report.json",
            wanted=f"the path of a file{_PRINTED}",
        ),
        BeforeValidator(_file),
    ] = Field(
        default=None,
        description="Write the JSON report to this file as well, as `--output json=FILE` does.",
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
VERSION_TEXT = f"cc-lb-selfcheck {__version__}"

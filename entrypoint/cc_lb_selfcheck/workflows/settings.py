"""The options of ``init``."""

from typing import Annotated, Final

from pydantic import Field

from cc_lb_selfcheck.options import CommandSettings, Option
from cc_lb_selfcheck.settings import Names

DEFAULT_RUNNER: Final = "ubuntu-latest"
RELEASE: Final = "v1"
_WORD: Final = "letters, digits, hyphens and underscores"


def _option(metavar: str = "", wanted: str = "") -> Option:
    return Option(metavar, is_input=False, wanted=wanted)


class InitSettings(CommandSettings):
    """Settings of ``init``. What is left out is asked for on a terminal, else found out."""

    paths: Annotated[Names, _option("GLOB")] = Field(
        default=(), description="What the build writes; by default what the repository tells."
    )
    build: Annotated[Names, _option("COMMAND")] = Field(
        default=(),
        description="A command that builds the plugins; may be given several times. By default what"
        " the repository tells.",
    )
    artifacts: Annotated[str, _option("NAME", "letters, digits, dots, hyphens and underscores")] = (
        Field(
            default="",
            pattern=r"^[\w.-]{0,100}$",
            description="Build in a job of its own, which hands the plugins on as an artifact of"
            " this name.",
        )
    )
    shards: Annotated[int, _option("N")] = Field(
        default=1, ge=1, le=256, description="Share the plugins of that artifact among N jobs."
    )
    matrix: Annotated[Names, _option("PACKAGE")] = Field(
        default=(),
        description="Build and check each of these packages in a job of its own; `auto` stands for"
        " those of the repository. A --build command has the package in $PLUGIN.",
    )
    forks: Annotated[bool, _option()] = Field(
        default=False,
        description="Comment on pull requests from forks as well, by a second workflow.",
    )
    check_run: Annotated[bool, _option()] = Field(
        default=False, description="Make a check run as well."
    )
    composite: Annotated[bool, _option()] = Field(
        default=False,
        description="Use the composite action, for runners without Docker; where --runs-on names"
        " macOS or Windows, it is used anyway.",
    )
    runs_on: Annotated[Names, _option("LABEL")] = Field(
        default=(), description=f"The runner's labels; by default {DEFAULT_RUNNER}."
    )
    ca_bundle: Annotated[str, _option("FILE")] = Field(
        default="",
        description="Certificates to trust as well (PEM), for a GitHub Enterprise server with its"
        " own. A relative path is one in the repository.",
    )
    changed: Annotated[Names, _option("GLOB")] = Field(
        default=(), description="Check pull requests only where a file that matches has changed."
    )
    comment_id: Annotated[str, _option("TEXT")] = Field(
        default="",
        max_length=200,
        description="Tells comments apart where a pull request gets several; by default the --name,"
        " unless that is left out.",
    )
    name: Annotated[str, _option("NAME", _WORD)] = Field(
        default="plugins",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,49}$",
        description="The workflow's file is .github/workflows/NAME.yml.",
    )
    ref: Annotated[str, _option("REF", "a tag or a commit of the action")] = Field(
        default=RELEASE,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$",
        description="The action's release, or a commit of it.",
    )
    print: Annotated[bool, _option()] = Field(
        default=False, description="Print the workflows, and write no file."
    )

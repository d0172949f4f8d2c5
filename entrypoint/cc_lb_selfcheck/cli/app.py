"""The command line as a whole: its name, its help, its exit status. Commands add themselves."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.report.status import EXIT_USAGE
from cc_lb_selfcheck.settings import VERSION_TEXT

EXIT_CODES = {
    0: "nothing was refused",
    1: "something was refused",
    2: "wrong usage: a path that is not there, a pattern that cannot be read, or a setting;"
    " everything else was checked all the same",
    3: "something could not be determined",
    4: "GitHub did not take what was to be published (only under `--publish-errors fail`)",
}


def epilog(codes: dict[int, str]) -> str:
    """Return what stands below a command's help."""
    return "Exit status: " + " · ".join(f"{code} {words}" for code, words in codes.items())


EPILOG = epilog(EXIT_CODES)

NAME = "cc-lb-selfcheck"

app = typer.Typer(
    name=NAME,
    help="Tells what the cc-lb host would say to plugin artifacts, and why.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
    epilog=EPILOG,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        Printer(sys.stdout).say(VERSION_TEXT)
        sys.stdout.flush()
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        Printer(sys.stdout).say(context.get_help())
        raise typer.Exit(EXIT_USAGE)

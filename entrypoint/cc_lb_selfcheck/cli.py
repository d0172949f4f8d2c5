"""The command line: options from the settings model, and no logic of its own."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.settings import (
    VERSION_TEXT,
    CheckSettings,
    SettingsError,
    default_text,
    flag_of,
    inputs_from,
    load,
    option_of,
    takes_many,
)

EXIT_USAGE = 2
EXIT_CODES = {
    0: "nothing was refused",
    1: "something was refused",
    2: "wrong usage: a path, a pattern or a setting; everything else was checked all the same",
    3: "something could not be determined",
}
_EPILOG = "Exit status: " + " · ".join(f"{code} {words}" for code, words in EXIT_CODES.items())

app = typer.Typer(
    name="cc-lb-selfcheck",
    help="Tells what the cc-lb host would say to plugin artifacts, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    epilog=_EPILOG,
)


def run(first_worker: WorkerProcess | None = None) -> None:
    """Run the command with the process's arguments."""
    app(obj=first_worker)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(VERSION_TEXT)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    pass


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command a parameter for each setting; none of them has a default but None."""
    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    ]
    for name, field in CheckSettings.model_fields.items():
        kind: Any = Optional[list[str]] if takes_many(field) else Optional[str]  # noqa: UP045
        option = option_of(field)
        default = default_text(field)
        shown = f" [default: {default}]" if default else ""
        words = f"{field.description}{shown}"
        info = (
            typer.Argument(metavar=f"[{option.metavar}]...", help=words, show_default=False)
            if name == "paths"
            else typer.Option(flag_of(name), metavar=option.metavar, help=words, show_default=False)
        )
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, info]
            )
        )
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {item.name: item.annotation for item in parameters}
    return function


@app.command(epilog=_EPILOG)
@_with_options
def check(context: typer.Context, **flags: Any) -> None:
    """Check artifacts as the host would, and say why it refuses them.

    In GitHub Actions, options that are left out come from the step's inputs (INPUT_…), and the
    verdicts are written as annotations, job summary and outputs as well.
    """
    from cc_lb_selfcheck.github.runner import container_path, in_actions

    environ = os.environ
    given = inputs_from(environ) if in_actions(environ) else {}
    given |= {name: value for name, value in flags.items() if value}
    if in_actions(environ) and "paths" in given:
        given["paths"] = tuple(container_path(path, environ) for path in given["paths"])
    try:
        settings = load(given)
        raise typer.Exit(_check(settings, context.obj, environ))
    except SettingsError as error:
        _complain(error.messages, environ)
        raise typer.Exit(EXIT_USAGE) from error


def _check(
    settings: CheckSettings, first_worker: WorkerProcess | None, environ: Mapping[str, str]
) -> int:
    from cc_lb_selfcheck.check import exit_status, run_check
    from cc_lb_selfcheck.output import publish_locally
    from cc_lb_selfcheck.progress import progress

    if not settings.paths:
        raise SettingsError(["No path was given: name files, directories or patterns to check."])
    with progress(sys.stderr) as on_progress:
        report = run_check(settings, Path.cwd(), first_worker=first_worker, on_progress=on_progress)
    status = exit_status(report, settings)
    return publish_locally(report, settings, status, environ)


def _complain(messages: list[str], environ: Mapping[str, str]) -> None:
    from cc_lb_selfcheck.github.runner import in_actions
    from cc_lb_selfcheck.surfaces.command import command
    from cc_lb_selfcheck.surfaces.terminal import terminal

    for message in messages:
        if in_actions(environ):
            typer.echo(command("error", message, {"title": "cc-lb-selfcheck"}), err=True)
        else:
            typer.echo(f"cc-lb-selfcheck: {terminal(message)}", err=True)


@app.command(name="explain")
def explain_variant(
    variant: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Argument(metavar="[VARIANT]", help="A variant, a kind of Validation, or an id."),
    ] = None,
) -> None:
    """Explain a refusal: what it means, its likely causes, how to mend it. Alone: list all."""
    from rich.console import Console

    from cc_lb_selfcheck.diagnosis.catalogue import entries, search
    from cc_lb_selfcheck.report.words import print_entry, print_list

    console = Console(highlight=False)
    if variant is None:
        print_list(entries(), console)
        return
    found = search(variant)
    if not found:
        names = ", ".join(entry.name for entry in entries())
        _complain([f"There is no variant {variant!r}; use one of {names}."], os.environ)
        raise typer.Exit(EXIT_USAGE)
    for entry in found:
        print_entry(entry, console)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the report."""
    from cc_lb_selfcheck.report.schema import report_schema

    typer.echo(json.dumps(report_schema(), indent=2))

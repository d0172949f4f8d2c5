"""The command line: options from the settings model, and no logic of its own."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException
from typer.models import CommandInfo

from cc_lb_selfcheck import commands
from cc_lb_selfcheck.commands import EXIT_USAGE, complain, ending, run_command
from cc_lb_selfcheck.faults import told_fault
from cc_lb_selfcheck.flags import Command, one_of, with_options
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.printing import Printer, printing
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.settings import VERSION_TEXT, CheckSettings, PublishSettings
from cc_lb_selfcheck.surfaces.json import json_text
from cc_lb_selfcheck.surfaces.visible import shorten
from cc_lb_selfcheck.workflows.settings import InitSettings

EXIT_UNDETERMINED = 3
EXIT_CODES = {
    0: "nothing was refused",
    1: "something was refused",
    2: "wrong usage: a path that is not there, a pattern that cannot be read, or a setting;"
    " everything else was checked all the same",
    3: "something could not be determined",
    4: "GitHub did not take what was to be published (only under `--publish-errors fail`)",
}
DIFF_EXIT_CODES = {
    0: "nothing is refused that was not refused before",
    1: "something is newly refused, or a new plugin is",
    2: "wrong usage: a report that is none, or a setting",
}


def _epilog(codes: dict[int, str]) -> str:
    return "Exit status: " + " · ".join(f"{code} {words}" for code, words in codes.items())


_EPILOG = _epilog(EXIT_CODES)
_DIFF_EPILOG = _epilog(DIFF_EXIT_CODES)

_NAME = "cc-lb-selfcheck"

app = typer.Typer(
    name=_NAME,
    help="Tells what the cc-lb host would say to plugin artifacts, and why.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=True,
    epilog=_EPILOG,
)


def run(first_worker: WorkerProcess | None = None) -> None:
    """Run the command with the process's arguments."""
    _leave_out_others(sys.argv[1:2])
    try:
        status = app(obj=first_worker, prog_name=_NAME, standalone_mode=False)
    except TyperException as error:
        # Typer would print what it was given as it is, also where the runner reads it.
        complain([_usage_sentence(error, error.format_message())], os.environ)
        status = EXIT_USAGE
    except OSError as error:  # of --help and --version, which write at once
        commands.give_up_stdout()
        reason = (error.strerror or str(error)).lower()
        complain([f"The output cannot be written: {reason}."], os.environ)
        status = EXIT_USAGE
    except Exception as error:  # noqa: BLE001 - a traceback would be obeyed where the runner reads
        complain([told_fault(error)], os.environ, EXIT_UNDETERMINED)
        status = EXIT_UNDETERMINED
    sys.exit(status)


def _leave_out_others(asked: list[str]) -> None:
    """Keep the command that is asked for: to make the options of all takes a while."""
    named = [item for item in app.registered_commands if _name_of(item) in asked]
    app.registered_commands = named or app.registered_commands


def _name_of(command: CommandInfo) -> str:
    return command.name or str(getattr(command.callback, "__name__", ""))


def _usage_sentence(error: TyperException, sentence: str) -> str:
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", _NAME)
    return f"{sentence.rstrip('.')}: see `{command} --help`."


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


def _findings(incomplete: str) -> list[str]:
    from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses

    names = [name for entry in entries() for name in (entry.id, entry.name)]
    return one_of([*names, *(entry.id for entry in near_misses())])(incomplete)


@app.command(cls=Command, epilog=_EPILOG)
@with_options(CheckSettings, "paths")
def check(context: typer.Context, **flags: Any) -> None:
    """Check artifacts as the host would, and say why it refuses them.

    In GitHub Actions, options that are left out come from the step's inputs (INPUT_…), and the
    verdicts are written as annotations, job summary and outputs as well; for a pull request, as
    its comment, too.
    """
    run_command(
        CheckSettings, flags, lambda settings: commands.check_artifacts(settings, context.obj)
    )


@app.command(cls=Command, epilog=_EPILOG)
@with_options(PublishSettings, "reports")
def publish(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Publish reports of check: merged, as the pull request's comment, summary and annotations.

    Needs GitHub Actions' own environment, and a token in GITHUB_TOKEN. Runs no plugin.
    """
    run_command(PublishSettings, flags, commands.publish_reports)


@app.command(cls=Command, epilog=_EPILOG)
@with_options(MergeSettings, "reports")
def merge(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Put reports of check together, as those of a matrix: print them as one, or write it.

    Exits as check would for all of them. Needs no network and runs no plugin.
    """
    run_command(MergeSettings, flags, commands.merge_reports)


@app.command(cls=Command, epilog=_DIFF_EPILOG)
@with_options(DiffSettings, "old", "new")
def diff(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Tell what changed between two reports of check: verdicts, and budgets that moved."""
    run_command(DiffSettings, flags, commands.diff_reports)


@app.command(cls=Command)
@with_options(InitSettings)
def init(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Write GitHub workflows for this repository: finds out how its plugins are built, and asks.

    Overwrites nothing. Asks only where a person is at the terminal.
    """
    run_command(InitSettings, flags, commands.init_workflows)


@app.command(cls=Command, name="explain")
def explain_variant(
    variant: Annotated[
        str | None,
        typer.Argument(
            metavar="VARIANT",
            help="A finding's id, a variant, or a kind of Validation.",
            autocompletion=_findings,
        ),
    ] = None,
) -> None:
    """Explain a finding: what it means, its likely causes, how to mend it. Alone: list all."""
    from rich.console import Console

    from cc_lb_selfcheck.diagnosis.catalogue import entries, like, near_misses, search
    from cc_lb_selfcheck.report.words import print_entry, print_list

    console = Console(highlight=False)
    with ending(os.environ), printing():
        if variant is None:
            print_list((*entries(), *near_misses()), console)
            return
        found = search(variant)
        if not found:
            near = f": did you mean {' or '.join(close)}?" if (close := like(variant)) else "."
            words = f"There is no finding {shorten(repr(variant), 80)}{near}"
            raise SettingsError([f"{words} `{_NAME} explain` lists them."])
        for entry in found:
            print_entry(entry, console)


@app.command(cls=Command)
def doctor(
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="text|json",
            help="What to print. (default: text)",
            show_default=False,
            autocompletion=one_of(("text", "json")),
        ),
    ] = "text",
) -> None:
    """Tell what holds a plugin on this machine, and what is missing."""
    from cc_lb_selfcheck.doctor import examine, lines_of

    with ending(os.environ), printing() as stdout:
        if form not in ("text", "json"):
            raise SettingsError([f"--format is {shorten(repr(form), 80)}: use one of text, json."])
        found = examine()
        if form == "json":
            stdout.json([json_text(f"{found.model_dump_json(indent=2)}\n")])
        else:
            for line in lines_of(found):
                stdout.say(line)


@app.command(cls=Command)
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="report|diff",
            help="Whose schema. (default: report)",
            show_default=False,
            autocompletion=one_of(("report", "diff")),
        ),
    ] = "report",
) -> None:
    """Print the JSON Schema of the report, or of what `diff --format json` prints."""
    from cc_lb_selfcheck.report.schema import SCHEMAS

    with ending(os.environ), printing() as stdout:
        if name not in SCHEMAS:
            words = f"There is no schema of {shorten(repr(name), 80)}: use one of"
            raise SettingsError([f"{words} {', '.join(SCHEMAS)}."])
        stdout.json([json_text(f"{json.dumps(SCHEMAS[name](), indent=2)}\n")])

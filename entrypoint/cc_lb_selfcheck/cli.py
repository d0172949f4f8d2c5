"""The command line: options from the settings model, and no logic of its own."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Optional

import typer
from pydantic.fields import FieldInfo
from typer.exceptions import TyperException
from typer.models import CommandInfo

from cc_lb_selfcheck.faults import told_fault
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.printing import OutputFailed, Printer, printing, stderr
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.settings import (
    VERSION_TEXT,
    CheckSettings,
    CommandSettings,
    Kind,
    PublishSettings,
    SettingsError,
    choices_of,
    default_text,
    flag_of,
    inputs_from,
    is_switch,
    load,
    option_of,
    options,
    panel_of,
    takes_many,
)
from cc_lb_selfcheck.surfaces.json import json_text
from cc_lb_selfcheck.surfaces.visible import shorten
from cc_lb_selfcheck.workflows.settings import InitSettings

EXIT_USAGE = 2
_NO_REPORT = "No report was given: name reports of check, or directories of them."
EXIT_UNDETERMINED = 3
_BROKEN_PIPE = 128 + 13
"""As a process ends that the signal SIGPIPE ends."""
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
    no_args_is_help=True,
    pretty_exceptions_enable=False,
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
        if sentence := error.format_message():  # empty: it has printed the help instead
            _complain([_usage_sentence(error, sentence)], os.environ)
        status = EXIT_USAGE
    except OSError as error:  # of --help and --version, which write at once
        _give_up_stdout()
        reason = (error.strerror or str(error)).lower()
        _complain([f"The output cannot be written: {reason}."], os.environ)
        status = EXIT_USAGE
    except Exception as error:  # noqa: BLE001 - a traceback would be obeyed where the runner reads
        _complain([told_fault(error)], os.environ, EXIT_UNDETERMINED)
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


def _with_options(
    model: type[CommandSettings], *arguments: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command a parameter for each setting; none of them has a default but None."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        ]
        for name, field in options(model).items():
            is_argument = name in arguments
            panel = None if is_argument else panel_of(name, model)
            annotation = _annotation(name, field, panel, is_argument=is_argument)
            parameters.append(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
                )
            )
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        function.__annotations__ = {item.name: item.annotation for item in parameters}
        return function

    return decorate


def _annotation(name: str, field: FieldInfo, panel: str | None, *, is_argument: bool) -> Any:
    option = option_of(field)
    default = "" if is_switch(field) else default_text(field)
    # In round brackets: in square ones, typer would take it for markup.
    shown = f" (default: {default})" if default else ""
    words = f"{field.description}{shown}"
    flag = flag_of(name)
    kind: Any = list[str] if takes_many(field) else str
    if is_argument:
        info = typer.Argument(metavar=option.metavar, help=words, show_default=False)
        return Annotated[Optional[kind], info]  # noqa: UP045 - typer reads it
    if is_switch(field):
        both = f"{flag}/--no-{flag[2:]}"
        switch = typer.Option(both, help=words, show_default=False, rich_help_panel=panel)
        return Annotated[Optional[bool], switch]  # noqa: UP045
    choices = choices_of(field)
    info = typer.Option(
        flag,
        metavar=option.metavar,
        help=words,
        show_default=False,
        hidden=option.hidden,
        rich_help_panel=panel,
        autocompletion=_one_of(choices) if choices else None,
    )
    return Annotated[Optional[kind], info]  # noqa: UP045


def _one_of(choices: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what completes a word for a shell."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _findings(incomplete: str) -> list[str]:
    from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses

    names = [name for entry in entries() for name in (entry.id, entry.name)]
    return _one_of([*names, *(entry.id for entry in near_misses())])(incomplete)


@app.command(epilog=_EPILOG)
@_with_options(CheckSettings, "paths")
def check(context: typer.Context, **flags: Any) -> None:
    """Check artifacts as the host would, and say why it refuses them.

    In GitHub Actions, options that are left out come from the step's inputs (INPUT_…), and the
    verdicts are written as annotations, job summary and outputs as well; for a pull request, as
    its comment, too.
    """
    _run(CheckSettings, flags, lambda settings: _check(settings, context.obj))


@app.command(epilog=_EPILOG)
@_with_options(PublishSettings, "reports")
def publish(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Publish reports of check: merged, as the pull request's comment, summary and annotations.

    Needs GitHub Actions' own environment, and a token in GITHUB_TOKEN. Runs no plugin.
    """
    _run(PublishSettings, flags, _publish)


@app.command(epilog=_EPILOG)
@_with_options(MergeSettings, "reports")
def merge(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Put reports of check together, as those of a matrix: print them as one, or write it.

    Exits as check would for all of them. Needs no network and runs no plugin.
    """
    _run(MergeSettings, flags, _merge)


@app.command(epilog=_DIFF_EPILOG)
@_with_options(DiffSettings, "old", "new")
def diff(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Tell what changed between two reports of check: verdicts, and budgets that moved."""
    _run(DiffSettings, flags, _diff)


def _run(model: type[Kind], flags: dict[str, Any], command: Callable[[Kind], int]) -> None:
    from cc_lb_selfcheck.github.runner import container_path, in_actions

    environ = os.environ
    given = inputs_from(environ, model) if in_actions(environ) else {}
    given |= {name: value for name, value in flags.items() if value not in (None, [], "")}
    if in_actions(environ):
        given |= {
            name: tuple(container_path(path, environ) for path in given[name])
            for name in ("paths", "exclude", "reports", "output")
            if name in given
        }
    with _ending(environ):
        raise typer.Exit(command(load(given, model)))


@contextmanager
def _ending(environ: Mapping[str, str]) -> Iterator[None]:
    """Turn what may go wrong at any time into a sentence and the exit status for it."""
    try:
        yield
    except SettingsError as error:
        _complain(error.messages, environ)
        raise typer.Exit(EXIT_USAGE) from error
    except BrokenPipeError as error:
        # Whoever read our output has seen enough, as after `| head`.
        _give_up_stdout()
        raise typer.Exit(_BROKEN_PIPE) from error
    except OutputFailed as error:
        _give_up_stdout()
        _complain([str(error)], environ)
        raise typer.Exit(EXIT_USAGE) from error


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise SettingsError(["The working directory is gone: go to one that exists."]) from error


def _give_up_stdout() -> None:
    """Let what is still to be flushed go nowhere, so that the interpreter does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check(settings: CheckSettings, first_worker: WorkerProcess | None) -> int:
    from cc_lb_selfcheck.check import Ended, run_check
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.github.runner import Contexts, leg_of
    from cc_lb_selfcheck.progress import progress
    from cc_lb_selfcheck.sources import bring_all, names_any

    if not (settings.paths or names_any(settings)):
        raise SettingsError(["No path was given: name files, directories or patterns to check."])
    if settings.watch:
        from cc_lb_selfcheck.watch import watch

        return watch(settings, _working_directory(), os.environ, first_worker)
    patience = Patience(settings.max_wait)
    contexts = Contexts(settings.matrix, settings.strategy, settings.job)
    leg = leg_of(os.environ, contexts, settings.shard)
    # What tells the report is imported while the first plugins compile.
    Thread(target=import_module, args=("cc_lb_selfcheck.output",), daemon=True).start()
    with ExitStack() as resources:
        brought = bring_all(settings, os.environ, resources, patience)
        on_progress = resources.enter_context(progress(sys.stderr))
        ended = None
        try:
            report = run_check(
                settings,
                _working_directory(),
                first_worker=first_worker,
                on_progress=on_progress,
                brought=brought,
                leg=leg,
            )
        except Ended as early:
            report, ended = early.report, early.status
    from cc_lb_selfcheck.output import tell_check

    # Who ended the run waits some seconds for it, which are not for GitHub's answers.
    status = tell_check(report, settings, os.environ, patience, is_posted=ended is None)
    return status if ended is None else ended


def _publish(settings: PublishSettings) -> int:
    from cc_lb_selfcheck.collect import collect
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.posting import tell_publish
    from cc_lb_selfcheck.sources import names_any

    if not (settings.reports or names_any(settings)):
        raise SettingsError([_NO_REPORT])
    patience = Patience(settings.max_wait)
    collected = collect(settings, os.environ, _working_directory(), patience)
    return tell_publish(collected, settings, os.environ, patience)


def _merge(settings: MergeSettings) -> int:
    from cc_lb_selfcheck.collect import gather
    from cc_lb_selfcheck.output import tell_merged

    if not settings.reports:
        raise SettingsError([_NO_REPORT])
    collected = gather(settings.reports, _working_directory(), settings.outputs)
    return tell_merged(collected, settings, os.environ)


def _diff(settings: DiffSettings) -> int:
    from cc_lb_selfcheck.collect import gather
    from cc_lb_selfcheck.report.diff import compare
    from cc_lb_selfcheck.report.diff_formats import write

    if not (settings.old and settings.new):
        raise SettingsError(["Two reports are needed: an earlier one and a later one."])
    sides = [gather((path,), _working_directory()) for path in (settings.old, settings.new)]
    faults = [fault for side in sides for fault in side.faults]
    old, new = (side.report for side in sides)
    if faults or old is None or new is None:
        raise SettingsError(faults)
    diff = compare(old, new, settings.threshold)
    with printing() as stdout:
        write(diff, settings.format, stdout)
    return int(diff.regressed)


def _complain(messages: list[str], environ: Mapping[str, str], status: int = EXIT_USAGE) -> None:
    from cc_lb_selfcheck.telling import tell_failure

    tell_failure(messages, environ, status)


@app.command()
@_with_options(InitSettings)
def init(context: typer.Context, **flags: Any) -> None:  # noqa: ARG001 - as of all commands
    """Write GitHub workflows for this repository: finds out how its plugins are built, and asks.

    Overwrites nothing. Asks only where a person is at the terminal.
    """
    _run(InitSettings, flags, _init)


def _init(settings: InitSettings) -> int:
    from cc_lb_selfcheck.diagnosis.repository import Repository
    from cc_lb_selfcheck.workflows.ask import Nobody, Person
    from cc_lb_selfcheck.workflows.init import files_of, plan_of, write

    repository = Repository.around(_working_directory(), os.environ)
    is_asked = sys.stdin is not None and sys.stdin.isatty() and stderr().is_terminal
    plan = plan_of(settings, repository, Person() if is_asked else Nobody())
    files = files_of(plan, settings.name)
    if not settings.print:
        write(files, repository.root)
    with printing() as stdout:
        for path, text in files.items():
            if not settings.print:
                stdout.say(f"Wrote {path}.")
            else:
                stdout.say(f"# {path}\n{text}" if len(files) > 1 else text.rstrip("\n"))
        if plan.forks and not settings.print:
            stdout.say("The second runs once it is on the default branch.")
    return 0


@app.command(name="explain")
def explain_variant(
    variant: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Argument(
            metavar="[VARIANT]",
            help="A finding's id, a variant, or a kind of Validation.",
            autocompletion=_findings,
        ),
    ] = None,
) -> None:
    """Explain a finding: what it means, its likely causes, how to mend it. Alone: list all."""
    from rich.console import Console

    from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses, search
    from cc_lb_selfcheck.report.words import print_entry, print_list

    console = Console(highlight=False)
    with _ending(os.environ), printing():
        if variant is None:
            print_list((*entries(), *near_misses()), console)
            return
        found = search(variant)
        if not found:
            names = ", ".join(entry.name for entry in entries())
            raise SettingsError(
                [f"There is no finding {variant!r}; use an id of a report, or one of {names}."]
            )
        for entry in found:
            print_entry(entry, console)


@app.command()
def doctor(
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="text|json",
            help="What to print.",
            autocompletion=_one_of(("text", "json")),
        ),
    ] = "text",
) -> None:
    """Tell what holds a plugin on this machine, and what is missing."""
    from cc_lb_selfcheck.doctor import examine, lines_of

    with _ending(os.environ), printing() as stdout:
        if form not in ("text", "json"):
            raise SettingsError([f"--format is {shorten(repr(form), 80)}: use one of text, json."])
        found = examine()
        if form == "json":
            stdout.json([json_text(f"{found.model_dump_json(indent=2)}\n")])
        else:
            for line in lines_of(found):
                stdout.say(line)


@app.command()
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[report|diff]",
            help="Of what.",
            show_default=False,
            autocompletion=_one_of(("report", "diff")),
        ),
    ] = "report",
) -> None:
    """Print the JSON Schema of the report, or of what `diff --format json` prints."""
    from cc_lb_selfcheck.report.schema import SCHEMAS

    with _ending(os.environ), printing() as stdout:
        if name not in SCHEMAS:
            words = f"There is no schema of {shorten(repr(name), 80)}: use one of"
            raise SettingsError([f"{words} {', '.join(SCHEMAS)}."])
        stdout.json([json_text(f"{json.dumps(SCHEMAS[name](), indent=2)}\n")])

"""What the commands do, once their settings are read; each returns its exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.options import Kind, SettingsError, inputs_from, load
from cc_lb_selfcheck.printing import OutputFailed, printing, stderr
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings
from cc_lb_selfcheck.workflows.settings import InitSettings

if TYPE_CHECKING:
    from cc_lb_selfcheck.report.model import Leg

EXIT_USAGE = 2
_BROKEN_PIPE = 128 + 13
"""As a process ends that the signal SIGPIPE ends."""
_NO_REPORT = "No report was given: name reports of check, or directories of them."


def run_command(model: type[Kind], flags: dict[str, Any], command: Callable[[Kind], int]) -> None:
    """Read the settings from flags and inputs, and do what they ask; ends with ``typer.Exit``."""
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
    with ending(environ):
        raise typer.Exit(command(load(given, model)))


@contextmanager
def ending(environ: Mapping[str, str]) -> Iterator[None]:
    """Turn what may go wrong at any time into a sentence and the exit status for it."""
    try:
        yield
    except SettingsError as error:
        complain(error.messages, environ)
        raise typer.Exit(EXIT_USAGE) from error
    except BrokenPipeError as error:
        # Whoever read our output has seen enough, as after `| head`.
        give_up_stdout()
        raise typer.Exit(_BROKEN_PIPE) from error
    except OutputFailed as error:
        give_up_stdout()
        complain([str(error)], environ)
        raise typer.Exit(EXIT_USAGE) from error


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise SettingsError(["The working directory is gone: go to one that exists."]) from error


def give_up_stdout() -> None:
    """Let what is still to be flushed go nowhere, so that the interpreter does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_artifacts(settings: CheckSettings, first_worker: WorkerProcess | None) -> int:
    """Check artifacts, and tell everyone. Raises ``SettingsError`` where none is named."""
    from cc_lb_selfcheck.check import Ended, run_check
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.progress import progress
    from cc_lb_selfcheck.sources import bring_all, names_any

    if all(path.startswith("!") for path in settings.paths) and not names_any(settings):
        given = "Only what to leave out" if settings.paths else "No path"
        raise SettingsError([f"{given} was given: name files, directories or patterns to check."])
    if settings.watch:
        from cc_lb_selfcheck.watch import watch

        return watch(settings, _working_directory(), os.environ, first_worker)

    def name_leg() -> Leg | None:
        from cc_lb_selfcheck.github.legs import Contexts, leg_of

        contexts = Contexts(settings.matrix, settings.strategy, settings.job)
        return leg_of(os.environ, contexts, settings.shard)

    patience = Patience(settings.max_wait)
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
                name_leg=name_leg,
                meanwhile=lambda: import_module("cc_lb_selfcheck.output"),
            )
        except Ended as early:
            report, ended = early.report, early.status
    from cc_lb_selfcheck.output import tell_check

    # Who ended the run waits some seconds for it, which are not for GitHub's answers.
    status = tell_check(report, settings, os.environ, patience, is_posted=ended is None)
    return status if ended is None else ended


def publish_reports(settings: PublishSettings) -> int:
    """Merge reports and tell GitHub. Raises ``SettingsError`` where none is named."""
    from cc_lb_selfcheck.collect import collect
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.posting import tell_publish
    from cc_lb_selfcheck.sources import names_any

    if not (settings.reports or names_any(settings)):
        raise SettingsError([_NO_REPORT])
    patience = Patience(settings.max_wait)
    collected = collect(settings, os.environ, _working_directory(), patience)
    return tell_publish(collected, settings, os.environ, patience)


def merge_reports(settings: MergeSettings) -> int:
    """Merge reports and print them. Raises ``SettingsError`` where none is named."""
    from cc_lb_selfcheck.collect import gather
    from cc_lb_selfcheck.output import tell_merged

    if not settings.reports:
        raise SettingsError([_NO_REPORT])
    collected = gather(settings.reports, _working_directory(), settings.outputs)
    return tell_merged(collected, settings, os.environ)


def diff_reports(settings: DiffSettings) -> int:
    """Compare two reports. Raises ``SettingsError`` where one of them is none."""
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


def complain(messages: list[str], environ: Mapping[str, str], status: int = EXIT_USAGE) -> None:
    """Tell everyone why there is no report."""
    from cc_lb_selfcheck.telling import tell_failure

    tell_failure(messages, environ, status)


def init_workflows(settings: InitSettings) -> int:
    """Write the workflows of a repository. Raises ``SettingsError`` where one is there already."""
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

"""The command line: a module a command, whose options are its settings; others do the work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Final

import typer
from typer.exceptions import TyperException

from cc_lb_selfcheck.faults import told_fault
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.printing import give_up_stdout
from cc_lb_selfcheck.report.status import EXIT_UNDETERMINED, EXIT_USAGE

from .app import NAME, app
from .running import complain

COMMANDS: Final = ("check", "publish", "merge", "diff", "init", "explain", "doctor", "schema")
"""In the order of the help; each is a module here."""


def run(first_worker: WorkerProcess | None = None) -> None:
    """Run the command with the process's arguments."""
    asked = sys.argv[1:2]
    try:
        _add(asked if asked and asked[0] in COMMANDS else COMMANDS)
        status = app(obj=first_worker, prog_name=NAME, standalone_mode=False)
    except TyperException as error:
        # Typer would print what it was given as it is, also where the runner reads it.
        complain([_usage_sentence(error, error.format_message())], os.environ)
        status = EXIT_USAGE
    except OSError as error:  # of --help and --version, which write at once
        give_up_stdout()
        reason = (error.strerror or str(error)).lower()
        complain([f"The output cannot be written: {reason}."], os.environ)
        status = EXIT_USAGE
    except Exception as error:  # noqa: BLE001 - a traceback would be obeyed where the runner reads
        complain([told_fault(error)], os.environ, EXIT_UNDETERMINED)
        status = EXIT_UNDETERMINED
    sys.exit(status)


def whole_app() -> typer.Typer:
    """Return the application with all commands."""
    _add(COMMANDS)
    return app


def _add(names: Iterable[str]) -> None:
    """Add commands: a run has one of them, and to make the options of all takes a while.

    What a command runs it imports when it runs: its help is there at once.
    """
    for name in names:
        import_module(f"{__package__}.{name}")


def _usage_sentence(error: TyperException, sentence: str) -> str:
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", NAME)
    return f"{sentence.rstrip('.')}: see `{command} --help`."

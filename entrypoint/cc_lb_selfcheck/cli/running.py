"""How every command runs: its settings are read, and whatever ends it is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from cc_lb_selfcheck.options import Kind, SettingsError, inputs_from, load
from cc_lb_selfcheck.printing import OutputFailed, give_up_stdout
from cc_lb_selfcheck.report.status import EXIT_USAGE

_BROKEN_PIPE = 128 + 13
"""As a process ends that the signal SIGPIPE ends."""
NO_REPORT = "No report was given: name reports of check, or directories of them."


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


def working_directory() -> Path:
    """Return the working directory. Raises ``SettingsError`` where it is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise SettingsError(["The working directory is gone: go to one that exists."]) from error


def complain(messages: list[str], environ: Mapping[str, str], status: int = EXIT_USAGE) -> None:
    """Tell everyone why there is no report."""
    from cc_lb_selfcheck.telling import tell_failure

    tell_failure(messages, environ, status)

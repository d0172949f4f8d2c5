"""`init`: workflows for a repository."""

from __future__ import annotations

import os
import sys
from typing import Any

from cc_lb_selfcheck.printing import printing, stderr
from cc_lb_selfcheck.workflows.settings import InitSettings

from .app import app
from .flags import Command, with_options
from .running import run_command, working_directory


@app.command(cls=Command)
@with_options(InitSettings)
def init(**flags: Any) -> None:
    """Write GitHub workflows for this repository: finds out how its plugins are built, and asks.

    Overwrites nothing. Asks only where a person is at the terminal.
    """
    run_command(InitSettings, flags, _init_workflows)


def _init_workflows(settings: InitSettings) -> int:
    """Write the workflows of a repository. Raises ``SettingsError`` where one is there already."""
    from cc_lb_selfcheck.diagnosis.repository import Repository
    from cc_lb_selfcheck.workflows.ask import Nobody, Person
    from cc_lb_selfcheck.workflows.init import files_of, plan_of, write

    repository = Repository.around(working_directory(), os.environ)
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

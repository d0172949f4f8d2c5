"""`check`: the host's verdict on artifacts."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.settings import CheckSettings

from .app import EPILOG, app
from .flags import Command, with_options
from .running import run_command, working_directory

if TYPE_CHECKING:
    from cc_lb_selfcheck.report.model import Leg


@app.command(cls=Command, epilog=EPILOG)
@with_options(CheckSettings, "paths")
def check(context: typer.Context, **flags: Any) -> None:
    """Check artifacts as the host would, and say why it refuses them.

    In GitHub Actions, options that are left out come from the step's inputs (INPUT_…), and the
    verdicts are written as annotations, job summary and outputs as well; for a pull request, as
    its comment, too.
    """
    run_command(CheckSettings, flags, lambda settings: _check_artifacts(settings, context.obj))


def _check_artifacts(settings: CheckSettings, first_worker: WorkerProcess | None) -> int:
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

        return watch(settings, working_directory(), os.environ, first_worker)

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
                working_directory(),
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

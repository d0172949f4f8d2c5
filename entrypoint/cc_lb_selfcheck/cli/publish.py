"""`publish`: reports of `check` on the pull request."""

from __future__ import annotations

import os
from typing import Any

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.settings import PublishSettings

from .app import EPILOG, app
from .flags import Command, with_options
from .running import NO_REPORT, run_command, working_directory


@app.command(cls=Command, epilog=EPILOG)
@with_options(PublishSettings, "reports")
def publish(**flags: Any) -> None:
    """Publish reports of check: merged, as the pull request's comment, summary and annotations.

    Needs GitHub Actions' own environment, and a token in GITHUB_TOKEN. Runs no plugin.
    """
    run_command(PublishSettings, flags, _publish_reports)


def _publish_reports(settings: PublishSettings) -> int:
    """Merge reports and tell GitHub. Raises ``SettingsError`` where none is named."""
    from cc_lb_selfcheck.collect import collect
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.posting import tell_publish
    from cc_lb_selfcheck.sources import names_any

    if not (settings.reports or names_any(settings)):
        raise SettingsError([NO_REPORT])
    patience = Patience(settings.max_wait)
    collected = collect(settings, os.environ, working_directory(), patience)
    return tell_publish(collected, settings, os.environ, patience)

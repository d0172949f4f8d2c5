"""The artifacts that a workflow run has uploaded, each a zip."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cc_lb_selfcheck.artifacts.find import Findings
    from cc_lb_selfcheck.settings import Settings


def uploaded_artifacts(
    settings: Settings, environ: Mapping[str, str], resources: ExitStack, suffix: str
) -> Findings:
    """Download what ``--artifacts`` names and look into it; see ``Source``."""
    from cc_lb_selfcheck.artifacts.expand import archive, joined
    from cc_lb_selfcheck.artifacts.find import Findings, Problem
    from cc_lb_selfcheck.github.session import uploaded

    zips, faults = uploaded(settings, environ, resources)
    failed = Findings(problems=[Problem("", fault, is_usage_error=True) for fault in faults])
    return joined(failed, *(archive(path, name, resources, suffix) for name, path in zips.items()))

"""The artifacts that a workflow run has uploaded: each a zip, or one file as it is.

Source: actions/upload-artifact, README, ``archive: false``: the file's name is the artifact's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cc_lb_selfcheck.artifacts.find import Findings
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.settings import Settings


def bring(
    settings: Settings,
    environ: Mapping[str, str],
    resources: ExitStack,
    suffix: str,
    patience: Patience,
) -> Findings:
    """Download what ``--artifacts`` names and look into it; see ``Bringer``."""
    from cc_lb_selfcheck.artifacts.archive import is_zip
    from cc_lb_selfcheck.artifacts.expand import archive, joined
    from cc_lb_selfcheck.artifacts.find import Findings, Found, Problem
    from cc_lb_selfcheck.artifacts.opened import Spool
    from cc_lb_selfcheck.github.session import uploaded

    got = uploaded(settings, environ, resources, patience)
    told = [Problem("", fault, is_usage_error=True) for fault in got.faults]
    told += [Problem("", text, is_usage_error=True, is_absence=True) for text in got.absent]
    spool = Spool(resources)
    read = (
        archive(path, name, spool, suffix)
        if is_zip(path) or not name.endswith(suffix)
        else Findings([Found(str(path), name, named=False)])
        for name, path in got.files.items()
    )
    return joined(Findings(problems=told), *read)

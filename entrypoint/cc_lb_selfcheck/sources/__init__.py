"""Where artifacts and reports come from besides the paths that are given: one module a source.

A source is the option that names what it is to bring, and a function that brings it. To add one:
its option in ``settings.py``, its module here, and its line in ``SOURCES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple

from .uploads import uploaded_artifacts

if TYPE_CHECKING:
    from cc_lb_selfcheck.artifacts.find import Findings
    from cc_lb_selfcheck.settings import Settings


class Source(NamedTuple):
    """A source: the field of the settings that names what it is to bring, and how it does so.

    ``bring`` gets the settings, the environment, what keeps open the files that are read from, and
    the ending of the names that count. What cannot be had is a problem among its findings. It
    raises ``SettingsError`` where nothing can be asked for at all.
    """

    option: str
    bring: Callable[[Settings, Mapping[str, str], ExitStack, str], Findings]


SOURCES: Final = (Source("artifacts", uploaded_artifacts),)


def names_any(settings: Settings) -> bool:
    """Tell whether the settings name anything that a source is to bring."""
    return any(getattr(settings, source.option) for source in SOURCES)


def bring_all(
    settings: Settings, environ: Mapping[str, str], resources: ExitStack, suffix: str = ".wasm"
) -> Findings:
    """Bring all that the settings name, from every source; see ``Source``."""
    from cc_lb_selfcheck.artifacts.expand import joined

    named = (source for source in SOURCES if getattr(settings, source.option))
    return joined(*(source.bring(settings, environ, resources, suffix) for source in named))

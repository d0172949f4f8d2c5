"""Where artifacts and reports come from besides the paths that are given: one module a source.

A source is an option that names what it is to bring, marked as such in ``settings.py``, and the
module here of the same name, whose function ``bring`` brings it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from cc_lb_selfcheck.options import option_of

if TYPE_CHECKING:
    from cc_lb_selfcheck.artifacts.find import Findings
    from cc_lb_selfcheck.github.patience import Patience
    from cc_lb_selfcheck.settings import Settings

Bringer: TypeAlias = "Callable[[Settings, Mapping[str, str], ExitStack, str, Patience], Findings]"
"""Brings what the settings name.

It gets the settings, the environment, what keeps open the files that are read from, the ending of
the names that count, and how long GitHub may be waited for. What cannot be had is a problem among
its findings. It raises ``SettingsError`` where nothing can be asked for at all.
"""


def names_any(settings: Settings) -> bool:
    """Tell whether the settings name anything that a source is to bring."""
    return any(_named(settings))


def bring_all(
    settings: Settings,
    environ: Mapping[str, str],
    resources: ExitStack,
    patience: Patience,
    suffix: str = ".wasm",
) -> Findings:
    """Bring all that the settings name, from every source; see ``Bringer``."""
    from cc_lb_selfcheck.artifacts.expand import joined

    found = []
    for name in _named(settings):
        bring: Bringer = import_module(f"{__name__}.{name}").bring
        found.append(bring(settings, environ, resources, suffix, patience))
    return joined(*found)


def _named(settings: Settings) -> Iterator[str]:
    """Yield the sources that are to bring anything."""
    for name, field in type(settings).model_fields.items():
        if option_of(field).is_source and getattr(settings, name):
            yield name

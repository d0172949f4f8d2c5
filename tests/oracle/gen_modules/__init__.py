"""Binary modules: plugins right and wrong, what engines support or do not, and broken bytes.

Each kind is made in a module of its own; here is the order in which a run has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules import (
    backtraces,
    engine,
    exports,
    host_functions,
    limits,
    linking,
    outcomes,
    sections,
    start,
    storage,
)
from tests.oracle.gen_modules.parts import Named


def fixed_modules() -> Iterator[Named]:
    """Yield the modules that are the same in every run."""
    yield from exports.signatures()
    yield from exports.export_kinds()
    yield from exports.export_names()
    yield from outcomes.return_codes()
    yield from outcomes.errors()
    yield from outcomes.long_errors()
    yield from outcomes.handles()
    yield from host_functions.kernel_calls()
    yield from host_functions.host_function_uses()
    yield from backtraces.traps()
    yield from backtraces.names()
    yield from backtraces.name_sections()
    yield from start.start_functions()
    yield from start.initialisers()
    yield from linking.imports()
    yield from linking.import_types()
    yield from linking.types_before_faults()
    yield from storage.memories()
    yield from storage.tables()
    yield from storage.segments()
    yield from engine.features()
    yield from sections.custom_sections()
    yield from sections.framing()
    yield from sections.two_bad_bodies()
    yield from limits.fuel()

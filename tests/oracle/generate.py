"""The cases of a run: reproducible from the seed, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from cc_lb_selfcheck.wasm.outline import read_outline
from tests.oracle import gen_files, gen_modules, gen_responses, gen_sweeps
from tests.oracle.gen_modules.chance import random_modules
from tests.support.modules import ENV, output_module

GROUPS = ("responses", "modules", "sweeps")


@dataclass(frozen=True)
class Case:
    """One artifact to be judged, and where it came from."""

    group: str
    kind: str
    name: str
    artifact: bytes
    output: bytes | None = None
    """What a plugin outputs, if that is all there is to it; other artifacts are given whole."""


def cases(seed: int, count: int, group: str, *, small: bool = False) -> Iterator[Case]:
    """Yield the cases of one group: those that are always the same, then `count` random ones.

    `small` keeps to artifacts of a few hundred bytes, for golden files. What kills the host's
    process is left out.
    """
    rng = Random(f"{seed} {group}")
    if group == "responses":
        outputs = gen_responses.random_responses(rng, count)
        found = _outputs(group, outputs)
    elif group == "modules":
        found = _artifacts(group, _modules(rng, count, small=small))
    else:
        found = chain(
            _outputs(group, gen_sweeps.responses()), _artifacts(group, gen_sweeps.modules())
        )
    return (case for case in found if not kills_the_host(case.artifact))


def _modules(rng: Random, count: int, *, small: bool) -> Iterator[tuple[str, str, bytes]]:
    files = count // 4
    yield from gen_modules.fixed_modules()
    yield from random_modules(rng, count - files, small=small)
    yield from gen_files.fixed_files()
    yield from gen_files.random_files(rng, files)


def _outputs(group: str, outputs: Iterator[tuple[str, bytes]]) -> Iterator[Case]:
    for kind, output in outputs:
        yield Case(group, kind, kind, output_module(output), output)


def _artifacts(group: str, artifacts: Iterator[tuple[str, str, bytes]]) -> Iterator[Case]:
    for kind, name, artifact in artifacts:
        yield Case(group, kind, name, artifact)


_EARLY = {"_initialize", "__wasm_call_ctors", "hs_init"}
_TOUCHES_MEMORY = {"config_get", "http_request", "var_get", "var_set"} | {
    f"log_{level}" for level in ("trace", "debug", "info", "warn", "error")
}


def kills_the_host(artifact: bytes) -> bool:
    """Tell whether the host's process may die of an artifact, by a fault of its engine.

    Two ways are known: an import from the module `main`, which is the plugin itself (the engine
    overflows its stack); and a host function that needs the guest's memory while the plugin is
    still being initialised (the engine follows pointers that are not yet set, or no longer good:
    what happens then is chance).
    """
    outline = read_outline(artifact)
    if any(item.module == "main" for item in outline.imports) or b'"main"' in artifact:
        return True
    initialises = outline.start_function is not None or any(
        item.name in _EARLY for item in outline.exports
    )
    return initialises and any(
        item.module == ENV and item.name in _TOUCHES_MEMORY for item in outline.imports
    )

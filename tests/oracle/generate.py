"""The cases of a run: reproducible from the seed, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random

from tests.oracle import gen_files, gen_modules, gen_responses
from tests.support.modules import output_module

GROUPS = ("responses", "modules")


@dataclass(frozen=True)
class Case:
    """One artifact to be judged, and where it came from."""

    group: str
    kind: str
    name: str
    artifact: bytes
    output: bytes | None = None
    """What a plugin of the group `responses` outputs; other artifacts are given whole."""


def cases(seed: int, count: int, group: str, *, small: bool = False) -> Iterator[Case]:
    """Yield the cases of one group: those that are always the same, then `count` random ones.

    `small` keeps to bases of a few hundred bytes and leaves out the long sweeps, for golden files.
    """
    rng = Random(f"{seed} {group}")
    if group == "responses":
        fixed = gen_responses.every_cut()
        if not small:
            fixed = chain(fixed, gen_responses.every_character())
        for kind, output in chain(fixed, gen_responses.random_responses(rng, count)):
            yield Case(group, kind, kind, output_module(output), output)
        return
    bases = gen_modules.small_bases() if small else gen_modules.bases()
    texts = chain(gen_files.fixed_files(), gen_files.random_files(rng, count // 4))
    binaries = chain(
        gen_modules.fixed_modules(), gen_modules.random_modules(rng, count - count // 4, bases)
    )
    for kind, name, artifact in chain(binaries, texts):
        yield Case(group, kind, name, artifact)

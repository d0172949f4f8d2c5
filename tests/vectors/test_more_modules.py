"""The host's verdict on generated modules, from the real engine in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.lane import Subject
from cc_lb_selfcheck.host.pool import Pool
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.vectors import Vector, vectors


def _subjects(found: dict[str, Vector]) -> Iterator[Subject]:
    for key, (_, data, _) in found.items():
        yield Subject(key, data, read_outline(data), partial(bytes, data))


def test_gives_the_hosts_verdict_on_generated_modules() -> None:
    every = enumerate(vectors("more-modules", "wasm_b64"))
    found = {f"{number} {vector.name}": vector for number, vector in every}
    with CompilationCache() as cache:
        pool = Pool(jobs=2, deadline_s=60, cache_config=cache.config)
        outcomes = dict(pool.check(_subjects(found)))
    assert len(outcomes) == len(found) > 500
    for key, vector in found.items():
        verdict, told = outcomes[key].verdict, vector.verdict
        assert verdict is not None, (vector, outcomes[key].reason)
        assert verdict.variant == told["variant"], vector
        assert verdict.message == told["message"], vector
        assert verdict.fields == told.get("fields", {}), vector
        response = verdict.response and verdict.response.model_dump()
        assert response == told.get("response"), vector

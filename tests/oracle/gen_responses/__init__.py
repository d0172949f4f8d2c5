"""Responses: what a self-check may output, right, wrong and absurd.

Every generator takes the random source and returns bytes. A response is held as a list of JSON
tokens for as long as possible, so that an edit hits tokens and not only characters. Here are the
kinds, with their shares of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.oracle.gen_responses import edits, places, raw, wholes

WEIGHTED: list[tuple[str, int, Callable[[Random], bytes]]] = [
    ("valid", 6, wholes.valid),
    ("many-failures", 2, wholes.many_failures),
    ("token-edit", 10, edits.token_edit),
    ("value-edit", 8, edits.value_edit),
    ("many-edits", 16, edits.many_edits),
    ("number", 14, places.number),
    ("number-elsewhere", 8, places.number_elsewhere),
    ("string", 12, places.string),
    ("fields", 6, edits.fields),
    ("array-form", 5, places.array_form),
    ("enum-map", 5, places.enum_map),
    ("nesting", 3, places.nesting),
    ("around", 3, edits.around),
    ("inner-space", 2, edits.inner_space),
    ("cut", 4, raw.cut),
    ("byte-flip", 5, raw.byte_flip),
    ("byte-insert", 4, raw.byte_insert),
    ("byte-delete", 3, raw.byte_delete),
    ("not-utf8", 3, raw.not_utf8),
    ("size", 2, raw.size),
    ("other-document", 4, raw.other_document),
    ("lines", 3, edits.lines),
]


def random_responses(rng: Random, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield `count` pairs of kind and output."""
    weights = [weight for _, weight, _ in WEIGHTED]
    for kind, _, make in rng.choices(WEIGHTED, weights, k=count):
        yield kind, make(rng)

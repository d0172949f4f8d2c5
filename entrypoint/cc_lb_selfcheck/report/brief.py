"""A finding in a few sentences, for surfaces that have room for no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from cc_lb_selfcheck.diagnosis.finding import Finding

from .model import Artifact
from .place import place_words

_NAMED_MAX: Final = 5


def brief(artifact: Artifact, finding: Finding) -> Iterator[str]:
    """Yield the cause, the fix, a place that cannot be pointed at, and what the host says.

    How to have the place told stands behind the fix.
    """
    yield finding.cause
    yield finding.fix
    if finding.hint is not None:
        yield finding.hint
    if finding.location is not None and not finding.location.in_repository:
        yield f"It is in {place_words(finding.location)}."
    if artifact.verdict is not None and artifact.verdict.message:
        yield f"The host says: {host_words(artifact.verdict.message)}"


def host_words(message: str) -> str:
    """Return the host's text for a person: of a file's line that it quotes, the beginning.

    It quotes what it took for WebAssembly text, which may be a page or an archive in one line.
    """
    return _QUOTED_LINE.sub(r"\1…", message)


_QUOTED_LINE: Final = re.compile(r"^( {1,20}\d{1,9} \| .{60}).+$", re.MULTILINE)


def names_of(paths: Sequence[str], quote: str = "") -> str:
    """Return the first few of the paths that share a content, and how many more there are."""
    named = ", ".join(f"{quote}{path}{quote}" for path in paths[:_NAMED_MAX])
    more = len(paths) - _NAMED_MAX
    return f"{named} and {more:,} more" if more > 0 else named

"""The image that ``action.yml`` names: on main the Dockerfile, in a release what was published.

With the Dockerfile, a change is tried as it stands. A release names a digest: a registry's tag
could be moved under those who pinned the action.
"""

from __future__ import annotations

import re
from typing import Final

from tools.refusal import Refusal

IN_DEVELOPMENT: Final = "Dockerfile"
REPOSITORY: Final = "ghcr.io/org/cc-lb-selfcheck"
"""Where a release publishes the image."""

_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")
_PUBLISHED: Final = re.compile(rf"docker://{re.escape(REPOSITORY)}@{_DIGEST.pattern}")
_LINE: Final = re.compile(r"^  image: (.*)\n", re.MULTILINE)


def image_of(action: str) -> str:
    """Return what ``runs.image`` of this ``action.yml`` says.

    Raises ``Refusal`` where it is neither the Dockerfile nor the published image by digest.
    """
    lines = _LINE.findall(action)
    if len(lines) != 1 or not (lines[0] == IN_DEVELOPMENT or _PUBLISHED.fullmatch(lines[0])):
        raise Refusal(
            f"action.yml names the image {', '.join(lines) or '(none)'}; it has to be"
            f" {IN_DEVELOPMENT}, or docker://{REPOSITORY}@sha256: with 64 hexadecimal digits."
        )
    return str(lines[0])


def with_digest(action: str, digest: str) -> str:
    """Return this ``action.yml`` with the published image in place of the Dockerfile.

    Raises ``Refusal`` for a text that is no digest (``sha256:`` and 64 digits), and as
    ``image_of`` does.
    """
    if not _DIGEST.fullmatch(digest):
        raise Refusal(f"{digest!r} is no digest: sha256: and 64 hexadecimal digits.")
    named = f"  image: {image_of(action)}\n"
    return action.replace(named, f"  image: docker://{REPOSITORY}@{digest}\n")

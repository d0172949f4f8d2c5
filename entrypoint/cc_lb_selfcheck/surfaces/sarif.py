"""Messages in SARIF.

In a message ``[text](1)`` is a link, and ``{0}`` the place of an argument; text from outside makes
neither. Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
"""

from __future__ import annotations

import re
from typing import Final, NewType

from .visible import shorten, visible

SarifText = NewType("SarifText", str)
"""Plain text for a message."""
_ACTS: Final = re.compile(r"](?=\()|{(?=\d+})")


def sarif_text(text: str, limit: int = 8_000) -> SarifText:
    """Return text for a message; line feeds and tabs stay."""
    shown = shorten(visible(text, lines=True), limit)
    # A zero-width space shows as nothing, and parts what would act together.
    return SarifText(_ACTS.sub("\\g<0>\N{ZERO WIDTH SPACE}", shown))

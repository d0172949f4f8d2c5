"""YAML of a workflow file: text from outside becomes a scalar that means just that text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, NewType

Yaml = NewType("Yaml", str)

_PLAIN: Final = re.compile(r'[A-Za-z./][\w./*+@$"=~-]*(?: [\w./*+@$"=~-]+)*', re.ASCII)
_WITH_A_MEANING: Final = re.compile(
    r"(?i)true|false|null|yes|no|on|off|[yn]|[.][\d.].*|[.](?:inf|nan)"
)
"""What YAML 1.1 or 1.2 takes for something else than text."""
_WORD: Final = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_IN_A_BLOCK: Final = re.compile(r"[!-~][ -~]*(?<! )")
_NOT_SHOWN: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not allow."""


def scalar(text: str) -> Yaml:
    """Return text as a scalar in one line: plain where that means the same, else quoted."""
    return Yaml(text) if _is_plain(text, _PLAIN) else _quoted(text)


def lines(texts: Sequence[str], indent: int) -> Yaml:
    """Return texts as a scalar with a line for each; ``indent`` is that of these lines."""
    if len(texts) < 2:
        return scalar("".join(texts))
    if all(_IN_A_BLOCK.fullmatch(text) for text in texts):
        return Yaml("|" + "".join(f"\n{' ' * indent}{text}" for text in texts))
    return scalar("\n".join(texts))


def flow(texts: Sequence[str]) -> Yaml:
    """Return texts as a sequence in one line."""
    words = (text if _is_plain(text, _WORD) else _quoted(text) for text in texts)
    return Yaml(f"[{', '.join(words)}]")


def literal(text: str) -> Yaml:
    """Return YAML of our own."""
    return Yaml(text)


def _is_plain(text: str, shape: re.Pattern[str]) -> bool:
    return bool(shape.fullmatch(text)) and not _WITH_A_MEANING.fullmatch(text)


def _quoted(text: str) -> Yaml:
    quoted = json.dumps(text, ensure_ascii=False)
    return Yaml(_NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted))

r"""Addresses of files: references that are a path and nothing else, whatever its name.

Source: RFC 3986, sections 3.3 and 4.2: a path's own characters stand for themselves, every other
byte is written as ``%`` and two digits; a ``:`` before the first ``/`` would begin a scheme.
"""

from __future__ import annotations

import re
from typing import Final, NewType
from urllib.parse import quote_from_bytes

Uri = NewType("Uri", str)
"""A reference by RFC 3986: relative, or with the scheme ``file``."""

_OWN: Final = "/!$&'()*+,;=@"
_BYTE: Final = re.compile(rb"\\x([0-9a-f]{2})")
_DRIVE: Final = re.compile(rb"[A-Za-z]:/")


def uri_of(path: str) -> Uri:
    """Return the address of a path with ``/``: relative to where the path is, unless absolute."""
    return _uri(path.encode(errors="surrogateescape" if _is_text(path) else "surrogatepass"))


def uri_of_shown(shown: str) -> Uri:
    r"""Return the address of a path as reports show one, where ``\xff`` stands for a byte."""
    data = shown.encode(errors="surrogatepass")
    return _uri(_BYTE.sub(lambda found: bytes([int(found[1], 16)]), data))


def _is_text(path: str) -> bool:
    """Tell whether all surrogates in a path stand for bytes, as Python decodes names."""
    return not re.search("[\ud800-\udc7f\udd00-\udfff]", path)


def _uri(path: bytes) -> Uri:
    if path.startswith(b"/"):
        return Uri(f"file://{quote_from_bytes(path, _OWN)}")
    if _DRIVE.match(path):
        return Uri(f"file:///{quote_from_bytes(path, f'{_OWN}:')}")
    return Uri(quote_from_bytes(path, _OWN) or ".")

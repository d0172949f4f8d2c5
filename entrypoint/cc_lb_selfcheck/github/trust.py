"""Which certificates are trusted: the usual ones, and those that ``--ca-bundle`` names."""

from __future__ import annotations

import os
import ssl
import tempfile
import weakref
from pathlib import Path

from requests import utils


class TrustError(Exception):
    """The certificates cannot be used; the message is a sentence."""


def trusted(bundle: Path, user: object) -> str:
    """Return the path of a file with the usual certificates and those of ``bundle`` (PEM).

    The file goes with its ``user``. Raises ``TrustError``.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
        both = Path(utils.DEFAULT_CA_BUNDLE_PATH).read_bytes() + b"\n" + bundle.read_bytes()
        number, path = tempfile.mkstemp(prefix="cc-lb-", suffix=".pem")
        weakref.finalize(user, _remove, path)
        os.close(number)
        Path(path).write_bytes(both)
    except ssl.SSLError as error:
        raise TrustError(f"{bundle} holds no certificates in PEM that can be read.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TrustError(f"{bundle} cannot be used: {reason}.") from error
    return path


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)

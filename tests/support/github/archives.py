"""Zips, and the storage that hands them out.

An artifact's bytes do not come from the API: it answers 302 to a signed address at another host
(Azure's blob storage), which is good for a minute (docs: rest/actions/artifacts, "Download an
artifact"). That host knows no GitHub token: a request that carries an Authorization header is
refused, 400 InvalidAuthenticationInfo (seen in rapid7/metakitty#30).
"""

import io
import secrets
import threading
import zipfile
from collections.abc import Mapping

from .answers import Answer

FIXED = (2026, 1, 1, 0, 0, 0)
"""Each file's date, so that equal files make equal zips."""


def make_zip(members: Mapping[str, bytes]) -> bytes:
    """Pack files as `actions/upload-artifact` does: deflated, without folders of their own."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, FIXED), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def refusal(status: int, code: str, message: str) -> Answer:
    """Write a refusal as Azure's storage does."""
    head = '<?xml version="1.0" encoding="utf-8"?>'
    text = f"{head}<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    headers = {"content-type": "application/xml", "x-ms-error-code": code}
    return Answer(status, headers, text.encode())


class Storage:
    """Blobs at signed addresses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, tuple[str, bytes]] = {}
        self.base = ""
        """The storage's own base address; set when its server has started."""

    def sign(self, name: str, content: bytes) -> str:
        """Return an address at which this content can be fetched."""
        signature = secrets.token_urlsafe(12)
        with self._lock:
            self._blobs[signature] = (name, content)
        return f"{self.base}/actions-results/{name}.zip?se=soon&sig={signature}"

    def expire(self) -> None:
        """Let every address given out so far run out, as after a minute."""
        with self._lock:
            self._blobs.clear()

    def fetch(self, signature: str, authorization: str | None) -> Answer:
        """Answer a GET for a signed address."""
        if authorization is not None:
            message = "Authentication information is not given in the correct format."
            return refusal(400, "InvalidAuthenticationInfo", message)
        with self._lock:
            found = self._blobs.get(signature)
        if found is None:
            message = "Server failed to authenticate the request. Signature not valid."
            return refusal(403, "AuthenticationFailed", message)
        name, content = found
        shown = f'attachment; filename="{name}.zip"'
        return Answer(
            200, {"content-type": "application/zip", "content-disposition": shown}, content
        )

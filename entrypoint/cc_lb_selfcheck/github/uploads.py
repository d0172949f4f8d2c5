"""Fetches what a workflow run uploaded: listed by the API, downloaded from its storage.

The storage is another host: the API answers with a redirect to a signed address there, and the
token stays behind. Source: GitHub Docs, "REST API endpoints for GitHub Actions artifacts".
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Final, NamedTuple
from urllib.parse import urlsplit

import requests
from github.Artifact import Artifact
from requests.adapters import BaseAdapter

from .api import CONNECT_TIMEOUT_S, USER_AGENT, ApiError, Forbidden, GitHubApi, Gone, NotFound

DOWNLOAD_MAX_BYTES: Final = 1 << 30
"""Larger artifacts are not downloaded."""
TOGETHER_MAX_BYTES: Final = 4 << 30
"""Nor what all artifacts have beyond that: a fork's run may upload hundreds, and disks fill."""
_READ_TIMEOUT_S: Final = 60
_CHUNK_BYTES: Final = 1 << 20
_REDIRECTS_MAX: Final = 5
_PERMISSION: Final = "Give the job the permission `actions: read` to read artifacts."


class UploadError(Exception):
    """An uploaded artifact cannot be had; the message is a sentence."""


class Fetched(NamedTuple):
    """Files by the names of their artifacts, and a sentence for each that cannot be had.

    ``absent`` tells the names by which the run has none, ``faults`` all else.
    """

    files: dict[str, Path]
    faults: list[str]
    absent: list[str]


def fetch(api: GitHubApi, run: int, names: tuple[str, ...], resources: ExitStack) -> Fetched:
    """Download the artifacts of a run whose names match.

    Their files lie in a private directory that ``resources`` removes.
    """
    try:
        listed = _listed(api, run)
    except UploadError as error:
        return Fetched({}, [str(error)], [])
    chosen: dict[str, Artifact] = {}
    absent: list[str] = []
    for pattern in names:
        matching = _matching(listed, pattern)
        if not matching:
            others = ", ".join(f"`{name}`" for name in sorted(listed)[:10]) or "none"
            absent.append(f"Run {run} has no artifact `{pattern}`; it has {others}.")
        chosen |= matching
    files: dict[str, Path] = {}
    faults: list[str] = []
    directory = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="cc-lb-")))
    left = TOGETHER_MAX_BYTES
    for number, (name, artifact) in enumerate(sorted(chosen.items())):
        if left < artifact.size_in_bytes <= DOWNLOAD_MAX_BYTES:
            faults.append(
                f"The artifact `{name}` was not downloaded: all of them together may have"
                f" {TOGETHER_MAX_BYTES >> 30} GiB."
            )
            continue
        try:
            files[name] = _downloaded(api, name, artifact, directory / f"{number}")
            left -= artifact.size_in_bytes
        except UploadError as error:
            faults.append(str(error))
    return Fetched(files, faults, absent)


def _matching(listed: dict[str, Artifact], pattern: str) -> dict[str, Artifact]:
    # A name may hold brackets, which a pattern takes for a choice of letters.
    return {
        name: item for name, item in listed.items() if name == pattern or fnmatchcase(name, pattern)
    }


def _listed(api: GitHubApi, run: int) -> dict[str, Artifact]:
    """Return a run's artifacts by name; of several attempts' the newest."""
    try:
        artifacts = api.read(
            f"list the artifacts of run {run}",
            lambda: list(api.repository.get_workflow_run(run).get_artifacts()),
        )
    except NotFound as error:
        raise UploadError(
            f"There is no run {run} in {api.name}, or the token may not see it."
        ) from error
    except Forbidden as error:
        raise UploadError(f"{error} {_PERMISSION}") from error
    except ApiError as error:
        raise UploadError(str(error)) from error
    return {item.name: item for item in sorted(artifacts, key=lambda item: item.id)}


def _downloaded(api: GitHubApi, name: str, artifact: Artifact, target: Path) -> Path:
    if artifact.expired:
        raise UploadError(_expired(name))
    if artifact.size_in_bytes > DOWNLOAD_MAX_BYTES:
        raise UploadError(
            f"The artifact `{name}` has {artifact.size_in_bytes:,} bytes; at most"
            f" {DOWNLOAD_MAX_BYTES >> 30} GiB are downloaded."
        )

    def download() -> None:
        with target.open("wb") as file:
            _download(api, api.artifact_address(artifact.id), file, name)

    try:
        api.read(f"download the artifact `{name}`", download)
    except Gone as error:
        raise UploadError(_expired(name)) from error
    except Forbidden as error:
        raise UploadError(f"{error} {_PERMISSION}") from error
    except ApiError as error:
        raise UploadError(str(error)) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UploadError(f"The artifact `{name}` cannot be kept: {reason}.") from error
    return target


def _expired(name: str) -> str:
    return f"The artifact `{name}` has expired: run the workflow again to upload it anew."


class _Storage(requests.Session):
    """Asks the storage, which is never shown a token, and by https, however often it leads on.

    An API that is asked without https, as in tests, may lead to a storage without it.
    """

    def __init__(self, api: GitHubApi, name: str) -> None:
        super().__init__()
        self.max_redirects = _REDIRECTS_MAX
        self.auth = _no_credentials
        self.headers["User-Agent"] = USER_AGENT
        self._schemes = {"https", api.scheme}
        self._name = name

    def get_adapter(self, url: str) -> BaseAdapter:
        """Return what asks for an address, the first one or one that an answer leads to."""
        scheme = urlsplit(url).scheme.lower()
        if scheme not in self._schemes:
            words = "lies at an address without https, and was not fetched"
            raise UploadError(f"The artifact `{self._name}` {words}.")
        if scheme == "https":
            self._schemes = {"https"}
        return super().get_adapter(url)


def _download(api: GitHubApi, address: str, file: IO[bytes], name: str) -> None:
    """Write what lies at an address of the storage."""
    timeout = CONNECT_TIMEOUT_S, _READ_TIMEOUT_S
    with (
        _Storage(api, name) as session,
        session.get(address, stream=True, timeout=timeout, verify=api.verify) as answer,
    ):
        answer.raise_for_status()
        size = 0
        for chunk in answer.iter_content(_CHUNK_BYTES):
            size += len(chunk)
            if size > DOWNLOAD_MAX_BYTES:
                raise UploadError(f"The artifact `{name}` is larger than GitHub said.")
            file.write(chunk)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from adding those of a .netrc file."""
    return request

"""What a command knows of GitHub: from its settings, the runner's environment and the event.

Source: GitHub Docs, "Variables reference", default environment variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cc_lb_selfcheck.options import SettingsError, is_emptied
from cc_lb_selfcheck.settings import Settings

from .event import EventError, Plan, make_plan, read_event
from .links import ADDRESS
from .patience import Patience
from .runner import in_actions

if TYPE_CHECKING:
    from .api import GitHubApi
    from .uploads import Fetched

_API: Final = "https://api.github.com"
_CA_BUNDLE: Final = "--ca-bundle (input `ca-bundle`)"
_TOKEN: Final = re.compile(r"[!-~]{1,10000}")


def token_of(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Return the token that publishes, if there is one; a workflow may empty the input for none."""
    given = settings.github_token.get_secret_value().strip() if settings.github_token else ""
    if not given and in_actions(environ) and is_emptied("github_token", environ):
        return None
    return given or environ.get("GITHUB_TOKEN", "").strip() or None


def plan_of(environ: Mapping[str, str]) -> Plan:
    """Return what the event asks for. Raises ``EventError``."""
    return make_plan(environ.get("GITHUB_EVENT_NAME", ""), read_event(environ), environ)


def api_of(
    settings: Settings,
    environ: Mapping[str, str],
    repository: str,
    token: str,
    patience: Patience,
) -> GitHubApi:
    """Return a client for a repository. Raises ``SettingsError``."""
    from .api import GitHubApi
    from .trust import TrustError

    address = environ.get("GITHUB_API_URL", "").rstrip("/") or _API
    if not _is_address(address):
        raise SettingsError(["GITHUB_API_URL is no address of an API, as in https://host/api/v3."])
    if not _TOKEN.fullmatch(token):
        raise SettingsError(["The token is none: it holds characters that no token has."])
    if settings.ca_bundle is not None and not settings.ca_bundle.is_file():
        raise SettingsError([f"{_CA_BUNDLE}: {settings.ca_bundle} is no file."])
    try:
        return GitHubApi(
            token=token,
            repository=repository,
            api_url=address,
            patience=patience,
            ca_bundle=settings.ca_bundle,
        )
    except TrustError as error:
        raise SettingsError([f"{_CA_BUNDLE}: {error}"]) from error


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(ADDRESS.fullmatch(text) and parts.hostname and parts.port != 0)
    except ValueError:
        return False


def uploaded(
    settings: Settings, environ: Mapping[str, str], resources: ExitStack, patience: Patience
) -> Fetched:
    """Download the artifacts that the settings name; see ``uploads.fetch``.

    Raises ``SettingsError`` without a token, or where it is not known which run is meant.
    """
    from .uploads import fetch

    token = token_of(settings, environ)
    if token is None:
        words = "--artifacts needs a token that may read them: set GITHUB_TOKEN, and leave the"
        raise SettingsError([f"{words} input `github-token` out rather than empty."])
    repository = settings.repository or environ.get("GITHUB_REPOSITORY", "")
    if not repository:
        raise SettingsError(["--artifacts are a repository's: name it by --repository OWNER/NAME."])
    run = settings.run_id
    if run is None:
        try:
            run = plan_of(environ).run.number
        except EventError as error:
            words = "--artifacts are of this workflow run, unless --run-id names another:"
            raise SettingsError([f"{words} {error}"]) from error
    api = api_of(settings, environ, repository, token, patience)
    return fetch(api, run, settings.artifacts, resources)

"""Who asks, and what they may: authentication, permissions, and the requests of an hour.

docs: rest/authentication/permissions-required-for-github-apps. What a token may not do is 403 when
it can see the repository, and 404 when it cannot, so that nothing is told about private ones.
"""

import time
from dataclasses import dataclass
from typing import Literal

from .answers import Refused, not_found, primary_limit
from .model import Level, Permission, Repository, Token
from .state import HOUR, State

FORBIDDEN = {
    "installation": "Resource not accessible by integration",
    "pat": "Resource not accessible by personal access token",
}
API_VERSIONS = {"2022-11-28", "2026-03-10"}


@dataclass(frozen=True)
class Needs:
    """What a route asks of a token: one of `permissions`, at `level`.

    `always`: asked for public repositories too. For all other routes that read, the documentation
    says "can be used without authentication … if only public resources are requested".
    """

    level: Level
    permissions: tuple[Permission, ...]
    always: bool = False
    only_apps: bool = False

    @property
    def header(self) -> str:
        """The value of X-Accepted-GitHub-Permissions, which a 403 carries."""
        return "; ".join(f"{name}={self.level}" for name in self.permissions)


def identify(state: State, authorization: str | None) -> Token | None:
    """Return the token of an Authorization header, None without one. Raises Refused(401)."""
    if authorization is None:
        return None
    _, _, text = authorization.partition(" ")
    found = state.tokens.get(text.strip())
    if found is None:
        raise Refused(401, "Bad credentials", page="https://docs.github.com/rest")
    return found


def check_headers(headers: dict[str, str]) -> None:
    """Refuse a client without a name, and versions of the API that do not exist."""
    # docs: using-the-rest-api/getting-started-with-the-rest-api, "User agent".
    if not headers.get("user-agent"):
        advice = "Please make sure your request has a User-Agent header"
        raise Refused(403, f"Request forbidden by administrative rules. {advice}")
    # docs: about-the-rest-api/api-versions: 400 for a version that is not supported.
    version = headers.get("x-github-api-version")
    if version is not None and version not in API_VERSIONS:
        raise Refused(400, f"Invalid API version: {version}")


def count(state: State, token: Token | None) -> dict[str, str]:
    """Count a request and return the headers that tell about it. Raises Refused at the limit."""
    counted = token or state.anonymous
    if time.time() >= counted.reset:
        counted.used, counted.reset = 0, int(time.time()) + HOUR
    if counted.used >= counted.limit:
        raise primary_limit(name_of(token), counted.reset, counted.limit)
    counted.used += 1
    return limit_headers(counted)


def name_of(token: Token | None) -> str:
    """Name whose limit it is, as the refusal's sentence does."""
    if token is None:
        return "127.0.0.1"
    return "installation ID 1" if token.kind == "installation" else f"user ID {token.login}"


def limit_headers(token: Token) -> dict[str, str]:
    """Write the headers about the hour's requests, which every answer has."""
    return {
        "x-ratelimit-limit": str(token.limit),
        "x-ratelimit-remaining": str(token.limit - token.used),
        "x-ratelimit-used": str(token.used),
        "x-ratelimit-reset": str(token.reset),
        "x-ratelimit-resource": "core",
    }


def authorize(token: Token | None, repository: Repository, needs: Needs) -> None:
    """Raise Refused unless this token may do that in this repository."""
    reached = token is not None and repository.id in token.repositories
    if repository.private and not reached:
        raise not_found()
    if token is None:
        return authorize_nobody(needs)
    if needs.only_apps and token.kind == "pat":
        # docs: rest/checks/runs, "must authenticate with a GitHub App"; EnricoMi/publish-unit-
        # test-result-action#53 has the words.
        raise Refused(403, "You must authenticate via a GitHub App.")
    if not (reached and has(token, needs)) and not open_to_all(repository, needs):
        accepted = {"x-accepted-github-permissions": needs.header}
        raise Refused(403, FORBIDDEN[token.kind], headers=accepted)
    if needs.level == "write" and repository.archived:
        raise Refused(403, "Repository was archived so is read-only.")
    return None


def authorize_nobody(needs: Needs) -> None:
    """Raise Refused unless someone without a token may do that in a public repository."""
    if needs.always:
        raise Refused(403, "You must have the actions scope to download artifacts.")
    if needs.level == "write":
        raise Refused(401, "Requires authentication")


def has(token: Token, needs: Needs) -> bool:
    """Tell whether the token has one of the permissions; write includes read."""
    enough: tuple[Literal["read", "write"], ...] = (
        ("write",) if needs.level == "write" else ("read", "write")
    )
    return not needs.permissions or any(
        token.permissions.get(p) in enough for p in needs.permissions
    )


def open_to_all(repository: Repository, needs: Needs) -> bool:
    """Tell whether the route only reads what is public."""
    return needs.level == "read" and not repository.private and not needs.always

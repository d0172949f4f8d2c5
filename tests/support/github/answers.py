"""Answers, and GitHub's ways to say no.

Every error is a JSON object with `message`, `documentation_url` (the page of the route asked) and
`status` (the number as a string); a 422 adds `errors` (docs: using-the-rest-api/
troubleshooting-the-rest-api, "Validation failed").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model import Json

DOCS = "https://docs.github.com/rest"
JSON_TYPE = "application/json; charset=utf-8"


@dataclass
class Answer:
    """What goes back: `sent` cuts the body short while its length still promises the whole."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: int | None = None


def answer_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Write JSON."""
    body = json.dumps(content, separators=(",", ":")).encode()
    return Answer(status, {"content-type": JSON_TYPE} | dict(headers or {}), body)


class Refused(Exception):
    """GitHub says no; `page` of the documentation is filled in by the router."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
        page: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.errors, self.headers, self.page = errors, dict(headers or {}), page

    def answer(self, page: str) -> Answer:
        """Write the refusal, with the documentation of the route that was asked."""
        content: Json = {"message": self.message}
        if self.errors is not None:
            content["errors"] = self.errors
        address = self.page or (f"{DOCS}/{page}" if page else DOCS)
        content |= {"documentation_url": address, "status": str(self.status)}
        return answer_json(self.status, content, self.headers)


def not_found() -> Refused:
    """404, which also hides what a token may not see."""
    return Refused(404, "Not Found")


def invalid_request(detail: str) -> Refused:
    """422 for a body that does not fit the route's schema: a blank line and a sentence."""
    return Refused(422, f"Invalid request.\n\n{detail}")


def validation_failed(resource: str, name: str, code: str, message: str | None = None) -> Refused:
    """422 for a body that fits the schema and still cannot be."""
    error: Json = {"resource": resource, "code": code, "field": name}
    if message is not None:
        error["message"] = message
    return Refused(422, "Validation Failed", errors=[error])


def primary_limit(who: str, reset: int, limit: int, status: int = 403) -> Refused:
    """Refuse because an hour's requests are used up.

    docs: rate-limits-for-the-rest-api, "Exceeding the rate limit": 403 or 429, `x-ratelimit-
    remaining` is 0, and nothing succeeds before `x-ratelimit-reset` (Unix time, UTC).
    """
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    headers |= {"x-ratelimit-limit": str(limit), "x-ratelimit-used": str(limit)}
    page = f"{DOCS}/using-the-rest-api/rate-limits-for-the-rest-api"
    return Refused(status, f"API rate limit exceeded for {who}.", headers=headers, page=page)


def secondary_limit(retry_after: int | None, status: int = 403) -> Refused:
    """Refuse because too much was asked or written in a short time.

    docs: the same page. With `retry-after`: wait that many seconds; without: at least a minute.
    """
    message = (
        "You have exceeded a secondary rate limit and have been temporarily blocked from content "
        "creation. Please retry your request again later."
    )
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    page = f"{DOCS}/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    return Refused(status, message, headers=headers, page=page)

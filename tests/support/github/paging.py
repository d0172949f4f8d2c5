"""Pages and the Link header (docs: using-the-rest-api/using-pagination-in-the-rest-api).

`per_page` is 30 unless asked, and 100 at most: more is quietly taken as 100. The header names only
the pages that there are to go to, and is left out when all fits on one page. GitHub's links go by
the repository's number (`/repositories/700/…`), whatever name was used to ask.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
DEFAULT, MOST = 30, 100


def positive(text: str | None, default: int) -> int:
    """Read a number above 0; anything else is the default."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) else default


def cut(items: Sequence[T], query: Mapping[str, str], address: str) -> tuple[list[T], str]:
    """Return the page that was asked for and its Link header, "" when there is none.

    `address` is the list's own, without a query.
    """
    size = min(positive(query.get("per_page"), DEFAULT), MOST)
    page = positive(query.get("page"), 1)
    last = max(1, -(-len(items) // size))
    targets: dict[str, int] = {}
    if page > 1:
        targets["prev"] = min(page - 1, last)
    if page < last:
        targets |= {"next": page + 1, "last": last}
    if page > 1:
        targets["first"] = 1
    if last == 1 and page == 1:
        targets = {}
    links = [
        f'<{address}?{urlencode(dict(query) | {"page": str(number)})}>; rel="{name}"'
        for name, number in targets.items()
    ]
    return list(items[(page - 1) * size : page * size]), ", ".join(links)

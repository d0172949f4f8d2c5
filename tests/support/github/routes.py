"""The routes: who may ask, and what happens. Checks and Actions have modules of their own.

A route that is not listed answers 501: a test that asks for it needs it added here, and must not
take GitHub's 404 for an answer.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from . import access
from .access import Needs
from .answers import Answer, Refused, answer_json, invalid_request, not_found, validation_failed
from .archives import Storage
from .faults import Request
from .model import ACTIONS_BOT, Comment, Json, Pull, Repository, Token
from .paging import cut
from .state import State
from .views import Views

BODY_LIMIT: Final = 65_536
"""Characters in a comment."""


@dataclass
class Call:
    """One request on its way: what routes see."""

    state: State
    views: Views
    storage: Storage
    request: Request
    token: Token | None
    parts: dict[str, str]
    repository: Repository

    def number(self, name: str) -> int:
        """Return a number from the path; the patterns allow digits only."""
        return int(self.parts[name])

    def content(self) -> Json:
        """Read the body, a JSON object. Raises Refused(400), as GitHub does."""
        try:
            content: Any = json.loads(self.request.body)
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        if not isinstance(content, dict):
            raise Refused(400, "Body should be a JSON object")
        return content

    def page(self, items: Iterable[Json], wrap: str | None = None) -> Answer:
        """Answer with one page, bare or inside an object that also has `total_count`."""
        everything = list(items)
        query = self.request.query
        path = self.request.path
        if self.parts.get("repo"):
            _, _, _, _, *rest = path.split("/")
            path = "/".join(["", "repositories", str(self.repository.id), *rest])
        chosen, link = cut(everything, query, self.views.base + path)
        headers = {"link": link} if link else {}
        if wrap is None:
            return answer_json(200, chosen, headers)
        return answer_json(200, {"total_count": len(everything), wrap: chosen}, headers)


@dataclass(frozen=True)
class Route:
    """A route: `page` is where GitHub documents it."""

    method: str
    pattern: re.Pattern[str]
    page: str
    needs: Needs
    run: Callable[[Call], Answer]


ROUTES: list[Route] = []

READ_METADATA = Needs("read", ())
READ_PULLS = Needs("read", ("pull_requests",))
# docs: rest/issues/comments. Either permission will do for a pull request's comments.
READ_COMMENTS = Needs("read", ("issues", "pull_requests"))
WRITE_COMMENTS = Needs("write", ("issues", "pull_requests"))


def route(
    method: str, path: str, page: str, needs: Needs
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a route below a repository. `{name}` is a number, `{name+}` anything.

    A repository is found by its name, and by its number as the links to further pages do.
    """
    inner = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", path)
    inner = re.sub(r"\{(\w+)\}", r"(?P<\1>[0-9]+)", inner)
    where = r"(?:/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)|/repositories/(?P<identifier>[0-9]+))"

    def register(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES.append(Route(method, re.compile(where + inner), page, needs, run))
        return run

    return register


def answer(state: State, views: Views, storage: Storage, request: Request) -> Answer:
    """Carry a request out and answer it."""
    with state.lock:
        page, headers = "", {"x-github-media-type": "github.v3; format=json"}
        headers["x-github-request-id"] = f"FAKE:{request.number:04X}"
        try:
            access.check_headers(request.headers)
            token = access.identify(state, request.headers.get("authorization"))
            if request.path == "/rate_limit":
                # docs: rest/rate-limit: asking for it does not count.
                left = answer_json(200, views.limits(token or state.anonymous))
                return with_headers(left, headers)
            headers |= access.count(state, token)
            if request.path == "/user":
                page = "users/users#get-the-authenticated-user"
                return with_headers(answer_json(200, me(views, token)), headers)
            chosen, parts = find(request)
            page = chosen.page
            repository = find_repository(state, views, request, parts)
            access.authorize(token, repository, chosen.needs)
            call = Call(state, views, storage, request, token, parts, repository)
            return with_headers(chosen.run(call), headers)
        except Refused as refused:
            return with_headers(refused.answer(page), headers)


def with_headers(answer: Answer, headers: dict[str, str]) -> Answer:
    """Add headers; those that the answer has already win."""
    answer.headers = headers | answer.headers
    return answer


def find(request: Request) -> tuple[Route, dict[str, str]]:
    """Return the route and the parts of its path. Raises Refused(501) for one not known here."""
    for each in ROUTES:
        found = each.pattern.fullmatch(request.path)
        if found is not None and each.method == request.method:
            return each, {key: value for key, value in found.groupdict().items() if value}
    raise Refused(501, f"The fake has no route {request.method} {request.path}")


def find_repository(
    state: State, views: Views, request: Request, parts: dict[str, str]
) -> Repository:
    """Return the repository of a path; one that was renamed redirects (Refused with 301 or 307).

    docs: using-the-rest-api/best-practices-for-using-the-rest-api, "Follow redirects": 301, and
    307 where the method must stay as it is.
    """
    if "identifier" in parts:
        found = state.repositories.get(int(parts["identifier"]))
        if found is None:
            raise not_found()
        return found
    full_name = f"{parts['owner']}/{parts['repo']}"
    try:
        return state.repository(full_name)
    except KeyError:
        moved = state.renamed.get(full_name.lower())
        if moved is None:
            raise not_found() from None
        rest = request.path.split("/", 4)[4:]
        location = "/".join([f"{views.base}/repositories/{moved}", *rest])
        status = 301 if request.method == "GET" else 307
        raise Refused(status, "Moved Permanently", headers={"location": location}) from None


def me(views: Views, token: Token | None) -> Json:
    """Tell whose token it is: an installation token is nobody's."""
    if token is None:
        raise Refused(401, "Requires authentication")
    if token.kind == "installation":
        raise Refused(403, access.FORBIDDEN["installation"])
    return views.me(token.login)


@route("GET", "", "repos/repos#get-a-repository", READ_METADATA)
def get_repository(call: Call) -> Answer:
    """Answer with the repository."""
    return answer_json(200, call.views.full_repository(call.repository))


# Pull requests.


def find_pull(call: Call) -> Pull:
    """Return the pull request of the path. Raises Refused(404)."""
    found = call.state.pulls.get((call.repository.id, call.number("number")))
    if found is None:
        raise not_found()
    return found


@route("GET", "/pulls", "pulls/pulls#list-pull-requests", READ_PULLS)
def list_pulls(call: Call) -> Answer:
    """List pull requests, newest first: `state` is open unless asked.

    `head` is `owner:branch`. Without an owner GitHub ignores it and lists everything.
    """
    query = call.request.query
    wanted = query.get("state", "open")
    owner, colon, branch = query.get("head", "").partition(":")
    found = [
        pull
        for pull in call.state.pulls.values()
        if pull.repository == call.repository.id
        and wanted in ("all", pull.state)
        and (not colon or (pull.head_owner.lower(), pull.head_ref) == (owner.lower(), branch))
        and query.get("base", pull.base_ref) == pull.base_ref
    ]
    ascending = query.get("direction") == "asc"
    found.sort(key=lambda each: each.id, reverse=not ascending)
    return call.page(call.views.pull(each) for each in found)


@route("GET", "/pulls/{number}", "pulls/pulls#get-a-pull-request", READ_PULLS)
def get_pull(call: Call) -> Answer:
    """Answer with one pull request."""
    return answer_json(200, call.views.full_pull(find_pull(call)))


# Comments.


def comment_body(call: Call) -> str:
    """Read and judge a comment's text. Raises Refused(422).

    GitHub's own sentence says characters; clients that count bytes are safe, as no character is
    shorter than a byte. (It has been seen to let longer ones pass up to 262,144 bytes. The fake
    holds to the sentence.)
    """
    content = call.content()
    if "body" not in content:
        raise invalid_request('"body" wasn\'t supplied.')
    body = content["body"]
    if not isinstance(body, str):
        raise invalid_request(f"For 'properties/body', {json.dumps(body)} is not a string.")
    if not body.strip():
        message = "Body cannot be blank"
        raise validation_failed("IssueComment", "data", "unprocessable", message)
    if len(body) > BODY_LIMIT:
        message = f"Body is too long (maximum is {BODY_LIMIT} characters)"
        raise validation_failed("IssueComment", "data", "unprocessable", message)
    return body


def find_comment(call: Call) -> Comment:
    """Return the comment of the path. Raises Refused(404)."""
    found = call.state.comments.get(call.number("comment"))
    if found is None or found.repository != call.repository.id:
        raise not_found()
    return found


def refuse_locked(pull: Pull, doing: str) -> None:
    """Raise Refused(403) when the conversation is locked."""
    if pull.locked:
        raise Refused(403, f"Unable to {doing} comment because issue is locked.")


@route("GET", "/issues/{number}/comments", "issues/comments#list-issue-comments", READ_COMMENTS)
def list_comments(call: Call) -> Answer:
    """List a pull request's comments, oldest first; `since` keeps those updated at or after."""
    pull = find_pull(call)
    since = call.request.query.get("since", "")
    found = call.state.comments_of(pull.repository, pull.number)
    return call.page(call.views.comment(each) for each in found if each.updated_at >= since)


@route(
    "POST", "/issues/{number}/comments", "issues/comments#create-an-issue-comment", WRITE_COMMENTS
)
def create_comment(call: Call) -> Answer:
    """Write a comment. Nothing keeps a client from writing the same one twice."""
    pull = find_pull(call)
    body = comment_body(call)
    refuse_locked(pull, "create")
    author = ACTIONS_BOT if call.token is None else call.token.login
    app = call.token is not None and call.token.kind == "installation"
    made = call.state.add_comment(pull.repository, pull.number, body, author, app=app)
    view = call.views.comment(made)
    return answer_json(201, view, {"location": view["url"]})


@route("GET", "/issues/comments/{comment}", "issues/comments#get-an-issue-comment", READ_COMMENTS)
def get_comment(call: Call) -> Answer:
    """Answer with one comment."""
    return answer_json(200, call.views.comment(find_comment(call)))


@route(
    "PATCH",
    "/issues/comments/{comment}",
    "issues/comments#update-an-issue-comment",
    WRITE_COMMENTS,
)
def update_comment(call: Call) -> Answer:
    """Change a comment's text. A token that may write may change anybody's."""
    comment = find_comment(call)
    comment.body = comment_body(call)
    comment.updated_at = call.state.now()
    return answer_json(200, call.views.comment(comment))


@route(
    "DELETE",
    "/issues/comments/{comment}",
    "issues/comments#delete-an-issue-comment",
    WRITE_COMMENTS,
)
def delete_comment(call: Call) -> Answer:
    """Delete a comment: 204 without a body; a second time it is not found."""
    call.state.delete_comment(find_comment(call).id)
    return Answer(204)

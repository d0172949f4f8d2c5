"""GitHub's OpenAPI description, cut to the routes in use: the whole takes Prism minutes to load."""

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

REPOSITORY: Final = "/repos/{owner}/{repo}"
ROUTES: Final = {
    "/rate_limit": ("get",),
    "/user": ("get",),
    REPOSITORY: ("get",),
    f"{REPOSITORY}/pulls": ("get",),
    f"{REPOSITORY}/pulls/{{pull_number}}": ("get",),
    f"{REPOSITORY}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{REPOSITORY}/issues/comments/{{comment_id}}": ("get", "patch", "delete"),
    f"{REPOSITORY}/issues/comments/{{comment_id}}/reactions": ("get", "post"),
    f"{REPOSITORY}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}": ("delete",),
    f"{REPOSITORY}/actions/runs/{{run_id}}": ("get",),
    f"{REPOSITORY}/actions/runs/{{run_id}}/artifacts": ("get",),
    f"{REPOSITORY}/actions/jobs/{{job_id}}": ("get",),
    f"{REPOSITORY}/actions/artifacts/{{artifact_id}}": ("get",),
    f"{REPOSITORY}/actions/artifacts/{{artifact_id}}/{{archive_format}}": ("get",),
    f"{REPOSITORY}/check-runs": ("post",),
    f"{REPOSITORY}/check-runs/{{check_run_id}}": ("get", "patch"),
    f"{REPOSITORY}/check-runs/{{check_run_id}}/annotations": ("get",),
    f"{REPOSITORY}/commits/{{ref}}/check-runs": ("get",),
}
"""The routes that `publish` may ask, and that the fake has."""

# The description lists for most routes only some of the errors that the guides document for all of
# them (docs.github.com/rest/using-the-rest-api: troubleshooting, rate limits, best practices).
EVERYWHERE: Final = ("301", "307", "400", "401", "403", "404", "422", "429")

# Where the description says less than GitHub does: a pull request or a run whose fork was deleted
# has null in the repository's place (docs.github.com/webhooks: "repo … can be null").
NULLABLE: Final = (
    ("pull-request", "head"),
    ("pull-request-simple", "head"),
)


def cut(whole: Json) -> Json:
    """Return the description of the routes in use alone, with what the fake's comments explain."""
    paths: Json = {}
    for path, methods in ROUTES.items():
        kept = {name: copy.deepcopy(whole["paths"][path][name]) for name in methods}
        for operation in kept.values():
            document_errors(operation)
        paths[path] = kept
    paths |= by_number(paths)
    small = {name: whole[name] for name in ("openapi", "info")}
    small |= {"servers": [{"url": "/"}], "paths": paths}
    small["components"] = components(whole, paths)
    allow_deleted_forks(small["components"]["schemas"])
    return small


def document_errors(operation: Json) -> None:
    """Add the errors that any route can answer."""
    responses = operation["responses"]
    error = {"$ref": "#/components/schemas/basic-error"}
    for status in EVERYWHERE:
        content = {"application/json": {"schema": error}}
        responses.setdefault(status, {"description": "Documented for all", "content": content})
    if "requestBody" in operation:
        # With `errors` when the values cannot be, with a message alone when the schema is not met.
        either = [{"$ref": "#/components/schemas/validation-error"}, error]
        responses["422"] = {
            "description": "Refused",
            "content": {"application/json": {"schema": {"anyOf": either}}},
        }


def by_number(paths: Json) -> Json:
    """Copy the lists to their other address: links to further pages go by a repository's number."""
    copies = {}
    for path, item in paths.items():
        if not path.startswith(REPOSITORY) or "get" not in item:
            continue
        operation = copy.deepcopy(item["get"])
        operation["operationId"] += "-by-number"
        own = ("#/components/parameters/owner", "#/components/parameters/repo")
        kept = [each for each in operation["parameters"] if each.get("$ref") not in own]
        number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
        operation["parameters"] = [number, *kept]
        copies[path.replace(REPOSITORY, "/repositories/{number}")] = {"get": operation}
    return copies


def components(whole: Json, paths: Json) -> Json:
    """Collect what the paths refer to, and what that refers to."""
    found: dict[str, Json] = {}
    waiting = list(references(paths))
    while waiting:
        kind, _, name = waiting.pop().removeprefix("#/components/").partition("/")
        if name in found.setdefault(kind, {}):
            continue
        found[kind][name] = copy.deepcopy(whole["components"][kind][name])
        waiting += references(found[kind][name])
    return found


def references(node: Any) -> Iterator[str]:
    """Find every $ref below a node; examples are left out, as nothing looks at them."""
    if isinstance(node, list):
        for each in node:
            yield from references(each)
    elif isinstance(node, dict):
        node.pop("examples", None)
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)


def allow_deleted_forks(schemas: Json) -> None:
    """Let a head's repository be null."""
    for schema, name in NULLABLE:
        head = schemas[schema]["properties"][name]["properties"]
        head["repo"] = {"nullable": True, "allOf": [head["repo"]]}
    run = schemas["workflow-run"]["properties"]
    run["head_repository"] = {"nullable": True, "allOf": [run["head_repository"]]}


def cut_text(whole: str) -> str:
    """Cut a description given as JSON."""
    return json.dumps(cut(json.loads(whole)))

"""Routes of check runs (docs: rest/checks/runs)."""

import json
from typing import Any

from .access import Needs
from .answers import Answer, Refused, answer_json, invalid_request, not_found, validation_failed
from .model import CheckRun, Json
from .routes import Call, route

READ = Needs("read", ("checks",))
WRITE = Needs("write", ("checks",), only_apps=True)

STATUSES = ("queued", "in_progress", "completed")
# "stale" can be read, never set: only GitHub itself sets it.
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
)
LEVELS = ("notice", "warning", "failure")
TEXT_LIMIT = 65_535
ANNOTATIONS_LIMIT = 50
TITLE_LIMIT = 255
MESSAGE_LIMIT = 64 * 1024


def find_check(call: Call) -> CheckRun:
    """Return the check run of the path. Raises Refused(404)."""
    found = call.state.checks.get(call.number("check"))
    if found is None or found.repository != call.repository.id:
        raise not_found()
    return found


def require(content: Json, *names: str) -> None:
    """Raise Refused(422) when a member is missing."""
    for name in names:
        if name not in content:
            raise invalid_request(f'"{name}" wasn\'t supplied.')


def member(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Raise Refused(422) unless a value is null or one of those allowed."""
    if value is not None and value not in allowed:
        detail = f"For 'properties/{name}', {json.dumps(value)} is not a member of {list(allowed)}."
        raise invalid_request(detail)


def text(name: str, value: Any) -> None:
    """Raise Refused(422) for a summary or text that is too long.

    Two checks: the schema counts characters (zyborg/dotnet-tests-report#9 has its words), and what
    passes is counted in bytes (dorny/test-reporter#57, github/docs#35252).
    """
    if value is None:
        return
    if not isinstance(value, str):
        raise invalid_request(f"For 'properties/{name}', {json.dumps(value)} is not a string.")
    if len(value) > TEXT_LIMIT:
        detail = f"Only {TEXT_LIMIT} characters are allowed; {len(value)} were supplied."
        raise invalid_request(detail)
    if len(value.encode()) > TEXT_LIMIT:
        message = f"{name} exceeds a maximum bytesize of {TEXT_LIMIT}"
        raise validation_failed("CheckRun", name, "custom", message)


def annotations(given: list[Json]) -> None:
    """Raise Refused(422) for annotations that the documentation rules out."""
    if len(given) > ANNOTATIONS_LIMIT:
        # The words: dorny/test-reporter#194.
        detail = f"No more than {ANNOTATIONS_LIMIT} items are allowed; {len(given)} were supplied."
        raise invalid_request(detail)
    for each in given:
        require(each, "path", "start_line", "end_line", "annotation_level", "message")
        member("annotation_level", each["annotation_level"], LEVELS)
        annotation_lines(each)
        for name, limit in (("message", MESSAGE_LIMIT), ("raw_details", MESSAGE_LIMIT)):
            if len((each.get(name) or "").encode()) > limit:
                raise validation_failed("CheckRun", "annotations", "invalid", f"{name} is too long")
        if len(each.get("title") or "") > TITLE_LIMIT:
            raise validation_failed("CheckRun", "annotations", "invalid", "title is too long")


def annotation_lines(annotation: Json) -> None:
    """Raise Refused(422) for lines and columns that make no range.

    Lines start at 1; columns are for annotations on one line only. Which words GitHub finds for
    these is not known; that the documentation rules them out is.
    """
    start, end = annotation["start_line"], annotation["end_line"]
    columns = "start_column" in annotation or "end_column" in annotation
    if start < 1 or end < start or (columns and start != end):
        raise validation_failed("CheckRun", "annotations", "invalid")


def judge(content: Json, output_members: tuple[str, ...]) -> None:
    """Raise Refused(422) for a body that cannot be."""
    member("status", content.get("status"), STATUSES)
    member("conclusion", content.get("conclusion"), CONCLUSIONS)
    done = content.get("status") == "completed" or content.get("completed_at") is not None
    if done and content.get("conclusion") is None:
        # argoproj/notifications-engine#399.
        raise validation_failed("CheckRun", "conclusion", "missing_field")
    output = content.get("output")
    if output is not None:
        require(output, *output_members)
        text("summary", output.get("summary"))
        text("text", output.get("text"))
        annotations(output.get("annotations") or [])


def apply(call: Call, check: CheckRun, content: Json) -> None:
    """Take over what was given. Annotations are added to those there already are."""
    for name in ("name", "external_id", "started_at", "status"):
        if content.get(name) is not None:
            setattr(check, name, content[name])
    if content.get("conclusion") is not None:
        # "Providing conclusion will automatically set the status parameter to completed."
        check.conclusion, check.status = content["conclusion"], "completed"
        check.completed_at = content.get("completed_at") or call.state.now()
    output = content.get("output") or {}
    for name in ("title", "summary", "text"):
        if output.get(name) is not None:
            setattr(check, name, output[name])
    check.annotations += output.get("annotations") or []


@route("POST", "/check-runs", "checks/runs#create-a-check-run", WRITE)
def create_check(call: Call) -> Answer:
    """Make a check run.

    `details_url` of what a workflow's token makes is GitHub's own, whatever was asked
    (LouisBrunner/checks-action#369).
    """
    content = call.content()
    require(content, "name", "head_sha")
    judge(content, ("title", "summary"))
    commit = content["head_sha"]
    if commit not in call.repository.commits:
        raise Refused(422, f"No commit found for SHA: {commit}")
    new = call.state.next_id("check")
    details = f"https://github.com/{call.repository.full_name}/runs/{new}"
    made = CheckRun(new, call.repository.id, commit, content["name"], "github-actions", details)
    made.started_at = call.state.now()
    apply(call, made, content)
    call.state.checks[new] = made
    return answer_json(201, call.views.check(made))


@route("PATCH", "/check-runs/{check}", "checks/runs#update-a-check-run", WRITE)
def update_check(call: Call) -> Answer:
    """Change a check run.

    The check runs that Actions makes for its jobs keep their status and conclusion whatever a
    workflow's token says (changelog of 2025-02-12); their output can be written.
    """
    check = find_check(call)
    content = call.content()
    judge(content, ("summary",))
    if check.of_a_job and (content.get("status") or content.get("conclusion")):
        raise Refused(403, "Resource not accessible by integration")
    apply(call, check, content)
    return answer_json(200, call.views.check(check))


@route("GET", "/check-runs/{check}", "checks/runs#get-a-check-run", READ)
def get_check(call: Call) -> Answer:
    """Answer with one check run."""
    return answer_json(200, call.views.check(find_check(call)))


@route(
    "GET",
    "/check-runs/{check}/annotations",
    "checks/runs#list-check-run-annotations",
    READ,
)
def list_annotations(call: Call) -> Answer:
    """List a check run's annotations in the order in which they were added."""
    check = find_check(call)
    return call.page(call.views.annotation(check, each) for each in check.annotations)


@route(
    "GET",
    "/commits/{ref+}/check-runs",
    "checks/runs#list-check-runs-for-a-git-reference",
    READ,
)
def list_checks(call: Call) -> Answer:
    """List a commit's check runs: of each name the latest, or all with `filter=all`."""
    query, commit = call.request.query, call.parts["ref"]
    if commit not in call.repository.commits:
        raise Refused(422, f"No commit found for SHA: {commit}")
    found = [
        each
        for each in call.state.checks.values()
        if (each.repository, each.head_sha) == (call.repository.id, commit)
        and query.get("check_name", each.name) == each.name
        and query.get("status", each.status) == each.status
    ]
    found.sort(key=lambda each: each.id, reverse=True)
    if query.get("filter", "latest") == "latest":
        latest: dict[str, CheckRun] = {}
        for each in found:
            latest.setdefault(each.name, each)
        found = list(latest.values())
    return call.page((call.views.check(each) for each in found), "check_runs")

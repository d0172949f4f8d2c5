"""The fake's memory as JSON: what a run outside the tests starts from, and what it left behind.

A description has lists by the names of what to make. Each item has the arguments of the `State`
method of that kind, with repositories by name:

    {"repositories": [{"full_name": "octo/plugins"}],
     "tokens": [{"text": "t", "repositories": ["octo/plugins"],
                 "permissions": {"issues": "write"}}],
     "pulls": [{"repository": "octo/plugins", "number": 7, "head": "feature"}],
     "comments": [{"repository": "octo/plugins", "number": 7, "body": "Hi", "author": "octocat"}],
     "runs": [{"repository": "octo/plugins", "identifier": 5, "event": "pull_request"}],
     "artifacts": [{"run": 5, "name": "report", "members": {"report.json": "{}"}}]}

An artifact's `members` are texts; bytes are `content`, base64. `dump` writes the same shape, so
that what it wrote can be loaded, and adds what `load` leaves alone: times, `check_runs` and
`requests`.
"""

import base64
from dataclasses import asdict
from typing import Any

from .faults import Request
from .model import Json, Pull, Run
from .state import State


def load(state: State, content: Json) -> None:
    """Make everything a description lists, in the order in which things need each other."""
    for user in content.get("users", []):
        state.add_user(**user)
    for repository in content.get("repositories", []):
        commits = repository.get("commits", [])
        about = {key: value for key, value in repository.items() if key != "commits"}
        state.add_repository(**about).commits.update(commits)
    for token in content.get("tokens", []):
        state.add_token(**token)
    for pull in content.get("pulls", []):
        state.add_pull(**pull)
    for comment in content.get("comments", []):
        about = {key: value for key, value in comment.items() if not key.endswith("_at")}
        into = state.repository(about.pop("repository"))
        state.add_comment(into.id, **about)
    for run in content.get("runs", []):
        state.add_run(**run)
    for artifact in content.get("artifacts", []):
        state.upload_artifact(**read_artifact(artifact))


def read_artifact(item: Json) -> dict[str, Any]:
    """Turn an artifact's texts and base64 into bytes."""
    about = dict(item)
    if "content" in about:
        about["content"] = base64.b64decode(about["content"])
    about["members"] = {name: text.encode() for name, text in about.get("members", {}).items()}
    return about


def dump(state: State, requests: list[Request]) -> Json:
    """Describe everything there is. What was deleted is left out, and what belonged to it."""
    with state.lock:
        names = {each.id: each.full_name for each in state.repositories.values()}
        return {
            "users": [{"login": u.login, "kind": u.kind} for u in state.users.values()],
            "repositories": [
                {
                    "full_name": each.full_name,
                    "private": each.private,
                    "default_branch": each.default_branch,
                    "fork_of": names.get(each.fork_of or 0),
                    "archived": each.archived,
                    "commits": sorted(each.commits),
                }
                for each in state.repositories.values()
            ],
            "tokens": tokens(state, names),
            "pulls": [write_pull(each, names) for each in state.pulls.values()],
            "comments": [
                {
                    "repository": names[each.repository],
                    "number": each.number,
                    "body": each.body,
                    "author": each.author,
                    "app": each.app,
                    "identifier": each.id,
                    "created_at": each.created_at,
                    "updated_at": each.updated_at,
                }
                for each in state.comments.values()
            ],
            "runs": [write_run(each, names) for each in state.runs.values()],
            "artifacts": [
                {
                    "run": each.run,
                    "name": each.name,
                    "content": base64.b64encode(each.content).decode(),
                    "expired": each.expired,
                }
                for each in state.artifacts.values()
            ],
            "check_runs": [
                asdict(each) | {"repository": names[each.repository]}
                for each in state.checks.values()
            ],
            "requests": [write_request(state, each) for each in requests],
        }


def tokens(state: State, names: dict[int, str]) -> list[Json]:
    """Describe the tokens; a workflow's own has no login."""
    return [
        {
            "text": each.text,
            "repositories": [names[number] for number in each.repositories if number in names],
            "permissions": each.permissions,
            "login": each.login if each.kind == "pat" else None,
        }
        for each in state.tokens.values()
    ]


def write_pull(pull: Pull, names: dict[int, str]) -> Json:
    """Describe a pull request."""
    return {
        "repository": names[pull.repository],
        "number": pull.number,
        "head": pull.head_ref,
        "head_sha": pull.head_sha,
        "head_repository": names.get(pull.head_repository or 0),
        "author": pull.author,
        "base": pull.base_ref,
        "title": pull.title,
        "state": pull.state,
        "merged": pull.merged,
        "locked": pull.locked,
    }


def write_run(run: Run, names: dict[int, str]) -> Json:
    """Describe a run."""
    return {
        "repository": names[run.repository],
        "identifier": run.id,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "head_repository": names.get(run.head_repository or 0),
        "event": run.event,
        "name": run.name,
        "path": run.path,
        "actor": run.actor,
        "attempt": run.attempt,
        "status": run.status,
        "conclusion": run.conclusion,
    }


def write_request(state: State, request: Request) -> Json:
    """Describe a request: whose token it carried, never the token itself."""
    known = state.tokens.get(request.token or "")
    return {
        "server": request.server,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "token_of": known.login if known else ("unknown" if request.token else None),
        "body": request.body.decode("utf-8", "replace"),
        "status": request.status,
        "fault": request.fault,
    }

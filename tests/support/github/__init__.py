"""A stateful fake of GitHub's REST API over real HTTP, for tests.

    with FakeGitHub() as github:
        github.add_repository("octo/plugins")
        github.add_pull("octo/plugins", 7)
        token = github.add_token("octo/plugins")
        github.fail("POST */comments", hang_up("after"))   # the comment is there, its answer lost
        ...                                                # the code under test, at github.url
        assert len(github.comments("octo/plugins", 7)) == 1

It is written to be read: each rule of GitHub's that a client must know stands beside the code that
plays it, with its source ("docs: X" is docs.github.com/rest/X, "owner/name#1" a public thread).
`tests/contract` holds its requests and answers against GitHub's own OpenAPI description.

Modules: `model` (records), `state` (memory), `owner_views`, `pull_views`, `views` (records to
JSON), `access` (tokens), `routes`, `reactions`, `actions`, `checks` (the API), `archives` (zips
and storage), `faults` (what goes wrong), `server` (HTTP), `snapshot` (memory as JSON), `fake` (all
of it together).
"""

from .fake import WRITER, FakeGitHub
from .faults import (
    How,
    Request,
    bad_gateway,
    content,
    error,
    foreign_link,
    hang_up,
    malformed_json,
    primary,
    redirect,
    refuse,
    respond,
    secondary,
    slow,
    truncated,
)
from .model import ACTIONS_BOT, sha

__all__ = [
    "ACTIONS_BOT",
    "WRITER",
    "FakeGitHub",
    "How",
    "Request",
    "bad_gateway",
    "content",
    "error",
    "foreign_link",
    "hang_up",
    "malformed_json",
    "primary",
    "redirect",
    "refuse",
    "respond",
    "secondary",
    "sha",
    "slow",
    "truncated",
]

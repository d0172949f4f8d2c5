"""From records to GitHub's JSON, with every member that its OpenAPI description requires.

Addresses in the answers start with the API's public address: GitHub's clients follow them.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from .model import (
    ACTIONS_BOT,
    Artifact,
    CheckRun,
    Comment,
    Json,
    Pull,
    Reaction,
    Repository,
    Run,
    Token,
    User,
)
from .state import State

HTML = "https://github.com"
AVATARS = "https://avatars.githubusercontent.com"
ACTIONS_APP_ID = 15368
LONG_AGO = "2025-01-01T00:00:00Z"
RETENTION = "2026-04-01T00:00:00Z"

USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def node_id(kind: str, number: int) -> str:
    """Return the identifier that GraphQL would know."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


@dataclass
class Views:
    """Writes JSON. `base` is the API's public address, without a slash at its end."""

    state: State
    base: str = ""

    # People.

    def user(self, login: str) -> Json:
        """Write a user as other things name it."""
        found = self.state.users[login]
        # A bot's brackets are escaped in addresses: /users/github-actions%5Bbot%5D.
        api = f"{self.base}/users/{quote(login)}"
        links = {name: api + path for name, path in USER_LINKS.items()}
        return {
            "login": login,
            "id": found.id,
            "node_id": node_id("U", found.id),
            "avatar_url": f"{AVATARS}/u/{found.id}?v=4",
            "gravatar_id": "",
            "url": api,
            "html_url": html_of(found),
            **links,
            "type": found.kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def me(self, login: str) -> Json:
        """Write the token's own user."""
        empty = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
        counts = ("public_repos", "public_gists", "followers", "following")
        dates = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
        return self.user(login) | empty | dict.fromkeys(counts, 0) | dates | {"blog": ""}

    def app(self) -> Json:
        """Write the App `github-actions`, whose installation token a workflow has."""
        return {
            "id": ACTIONS_APP_ID,
            "slug": "github-actions",
            "node_id": node_id("A", ACTIONS_APP_ID),
            "owner": self.user(self.state.add_user("github", "Organization").login),
            "name": "GitHub Actions",
            "description": "Automate your workflow from idea to production",
            "external_url": "https://help.github.com/en/actions",
            "html_url": f"{HTML}/apps/github-actions",
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
            "permissions": {"checks": "write", "contents": "write", "issues": "write"},
            "events": ["check_run", "workflow_dispatch"],
        }

    # Repositories.

    def api(self, repository: int) -> str:
        """Return a repository's address by its present name."""
        return f"{self.base}/repos/{self.state.repositories[repository].full_name}"

    def repository(self, repository: Repository) -> Json:
        """Write a repository as other things name it."""
        api, html = self.api(repository.id), f"{HTML}/{repository.full_name}"
        git = html.removeprefix("https://")
        links = {name: api + path for name, path in REPOSITORY_LINKS.items()}
        flags = ("has_projects", "has_wiki", "has_pages", "has_discussions", "is_template")
        names = "forks forks_count open_issues open_issues_count size stargazers_count"
        counts = (*names.split(), "watchers", "watchers_count")
        return {
            "id": repository.id,
            "node_id": node_id("R", repository.id),
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
            "visibility": "private" if repository.private else "public",
            "owner": self.user(repository.owner),
            "html_url": html,
            "description": None,
            "fork": repository.fork_of is not None,
            "url": api,
            **links,
            "git_url": f"git://{git}.git",
            "ssh_url": f"git@{git.replace('/', ':', 1)}.git",
            "clone_url": f"{html}.git",
            "svn_url": html,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "topics": [],
            **dict.fromkeys(counts, 0),
            "default_branch": repository.default_branch,
            "has_issues": True,
            "has_downloads": True,
            **dict.fromkeys(flags, False),
            "archived": repository.archived,
            "disabled": False,
            "allow_forking": True,
            "web_commit_signoff_required": False,
            "pushed_at": LONG_AGO,
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
        }

    def full_repository(self, repository: Repository) -> Json:
        """Write a repository as its own route does: with the one that it was forked from."""
        whole = self.repository(repository) | {"network_count": 0, "subscribers_count": 0}
        parent = self.state.repositories.get(repository.fork_of or 0)
        if parent is not None:
            whole |= {"parent": self.repository(parent), "source": self.repository(parent)}
        return whole

    def known(self, repository: int | None) -> Json | None:
        """Write a repository, or null when it was deleted."""
        found = self.state.repositories.get(repository or 0)
        return None if found is None else self.repository(found)

    # Pull requests and comments.

    def pull(self, pull: Pull) -> Json:
        """Write a pull request as lists have it."""
        api = f"{self.api(pull.repository)}"
        own, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
        html = f"{HTML}/{self.state.repositories[pull.repository].full_name}/pull/{pull.number}"
        addresses = {
            "url": own,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "issue_url": issue,
            "commits_url": f"{own}/commits",
            "review_comments_url": f"{own}/comments",
            "review_comment_url": f"{api}/pulls/comments{{/number}}",
            "comments_url": f"{issue}/comments",
            "statuses_url": f"{api}/statuses/{pull.head_sha}",
        }
        names = ("html", "issue", "comments", "review_comments", "review_comment", "commits")
        links = {name: {"href": addresses[f"{name}_url"]} for name in (*names, "statuses")}
        closed = None if pull.state == "open" else pull.updated_at
        return addresses | {
            "_links": links | {"self": {"href": own}},
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "number": pull.number,
            "state": pull.state,
            "locked": pull.locked,
            "title": pull.title,
            "user": self.user(pull.author),
            "body": None,
            "labels": [],
            "milestone": None,
            "active_lock_reason": None,
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": closed,
            "merged_at": closed if pull.merged else None,
            "merge_commit_sha": None,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "head": self.head(pull),
            "base": self.pull_base(pull),
            "author_association": "CONTRIBUTOR",
            "auto_merge": None,
            "draft": False,
        }

    def head(self, pull: Pull) -> Json:
        """Write where a pull request comes from; `repo` is null once a fork was deleted."""
        return {
            "label": f"{pull.head_owner}:{pull.head_ref}",
            "ref": pull.head_ref,
            "sha": pull.head_sha,
            "user": self.user(pull.head_owner),
            "repo": self.known(pull.head_repository),
        }

    def pull_base(self, pull: Pull) -> Json:
        """Write where a pull request goes to."""
        into = self.state.repositories[pull.repository]
        return {
            "label": f"{into.owner}:{pull.base_ref}",
            "ref": pull.base_ref,
            "sha": pull.base_sha,
            "user": self.user(into.owner),
            "repo": self.repository(into),
        }

    def full_pull(self, pull: Pull) -> Json:
        """Write a pull request as its own route does."""
        counts = ("review_comments", "commits", "additions", "deletions", "changed_files")
        return self.pull(pull) | {
            **dict.fromkeys(counts, 0),
            "comments": len(self.state.comments_of(pull.repository, pull.number)),
            "merged": pull.merged,
            "mergeable": None,
            "rebaseable": None,
            "mergeable_state": "unknown",
            "merged_by": None,
            "maintainer_can_modify": False,
        }

    def comment(self, comment: Comment) -> Json:
        """Write a comment. One that a workflow's token wrote names the App as well."""
        api = f"{self.api(comment.repository)}/issues"
        own = f"{api}/comments/{comment.id}"
        full_name = self.state.repositories[comment.repository].full_name
        votes = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
        left = [each.content for each in self.state.reactions_to(comment.id)]
        counts = {vote: left.count(vote) for vote in votes}
        reactions = {"url": f"{own}/reactions", "total_count": len(left), **counts}
        bot = comment.author == ACTIONS_BOT
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": own,
            "html_url": f"{HTML}/{full_name}/pull/{comment.number}#issuecomment-{comment.id}",
            "issue_url": f"{api}/{comment.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": "NONE" if bot else "CONTRIBUTOR",
            "performed_via_github_app": self.app() if comment.app else None,
            "reactions": reactions,
            "pin": None,
            "minimized": None,
        }

    def reaction(self, reaction: Reaction) -> Json:
        """Write a reaction."""
        return {
            "id": reaction.id,
            "node_id": node_id("REA", reaction.id),
            "user": self.user(reaction.author),
            "content": reaction.content,
            "created_at": reaction.created_at,
        }

    # Actions.

    def run(self, run: Run) -> Json:
        """Write a workflow run.

        `pull_requests` has the open ones of the repository's own branches only: for a fork's run
        it is empty (actions/runner#3444).
        """
        api = self.api(run.repository)
        own = f"{api}/actions/runs/{run.id}"
        into = self.state.repositories[run.repository]
        workflow, suite = 90_000_001, run.id + 1
        return {
            "id": run.id,
            "name": run.name,
            "node_id": node_id("WFR", run.id),
            "check_suite_id": suite,
            "check_suite_node_id": node_id("CS", suite),
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "path": run.path,
            "run_number": run.number,
            "run_attempt": run.attempt,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "workflow_id": workflow,
            "display_title": run.name,
            "url": own,
            "html_url": f"{HTML}/{into.full_name}/actions/runs/{run.id}",
            "pull_requests": self.pulls_of(run.repository, run.head_sha, run.head_repository),
            "created_at": run.created_at,
            "updated_at": run.updated_at,
            "run_started_at": run.created_at,
            "actor": self.user(run.actor),
            "triggering_actor": self.user(run.actor),
            "jobs_url": f"{own}/jobs",
            "logs_url": f"{own}/logs",
            "check_suite_url": f"{api}/check-suites/{suite}",
            "artifacts_url": f"{own}/artifacts",
            "cancel_url": f"{own}/cancel",
            "rerun_url": f"{own}/rerun",
            "previous_attempt_url": None
            if run.attempt == 1
            else f"{own}/attempts/{run.attempt - 1}",
            "workflow_url": f"{api}/actions/workflows/{workflow}",
            "head_commit": self.commit(run),
            "repository": self.repository(into),
            "head_repository": self.known(run.head_repository),
        }

    def commit(self, run: Run) -> Json:
        """Write the commit that a run was for."""
        who = {"name": run.actor, "email": f"{run.actor.removesuffix('[bot]')}@example.com"}
        fixed = {"message": "A change", "timestamp": run.created_at, "tree_id": run.head_sha}
        return {"id": run.head_sha, "author": who, "committer": who} | fixed

    def pulls_of(self, repository: int, head_sha: str, source: int | None) -> list[Json]:
        """Write the open pull requests of the repository's own branches that have this head."""
        if source != repository:
            return []
        return [
            self.short_pull(pull)
            for pull in self.state.pulls.values()
            if (pull.repository, pull.head_sha) == (repository, head_sha)
            and pull.head_repository == repository
            and pull.state == "open"
        ]

    def short_pull(self, pull: Pull) -> Json:
        """Write a pull request as runs and checks name it."""
        into = self.state.repositories[pull.repository]
        repo = {"id": into.id, "url": self.api(into.id), "name": into.name}
        return {
            "id": pull.id,
            "number": pull.number,
            "url": f"{self.api(into.id)}/pulls/{pull.number}",
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repo},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repo},
        }

    def artifact(self, artifact: Artifact) -> Json:
        """Write an artifact; `digest` is of the zip, `expired` after its days of retention."""
        run = self.state.runs[artifact.run]
        own = f"{self.api(run.repository)}/actions/artifacts/{artifact.id}"
        source = {
            "id": run.id,
            "repository_id": run.repository,
            "head_repository_id": run.head_repository or 0,
            "head_branch": run.head_branch or "",
            "head_sha": run.head_sha,
        }
        return {
            "id": artifact.id,
            "node_id": node_id("A", artifact.id),
            "name": artifact.name,
            "size_in_bytes": len(artifact.content),
            "url": own,
            "archive_download_url": f"{own}/zip",
            "expired": artifact.expired,
            "digest": f"sha256:{hashlib.sha256(artifact.content).hexdigest()}",
            "created_at": artifact.created_at,
            "updated_at": artifact.created_at,
            "expires_at": RETENTION,
            "workflow_run": source,
        }

    def job(self, check: CheckRun) -> Json:
        """Write a job, by the check run that Actions made of it."""
        api = self.api(check.repository)
        runs = (run for run in self.state.runs.values() if run.head_sha == check.head_sha)
        run = next((run.id for run in runs if run.repository == check.repository), 1)
        full_name = self.state.repositories[check.repository].full_name
        return {
            "id": check.id,
            "run_id": run,
            "run_url": f"{api}/actions/runs/{run}",
            "run_attempt": 1,
            "node_id": node_id("J", check.id),
            "head_sha": check.head_sha,
            "head_branch": None,
            "url": f"{api}/actions/jobs/{check.id}",
            "html_url": f"{HTML}/{full_name}/actions/runs/{run}/job/{check.id}",
            "status": check.status,
            "conclusion": check.conclusion,
            "created_at": check.started_at,
            "started_at": check.started_at,
            "completed_at": check.completed_at,
            "name": check.name,
            "steps": [],
            "check_run_url": f"{api}/check-runs/{check.id}",
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "A runner",
            "runner_group_id": 1,
            "runner_group_name": "GitHub Actions",
            "workflow_name": "Plugins",
        }

    # Checks.

    def check(self, check: CheckRun) -> Json:
        """Write a check run; its annotations are counted here and listed by a route of theirs."""
        own = f"{self.api(check.repository)}/check-runs/{check.id}"
        full_name = self.state.repositories[check.repository].full_name
        return {
            "id": check.id,
            "name": check.name,
            "node_id": node_id("CR", check.id),
            "head_sha": check.head_sha,
            "external_id": check.external_id,
            "url": own,
            "html_url": f"{HTML}/{full_name}/runs/{check.id}",
            "details_url": check.details_url,
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": check.started_at,
            "completed_at": check.completed_at,
            "output": {
                "title": check.title,
                "summary": check.summary,
                "text": check.text,
                "annotations_count": len(check.annotations),
                "annotations_url": f"{own}/annotations",
            },
            "check_suite": {"id": 60_000_000_001},
            "app": self.app(),
            "pull_requests": self.pulls_of(check.repository, check.head_sha, check.repository),
        }

    def annotation(self, check: CheckRun, annotation: Json) -> Json:
        """Write an annotation as the list of them does: what was not given is null."""
        full_name = self.state.repositories[check.repository].full_name
        optional = ("start_column", "end_column", "title", "raw_details")
        blob = f"{HTML}/{full_name}/blob/{check.head_sha}/{annotation['path']}"
        return dict.fromkeys(optional) | annotation | {"blob_href": blob}

    # The hour's requests.

    def limits(self, token: Token) -> Json:
        """Write the state of a token's hour."""
        core = {
            "limit": token.limit,
            "used": token.used,
            "remaining": token.limit - token.used,
            "reset": token.reset,
        }
        return {"resources": {"core": core, "search": core}, "rate": core}


def html_of(user: User) -> str:
    """Return a user's page; bots have that of their App."""
    if user.kind == "Bot":
        return f"{HTML}/apps/{user.login.removesuffix('[bot]')}"
    return f"{HTML}/{user.login}"

"""From records of people, Apps and repositories to GitHub's JSON.

Addresses in the answers start with the API's public address: GitHub's clients follow them.
"""

import base64
from dataclasses import dataclass
from urllib.parse import quote

from .model import Json, Repository, User
from .state import State

HTML = "https://github.com"
AVATARS = "https://avatars.githubusercontent.com"
ACTIONS_APP_ID = 15368
LONG_AGO = "2025-01-01T00:00:00Z"

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
class OwnerViews:
    """Writes people and repositories, which all else names.

    `base` is the API's public address, without a slash at its end.
    """

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


def html_of(user: User) -> str:
    """Return a user's page; bots have that of their App."""
    if user.kind == "Bot":
        return f"{HTML}/apps/{user.login.removesuffix('[bot]')}"
    return f"{HTML}/{user.login}"
